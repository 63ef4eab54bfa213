"""The thing that a request names, for whoever may see it."""

from django.http import HttpRequest

from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.dispatch import queries
from heliograph.dispatch.models import Deployment, Destination, Dispatch


def dispatch_of(
    request: HttpRequest, dispatch_id: str, permission: Permission = Permission.DISPATCHES_VIEW
) -> Dispatch:
    """A dispatch of the caller's organization.

    Raises `DispatchNotFound`, and `Forbidden` without the permission.
    """
    actor = actor_of(request)
    actor.require(permission)
    return queries.dispatch(actor.organization_id, dispatch_id)


def destination_of(
    request: HttpRequest, destination_id: str, permission: Permission = Permission.DISPATCHES_VIEW
) -> Destination:
    """A destination of the caller's organization.

    Raises `DestinationNotFound`, and `Forbidden` without the permission.
    """
    actor = actor_of(request)
    actor.require(permission)
    return queries.destination(actor.organization_id, destination_id)


def deployment_of(
    request: HttpRequest, deployment_id: str, permission: Permission = Permission.DISPATCHES_VIEW
) -> Deployment:
    """A deployment of the caller's organization.

    Raises `DeploymentNotFound`, and `Forbidden` without the permission.
    """
    actor = actor_of(request)
    actor.require(permission)
    return queries.deployment(actor.organization_id, deployment_id)
