"""What every request and answer has in common, of pages and of the API."""
