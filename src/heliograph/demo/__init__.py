"""The demo organization: people to sign in as, two sample courses of our own authoring, two destinations and
a dispatch. Loaded once.
"""

from heliograph.demo.load import load

__all__ = ["load"]
