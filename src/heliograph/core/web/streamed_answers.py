"""Answers made block by block."""

from django.http import StreamingHttpResponse


class Blocks(StreamingHttpResponse):
    """A streamed answer whose blocks any thread may make: none of them asks the database.

    Give it a Content-Length.
    """
