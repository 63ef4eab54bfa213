"""multipart/mixed, as statements travel with their attachments (1.0.3 Communication 1.5.2; 2.0 section 4.1.5;
RFC 2046, section 5.1).
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_BOUNDARY = re.compile(r";\s*boundary=(?:\"([^\"]{1,70})\"|([^\s;,\"]{1,70}))", re.I)
_LONGEST_HEADERS = 8_192


class Part(NamedTuple):
    """One part: its headers by lower-case name, and its bytes."""

    headers: dict[str, str]
    content: bytes


class Malformed(ValueError):
    """A body that is not multipart/mixed, and why in a few words."""


def boundary_of(content_type: str) -> str:
    """The boundary a Content-Type header names. Raises `Malformed`."""
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise Malformed("its Content-Type names no boundary")
    return match[1] or match[2]


def parts(body: bytes, content_type: str) -> Iterator[Part]:
    """The parts of a body; a preamble says nothing (RFC 2046, section 5.1.1).

    Raises `Malformed` where it is cut off, or is none.
    """
    mark = b"--" + boundary_of(content_type).encode()
    start = 0 if body.startswith(mark) else body.find(b"\r\n" + mark) + 2
    if start == 1:
        raise Malformed("its boundary is not in it")
    at = start + len(mark)
    if body[:start].strip() and body[at : at + 2] == b"--":
        raise Malformed("it has a preamble and no part")
    while body[at : at + 2] != b"--":
        at = _after_line(body, at)
        end = body.find(b"\r\n" + mark, at - 2)
        if end < 0:
            raise Malformed("its last part does not end")
        yield _part(body[at : max(end, at)])
        at = end + 2 + len(mark)


def _after_line(body: bytes, at: int) -> int:
    end = body.find(b"\r\n", at)
    if end < 0 or body[at:end].strip():
        raise Malformed("a boundary is not a line of its own")
    return end + 2


def _part(raw: bytes) -> Part:
    if raw.startswith(b"\r\n"):
        return Part({}, raw[2:])
    head, gap, content = raw.partition(b"\r\n\r\n")
    if not gap or len(head) > _LONGEST_HEADERS:
        raise Malformed("a part has no headers")
    headers = {}
    for line in head.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            raise Malformed("a header of a part has no colon")
        headers[name.strip().lower()] = value.strip()
    return Part(headers, content)


def written(boundary: str, parts: Iterable[tuple[dict[str, str], bytes]]) -> Iterator[bytes]:
    """The bytes of a body with these parts."""
    for headers, content in parts:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        yield f"--{boundary}\r\n{lines}\r\n".encode()
        yield content
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()
