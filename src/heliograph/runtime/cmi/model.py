"""The data of one SCO: reads and writes elements by the rules of its standard's table.

The server rebuilds a model from stored data and applies a commit to it, so that nothing is kept that the
browser's model (`static/runtime/cmi/model.js`) would have refused. The two give the same answers: tests hold
them to it.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from heliograph.runtime.cmi.table import ElementPath, Table, is_index, with_strict
from heliograph.runtime.cmi.thresholds import status_by_threshold
from heliograph.runtime.cmi.values import values_of

LONGEST_DIAGNOSTIC = 255
LONGEST_NAME_TOLD = 100
# And the failure where one is missing.
KEYWORDS = {
    "_children": "no_children",
    "_count": "no_count",
    "_version": "undefined",
}
# No database keeps these as text, so a commit that held one would be lost whole.
INDEXED = re.compile(r"\.[0-9]")
NO_TEXT = re.compile("[\x00\ud800-\udfff]")


class CallResult(NamedTuple):
    """A value read, or "true"/"false" for a value set; the standard's error code; one sentence about it."""

    value: str
    error: int
    diagnostic: str


class Refused(Exception):
    """A failure of the table, with what its sentence needs to say."""

    def __init__(self, failure: str, **told: str) -> None:
        super().__init__(failure)
        self.failure, self.told = failure, told


class DataModel:
    """One SCO's run-time data.

    `data` is what an earlier session left (a model's `data`). `seed` is what the LMS gives now: its word wins
    for elements that content may only read and for collections the LMS owns, the stored word for the rest.
    Both are trusted: they are not judged again. `strict` refuses what exceeds the standard's own limits;
    otherwise what real content needs passes.
    """

    def __init__(
        self,
        table: Table,
        data: Mapping[str, str] | None = None,
        seed: Mapping[str, str] | None = None,
        strict: bool = False,
    ) -> None:
        self.table = table
        self.values = values_of(table.standard, strict)
        self._data = _seeded(table, data or {}, seed or {})
        self._counts: dict[str, int] = {}
        for name in self._data:
            self._count_in(name)

    @property
    def data(self) -> dict[str, str]:
        """Everything set or seeded, flat, by element name: what is stored between sessions. A copy."""
        return dict(self._data)

    def get_value(self, element: str) -> CallResult:
        """The value of an element, or "" with an error code (RTE 3.1; SCORM 1.2 RTE 3.3)."""
        try:
            return CallResult(self._get(element), 0, "")
        except Refused as refused:
            return self._answer("", refused, element)

    def set_value(self, element: str, value: str) -> CallResult:
        """Sets an element: "true", or "false" with an error code, changing nothing (RTE 3.1; SCORM 1.2 RTE
        3.3).
        """
        try:
            self._set(element, value)
        except Refused as refused:
            return self._answer("false", refused, element)
        return CallResult("true", 0, "")

    def _get(self, element: str) -> str:
        path = self._find(element)
        kind, spec = path.entry.kind, path.entry.spec
        if kind in ("children", "version"):
            self._check_entries(path)
            return path.entry.value
        if kind == "count":
            self._check_entries(path)
            return str(self._counts.get(path.name.removesuffix("._count"), 0))
        if spec["access"] == "w":
            raise Refused("write_only")
        self._check_entries(path)
        if "r" not in self._access(path):
            raise Refused("write_only")
        value = self._judged(path) or self._data.get(path.name, spec.get("default"))
        if value is None or (value == "" and spec.get("blank_is_unset")):
            raise Refused("unset")
        return value

    def _set(self, element: str, value: str) -> None:
        path = self._find(element, setting=True)
        spec = path.entry.spec
        if path.entry.kind != "element":
            raise Refused("keyword")
        if spec["access"] == "r":
            raise Refused("read_only")
        self._check_room(path)
        if "w" not in self._access(path):
            raise Refused("read_only")
        self._check_needs(path)
        self._check_value(path, value)
        self._check_identity(path, value)
        self._data[path.name] = value
        self._count_in(path.name)

    def _find(self, element: str, *, setting: bool = False) -> ElementPath:
        if element == "":
            raise Refused("empty_set" if setting else "empty_get")
        path = self.table.find(element)
        if path is not None and path.entry.kind != "branch":
            return path
        head, _, keyword = element.rpartition(".")
        if keyword in KEYWORDS and self.table.find(head) is not None:
            # That an element lacks a keyword is an error of its own only to who reads it (RTE 3.1.7; SCORM
            # 1.2 RTE 3.3).
            raise Refused("set_missing_keyword" if setting else KEYWORDS[keyword])
        raise Refused("undefined")

    def _check_entries(self, path: ElementPath) -> None:
        """Reading: every index must name an entry there is."""
        for collection, index in zip(path.entry.collections, path.indices, strict=True):
            if index >= self._counts.get(_filled(collection, path.indices), 0):
                raise Refused("no_entry")

    def _check_room(self, path: ElementPath) -> None:
        """Setting: every index names an entry there is, or the next one of a collection that content may
        extend.
        """
        for collection, index in zip(path.entry.collections, path.indices, strict=True):
            count = self._counts.get(_filled(collection, path.indices), 0)
            owner, most = self._limits(collection, path)
            if index > count or (index == count and owner == "lms"):
                raise Refused("gap")
            if index == count and index >= most:
                raise Refused("full")

    def _limits(self, collection: str, path: ElementPath) -> tuple[str, int]:
        """Who may extend a collection, and to how many entries; interactions limit their correct responses by
        type.
        """
        written = self.table.collections[collection]
        spec = with_strict(dict(written), written, self.values.strict)
        most: int = spec["max"]
        if "by" in path.entry.spec and collection == path.entry.collections[-1] and len(path.indices) > 1:
            most = min(most, self.values.interaction(self._interaction(path)).get("patterns", most))
        return spec.get("owner", "content"), most

    def _check_needs(self, path: ElementPath) -> None:
        for needed in path.entry.spec.get("needs", []):
            name = _filled(needed, path.indices)
            if name not in self._data:
                raise Refused("dependency", needs=name)

    def _check_value(self, path: ElementPath, value: str) -> None:
        type_name = path.entry.spec["type"]
        why = self.values.why_refused(type_name, value, self._interaction(path))
        if why:
            raise Refused(why, expected=self.table.type_spec(type_name, self.values.strict)["expected"])
        if NO_TEXT.search(value):
            raise Refused("no_text")

    def _check_identity(self, path: ElementPath, value: str) -> None:
        spec = path.entry.spec
        if spec.get("fixed") and self._data.get(path.name, value) != value:
            raise Refused("fixed")
        distinct = "by" in spec and self.values.interaction(self._interaction(path)).get("distinct")
        if (spec.get("unique") or (distinct and len(path.indices) > 1)) and value in self._others(path):
            raise Refused("duplicate")

    def _others(self, path: ElementPath) -> list[str | None]:
        """The values the same element has in the other entries of its collection."""
        collection = path.entry.collections[-1]
        rest = path.entry.pattern.removeprefix(f"{collection}.n")
        prefix, own = _filled(collection, path.indices), path.indices[-1]
        return [self._data.get(f"{prefix}.{i}{rest}") for i in range(self._counts.get(prefix, 0)) if i != own]

    def _interaction(self, path: ElementPath) -> str:
        by = path.entry.spec.get("by")
        return self._data.get(_filled(by, path.indices), "") if by else ""

    def _access(self, path: ElementPath) -> str:
        """What this SCO may do with this entry: the manifest grants access to shared data by bucket
        (adlcp:map).
        """
        spec = path.entry.spec
        granted = self._data.get(_filled(spec["granted"], path.indices)) if "granted" in spec else None
        access: str = spec["access"] if granted is None else granted
        return access

    def _judged(self, path: ElementPath) -> str:
        """The status that its threshold gives it; "" where none does."""
        rule = path.entry.spec.get("judged")
        return status_by_threshold(rule, self._data.get) if rule else ""

    def _count_in(self, name: str) -> None:
        if not INDEXED.search(name):
            return
        parts = name.split(".")
        for position, part in enumerate(parts):
            if is_index(part):
                collection = ".".join(parts[:position])
                self._counts[collection] = max(self._counts.get(collection, 0), int(part) + 1)

    def _answer(self, value: str, refused: Refused, element: str) -> CallResult:
        failure = self.table.failures[refused.failure]
        told = failure["text"].replace("{element}", element[:LONGEST_NAME_TOLD])
        for key, text in refused.told.items():
            told = told.replace(f"{{{key}}}", text)
        return CallResult(value, failure["error"], told[:LONGEST_DIAGNOSTIC])


def _filled(pattern: str, indices: tuple[int, ...]) -> str:
    """A pattern with its `n`s replaced by the first of these indices."""
    for index in indices[: pattern.split(".").count("n")]:
        pattern = pattern.replace(".n.", f".{index}.", 1)
    return pattern


def _seeded(table: Table, data: Mapping[str, str], seed: Mapping[str, str]) -> dict[str, str]:
    """Stored data and the LMS's seed as one: see DataModel for whose word wins."""
    stored, given = dict(data), dict(seed)
    if not given:
        return stored
    for collection, spec in table.collections.items():
        if ".n." in collection:
            continue
        loser, winner = (stored, given) if spec.get("owner") == "lms" else (given, stored)
        if any(name.startswith(f"{collection}.") for name in winner):
            for name in [name for name in loser if name.startswith(f"{collection}.")]:
                del loser[name]
    for name, value in given.items():
        path = table.find(name)
        if name not in stored or (path is not None and path.entry.spec.get("access") == "r"):
            stored[name] = value
    return stored
