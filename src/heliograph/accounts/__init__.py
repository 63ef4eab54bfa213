"""Organizations, their members and roles, API keys, and every way to sign in."""
