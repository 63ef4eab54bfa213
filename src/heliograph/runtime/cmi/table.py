"""A standard's table, compiled to a lookup: from an element's name, as content spells it, to what the table
says of it.

Names with indices find their entry by replacing each index with `n`, so a lookup costs one split and one
dictionary access, however many elements the standard has.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

Standard = Literal["scorm_12", "scorm_2004"]
FOLDER = Path(__file__).resolve().parent.parent / "static" / "runtime" / "cmi"
LONGEST_INDEX = 9
LONGEST_REMEMBERED = 200
MOST_PATHS = 4096  # names that are remembered: content uses the same few again and again


@dataclass(frozen=True, slots=True)
class TableEntry:
    """One line of the lookup.

    `kind`: an element, one of the keywords, or a branch that only leads to elements.

    `collections` are the patterns of the collections its indices count in, outermost first; `spec` is the
    table's line.
    """

    kind: Literal["element", "children", "count", "version", "branch"]
    pattern: str
    spec: Mapping[str, Any]
    collections: tuple[str, ...]
    value: str = ""


@dataclass(frozen=True, slots=True)
class ElementPath:
    """An element somebody named: its entry, its indices, its name with plain indices ("01" becomes "1")."""

    entry: TableEntry
    indices: tuple[int, ...]
    name: str


class Table:
    """A compiled table.

    `content` is the JSON as loaded; see the files in `static/runtime/cmi/` for its format.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.standard: Standard = content["standard"]
        self.elements: Mapping[str, Mapping[str, Any]] = content["elements"]
        self.collections: Mapping[str, Mapping[str, Any]] = content["collections"]
        self.failures: Mapping[str, Mapping[str, Any]] = content["failures"]
        self.entries = {entry.pattern: entry for entry in _entries(content)}
        self.longest_element: int = content["longest_element"]
        self.type_spec = cache(self._type_spec)
        self._found = lru_cache(MOST_PATHS)(self._look_up)

    def find(self, element: str) -> ElementPath | None:
        """Where an element belongs, or None where the standard has no such element."""
        if len(element) > LONGEST_REMEMBERED:
            return self._look_up(element) if len(element) <= self.longest_element else None
        return self._found(element)

    def _look_up(self, element: str) -> ElementPath | None:
        entry = self.entries.get(element)
        if entry is not None and not entry.collections and not entry.pattern.endswith("}"):
            return ElementPath(entry, (), element)
        if element.endswith("}"):
            return self._targeted(element)
        parts = element.split(".")
        indices = tuple(int(part) for part in parts if is_index(part))
        entry = self.entries.get(".".join("n" if is_index(part) else part for part in parts))
        if entry is None or len(indices) != entry.pattern.split(".").count("n"):
            return None
        return ElementPath(
            entry, indices, ".".join(str(int(part)) if is_index(part) else part for part in parts)
        )

    def _targeted(self, element: str) -> ElementPath | None:
        """`….choice.{target=ID}`: the identifier may hold dots (SN 5.6)."""
        head, separator, _ = element.partition(".{target=")
        entry = self.entries.get(head + ".{target}") if separator else None
        return ElementPath(entry, (), element) if entry else None

    def _type_spec(self, name: str, strict: bool) -> Mapping[str, Any]:
        """What the table says of a type, with `like` filled in and, when strict, the standard's own limits
        applied.
        """
        written = self.content["types"][name]
        spec = {**self.type_spec(written["like"], strict), **written} if "like" in written else dict(written)
        return with_strict(spec, written, strict)

    def error_text(self, code: str) -> str:
        """The standard's words for an error code; empty for a code it does not have."""
        text: str = self.content["errors"].get(code, "")
        return text


def with_strict(spec: dict[str, Any], written: Mapping[str, Any], strict: bool) -> dict[str, Any]:
    """A line of the table with its `strict` part laid over it, or left out."""
    spec.pop("strict", None)
    return {**spec, **written.get("strict", {})} if strict else spec


@cache
def load_table(standard: Standard) -> Table:
    """The table of a standard, read once. Raises FileNotFoundError for a standard there is none of."""
    return Table(json.loads((FOLDER / f"{standard}.json").read_text(encoding="utf-8")))


def is_index(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= LONGEST_INDEX


def _entries(content: Mapping[str, Any]) -> Iterator[TableEntry]:
    """Every name the lookup knows; branches first, so that what is more than a branch takes its place."""
    elements, collections = content["elements"], content["collections"]
    branches = {head for pattern in elements for head in _heads(pattern)}
    for pattern in branches:
        yield TableEntry("branch", pattern, {}, _collections_of(pattern, collections))
    yield TableEntry("version", "cmi._version", {}, (), content["version"])
    for pattern in [*collections, *content["records"]]:
        if collections.get(pattern, {}).get("children", True):
            children = ",".join(_children(pattern, pattern in collections, elements))
            yield TableEntry(
                "children", f"{pattern}._children", {}, _collections_of(pattern, collections), children
            )
    for pattern in collections:
        yield TableEntry("count", f"{pattern}._count", {}, _collections_of(pattern, collections))
    for pattern, spec in elements.items():
        yield TableEntry("element", pattern, spec, _collections_of(pattern, collections))


def _heads(pattern: str) -> Iterator[str]:
    parts = pattern.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts)))


def _collections_of(pattern: str, collections: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        head for head in _heads(pattern) if head in collections and f"{pattern}.".startswith(f"{head}.n.")
    )


def _children(pattern: str, is_collection: bool, elements: Mapping[str, Any]) -> list[str]:
    prefix = f"{pattern}.n." if is_collection else f"{pattern}."
    names = [element.removeprefix(prefix).split(".")[0] for element in elements if element.startswith(prefix)]
    return list(dict.fromkeys(names))
