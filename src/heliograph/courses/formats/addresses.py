"""Identifiers and addresses as cmi5 and xAPI want them: IRIs that name things, URLs that open them.

An address that leads out of the course is passed on to browsers, so that only http and https are let through.
"""

import re
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from heliograph.courses.formats.hrefs import URL_SAFE

MAX_BYTES: Final = 2_000  # what an index of the database takes, with room to spare
# One character of an IRI, or one octet written as %XX: neither blanks nor controls, nor what RFC 3987 leaves
# out of ASCII.
PIECE: Final = r"(?:%[0-9A-Fa-f]{2}|[^\s%<>\"{}|\\^`#\x00-\x20\x7f-\x9f])"
IRI: Final = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{PIECE}+(?:#{PIECE}*)?")
WEB: Final = re.compile(
    r"https?://(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:[/?#].*)?", re.IGNORECASE
)


def is_iri(written: str) -> bool:
    """Whether this is an absolute IRI (RFC 3987): a scheme, a colon, and something that may follow it."""
    return len(written.encode(errors="replace")) <= MAX_BYTES and IRI.fullmatch(written) is not None


def web_address(written: str) -> str | None:
    """The whole http or https address, encoded for a URL; None if it is not one (RFC 1738, with UTF-8 let
    in).
    """
    if not is_iri(written) or not WEB.fullmatch(written) or not host(written):
        return None
    scheme, _, rest = written.partition(":")
    return f"{scheme.lower()}:{quote(rest, safe=URL_SAFE)}"


def is_online(href: str) -> bool:
    """Whether what a launch opens lies on a web server elsewhere, and not in the course."""
    return href.startswith(("http://", "https://"))


def host(address: str) -> str:
    """The computer that a web address leads to, with its port; "" if nobody could find it."""
    try:
        parts = urlsplit(address)
        return parts.netloc if parts.port != 0 else ""
    except ValueError:
        return ""


def query_names(written: str) -> set[str]:
    """The names in the query string of an address, decoded."""
    query = written.partition("#")[0].partition("?")[2]
    return {name for name, _ in parse_qsl(query, keep_blank_values=True)}
