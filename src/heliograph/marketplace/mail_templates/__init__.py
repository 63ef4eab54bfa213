"""Mails to students: the organization's own words for them, and what a student chooses."""
