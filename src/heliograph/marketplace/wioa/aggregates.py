"""Aggregates over all students of each program, in the shape of ETA-9171, and the six indicators over
participants. No Django.

The two exits are never mixed: numbers of all students follow the end of their training, those of
participants their WIOA exit. A rate after an exit has as its denominator those whose quarter lies in the
period (DE129, DE130), and never all who exited (DE121).
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from statistics import median
from typing import Any

from heliograph.marketplace.participants import codes, rules
from heliograph.marketplace.wioa.suppression import is_small, suppress, total

HIDDEN = "*"
# Of each group its nested counts, from the largest down, as the columns of the file.
GROUPS: dict[str, tuple[str, ...]] = {
    "all": ("DE120 served", "DE121 exited", "DE122 completed"),
    "q2": ("DE129 in quarter 2 after exit", "DE123 employed in quarter 2"),
    "q4": ("DE130 in quarter 4 after exit", "employed in quarter 4"),
    "wioa_q2": ("DE170 participants in quarter 2", "participants employed in quarter 2"),
    "wioa_q4": ("DE171 participants in quarter 4", "participants employed in quarter 4"),
}
RATES = {
    "all": "completion rate (DE122/DE121)",
    "q2": "employment rate quarter 2 (DE123/DE129)",
    "q4": "employment rate quarter 4",
    "wioa_q2": "participants’ rate quarter 2",
    "wioa_q4": "participants’ rate quarter 4",
}
EARNINGS = "median earnings in quarter 2"


@dataclass(frozen=True)
class Period:
    """The reporting period, both days included."""

    since: date
    until: date

    @classmethod
    def of(cls, head: Mapping[str, Any]) -> Period:
        return cls(date.fromisoformat(head["since"]), date.fromisoformat(head["until"]))

    def has(self, day: str | None) -> bool:
        return day is not None and str(self.since) <= day <= str(self.until)

    def quarter_after(self, exited: str | None, count: int) -> str | None:
        """The quarter so many after an exit's, where it lies in the period."""
        if exited is None:
            return None
        quarter = rules.quarter_of(date.fromisoformat(exited)).after(count)
        return str(quarter) if rules.within(quarter, self.since, self.until) else None


@dataclass
class Programs:
    """The counts of each program, by group, and the wages of whom the second quarter found employed."""

    counts: dict[str, dict[str, list[int]]]
    wages: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


def count(head: Mapping[str, Any], people: Iterable[Mapping[str, Any]]) -> Programs:
    """Count each person once in each program and group."""
    period = Period.of(head)
    made = Programs(
        {
            group: {program: [0] * len(names) for program in head["programs"]}
            for group, names in GROUPS.items()
        }
    )
    for person in people:
        for program in {episode["program"] for episode in person["episodes"]}:
            mine = [episode for episode in person["episodes"] if episode["program"] == program]
            _count_training(made, period, person, program, mine)
            _count_participations(made, period, person, program, mine)
    return made


def _count_training(
    made: Programs, period: Period, person: Mapping[str, Any], program: str, mine: list[Mapping[str, Any]]
) -> None:
    served = [
        each
        for each in mine
        if each["entered"] <= str(period.until) and (not each["ended"] or each["ended"] >= str(period.since))
    ]
    exited = [each for each in served if period.has(each["ended"])]
    completed = [each for each in exited if each["outcome"] == "completed"]
    _add(made.counts["all"][program], served, exited, completed)
    for group, count_ in (("q2", 2), ("q4", 4)):
        quarters = {quarter for each in mine if (quarter := period.quarter_after(each["ended"], count_))}
        employed = [known for known in _outcomes(person, quarters) if known["employed"]]
        _add(made.counts[group][program], quarters, employed)
        if group == "q2":
            made.wages[program].extend(known["wages"] for known in employed[:1] if known["wages"] is not None)


def _count_participations(
    made: Programs, period: Period, person: Mapping[str, Any], program: str, mine: list[Mapping[str, Any]]
) -> None:
    theirs = {each["participation"] for each in mine}
    exits = [
        each["exited"]
        for each in person["participations"]
        if each["id"] in theirs and each["reason"] not in codes.EXCLUDED
    ]
    for group, count_ in (("wioa_q2", 2), ("wioa_q4", 4)):
        quarters = {quarter for exited in exits if (quarter := period.quarter_after(exited, count_))}
        employed = [known for known in _outcomes(person, quarters) if known["employed"]]
        _add(made.counts[group][program], quarters, employed)


def _add(counts: list[int], *found: Any) -> None:
    for place, each in enumerate(found):
        counts[place] += bool(each)


def _outcomes(person: Mapping[str, Any], quarters: Iterable[str]) -> list[Mapping[str, Any]]:
    known: Mapping[str, Any] = person["outcomes"]
    return [known[quarter] for quarter in sorted(quarters) if quarter in known]


def eta_9171(head: Mapping[str, Any], people: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of the file: a program in each, then all of them; small numbers are hidden."""
    least = head["least_cell"] or 0
    made = count(head, people)
    shown = {group: suppress(rows, least) for group, rows in made.counts.items()}
    described = (
        "DE105 program",
        "state number",
        "DE110 CIP",
        "DE111 cost",
        "DE113 hours",
        "DE114 weeks",
        "DE172 listed",
    )
    yield _line(
        [*described, *(name for group in GROUPS for name in (*GROUPS[group], RATES[group])), EARNINGS]
    )
    for program, said in sorted(head["programs"].items(), key=lambda each: (each[1]["title"], each[0])):
        cells = [
            *(said["title"], said["state_key"], said["cip"], f"{said['cost_cents'] / 100:.2f}"),
            *(said["hours"] or "", said["weeks"] or "", said["listed_on"]),
        ]
        for group, rows in made.counts.items():
            cells += _numbers(rows[program], program in shown[group].hidden)
        q2_hidden = program in shown["q2"].hidden
        yield _line([*cells, _median(made.wages[program], least, q2_hidden)])
    cells = ["All programs", *[""] * (len(described) - 1)]
    for group, rows in made.counts.items():
        together = total(rows.values()) if rows else [0] * len(GROUPS[group])
        cells += _numbers(together, shown[group].total_hidden)
    every = [wage for listed in made.wages.values() for wage in listed]
    yield _line([*cells, _median(every, least, shown["q2"].total_hidden)])


def _numbers(counts: list[int], hidden: bool) -> list[str]:
    """Counts, and the rate of the last of them in the one before."""
    if hidden:
        return [HIDDEN] * (len(counts) + 1)
    part, whole = counts[-1], counts[-2]
    return [*map(str, counts), f"{part / whole:.4f}" if whole else ""]


def _median(wages: list[int], least: int, hidden: bool) -> str:
    if hidden or 0 < len(wages) < least:
        return HIDDEN
    return f"{median(wages) / 100:.2f}" if wages else ""


@dataclass
class Figure:
    """An indicator: who counts in it, and of them who fulfils it, by ids of participants."""

    whole: list[str] = field(default_factory=list)
    part: list[str] = field(default_factory=list)
    wages: list[int] = field(default_factory=list)

    def add(self, person: Mapping[str, Any], fulfils: bool) -> None:
        self.whole.append(person["id"])
        if fulfils:
            self.part.append(person["id"])


INDICATORS = ("employment_q2", "employment_q4", "median_earnings", "credential", "skill_gain", "retention")


def indicators(head: Mapping[str, Any], people: Iterable[Mapping[str, Any]]) -> dict[str, Figure]:
    """The six indicators, each person once; whoever exited for a reason that excludes is in none."""
    made, period = {name: Figure() for name in INDICATORS}, Period.of(head)
    for person in people:
        counted = [
            each
            for each in person["participations"]
            if each["reason"] not in codes.EXCLUDED and head["board"] in (None, each["board"])
        ]
        _add_employment(made, period, person, counted)
        _add_credential(made["credential"], period, person, counted)
        _add_gain(made["skill_gain"], period, person, counted)
    return made


def _add_employment(
    made: dict[str, Figure], period: Period, person: Mapping[str, Any], counted: list[Mapping[str, Any]]
) -> None:
    for name, count_ in (("employment_q2", 2), ("employment_q4", 4)):
        quarters = {quarter for each in counted if (quarter := period.quarter_after(each["exited"], count_))}
        employed = [known for known in _outcomes(person, quarters) if known["employed"]]
        if quarters:
            made[name].add(person, bool(employed))
        if name == "employment_q2" and employed and employed[0]["wages"] is not None:
            made["median_earnings"].add(person, True)
            made["median_earnings"].wages.append(employed[0]["wages"])
    for each in counted:
        if not period.quarter_after(each["exited"], 4):
            continue
        exited = rules.quarter_of(date.fromisoformat(each["exited"]))
        both = [person["outcomes"].get(str(exited.after(count_))) for count_ in (2, 4)]
        employers = [known["employer"] for known in both if known and known["employer"]]
        if len(employers) == 2:
            made["retention"].add(person, employers[0] == employers[1])
            break


def _trained(person: Mapping[str, Any], participation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in person["episodes"] if each["participation"] == participation["id"]]


def _add_credential(
    figure: Figure, period: Period, person: Mapping[str, Any], counted: list[Mapping[str, Any]]
) -> None:
    """Attained during the participation or within a year of its exit, by whom training was to lead to one."""
    for each in counted:
        trained = _trained(person, each)
        leads = any(episode["type"] not in codes.NO_CREDENTIAL_EXPECTED for episode in trained)
        if leads and period.quarter_after(each["exited"], 4):
            last = str(date.fromisoformat(each["exited"]) + rules.CREDENTIAL_WINDOW)
            days = [credential["on"] for credential in person["credentials"]]
            figure.add(person, any(each["entered"] <= day <= last for day in days))
            break


def _add_gain(
    figure: Figure, period: Period, person: Mapping[str, Any], counted: list[Mapping[str, Any]]
) -> None:
    """Trained during the period, exited or not; however many gains count once."""
    ids = {each["id"] for each in counted}
    trained = any(
        episode["participation"] in ids
        and episode["entered"] <= str(period.until)
        and (not episode["ended"] or episode["ended"] >= str(period.since))
        for episode in person["episodes"]
    )
    if trained:
        gained = [gain for gain in person["gains"] if gain["participation"] in ids and period.has(gain["on"])]
        figure.add(person, bool(gained))


def indicator_lines(head: Mapping[str, Any], people: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The six indicators as a file; small numbers are hidden."""
    least = head["least_cell"] or 0
    yield _line(["indicator", "numerator", "denominator", "value"])
    for name, figure in indicators(head, people).items():
        counts = [len(figure.whole), len(figure.part)]
        if is_small(counts, least):
            yield _line([name, HIDDEN, HIDDEN, HIDDEN])
        elif name == "median_earnings":
            yield _line([name, "", str(counts[0]), _median(figure.wages, least, False)])
        else:
            rate = f"{counts[1] / counts[0]:.4f}" if counts[0] else ""
            yield _line([name, str(counts[1]), str(counts[0]), rate])


def _line(cells: list[Any]) -> str:
    """A line of CSV; a spreadsheet takes no text in it for a formula."""
    made = StringIO()
    safe = [f"'{cell}" if str(cell).startswith(("=", "+", "-", "@", "\t")) else cell for cell in cells]
    csv.writer(made, lineterminator="\r\n").writerow(safe)
    return made.getvalue()
