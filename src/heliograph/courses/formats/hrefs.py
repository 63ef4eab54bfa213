"""From what an author wrote in an href to a file in the package.

The standard's way is tried first (RFC 3986 with xml:base, percent-decoded), then the usual slips:
backslashes, wrong case, a base folder without its slash, names that were never encoded. Query and fragment
are kept apart.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//")
CONTROL: Final = re.compile("[\x00-\x1f\x7f]")
MAX_HREF: Final = 2_000
MAX_QUERY: Final = 8_000
URL_SAFE: Final = "%!$&'()*+,;=:@/?#[]~-._"


@dataclass(frozen=True)
class Target:
    """Where an href leads: a course path and what to append to it.

    `slips` are the codes of what was put right.

    `exists` is False if no such file is in the package. `path` is None if the href leads out of the package.
    """

    path: str | None
    query: str
    exists: bool
    slips: tuple[str, ...] = ()


class Library:
    """The files of a course, found by the names that authors write for them."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = dict.fromkeys(paths)
        self._folded = {_fold(path): path for path in reversed(self.paths)}

    def resolve(self, href: str, bases: Sequence[str] = ()) -> Target:
        """Where `href` leads when written below `bases` (outermost first, each an xml:base)."""
        written = href.strip()
        slashed = written.replace("\\", "/")
        if ABSOLUTE.match(slashed):
            return Target(None, "", False)
        if len(written) > MAX_HREF or sum(map(len, bases)) > MAX_HREF:
            return Target("", "", False)
        path, query = _split(slashed)
        slips = ("path_backslash",) if slashed != written or any("\\" in base for base in bases) else ()
        for candidate, slip in _candidates(path, slashed, bases):
            if candidate in self.paths:
                return Target(candidate, query, True, slips + slip)
            close = self._folded.get(_fold(candidate))
            if close:
                return Target(close, query, True, (*slips, *slip, "path_case"))
        return Target(CONTROL.sub("", _below(bases, unquote(path))), query, False, slips)


def with_parameters(query: str, parameters: str | None) -> str:
    """What follows the path: the href's own query and fragment, joined with the item's `parameters`.

    The rule of SCORM 1.2 and 2004 (CAM, the item's `parameters`): leading "?" and "&" of the parameters fall
    away; a fragment among them is used only if the href has none; "&" joins them to a query that exists, "?"
    starts one.
    """
    extra = (parameters or "").strip().lstrip("?&")
    own, hash_mark, fragment = query.partition("#")
    if extra.startswith("#"):
        fragment = fragment if hash_mark else extra[1:]
    elif extra:
        extra, _, extra_fragment = extra.partition("#")
        fragment = fragment or extra_fragment
        own = f"{own}&{extra}" if len(own) > 1 else f"?{extra}"
    joined = (own if own != "?" else "") + (f"#{fragment}" if fragment else "")
    return quote(joined, safe=URL_SAFE) if len(joined) <= MAX_QUERY else ""


def _split(href: str) -> tuple[str, str]:
    at = min((at for at in (href.find("?"), href.find("#")) if at >= 0), default=len(href))
    return href[:at], href[at:]


def _candidates(path: str, whole: str, bases: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The course paths an href may mean, most literal first, each with the slips that it would take."""
    decoded = unquote(path)
    strict = _below(bases, decoded)
    yield strict, ("path_absolute",) if path.startswith("/") else ()
    yield _below(bases, path), ("path_not_encoded",)
    yield _below(bases, whole), ("path_not_encoded",)
    yield _below(bases, unquote(path, encoding="cp1252")), ("path_encoding",)
    if bases:
        yield (
            _below([base if base.endswith(("/", "\\")) else base + "/" for base in bases], decoded),
            ("base_slash",),
        )
        yield _below((), decoded), ("base_ignored",)


def _below(bases: Sequence[str], path: str) -> str:
    folder: list[str] = []
    for base in bases:
        cleaned = unquote(base.strip().replace("\\", "/"))
        folder = [] if cleaned.startswith("/") else folder
        folder = [*folder, *cleaned.split("/")[:-1]]
    parts: list[str] = []
    for part in [*([] if path.startswith("/") else folder), *path.split("/")]:
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return unicodedata.normalize("NFC", "/".join(parts))


def _fold(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
