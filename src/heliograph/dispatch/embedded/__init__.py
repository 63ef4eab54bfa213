"""Embedded packages: the handshake, what they report, and its statements."""
