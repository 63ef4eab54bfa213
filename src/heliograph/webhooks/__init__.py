"""Webhooks of an organization: events, who is told of them, and how each telling went."""
