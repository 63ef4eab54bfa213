"""Packages for customers' LMSs: built from a template in microseconds, checked by our own validator, the same
bytes every time.
"""
