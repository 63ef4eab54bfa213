"""Canary releases: a version of a course for some destinations first."""
