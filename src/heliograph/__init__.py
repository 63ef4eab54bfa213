"""Heliograph: dispatch courses into learning systems you do not control."""

VERSION = "0.1.0"
