"""Groups of an organization's people, and who manages them."""
