"""Statements counted by person, course, verb and day: read from counts, never from statements."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet, Sum

from heliograph.lrs.models import Activity, Agent, StatementCount, Verb
from heliograph.lrs.rules import formats, keys


@dataclass(frozen=True)
class SummaryFilters:
    """Which statements are counted: those of these days, and of one person, course or verb if named."""

    first: date
    last: date
    agent: dict[str, Any] | None = None
    course: str = ""
    verb: str = ""


def counts(organization_id: UUID, asked: SummaryFilters) -> QuerySet[StatementCount]:
    """The counts of what is asked for."""
    counts = StatementCount.objects.filter(
        organization_id=organization_id, day__gte=asked.first, day__lte=asked.last
    )
    if asked.agent:
        counts = counts.filter(agent=keys.key(keys.AGENT, keys.identifier(asked.agent) or ""))
    if asked.course:
        counts = counts.filter(course=keys.key(keys.ACTIVITY, asked.course))
    return counts.filter(verb=keys.key(keys.VERB, asked.verb)) if asked.verb else counts


def total(organization_id: UUID, asked: SummaryFilters) -> int:
    """How many statements that is in all."""
    return counts(organization_id, asked).aggregate(all=Sum("count"))["all"] or 0


def summary(organization_id: UUID, asked: SummaryFilters, limit: int) -> dict[str, Any]:
    """The count in all, by day, and the ``limit`` people, courses and verbs with most statements."""
    day_counts = counts(organization_id, asked)
    days = day_counts.values("day").annotate(statements=Sum("count")).filter(statements__gt=0).order_by("day")
    return {
        "statements": total(organization_id, asked),
        "by_day": [{"day": row["day"], "statements": row["statements"]} for row in days],
        "by_user": _most(day_counts, "agent", limit, lambda some: _people(organization_id, some)),
        "by_course": _most(day_counts, "course", limit, lambda some: _courses(organization_id, some)),
        "by_verb": _most(day_counts, "verb", limit, lambda some: _verbs(organization_id, some)),
    }


def _most(
    counts: QuerySet[StatementCount],
    by: str,
    limit: int,
    names: Callable[[list[int]], dict[int, dict[str, Any]]],
) -> list[dict[str, Any]]:
    rows = list(
        counts.exclude(**{by: 0})
        .values(by)
        .annotate(statements=Sum("count"))
        .filter(statements__gt=0)
        .order_by("-statements", by)[:limit]
    )
    named = names([row[by] for row in rows])
    return [{**named.get(row[by], {"id": "", "name": ""}), "statements": row["statements"]} for row in rows]


def _people(organization_id: UUID, some: list[int]) -> dict[int, dict[str, Any]]:
    agents = Agent.objects.filter(organization_id=organization_id, key__in=some)
    return {agent.key: {"agent": keys.agent_of(agent.identifier), "name": agent.name} for agent in agents}


def _courses(organization_id: UUID, some: list[int]) -> dict[int, dict[str, Any]]:
    named = {}
    for activity in Activity.objects.filter(organization_id=organization_id, key__in=some):
        names = msgspec.json.decode(activity.definition).get("name", {}) if activity.definition else {}
        named[activity.key] = {
            "id": activity.iri,
            "name": next(iter(formats.one_language(names, ["en"]).values()), ""),
        }
    return named


def _verbs(organization_id: UUID, some: list[int]) -> dict[int, dict[str, Any]]:
    return {
        verb.key: {"id": verb.iri, "name": verb.display}
        for verb in Verb.objects.filter(organization_id=organization_id, key__in=some)
    }
