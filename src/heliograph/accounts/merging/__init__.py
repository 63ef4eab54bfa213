"""Two members of an organization who are one person."""
