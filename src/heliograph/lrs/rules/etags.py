"""Entity tags in If-Match and If-None-Match (RFC 9110, sections 8.8.3 and 13.1)."""

import re
from typing import Final, NamedTuple

ANY: Final = "*"
# Some clients leave the quotation marks out; what they mean is plain.
_TAG: Final = re.compile(r'\s*(W/)?(?:"([^"]*)"|([^\s,"]+))\s*(?:,|$)')


class Etag(NamedTuple):
    """A tag without its quotation marks, and whether it is a weak one."""

    value: str
    weak: bool


def tags(header: str) -> frozenset[Etag] | None:
    """The tags of a header; None for ``*``, which stands for any. What cannot be read matches nothing."""
    if header.strip() == ANY:
        return None
    return frozenset(Etag(quoted or bare, bool(weak)) for weak, quoted, bare in _TAG.findall(header))


def matches(header: str, etag: str | None) -> bool:
    """Whether If-Match holds for a document with this strong ``etag`` (None: there is none): a weak tag never
    matches.
    """
    accepted = tags(header)
    return etag is not None and (accepted is None or Etag(etag, False) in accepted)


def none_matches(header: str, etag: str | None) -> bool:
    """Whether If-None-Match holds: weak and strong tags are the same to it."""
    accepted = tags(header)
    return etag is None or (accepted is not None and etag not in {tag.value for tag in accepted})
