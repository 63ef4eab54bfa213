"""The processes of a running installation, and what the web server calls."""
