"""What happened: one entry for every change, written in the change's own transaction, append-only; and the
mail that tells people of it.
"""
