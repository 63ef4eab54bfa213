"""From an upload to a course's version."""
