"""Courses, their immutable versions, and the imports that make them.

What a person uploads is guarded (`archive`), recognised and read (`formats`), and only then becomes a version.
"""
