"""Statements of SCORM courses: what their calls say, as xAPI (the SCORM profile)."""
