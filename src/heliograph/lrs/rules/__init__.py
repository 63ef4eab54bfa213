"""What xAPI says of statements, documents and requests, as pure functions: no Django, no clock, no database.

`table` names every rule that refuses something, `statement` walks a statement by them, `values` knows the
small forms (IRIs, times, languages), `keys` says what a statement is found by, `equality` when two statements
are one.
"""
