"""Licenses: limits of a dispatch, or of all of a destination, and what is used of them."""
