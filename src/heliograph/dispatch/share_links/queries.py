"""What a link shows."""

from typing import Any

from django.db.models import Avg, Count, Q, QuerySet, Sum

from heliograph.core.ids import parse_id
from heliograph.dispatch import states
from heliograph.dispatch.licenses.usage import load
from heliograph.dispatch.models import (
    Deployment,
    Destination,
    Dispatch,
    License,
    RelayReceipt,
    Session,
    SessionEvent,
    ShareLink,
)
from heliograph.dispatch.results import agreement
from heliograph.dispatch.share_links.actions import not_found
from heliograph.runtime import queries as registrations

SESSIONS_SHOWN, DISAGREEMENTS_SHOWN = 20, 50


def destination(link: ShareLink) -> Destination:
    """The portal's destination."""
    assert link.destination is not None  # noqa: S101 - `open_portal` finds no other links
    return link.destination


def shared_deployment(link: ShareLink) -> Deployment:
    """The deployment whose health a link shows."""
    assert link.deployment is not None  # noqa: S101 - `open_share` finds no other links
    return link.deployment


def dispatches(link: ShareLink) -> list[Dispatch]:
    """The dispatches of the portal's destination, each with its `state` and how far its learners have come
    (`progress`).
    """
    dispatches = load(_dispatches(link).order_by("name", "id"))
    learners = registrations.learning(link.organization_id).filter(
        dispatch_id__in=[dispatch.id for dispatch in dispatches]
    )
    progress = {
        row["dispatch_id"]: row for row in learners.order_by().values("dispatch_id").annotate(**_PROGRESS)
    }
    for dispatch in dispatches:
        dispatch.state = states.state_of(dispatch)  # type: ignore[attr-defined]
        dispatch.progress = progress.get(dispatch.id, dict.fromkeys(_PROGRESS, 0))  # type: ignore[attr-defined]
    return dispatches


def dispatch(link: ShareLink, dispatch_id: str) -> Dispatch:
    """One dispatch of the portal's destination. Raises `LinkNotFound` for any other."""
    by_id = parse_id(dispatch_id)
    dispatch = _dispatches(link).filter(id=by_id).first() if by_id else None
    if dispatch is None:
        raise not_found()
    return dispatch


def usage(dispatches: list[Dispatch]) -> dict[str, Any]:
    """The figures of all of a portal's dispatches together."""
    rows: list[dict[str, Any]] = [dispatch.progress for dispatch in dispatches]  # type: ignore[attr-defined]
    return {name: sum(row[name] or 0 for row in rows) for name in _PROGRESS if name != "average"}


def licenses(link: ShareLink) -> QuerySet[License]:
    """The licenses that the destination or one of its dispatches has now."""
    mine = Q(destination=link.destination) | Q(dispatch__destination=link.destination)
    return (
        License.objects.filter(mine, organization_id=link.organization_id, ended_at=None)
        .select_related("dispatch")
        .order_by("id")
    )


def sessions(link: ShareLink) -> QuerySet[Session]:
    """The deployment's latest sessions."""
    mine = Session.objects.filter(organization_id=link.organization_id, deployment=link.deployment)
    return mine.select_related("registration").order_by("-id")[:SESSIONS_SHOWN]


def session(link: ShareLink, session_id: str) -> Session:
    """One session of the deployment. Raises `LinkNotFound` for any other."""
    by_id = parse_id(session_id)
    mine = Session.objects.filter(
        organization_id=link.organization_id, deployment=link.deployment
    ).select_related("registration")
    registration = mine.filter(id=by_id).first() if by_id else None
    if registration is None:
        raise not_found()
    return registration


def events(session: Session) -> QuerySet[SessionEvent]:
    """What an embedded course reported of a session, newest first."""
    return SessionEvent.objects.filter(session_id=session.id).order_by("-sequence")


def disagreements(link: ShareLink) -> QuerySet[RelayReceipt]:
    """What the deployment's LMS did not keep as it was given, newest first."""
    mine = RelayReceipt.objects.filter(
        organization_id=link.organization_id, deployment=link.deployment, agrees=False
    )
    return mine.select_related("registration__learner").order_by("-id")[:DISAGREEMENTS_SHOWN]


def results_in_lms(link: ShareLink) -> dict[str, Any]:
    """What this LMS has of its learners' results: `agreement.counts`."""
    here = Session.objects.filter(organization_id=link.organization_id, deployment=link.deployment).values(
        "registration"
    )
    return agreement.counts(registrations.learning(link.organization_id).filter(id__in=here))


_PROGRESS = {
    "learners": Count("id"),
    "launches": Sum("launch_count"),
    "completed": Count("id", filter=Q(completion="completed")),
    "in_progress": Count("id", filter=Q(completion="incomplete")),
    "passed": Count("id", filter=Q(success="passed")),
    "failed": Count("id", filter=Q(success="failed")),
    "average": Avg("score_scaled"),
}


def _dispatches(link: ShareLink) -> QuerySet[Dispatch]:
    mine = Dispatch.objects.filter(organization_id=link.organization_id, destination=link.destination)
    return mine.select_related("course__published", "destination", "organization")
