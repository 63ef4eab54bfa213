"""Addresses that we build for other people's programs to read."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode


def query(parameters: Mapping[str, str]) -> str:
    """The parameters, percent-encoded (RFC 3986, section 2.1).

    A blank is ``%20``: ``+`` means a blank only in forms, and scripts that read their own address with
    decodeURIComponent keep it as a plus.
    """
    return urlencode(parameters, quote_via=quote, safe="")
