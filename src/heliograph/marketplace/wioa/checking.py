"""What is checked of a file, gate by gate: the number of columns, valid values, duplicates, logical rules. No
Django.

A gate that finds anything closes: only its errors are told, for later gates would tell of the same mistakes
in other words.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from heliograph.core.days import parse_day
from heliograph.marketplace.participants import rules
from heliograph.marketplace.wioa.elements import CENTS, CODE, DATE, ELEMENTS, NUMBER
from heliograph.marketplace.wioa.layouts import Column, Layout

COLUMNS, VALUES, DUPLICATES, LOGIC = GATES = ("columns", "values", "duplicates", "rules")
MOST_KEPT = 1_000  # errors of a gate; all are counted
TRAININGS = (
    ("1302", "1303", "1306", "1308"),
    ("1309", "1310", "1311", "1313"),
    ("1314", "1315", "1316", "1318"),
)


@dataclass(frozen=True)
class Finding:
    """What is wrong: the row from 1, the element ("" for the whole row), and the rule."""

    row: int
    element: str
    rule: str
    gate: str
    participant: str = ""


@dataclass
class Checks:
    """Checks of one file, row by row; rows of a participant follow each other."""

    layout: Layout
    as_of: date
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GATES, 0))
    _kept: dict[str, list[Finding]] = field(default_factory=lambda: {gate: [] for gate in GATES})
    _seen: set[tuple[str, ...]] = field(default_factory=set)
    _last: str = ""
    _row: int = 0

    def row(self, values: dict[str, str], cells: list[str], line: str) -> None:
        """Look at a row: its canonical values, what stands in its cells, and the line as it was written."""
        self._row += 1
        person = values.get("100", "")
        if person != self._last:
            self._seen.clear()
            self._last = person
        found: list[tuple[str, str, str]] = [
            *((COLUMNS, element, rule) for element, rule in self._columns(cells, line)),
            *((VALUES, element, rule) for element, rule in self._values(values, cells)),
            *((LOGIC, element, rule) for element, rule in self._logic(values)),
        ]
        key = tuple(values.get(element, "") for element in self.layout.key)
        if key in self._seen:
            found.append((DUPLICATES, "", "duplicate"))
        self._seen.add(key)
        for gate, element, rule in found:
            self.counts[gate] += 1
            if len(self._kept[gate]) < MOST_KEPT:
                self._kept[gate].append(Finding(self._row, element, rule, gate, person[:12]))

    @property
    def findings(self) -> tuple[int, list[Finding]]:
        """How many errors the first gate that closed has, and the first of them."""
        for gate in GATES:
            if self.counts[gate]:
                return self.counts[gate], self._kept[gate]
        return 0, []

    def _columns(self, cells: list[str], line: str) -> Iterator[tuple[str, str]]:
        if self.layout.format == "fixed":
            for column, cell in zip(self.layout.columns, cells, strict=True):
                if len(cell) > column.width:
                    yield column.element, "too_long"
            return
        [read] = csv.reader([line], delimiter=self.layout.delimiter)
        if len(read) != len(self.layout.columns):
            yield "", "column_count"

    def _values(self, values: dict[str, str], cells: list[str]) -> Iterator[tuple[str, str]]:
        for column, cell in zip(self.layout.columns, cells, strict=True):
            if column.constant:
                continue
            value = values[column.element]
            if rule := _wrong_value(column, value, cell):
                yield column.element, rule

    def _logic(self, values: dict[str, str]) -> Iterator[tuple[str, str]]:
        for name in self.layout.rules:
            for element in RULES[name](values, self):
                yield element, name


def _wrong_value(column: Column, value: str, cell: str) -> str:
    """The rule that a value breaks; empty where it is valid."""
    if not value:
        return "required" if column.required else ""
    if column.width and len(cell) > column.width:
        return "too_long"
    if column.values:
        return "" if cell in column.values else "value"
    element = ELEMENTS[column.element]
    if element.kind == DATE and parse_day(value) is None and not value.startswith("19"):
        return "date"
    if element.kind == CODE and value not in element.values:
        return "value"
    if element.kind in (CENTS, NUMBER) and not value.isdigit():
        return "number"
    if element.number == "100" and not rules.is_number(value):
        return "participant_number"
    return "too_long" if element.longest and len(value) > element.longest else ""


Values = dict[str, str]
Rule = Callable[[Values, Checks], Iterator[str]]


def _observations(values: Values, checks: Checks) -> Iterator[str]:
    if values.get("OBS", str(checks._row)) != str(checks._row):
        yield "OBS"


def _exit_after_entry(values: Values, checks: Checks) -> Iterator[str]:
    if values.get("901") and values["901"] < values.get("900", ""):
        yield "901"


def _reason_with_exit(values: Values, checks: Checks) -> Iterator[str]:
    if values.get("923", "00") not in ("", "00") and not values.get("901"):
        yield "923"


def _training_codes(values: Values, checks: Checks) -> Iterator[str]:
    """Type and occupation of a training are there exactly if its date of entry is."""
    for entered, type_, occupation, _ in TRAININGS:
        for element in (type_, occupation):
            if element in values and bool(values[element]) != bool(values.get(entered)):
                yield element


def _training_order(values: Values, checks: Checks) -> Iterator[str]:
    for entered, _, _, ended in TRAININGS:
        if values.get(ended) and values[ended] < values.get(entered, ""):
            yield ended


def _training_ended_at_exit(values: Values, checks: Checks) -> Iterator[str]:
    for entered, _, _, ended in TRAININGS:
        if values.get("901") and values.get(entered) and ended in values and not values[ended]:
            yield ended


def _credential_after_exit(values: Values, checks: Checks) -> Iterator[str]:
    """Four quarters after the exit of somebody who was trained, 1800 is there."""
    exited = parse_day(values.get("901", ""))
    if exited is None or values.get("1300") != "1" or "1800" not in values:
        return
    if rules.quarter_of(exited).after(4).last_day < checks.as_of and not values["1800"]:
        yield "1800"


def _credential_date(values: Values, checks: Checks) -> Iterator[str]:
    for type_, on in (("1800", "1801"), ("1802", "1803"), ("1804", "1805")):
        if {type_, on} <= values.keys() and (values[type_] not in ("", "0")) != bool(values[on]):
            yield on if values[type_] else type_


RULES: dict[str, Rule] = {
    "observations": _observations,
    "exit_after_entry": _exit_after_entry,
    "reason_with_exit": _reason_with_exit,
    "training_codes": _training_codes,
    "training_order": _training_order,
    "training_ended_at_exit": _training_ended_at_exit,
    "credential_after_exit": _credential_after_exit,
    "credential_date": _credential_date,
}
