"""REST routes of deployments and sessions: where a dispatch is opened, and by whom."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import PageQuery, page_of
from heliograph.core.web.schemas import AwareMoment, Body, problems
from heliograph.dispatch import queries
from heliograph.dispatch.deployments import actions
from heliograph.dispatch.models import Deployment, Session

deployments = Router(tags=["LMS connections"], auth=SIGNED_IN)
of_dispatch = Router(tags=["LMS connections"], auth=SIGNED_IN)


class DeploymentPatch(Body):
    name: str | None = None
    suspended: bool | None = Field(None, description="A suspended deployment refuses launches until resumed.")


class DeploymentOut(Schema):
    id: str
    dispatch: str
    domain: str = Field(description="Host name of the LMS; empty for direct launch links.")
    name: str
    lms_course: str = Field(description="Path of the package in the LMS.")
    state: Literal["active", "suspended", "expired"]
    stub_version: str
    package_format: str
    launches: int
    learners: int
    first_launch_at: datetime
    last_activity_at: datetime


class SessionOut(Schema):
    id: str
    deployment: str
    registration: str
    embedded: bool
    unconfirmed: bool = Field(description="A returning learner without the mark of the first launch.")
    admitted_late: str | None = Field(
        description="Code of the limit that would have refused an embedded package's learner; else null."
    )
    learner_id: str = Field(
        description="As sent by the LMS, or converted according to the destination's `identity`."
    )
    learner_name: str
    learner_email: str
    launched_at: datetime
    last_activity_at: datetime
    ended_at: datetime | None
    completion: str
    success: str
    score_scaled: float | None
    score_raw: float | None
    score_min: float | None
    score_max: float | None
    progress: float | None
    seconds: float
    data: dict[str, Any] = Field(description="Data model of an embedded course, by SCO.")


class SessionPage(Schema):
    items: list[SessionOut]
    next_cursor: str | None
    next: str | None


class SessionQuery(PageQuery):
    deployment: str = Field("", description="Deployment ID.")
    learner: str = Field("", description="Learner ID exactly as sent by the LMS.")
    registration: str = Field("", description="Registration ID.")
    completion: Literal["", "not attempted", "incomplete", "completed", "unknown"] = Field(
        "", description="Completion of the session."
    )
    unconfirmed: bool | None = Field(
        None, description="Sessions of unconfirmed learners only, or of confirmed ones only."
    )
    since: AwareMoment | None = Field(None, description="Launched at this time or later.")
    until: AwareMoment | None = Field(None, description="Launched before this time.")


@of_dispatch.get(
    "/{dispatch_id}/deployments",
    response={200: list[DeploymentOut], **problems(404)},
    summary="List deployments",
)
def list_deployments(request: HttpRequest, dispatch_id: str) -> Any:
    """The LMSs that a dispatch is launched from, most recently used first.

    A deployment is added automatically with the first launch from an LMS.
    """
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_VIEW)
    return [
        show_deployment(deployment)
        for deployment in queries.deployments(queries.dispatch(actor.organization_id, dispatch_id))
    ]


@of_dispatch.get(
    "/{dispatch_id}/sessions",
    response={200: SessionPage, **problems(404, 422)},
    summary="List sessions",
)
def list_dispatch_sessions(request: HttpRequest, dispatch_id: str, query: Query[SessionQuery]) -> Any:
    """Every launch of a package with its result, newest first."""
    actor = actor_of(request)
    actor.require(Permission.REGISTRATIONS_VIEW)
    asked = {
        "learner_identifier": query.learner or None,
        "registration_id": (parse_id(query.registration) or queries.NO_ID) if query.registration else None,
        "completion": query.completion or None,
        "unconfirmed": query.unconfirmed,
        "launched_at__gte": query.since,
        "launched_at__lt": query.until,
    }
    sessions = queries.sessions(queries.dispatch(actor.organization_id, dispatch_id), query.deployment)
    chosen = sessions.filter(**{column: value for column, value in asked.items() if value is not None})
    return page_of(request, chosen, query, show_session)


@deployments.patch(
    "/{deployment_id}",
    response={200: DeploymentOut, **problems(404, 422)},
    summary="Name, suspend or resume a deployment",
)
def change_deployment(request: HttpRequest, deployment_id: str, body: DeploymentPatch) -> Any:
    """Omitted fields are unchanged. A suspended deployment refuses launches until resumed."""
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_VIEW)
    deployment = queries.deployment(actor.organization_id, deployment_id)
    changes = {name: value for name, value in body.dict(exclude_unset=True).items() if value is not None}
    return show_deployment(actions.change_deployment(actor, deployment, **changes))


def show_deployment(deployment: Deployment) -> dict[str, Any]:
    columns = (
        "domain",
        "name",
        "lms_course",
        "stub_version",
        "package_format",
        "launches",
        "learners",
        "first_launch_at",
        "last_activity_at",
    )
    return {
        "id": str(deployment.id),
        "dispatch": str(deployment.dispatch_id),
        "state": queries.deployment_state(deployment),
        **{column: getattr(deployment, column) for column in columns},
    }


def show_session(session: Session) -> dict[str, Any]:
    columns = (
        "embedded", "unconfirmed", "admitted_late", "learner_name", "learner_email",
        "launched_at", "last_activity_at", "ended_at",
        "completion", "success", "score_scaled", "score_raw", "score_min", "score_max", "progress", "data",
    )  # fmt: skip
    return {
        "id": str(session.id),
        "deployment": str(session.deployment_id),
        "registration": str(session.registration_id),
        "learner_id": session.learner_identifier,
        "seconds": session.centiseconds / 100,
        **{column: getattr(session, column) for column in columns},
    }
