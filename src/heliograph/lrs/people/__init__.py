"""A person's records: found, handed out, erased."""
