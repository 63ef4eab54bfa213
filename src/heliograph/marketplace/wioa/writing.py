"""A file of a layout, made of a snapshot line by line: the same snapshot gives the same bytes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from io import StringIO
from typing import Any

from heliograph.marketplace.participants import rules
from heliograph.marketplace.wioa.checking import Checks
from heliograph.marketplace.wioa.elements import ELEMENTS, Record
from heliograph.marketplace.wioa.layouts import Layout, written


def lines(
    layout: Layout, head: dict[str, Any], people: Iterable[dict[str, Any]], checks: Checks | None = None
) -> Iterator[str]:
    """The lines of a file with their ends. ``checks`` looks at each row as it is written."""
    if layout.header and layout.format == "csv":
        yield _csv([column.heading or column.element for column in layout.columns], layout)
    for record in _records(layout, head, people):
        values = {
            column.element: ELEMENTS[column.element].get(record)
            for column in layout.columns
            if column.element
        }
        cells = [written(column, values.get(column.element, "")) for column in layout.columns]
        if layout.format == "csv":
            line = _csv(cells, layout)
        else:
            sized = zip(layout.columns, cells, strict=True)
            line = "".join(cell[: column.width].ljust(column.width) for column, cell in sized) + "\r\n"
        if checks is not None:
            checks.row(values, cells, line)
        yield line


def _csv(cells: list[str], layout: Layout) -> str:
    made = StringIO()
    csv.writer(made, delimiter=layout.delimiter, lineterminator="\r\n").writerow(cells)
    return made.getvalue()


def _records(layout: Layout, head: dict[str, Any], people: Iterable[dict[str, Any]]) -> Iterator[Record]:
    number = 0
    for person in people:
        for participation in person["participations"]:
            if head["board"] in (None, participation["board"]) and _is_in(layout, head, participation):
                number += 1
                yield Record(head, person, participation, number)


def _is_in(layout: Layout, head: dict[str, Any], participation: dict[str, Any]) -> bool:
    """Whether a participation is in the period: entered until its end, and not exited long before it."""
    if participation["entered"] > head["until"]:
        return False
    if not participation["exited"]:
        return True
    exited = rules.quarter_of(date.fromisoformat(participation["exited"]))
    return exited.after(layout.quarters_after_exit).last_day >= date.fromisoformat(head["since"])
