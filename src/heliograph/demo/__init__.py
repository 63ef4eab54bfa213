"""The demo organization: people to sign in as, ten courses of our own, customers, and 90 days of history."""
