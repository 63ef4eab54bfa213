"""What parts need of PostgreSQL beyond the ORM."""
