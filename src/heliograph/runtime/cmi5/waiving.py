"""What a manager decides about AUs: one was met by other means (waived), or its session is over though it
never said so (abandoned).
"""

from typing import Any, Final
from uuid import UUID

from django.db import transaction

from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.courses import queries as courses
from heliograph.courses.queries import Frozen
from heliograph.lrs.statements import internal
from heliograph.runtime import actions, hooks, queries
from heliograph.runtime.cmi5 import rules, sessions, statements
from heliograph.runtime.cmi5.errors import NothingToWaive, NotOfCmi5, UnitNotFound
from heliograph.runtime.models import Attempt, AuSession, Registration
from heliograph.runtime.sequencing.model import Activity

REASONS: Final = ("Administrative", "Tested Out", "Equivalent AU", "Equivalent Outside Activity")
LONGEST_NOTE: Final = 1_000


@transaction.atomic
def waive(actor: Actor, registration: Registration, reason: str, unit: str = "", note: str = "") -> list[str]:
    """Waive one AU, or all that are not met where ``unit`` is empty; their identifiers.

    ``reason`` is one of cmi5's, ``note`` is kept in the audit log. Raises `Invalid`, `NotOfCmi5`,
    `UnitNotFound`, `NothingToWaive`.
    """
    actor.require(Permission.REGISTRATIONS_MANAGE)
    if reason not in REASONS:
        raise Invalid(f"Reason must be one of: {', '.join(REASONS)}.", field="reason")
    if len(note) > LONGEST_NOTE or "\x00" in note:
        raise Invalid(f"Notes can have up to {LONGEST_NOTE:,} characters.", field="note")
    locked = held(registration)
    attempt = actions.ensure_attempt(locked)
    version = courses.frozen(attempt.version_id)
    before = sessions.verbs_in(attempt.id)
    waived = [
        unit
        for unit in _wanted(version, unit)
        if not rules.met(unit["au"]["move_on"], before.get(unit["identifier"], set()))
    ]
    if not waived:
        raise NothingToWaive("No incomplete lessons to waive.")
    state, made = attempt.tree, []
    for item in waived:
        session = _waived_session(attempt, item["identifier"])
        outcome = rules.outcome(item["au"]["move_on"], {"waived"}, "waived")
        state = sessions.tracked(version, state, item["identifier"], outcome).state
        made.append(statements.waived(session, version, locked.learner, session.created_at, reason))
        known = set(rules.satisfied(_items(version), before))
        before.setdefault(item["identifier"], set()).add("waived")
        news = [
            identifier for identifier in rules.satisfied(_items(version), before) if identifier not in known
        ]
        made += statements.satisfied(news, session.id, attempt.id, version, locked.learner, clock.now())
    sessions.apply(attempt, state, version)
    internal.store(
        attempt.organization_id, made, after=True
    )  # of what the beginning of the attempt satisfied
    identifiers = [item["identifier"] for item in waived]
    actions.record_of(actor, "waived a part of", locked, parts=identifiers, reason=reason, note=note)
    hooks.registration_changed.call(locked)
    return identifiers


@transaction.atomic
def abandon(actor: Actor, registration: Registration, session_id: UUID) -> None:
    """End a session whose AU does not. Raises `NotOfCmi5`, `UnitNotFound`."""
    actor.require(Permission.REGISTRATIONS_MANAGE)
    locked = held(registration)
    _units(courses.frozen(actions.ensure_attempt(locked).version_id))
    session = (
        locked.au_sessions.filter(id=session_id, terminated_at=None, abandoned_at=None)
        .exclude(launch=None)
        .first()
    )
    if session is None:
        raise UnitNotFound("Open session not found in this registration.")
    attempt = Attempt.objects.get(id=session.attempt_id)
    version = courses.frozen(attempt.version_id)
    made, spent = sessions.abandon(attempt.id, version, locked.learner, only=session.id)
    attempt.total_centiseconds += spent
    sessions.apply(attempt, attempt.tree, version)
    internal.store(attempt.organization_id, made)
    actions.record_of(actor, "ended a session of", locked, session=str(session_id))


def held(registration: Registration) -> Registration:
    """The registration, locked."""
    return (
        Registration.objects.select_for_update(of=("self",), no_key=True)
        .select_related("learner", "course")
        .get(id=registration.id)
    )


def unit_called(version: Frozen, unit: str) -> Activity:
    """An AU by its identifier, or by its place in the table of contents, from 0.

    Raises `NotOfCmi5`, `UnitNotFound`.
    """
    tree = queries.tree(version.id)
    [item] = _wanted(version, unit or "0")
    return tree.by_id[item["identifier"]]


def not_met(attempt: Attempt) -> list[dict[str, str]]:
    """The AUs of an attempt that could be waived."""
    version = courses.frozen(attempt.version_id)
    if version.standard != "cmi5":
        return []
    verbs = sessions.verbs_in(attempt.id)
    open_ones = (
        unit
        for unit in rules.units(_items(version))
        if not rules.met(unit["au"]["move_on"], verbs.get(unit["identifier"], set()))
    )
    return [{"identifier": open_unit["identifier"], "title": open_unit["title"]} for open_unit in open_ones]


def _items(version: Frozen) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = version.structure["organizations"][0]["items"]
    return items


def _units(version: Frozen) -> list[dict[str, Any]]:
    if version.standard != "cmi5":
        raise NotOfCmi5("Only cmi5 courses have AUs.")
    return list(rules.units(_items(version)))


def _wanted(version: Frozen, unit: str) -> list[dict[str, Any]]:
    units = _units(version)
    if not unit:
        return units
    if unit.isdecimal() and int(unit[:6]) < len(units):
        return [units[int(unit[:6])]]
    chosen = [candidate for candidate in units if candidate["identifier"] == unit]
    if not chosen:
        raise UnitNotFound("AU not found in this course.")
    return chosen


def _waived_session(attempt: Attempt, identifier: str) -> AuSession:
    """cmi5 wants a session of its own for each AU that is waived."""
    moment = clock.now()
    return AuSession.objects.create(
        organization_id=attempt.organization_id,
        registration_id=attempt.registration_id,
        attempt=attempt,
        identifier=identifier,
        verbs=["waived"],
        terminated_at=moment,
    )
