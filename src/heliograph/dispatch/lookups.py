"""The thing that a request names, for whoever may see it."""

from django.http import HttpRequest

from heliograph.accounts.page_access import actor_of
from heliograph.core.roles import Role
from heliograph.dispatch import queries
from heliograph.dispatch.models import Deployment, Destination, Dispatch


def dispatch_of(request: HttpRequest, dispatch_id: str, role: Role = Role.REPORTER) -> Dispatch:
    """A dispatch of the caller's organization.

    Raises `DispatchNotFound`, and `Forbidden` for a lower role.
    """
    actor = actor_of(request)
    actor.require_role(role)
    return queries.dispatch(actor.organization_id, dispatch_id)


def destination_of(request: HttpRequest, destination_id: str, role: Role = Role.REPORTER) -> Destination:
    """A destination of the caller's organization.

    Raises `DestinationNotFound`, and `Forbidden` for a lower role.
    """
    actor = actor_of(request)
    actor.require_role(role)
    return queries.destination(actor.organization_id, destination_id)


def deployment_of(request: HttpRequest, deployment_id: str, role: Role = Role.REPORTER) -> Deployment:
    """A deployment of the caller's organization.

    Raises `DeploymentNotFound`, and `Forbidden` for a lower role.
    """
    actor = actor_of(request)
    actor.require_role(role)
    return queries.deployment(actor.organization_id, deployment_id)
