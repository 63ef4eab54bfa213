"""Courses: importing packages safely, keeping immutable versions, and reading every package standard."""
