"""Signed tokens, secrets at rest, and no secret in a log."""
