"""Events about dispatches, their limits and LMS connections, for webhooks, and what those of registrations
belong to.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from heliograph.core import clock
from heliograph.dispatch import queries
from heliograph.dispatch.models import Deployment, Destination, Dispatch, License, Session, SessionEvent
from heliograph.runtime.hooks import RegistrationContext
from heliograph.ui.lookups import MOST_LISTED
from heliograph.webhooks import queries as webhooks
from heliograph.webhooks import topics
from heliograph.webhooks.actions import About, emit

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

EXPIRED_LATELY: Final = timedelta(days=2)  # so long the worker may have been away


def tell_created(dispatch: Dispatch) -> None:
    """A dispatch was made, in that transaction."""
    emit(dispatch.organization_id, "dispatch.created", _event(dispatch), about(dispatch))


def tell_expired() -> int:
    """Tell of dispatches whose end date has passed, each once; how many."""
    moment = clock.now()
    over = Dispatch.objects.filter(
        organization_id__in=webhooks.recorded_organizations(),
        expires_at__lte=moment,
        expires_at__gt=moment - EXPIRED_LATELY,
    ).select_related("destination", "course")
    told = webhooks.was_told("dispatch.expired", [dispatch.id for dispatch in over])
    news = [dispatch for dispatch in over if dispatch.id not in told]
    for dispatch in news:
        emit(dispatch.organization_id, "dispatch.expired", _event(dispatch), about(dispatch))
    return len(news)


def tell_full(dispatch_id: UUID) -> None:
    """The last place of a dispatch was taken, in the transaction that took it."""
    dispatch = Dispatch.objects.select_related("destination").get(id=dispatch_id)
    if dispatch.registration_limit is not None and dispatch.registrations_used == dispatch.registration_limit:
        _tell_limit("registrations", 100, None, dispatch, dispatch.destination)


def tell_license(license: License, what: str, share: int) -> None:
    """``share`` per cent of a license's count or term are used, in the transaction that found it."""
    dispatch = license.dispatch
    destination = dispatch.destination if dispatch else license.destination
    if destination:
        _tell_limit(what, share, license, dispatch, destination)


def tell_deployment(what: str, deployment: Deployment) -> None:
    """An LMS connection was created or suspended: ``what`` is the topic after the dot."""
    dispatch = deployment.dispatch
    told = topics.Deployment(str(deployment.id), deployment.domain, deployment.name)
    data = topics.DeploymentEvent(told, _named(dispatch), _named(dispatch.destination))
    emit(deployment.organization_id, f"deployment.{what}", data, about(dispatch))


def context_of(registration: Registration) -> RegistrationContext | None:
    """What a registration belongs to; None where it is under no dispatch."""
    if registration.dispatch_id is None:
        return None
    dispatch = Dispatch.objects.select_related("destination").get(id=registration.dispatch_id)
    return RegistrationContext(dispatch.destination_id, _named(dispatch), _named(dispatch.destination))


def reported_since(moment: datetime) -> list[UUID]:
    """The registrations of which embedded packages reported something since a moment."""
    events = SessionEvent.objects.filter(received_at__gte=moment)
    session_ids = list(events.order_by().values_list("session_id", flat=True).distinct())
    return list(Session.objects.filter(id__in=session_ids).values_list("registration_id", flat=True))


def filter_object(organization_id: UUID, name: str, id_or_key: str) -> tuple[UUID, str] | None:
    """The customer or dispatch that an endpoint is narrowed to. Raises `NotFound`."""
    if name not in ("destination", "dispatch"):
        return None
    find = queries.destination if name == "destination" else queries.dispatch
    row: Destination | Dispatch = find(organization_id, id_or_key)
    return row.id, row.name


def filter_options(organization_id: UUID, name: str, search: str) -> Iterator[tuple[UUID, str, str]] | None:
    """The customers or dispatches that an endpoint can be narrowed to."""
    if name not in ("destination", "dispatch"):
        return None
    find = queries.named_destinations if name == "destination" else queries.dispatches
    rows: Any = find(organization_id, search)
    return ((row.id, row.name, row.key) for row in rows[: MOST_LISTED + 1])


def about(dispatch: Dispatch) -> About:
    return About(dispatch.course_id, dispatch.destination_id, dispatch.id)


def _tell_limit(
    what: str, share: int, license: License | None, dispatch: Dispatch | None, destination: Destination
) -> None:
    data = topics.LimitEvent(
        what,
        share,
        topics.Named(str(license.id), "", license.name) if license else None,
        _named(dispatch) if dispatch else None,
        _named(destination),
    )
    topic = "dispatch.full" if share >= 100 and what != "term" else "dispatch.limit_warning"
    belongs = about(dispatch) if dispatch else About(destination=destination.id)
    emit(destination.organization_id, topic, data, belongs)


def _event(dispatch: Dispatch) -> topics.DispatchEvent:
    course = topics.Course(str(dispatch.course_id), dispatch.course.key, dispatch.course.title)
    return topics.DispatchEvent(_named(dispatch), _named(dispatch.destination), course)


def _named(row: Dispatch | Destination) -> topics.Named:
    return topics.Named(str(row.id), row.key, row.name)
