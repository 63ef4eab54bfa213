"""A course's files on their way to a browser."""
