"""Statements and documents: written, found, counted."""
