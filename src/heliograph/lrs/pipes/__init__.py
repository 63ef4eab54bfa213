"""Pipes between this record store and others: forwarding to them, importing from them."""
