"""Postbacks: the organization's own server is told of what learners reach."""
