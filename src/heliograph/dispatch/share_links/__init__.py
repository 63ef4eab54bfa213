"""Links for people without an account: a customer's portal, a deployment's health."""
