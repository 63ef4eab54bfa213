"""Sessions of embedded packages told as statements: what their events report is what the course's own calls
would have said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from heliograph.dispatch.models import Dispatch, Session, SessionEvent
from heliograph.runtime import queries
from heliograph.runtime.scorm_profile.emitter import AT_A_TIME, context_of, emit, follow_log, last_emitted
from heliograph.runtime.scorm_profile.rules import Call

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

LOG = "session events"
_NEW_EVENTS = f"""
SELECT e.id, e.received_at
  FROM dispatch_sessionevent e
  LEFT JOIN report_emitted_batches n ON n.source_id = e.id
 WHERE e.received_at >= %(moment)s AND n.source_id IS NULL
 ORDER BY e.received_at, e.session_id, e.sequence
 LIMIT {AT_A_TIME}
"""  # noqa: S608 - a number of ours


def follow() -> int:
    """Tell all that embedded packages have reported and that was not told yet; how many events that was."""
    return follow_log(LOG, _NEW_EVENTS, _events_as_statements)


def keeps_records(registration: Registration) -> bool:
    """Whether the registration's dispatch keeps records of its learners."""
    return (
        registration.dispatch_id is None
        or Dispatch.objects.filter(id=registration.dispatch_id, tracking=True).exists()
    )


def _events_as_statements(ids: list[UUID]) -> Iterator[tuple[UUID, dict[str, Any]]]:
    events = list(SessionEvent.objects.filter(id__in=ids).order_by("session_id", "sequence"))
    sessions = Session.objects.select_related("registration__learner", "registration__course__published")
    by_id = {
        session.id: session for session in sessions.filter(id__in={event.session_id for event in events})
    }
    for event in events:
        session = by_id.get(event.session_id)
        if session:
            yield from _event_as_statements(session, event)


def _event_as_statements(session: Session, event: SessionEvent) -> list[tuple[UUID, dict[str, Any]]]:
    registration, elements = session.registration, event.body.get("elements", {})
    address = event.body.get("sco", "")
    if event.kind == "end":  # an end says nothing of what ends
        last = last_emitted(session.organization_id, session.id)
        if last is None:
            return []
        address, elements = last
    sco, title = _played(registration, address)
    data_model = "scorm_12" if any(name.startswith("cmi.core.") for name in elements) else "scorm_2004"
    shown = context_of(registration, sco, title, f"session={session.id}", registration.id, data_model)
    return emit(registration, session.id, sco, shown, _calls(event, data_model))


def _calls(event: SessionEvent, data_model: str) -> Iterator[Call]:
    prefix = "LMS" if data_model == "scorm_12" else ""
    if event.sequence == 1:
        yield Call(event.happened_at, f"{prefix}Initialize", [""])
    for element, value in event.body.get("elements", {}).items():
        yield Call(event.happened_at, f"{prefix}SetValue", [element, value])
    if event.kind == "end":
        yield Call(event.happened_at, "LMSFinish" if prefix else "Terminate", [""])


def _played(registration: Registration, address: str) -> tuple[str, str]:
    """The identifier and title of the SCO at an address in the package; the address itself where the course
    has changed since.
    """
    published = registration.course.published
    tree = queries.tree(published.id) if published else None
    for activity in tree.by_id.values() if tree else ():
        if activity.identifier == address or (
            activity.launch and activity.launch["href"] + activity.launch["query"] == address
        ):
            return activity.identifier, activity.title
    return address or "course", registration.course.title
