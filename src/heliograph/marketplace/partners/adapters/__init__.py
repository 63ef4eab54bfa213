"""The ways in which partners' results reach us."""
