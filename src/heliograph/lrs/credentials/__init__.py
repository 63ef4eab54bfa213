"""Credentials of programs that speak xAPI."""
