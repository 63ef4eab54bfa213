"""The rows of a file that says who completed what, and when. The export of enrollments, with its column
*completed* filled in, is such a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from heliograph.accounts.user_imports import reading
from heliograph.core.errors import Invalid
from heliograph.core.translation import gettext
from heliograph.marketplace.forms import NOON

MOST_ROWS = 5_000
# What the headings of each column may be, in lower case.
HEADINGS = {
    "enrollment": ("enrollment", "enrollment id", "enrollmentid", "id"),
    "email": ("email", "e-mail", "student email", "mail"),
    "program": ("program", "course", "class"),
    "completed_at": ("completed", "completed on", "completed at", "completedat", "date", "completion date"),
    "certificate_url": ("certificate", "certificate url", "certificateurl", "certificate address"),
    "notes": ("notes", "note", "comment", "comments"),
}


@dataclass(frozen=True)
class Said:
    """A row as it stands in the file. ``completed_at`` is None where there is no date, and ``problem`` says
    what cannot be read.
    """

    number: int
    enrollment: str = ""
    email: str = ""
    program: str = ""
    completed_at: datetime | None = None
    certificate_url: str = ""
    notes: str = ""
    problem: str = ""


def read(path: Path, name: str) -> list[Said]:
    """The rows of a CSV or XLSX file. Raises `Invalid` for a file that cannot be used."""
    try:
        rows = reading.rows(path, name)
        headings = next(rows, [])
        places = _places(headings)
        said = [_said(number, cells, places) for number, cells in _filled(rows)]
    except reading.Refused as reason:
        raise Invalid(gettext(str(reason.sentence)), code=f"file_{reason.code}", field="file") from None
    if not said:
        raise Invalid(gettext("The file has no rows below its headings."), code="file_empty", field="file")
    return said


def _filled(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    count = 0
    for number, cells in enumerate(rows, 2):
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MOST_ROWS:
            raise Invalid(
                gettext("The file has more than 5,000 rows. Split it into several files."),
                code="file_too_many_rows",
                field="file",
            )
        yield number, cells


def _places(headings: list[str]) -> dict[str, int]:
    known = {heading.strip().casefold().replace("_", " "): place for place, heading in enumerate(headings)}
    places = {}
    for column, words in HEADINGS.items():
        for word in words:
            if word in known:
                places[column] = known[word]
                break
    if "completed_at" not in places or not {"enrollment", "email"} & places.keys():
        raise Invalid(
            gettext(
                "The file needs a column “email” or “enrollment ID”, and a column “completed” with the day "
                "of completion."
            ),
            code="file_columns_missing",
            field="file",
        )
    return places


def _said(number: int, cells: list[str], places: dict[str, int]) -> Said:
    values = {column: cells[place].strip() if place < len(cells) else "" for column, place in places.items()}
    date = values.pop("completed_at", "")
    moment, problem = None, ""
    if date:
        moment = _moment(date)
        problem = (
            "" if moment else gettext("Write the day as YYYY-MM-DD, not “%(day)s”.") % {"day": date[:40]}
        )
    values["email"] = values.get("email", "").lower()[:254]
    values["certificate_url"] = values.get("certificate_url", "")[:1001]  # longer ones are refused
    return Said(number, completed_at=moment, problem=problem, **values)


def _moment(text: str) -> datetime | None:
    """A day, or a moment, as ISO 8601 writes it; a day is its noon in UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(hour=NOON, minute=0, second=0, microsecond=0, tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None
