"""Work outside of requests: jobs, chores, and when to try again."""
