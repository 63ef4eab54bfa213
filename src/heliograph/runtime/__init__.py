"""Runtime: registrations, attempts and launches, the player, and the SCORM data models and API it offers to courses.

`cmi/` is the data models, pure; their tables lie in `static/runtime/cmi/`, where the browser reads the same files.
"""
