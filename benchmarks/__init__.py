"""Speed as a ratio: each figure beside its limit, in the same run, because machines are noisy.

``make bench`` prints one JSON line for each.
"""
