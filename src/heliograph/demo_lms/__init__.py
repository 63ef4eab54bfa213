"""The reference LMS: a small, strict stand-in for "somebody else's LMS".

It takes a SCORM package, launches it for a named learner, refuses what the standard refuses, and shows every
call. It shares nothing with the rest of Heliograph, so that a mistake in one does not hide in the other.
"""
