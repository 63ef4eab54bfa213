"""The elements that a file can have, by their PIRL numbers: what each holds, and where it comes from in a
snapshot. No Django.

A record is a participation in a snapshot with its person (`snapshots`). Values are text in one canonical
form: dates as 2026-03-31, codes as they are, amounts in cents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from heliograph.marketplace.participants import codes, rules

TEXT, DATE, CODE, CENTS, NUMBER = "text", "date", "code", "cents", "number"
YES_NO = frozenset({"0", "1"})


@dataclass(frozen=True)
class Record:
    """A participation of a snapshot with its person, as rows of a file are made of it."""

    head: dict[str, Any]
    person: dict[str, Any]
    participation: dict[str, Any]
    number: int  # of the row

    @property
    def trainings(self) -> list[dict[str, Any]]:
        mine = self.participation["id"]
        return [episode for episode in self.person["episodes"] if episode["participation"] == mine]

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """What was attained from the entry on until a year after the exit."""
        first, exited = self.participation["entered"], self.participation["exited"]
        last = str(date.fromisoformat(exited) + rules.CREDENTIAL_WINDOW) if exited else "9999"
        return [each for each in self.person["credentials"] if first <= each["on"] <= last]

    def quarter(self, count: int) -> dict[str, Any] | None:
        """What is known of a quarter after the exit."""
        exited = self.participation["exited"]
        if not exited:
            return None
        wanted = str(rules.quarter_of(date.fromisoformat(exited)).after(count))
        found: dict[str, Any] | None = self.person["outcomes"].get(wanted)
        return found


Get = Callable[[Record], str]


@dataclass(frozen=True)
class Element:
    """An element: its number, what it is, the codes that it takes, and how a record says it."""

    number: str
    name: str
    kind: str
    get: Get
    values: frozenset[str] = frozenset()
    longest: int = 0


def _codes(listed: Any) -> frozenset[str]:
    return frozenset(code for code, _ in listed)


def _of(name: str) -> Get:
    return lambda record: record.participation[name] or ""


def _training(place: int, name: str) -> Get:
    def get(record: Record) -> str:
        trainings = record.trainings
        return trainings[place][name] or "" if len(trainings) > place else ""

    return get


def _completed(place: int) -> Get:
    outcome = _training(place, "outcome")
    return lambda record: {"completed": "1", "withdrew": "0"}.get(outcome(record), "")


def _credential(place: int, name: str) -> Get:
    def get(record: Record) -> str:
        attained = record.credentials
        if len(attained) > place:
            return str(attained[place][name] or "")
        return "0" if place == 0 and name == "type" and credential_is_due(record) else ""

    return get


def credential_is_due(record: Record) -> bool:
    """Whether element 1800 is due: four quarters went by since the exit of somebody who was trained."""
    exited = record.participation["exited"]
    if not exited or not record.trainings:
        return False
    fourth = rules.quarter_of(date.fromisoformat(exited)).after(4)
    return fourth.last_day < date.fromisoformat(record.head["as_of"])


def _gain(kind: str) -> Get:
    def get(record: Record) -> str:
        mine = record.participation["id"]
        days = [
            gain["on"]
            for gain in record.person["gains"]
            if gain["type"] == kind and gain["participation"] == mine
        ]
        return max(days, default="")

    return get


def _employed(count: int) -> Get:
    def get(record: Record) -> str:
        known = record.quarter(count)
        return "" if known is None else "1" if known["employed"] else "0"

    return get


def _outcome(count: int, name: str) -> Get:
    def get(record: Record) -> str:
        known = record.quarter(count)
        value = known[name] if known else None
        return "" if value is None else str(value)

    return get


def _retained(record: Record) -> str:
    """Whether the employer of the second quarter after the exit is that of the fourth too."""
    second, fourth = record.quarter(2), record.quarter(4)
    if not (second and fourth and second["employer"] and fourth["employer"]):
        return ""
    return "1" if second["employer"] == fourth["employer"] else "0"


def _potential_outcome(record: Record) -> str:
    """What the program of the first training may lead to."""
    program = _training(0, "program")(record)
    return str(record.head["programs"][program]["outcome_type"]) if program else ""


def _listed() -> list[Element]:
    matches = _codes(codes.EMPLOYMENT_MATCHES)
    elements = [
        Element("OBS", "Observation number", NUMBER, lambda record: str(record.number), longest=9),
        Element("100", "Participant number", TEXT, lambda record: record.person["number"], longest=12),
        Element("108-A", "Code of the workforce board", TEXT, _of("board_code"), longest=20),
        Element("CASE", "Case number of the board", TEXT, _of("case"), longest=40),
        Element("200", "Date of birth", DATE, lambda record: record.person["born"] or ""),
        Element("400", "Employment at entry", CODE, _of("employment"), _codes(codes.EMPLOYMENT_AT_ENTRY)),
        Element("408", "Education at entry", CODE, _of("education"), _codes(codes.EDUCATION_AT_ENTRY)),
        Element("900", "Date of entry", DATE, _of("entered")),
        Element("901", "Date of exit", DATE, _of("exited")),
        Element("903", "Adult", CODE, _of("adult"), _codes(codes.FUNDING)),
        Element("904", "Dislocated worker", CODE, _of("dislocated_worker"), _codes(codes.FUNDING)),
        Element("905", "Youth", CODE, _of("youth"), _codes(codes.FUNDING)),
        Element(
            "923",
            "Other reason for exit",
            CODE,
            lambda record: record.participation["reason"] if record.participation["exited"] else "",
            _codes(codes.EXIT_REASONS),
        ),
        Element("1300", "Received training", CODE, lambda record: str(int(bool(record.trainings))), YES_NO),
        Element("1301", "Training provider", TEXT, lambda record: record.head["provider"], longest=75),
        Element("1304", "Potential outcome", CODE, _potential_outcome, _codes(codes.OUTCOME_TYPES)),
        Element("1305", "CIP code", TEXT, _training(0, "cip"), longest=7),
        Element("1618", "Same employer in both quarters", CODE, _retained, YES_NO),
    ]
    for place, first in enumerate((1302, 1309, 1314)):
        entered, type_, code, completed, ended = (
            (1302, 1303, 1306, 1307, 1308) if place == 0 else range(first, first + 5)
        )
        n = place + 1
        types = _codes(codes.TRAINING_TYPES)
        elements += [
            Element(str(entered), f"Date entered training {n}", DATE, _training(place, "entered")),
            Element(str(type_), f"Type of training {n}", CODE, _training(place, "type"), types),
            Element(
                str(code), f"Occupation of training {n}", TEXT, _training(place, "occupation"), longest=10
            ),
            Element(str(completed), f"Training {n} completed", CODE, _completed(place), YES_NO),
            Element(str(ended), f"Date training {n} ended", DATE, _training(place, "ended")),
        ]
    for count in range(1, 5):
        employed, wages = 1598 + 2 * count, 1702 + count
        elements += [
            Element(str(employed), f"Employed in quarter {count} after exit", CODE, _employed(count), YES_NO),
            Element(str(employed + 1), f"Match of quarter {count}", CODE, _outcome(count, "match"), matches),
            Element(str(wages), f"Wages of quarter {count} after exit", CENTS, _outcome(count, "wages")),
        ]
    for place in range(3):
        types = _codes(codes.CREDENTIAL_TYPES) | {"0"}
        n = 1800 + 2 * place
        elements += [
            Element(str(n), f"Type of credential {place + 1}", CODE, _credential(place, "type"), types),
            Element(str(n + 1), f"Date of credential {place + 1}", DATE, _credential(place, "on")),
        ]
    for place, (kind, _) in enumerate(codes.GAIN_TYPES):
        elements.append(Element(str(1806 + place), f"Skill gain: {kind}", DATE, _gain(kind)))
    return elements


ELEMENTS = {element.number: element for element in _listed()}
