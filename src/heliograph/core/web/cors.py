"""What pages of other origins may do at a door that takes requests from all of them (Fetch standard, section
3.2).

Such a door lets in whoever has the token or credential that the request itself carries. Nothing that a
browser adds by itself opens it, so any origin may read its answers and send any header. "With credentials" is
allowed only on origins that have no cookies: there the browser has nothing to add, and clients that always
ask so (`withCredentials`) work. On the origin of the app a page elsewhere gets the answer only without.
"""

import re
from collections.abc import Mapping
from typing import Final

Headers = list[tuple[str, str]]
MAX_AGE: Final = "86400"
_ORIGIN: Final = re.compile(r"null|[A-Za-z][A-Za-z0-9+.\-]*://[^\s/,;\"'<>\x00-\x20\x7f-\U0010ffff]{1,255}")
_HEADER_NAMES: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z, ]{1,2000}")


def asked(headers: Mapping[str, str]) -> tuple[str, str]:
    """What a preflight asks for, as `preflight` takes it."""
    return headers.get("Access-Control-Request-Headers", ""), headers.get(
        "Access-Control-Request-Private-Network", ""
    )


def answer(origin: str, *, cookies: bool) -> Headers:
    """The headers by which a page of ``origin`` (the request's Origin header) may read an answer;
    ``cookies``: the door's own origin has some.
    """
    if cookies or not _ORIGIN.fullmatch(origin):
        return [("Access-Control-Allow-Origin", "*"), ("Vary", "Origin")]
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    ]


def preflight(methods: str, usual: str, asked_headers: str, asked_private: str) -> Headers:
    """What a preflight is answered besides `answer`.

    ``usual`` are the headers that the door takes anyway; ``asked_headers`` is Access-Control-Request-Headers
    and ``asked_private`` Access-Control-Request-Private-Network, by which a public page asks to reach a
    server inside a network.
    """
    private = (
        [("Access-Control-Allow-Private-Network", "true")] if asked_private.strip().lower() == "true" else []
    )
    return [
        ("Access-Control-Allow-Methods", methods),
        ("Access-Control-Allow-Headers", asked_headers if _HEADER_NAMES.fullmatch(asked_headers) else usual),
        ("Access-Control-Max-Age", MAX_AGE),
        *private,
    ]
