"""cmi5 (Quartz): what an AU may say and when, what counts as done, and the statements that the LMS makes
itself.

`rules` and `table` are pure; `sessions` opens AUs and hears them, `statements` words what we say.
docs/protocols/cmi5.md tells what is checked where.
"""
