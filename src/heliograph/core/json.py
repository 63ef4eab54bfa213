"""JSON from strangers: valid Unicode, and without the one character that PostgreSQL cannot keep."""

import re
from typing import Any, TypeVar

import msgspec

Shape = TypeVar("Shape")
# An escaped NUL; a backslash that is itself escaped does not begin one.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def read(raw: bytes, kind: type[Shape] | Any = Any) -> Any:
    """``raw`` as ``kind``; a NUL becomes the replacement character.

    Raises ValueError with the reason in a few words.
    """
    if b"\\u0000" in raw:
        raw = _NUL.sub(rb"\1\\ufffd", raw)
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as reason:
        raise ValueError(str(reason) or "it is nested too deeply") from None
