"""Heliograph: dispatch courses into learning systems you do not control."""
