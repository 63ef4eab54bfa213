"""Dispatch: one course licensed to one destination, the package that goes into the customer's LMS, and what
the LMS kept of each result.
"""
