"""Events about registrations, for webhooks.

Commits and callbacks know nothing of this: a chore follows the logs they write, compares each registration
with what was last told of it (`AnnouncedState`), and emits an event for each milestone that is new. What is
changed by hand, and what is new, is told in the change's own transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from heliograph.core.database.consistency import consistent_through
from heliograph.core.ids import lowest_id
from heliograph.runtime import hooks
from heliograph.runtime.hooks import RegistrationContext as Context
from heliograph.runtime.models import AnnouncedState, Launch, LogCursor, Registration, RuntimeCall
from heliograph.webhooks import queries as webhooks
from heliograph.webhooks import topics
from heliograph.webhooks.actions import About, emit

LOG: Final = "webhooks"
AT_A_TIME: Final = 1_000  # registrations
LOOKED_BACK: Final = timedelta(
    seconds=5
)  # ids are made before their rows, on clocks that may differ a little


def tell(registration: Registration) -> None:
    """Emit what is new of a registration, inside the caller's transaction."""
    if registration.is_learning and webhooks.is_recorded(registration.organization_id):
        _tell(registration.id)


def tell_all(organization_id: UUID, registrations: list[Registration]) -> None:
    """The same of many registrations of one organization; whether anybody is told is asked once."""
    if webhooks.is_recorded(organization_id):
        for registration in registrations:
            _tell(registration.id)


def tell_launch(registration: Registration, launch: Launch) -> None:
    """The player was opened, inside of that transaction: the first time is told."""
    told = AnnouncedState.objects.filter(registration_id=registration.id, launched=True)
    if not told.exists():
        tell(registration)


def follow() -> int:
    """Emit what is new of registrations that were worked in since the last time; how many there were.

    The place that is kept is one up to which every row of the logs could be read.
    """
    reached, recorded = consistent_through(), webhooks.recorded_organizations()
    kept = LogCursor.objects.filter(log=LOG).values_list("at", flat=True).first()
    news: list[UUID] = []
    if recorded and kept:
        parts = _parts(_worked_in(kept - LOOKED_BACK))
        news = [registration_id for some in parts for registration_id in _news(some, recorded)]
    for registration_id in news:
        _tell(registration_id)
    LogCursor.objects.update_or_create(log=LOG, defaults={"at": reached})
    return len(news)


def sweep() -> int:
    """Emit what is new of any registration: what the logs did not show."""
    news = _news(None, webhooks.recorded_organizations())
    for registration_id in news:
        _tell(registration_id)
    return len(news)


def note_present_states(organization_id: UUID) -> None:
    """Take everything that stands now as told: somebody begins to be told."""
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, {"organization": organization_id})


def _worked_in(since: datetime) -> list[UUID]:
    calls = RuntimeCall.objects.filter(id__gte=lowest_id(since))
    ids = set(calls.order_by().values_list("registration_id", flat=True).distinct())
    for elsewhere in hooks.reported_since.call(since):
        ids |= set(elsewhere)
    return sorted(ids)


def _parts(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), AT_A_TIME):
        yield ids[start : start + AT_A_TIME]


# Registrations that stand elsewhere than was told of them.
_NEWS = """
SELECT r.id
  FROM runtime_registration r
  LEFT JOIN runtime_announcedstate t ON t.registration_id = r.id
 WHERE r.organization_id = ANY(%(organizations)s) AND r.purpose = 'learning'
   AND (%(ids)s::uuid[] IS NULL OR r.id = ANY(%(ids)s))
   AND (t.registration_id IS NULL
        OR (t.attempt, t.launched, t.completed, t.success, t.progress, t.score)
           IS DISTINCT FROM
           (greatest(r.attempt_number, 1), r.first_launched_at IS NOT NULL, r.completion = 'completed',
            r.success, r.progress, r.score_scaled))
 ORDER BY r.id
"""

_TOLD = """
INSERT INTO runtime_announcedstate
       (registration_id, organization_id, attempt, launched, completed, success, progress, score)
SELECT id, organization_id, greatest(attempt_number, 1), first_launched_at IS NOT NULL,
       completion = 'completed', success, progress, score_scaled
  FROM runtime_registration
 WHERE organization_id = %(organization)s AND purpose = 'learning'
    ON CONFLICT (registration_id) DO UPDATE
   SET attempt = excluded.attempt, launched = excluded.launched, completed = excluded.completed,
       success = excluded.success, progress = excluded.progress, score = excluded.score
"""


def _news(ids: list[UUID] | None, organizations: list[UUID]) -> list[UUID]:
    if not organizations:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, {"ids": ids, "organizations": organizations})
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _tell(registration_id: UUID) -> None:
    """Emit what is new of one registration. Holding its row, two workers never both do."""
    rows = Registration.objects.select_related("learner", "course").select_for_update(of=("self",))
    registration = rows.filter(id=registration_id).first()
    if registration is None:
        return
    before = AnnouncedState.objects.filter(registration_id=registration.id).first()
    state = _state(registration)
    AnnouncedState.objects.update_or_create(
        registration_id=registration.id,
        defaults={"organization_id": registration.organization_id, **state},
    )
    milestones = list(_milestones(before, state))
    if not milestones:
        return
    context = hooks.registration_context.first(registration) or Context()
    about = About(registration.course_id, context.destination_id, registration.dispatch_id, registration.id)
    data = _shown(registration, context)
    for milestone in milestones:
        emit(registration.organization_id, f"registration.{milestone}", data, about)


def _state(registration: Registration) -> dict[str, Any]:
    return {
        "attempt": max(registration.attempt_number, 1),
        "launched": registration.first_launched_at is not None,
        "completed": registration.completion == "completed",
        "success": registration.success,
        "progress": registration.progress,
        "score": registration.score_scaled,
    }


def _milestones(before: AnnouncedState | None, now: dict[str, Any]) -> Iterator[str]:
    """What is new, in the order in which it happens; a new attempt begins all but its first launch anew."""
    if before is None:
        yield "created"
    if now["launched"] and not (before and before.launched):
        yield "launched"
    same = before if before and before.attempt == now["attempt"] else None
    moved = (same.progress, same.score) if same else (None, None)
    if (now["progress"], now["score"]) != moved and (now["progress"], now["score"]) != (None, None):
        yield "progressed"
    if now["completed"] and not (same and same.completed):
        yield "completed"
    if now["success"] != "unknown" and now["success"] != (same.success if same else "unknown"):
        yield now["success"]


def _shown(registration: Registration, context: Context) -> topics.RegistrationEvent:
    learner, course = registration.learner, registration.course
    return topics.RegistrationEvent(
        topics.Registration(
            str(registration.id),
            registration.key,
            topics.Learner(learner.identifier, learner.name, learner.email),
            max(registration.attempt_number, 1),
            registration.completion,
            registration.success,
            registration.score_scaled,
            registration.progress,
            registration.created_at,
            registration.first_launched_at,
            registration.completed_at,
        ),
        topics.Course(str(course.id), course.key, course.title),
        context.dispatch,
        context.destination,
    )
