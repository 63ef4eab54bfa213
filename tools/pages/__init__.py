"""One element a line, in every page: `python -m tools.pages` writes the templates so, `--check` says which
are not.
"""
