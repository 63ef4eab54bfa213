"""Users from a file: read as a stream, checked, shown, applied in batches, and perhaps undone."""
