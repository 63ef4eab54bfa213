"""Hosted packages: the stub asks for a launch, and reports what the LMS kept."""
