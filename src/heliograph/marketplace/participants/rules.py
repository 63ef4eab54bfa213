"""When a participation ends, which quarter follows which, and what a participant's number may be. No Django,
no clock.

Two exits exist. The provider's is the end of a training episode. The board's, here, is the end of services:
the last day of one, once ninety days went by without another and none is planned (20 CFR 677.150).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

WITHOUT_SERVICE = timedelta(days=90)
NOT_COUNTED = frozenset({"self_service", "follow_up"})
CREDENTIAL_WINDOW = timedelta(days=365)  # after the exit
NUMBER_LENGTH = 12
_NUMBER = re.compile(r"[A-Z0-9]{12}")
_NINE_DIGITS = re.compile(r"[0-9]{9}")
_SSN = re.compile(r"(?!000|666|9)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}")
_CIP = re.compile(r"[0-9]{2}\.?[0-9]{4}")
_OCCUPATION = re.compile(r"([0-9]{2})-?([0-9]{4})(?:\.?([0-9]{2}))?")


@dataclass(frozen=True)
class Received:
    """A service on a day: received, or planned where the day is to come."""

    kind: str
    on: date


@dataclass(frozen=True)
class Training:
    """A training episode: it goes on until it has ended."""

    entered_on: date
    ended_on: date | None


def last_service(services: Iterable[Received], trainings: Iterable[Training], today: date) -> date | None:
    """The last day until ``today`` on which something was received that counts."""
    days = [service.on for service in services if service.kind not in NOT_COUNTED]
    for training in trainings:
        days.append(training.entered_on)
        if training.ended_on:
            days.append(training.ended_on)
    return max((day for day in days if day <= today), default=None)


def exit_day(services: Iterable[Received], trainings: Iterable[Training], today: date) -> date | None:
    """The day of the exit as it is known ``today``, or None while there is none: nothing counted was received
    for ninety days, nothing is planned, and no training goes on.
    """
    services, trainings = list(services), list(trainings)
    if any(service.on > today and service.kind not in NOT_COUNTED for service in services):
        return None
    if any(training.ended_on is None or training.ended_on > today for training in trainings):
        return None
    last = last_service(services, trainings, today)
    return last if last is not None and today - last >= WITHOUT_SERVICE else None


@dataclass(frozen=True, order=True)
class Quarter:
    """A quarter of the calendar."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    def after(self, count: int) -> Quarter:
        """The quarter that comes ``count`` quarters later."""
        months = self.year * 4 + self.number - 1 + count
        return Quarter(months // 4, months % 4 + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last_day(self) -> date:
        return self.after(1).first_day - timedelta(days=1)


def quarter_of(day: date) -> Quarter:
    """The quarter that a day is in."""
    return Quarter(day.year, (day.month + 2) // 3)


def within(quarter: Quarter, since: date, until: date) -> bool:
    """Whether a whole quarter lies within two days, both included."""
    return since <= quarter.first_day and quarter.last_day <= until


def is_number(text: str) -> bool:
    """Whether a participant may be called so: twelve letters and digits, in which no social security
    number hides.
    """
    return _NUMBER.fullmatch(text) is not None and _NINE_DIGITS.search(text) is None


def ssn_digits(text: str) -> str | None:
    """The nine digits of a social security number that can exist; None for anything else."""
    digits = text.strip().replace("-", "").replace(" ", "")
    return digits if _SSN.fullmatch(digits) else None


def cip_code(text: str) -> str | None:
    """A CIP code as 51.1009; None for anything else."""
    code = text.strip()
    return f"{code[:2]}.{code[-4:]}" if _CIP.fullmatch(code) else None


def occupation_code(text: str) -> str | None:
    """An O*NET-SOC code as 31-9097.00; None for anything else."""
    found = _OCCUPATION.fullmatch(text.strip())
    return f"{found[1]}-{found[2]}.{found[3] or '00'}" if found else None
