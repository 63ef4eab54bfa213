"""Zip files from strangers: what is in them, and whether it may come out."""
