"""Playing courses: registrations, attempts and launches, the SCORM data models, sequencing, the player and
its commit protocol.
"""
