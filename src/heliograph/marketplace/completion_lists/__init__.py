"""Marking the students of a file complete."""
