"""Partners: reading what they report, finding whose it is, and completing parts by it."""
