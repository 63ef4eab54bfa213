"""Layouts of files, which are data: which columns in which form, and what is checked. No Django.

A layout is a JSON object, as `PROVIDER` below. Columns name an element (`elements.ELEMENTS`) or hold a
``constant``; a ``transform`` says how its value is written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from heliograph.core.errors import Invalid
from heliograph.core.translation import gettext
from heliograph.marketplace.wioa.elements import CENTS, ELEMENTS

MOST_COLUMNS = 300
MOST_WIDTH = 500
Transform = Literal["as_is", "yyyymmdd", "mm/dd/yyyy", "upper", "digits", "dollars", "dollars_cents"]


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column: ``width`` counts in files of fixed width, and is the most that a CSV column takes."""

    element: str = ""
    heading: str = ""
    constant: str = ""
    width: int = 0
    transform: Transform = "as_is"
    required: bool = False
    values: tuple[str, ...] = ()  # in place of those that the element takes
    codes: dict[str, str] = {}  # a state's own code for one of the element's


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A layout: its columns, the elements that tell rows apart, and the rules that rows must obey."""

    columns: tuple[Column, ...]
    format: Literal["csv", "fixed"] = "csv"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    header: bool = True
    key: tuple[str, ...] = ("100", "900")
    rules: tuple[str, ...] = ()
    quarters_after_exit: int = 5  # in which an exited participation is still in files


def read(definition: Any) -> Layout:
    """A layout that can be used. Raises `Invalid` with what is wrong."""
    try:
        layout = msgspec.convert(definition, Layout)
    except msgspec.ValidationError as reason:
        raise _wrong(str(reason)) from None
    if not 1 <= len(layout.columns) <= MOST_COLUMNS:
        raise _wrong(gettext("from 1 to 300 columns"))
    if not 0 <= layout.quarters_after_exit <= 12:
        raise _wrong("quarters_after_exit")
    for place, column in enumerate(layout.columns, 1):
        _check(layout, place, column)
    there = {column.element for column in layout.columns}
    if "100" not in layout.key or not set(layout.key) <= there:
        raise _wrong(gettext("the key must have element 100, and columns of the file"))
    return layout


def _check(layout: Layout, place: int, column: Column) -> None:
    where = gettext("column %(place)s") % {"place": place}
    if bool(column.element) == bool(column.constant):
        raise _wrong(f"{where}: " + gettext("either an element or a constant"))
    if column.element and column.element not in ELEMENTS:
        raise _wrong(f"{where}: " + gettext("there is no element %(number)s") % {"number": column.element})
    if not 0 <= column.width <= MOST_WIDTH or (layout.format == "fixed" and not column.width):
        raise _wrong(f"{where}: " + gettext("a width from 1 to 500"))


def _wrong(what: str) -> Invalid:
    return Invalid(gettext("This layout cannot be used: %(what)s.") % {"what": what}, field="definition")


def written(column: Column, value: str) -> str:
    """A value as a column holds it; always in one line."""
    if column.constant:
        return column.constant
    value = column.codes.get(value, value)
    if column.transform == "as_is" and column.element and ELEMENTS[column.element].kind == CENTS:
        return _TRANSFORMS["dollars_cents"](value)
    return " ".join(_TRANSFORMS[column.transform](value).split())


def _dollars_cents(value: str) -> str:
    return f"{int(value) // 100}.{int(value) % 100:02}" if value.isdigit() else value


def _american(value: str) -> str:
    return f"{value[5:7]}/{value[8:]}/{value[:4]}" if len(value) == 10 else value


_TRANSFORMS: dict[str, Callable[[str], str]] = {
    "as_is": lambda value: value,
    "yyyymmdd": lambda value: value.replace("-", ""),
    "mm/dd/yyyy": _american,
    "upper": str.upper,
    "digits": lambda value: "".join(sign for sign in value if sign.isdigit()),
    "dollars": lambda value: str(int(value) // 100) if value.isdigit() else value,
    "dollars_cents": _dollars_cents,
}

RULES = (
    "observations",
    "exit_after_entry",
    "reason_with_exit",
    "training_codes",
    "training_order",
    "training_ended_at_exit",
    "credential_after_exit",
    "credential_date",
)


def _columns(*numbers: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number in numbers:
        column: dict[str, Any] = {"element": number, "heading": f"PIRL {number}"}
        if ELEMENTS[number].kind == "date":
            column["transform"] = "yyyymmdd"
        if number in ("100", "900"):
            column["required"] = True
        made.append(column)
    return made


# What an organization begins with: all that a provider touches, and what a board asks back. A state's own
# layout is another one, made of it.
PROVIDER: dict[str, Any] = {
    "format": "csv",
    "columns": _columns(*ELEMENTS),
    "key": ["100", "900"],
    "rules": list(RULES),
}
BOARD: dict[str, Any] = {
    "format": "csv",
    "columns": _columns(
        *("100", "CASE", "900", "901", "923", "1300", "1302", "1303", "1306", "1307", "1308"),
        *("1602", "1606", "1704", "1800", "1801", "1809", "1810"),
    ),
    "key": ["100", "900"],
    "rules": [rule for rule in RULES if rule != "observations"],
}
BUILT_IN = {"Provider file (PIRL columns)": PROVIDER, "Board extract (PIRL columns)": BOARD}
