"""Sessions as launches and callbacks leave them, for figures to be counted from."""

from datetime import UTC, datetime, timedelta
from typing import Any

from heliograph.core.clock import now
from heliograph.dispatch import admission
from heliograph.dispatch.models import Deployment, Dispatch, Session
from heliograph.runtime.models import Registration

TODAY = now().date()


def at(days_ago: int = 0, time: str = "12:00") -> datetime:
    """A moment of that day, UTC."""
    day = TODAY - timedelta(days=days_ago)
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)


def deployment(dispatch: Dispatch, domain: str = "lms.brandt.example") -> Deployment:
    """The dispatch as it is seen in the LMS of that domain."""
    return Deployment.objects.get_or_create(
        organization=dispatch.organization,
        dispatch=dispatch,
        domain=domain,
        defaults={"first_launch_at": at(), "last_activity_at": at()},
    )[0]


def session(
    dispatch: Dispatch,
    learner: str,
    launched_at: datetime,
    domain: str = "lms.brandt.example",
    **outcome: Any,
) -> Session:
    """One embedded opening of the course by the learner, who has reached ``outcome``."""
    return Session.objects.create(
        organization=dispatch.organization,
        dispatch=dispatch,
        deployment=deployment(dispatch, domain),
        registration=admission.admit(dispatch, learner),
        embedded=True,
        learner_identifier=learner,
        launched_at=launched_at,
        last_activity_at=launched_at,
        **outcome,
    )


def complete(dispatch: Dispatch, learner: str, when: datetime, success: str = "unknown") -> Registration:
    """The learner's registration is completed, as a commit, a callback or a manager does it."""
    registration = admission.admit(dispatch, learner)
    registration.completion, registration.success, registration.completed_at = "completed", success, when
    registration.save()
    return registration
