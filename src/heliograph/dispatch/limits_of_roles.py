"""What of dispatches and customers somebody finds whose role is limited (`core.scope`), and which courses and
registrations follow from it.

Whoever is limited to groups has no permission for dispatches.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from heliograph.core.actor import Actor
from heliograph.core.scope import limit
from heliograph.courses.limits_of_roles import in_folders
from heliograph.dispatch.models import Destination, Dispatch

NOTHING = Q(pk__in=[])


def of_dispatches(actor: Actor, dispatch: str = "") -> Q:
    """Dispatches of courses in the folders to the customers; or rows whose ``dispatch``, the name of a
    column, is one of these. None for somebody who is limited to groups.
    """
    return NOTHING if actor.scope.groups else _delivering(actor, dispatch)


def _delivering(actor: Actor, dispatch: str = "") -> Q:
    at = f"{dispatch}__" if dispatch else ""
    customers = actor.scope.destinations
    return in_folders(actor, f"{at}course") & (Q(**{f"{at}destination__in": customers}) if customers else Q())


def of_destinations(actor: Actor) -> Q:
    """The customers; or those who have a dispatch of a course in the folders."""
    if actor.scope.groups:
        return NOTHING
    if actor.scope.destinations:
        return Q(id__in=actor.scope.destinations)
    theirs = Dispatch.objects.filter(of_dispatches(actor), destination=OuterRef("id"))
    return Q(Exists(theirs)) if actor.scope.folders else Q()


def of_licenses(actor: Actor) -> Q:
    """Those of the dispatches; of the customers only where all of their courses are in the scope."""
    of_dispatch = Q(dispatch__isnull=False) & of_dispatches(actor, "dispatch")
    if actor.scope.folders or actor.scope.groups:
        return of_dispatch
    return of_dispatch | Q(destination__in=actor.scope.destinations)


def of_courses(actor: Actor) -> Q:
    """Whoever is limited to customers and not to folders finds the courses that these have."""
    if actor.scope.folders or not actor.scope.destinations:
        return Q()
    return Q(Exists(Dispatch.objects.filter(_delivering(actor), course=OuterRef("id"))))


def of_registrations(actor: Actor) -> Q:
    """Those under dispatches to the customers."""
    if not actor.scope.destinations:
        return Q()
    return Q(dispatch_id__in=Dispatch.objects.filter(_delivering(actor)).values("id"))


def scope_names(organization_id: UUID, kind: str, ids: Collection[UUID]) -> dict[UUID, str] | None:
    """What customers are called."""
    if kind != "destinations":
        return None
    customers = Destination.objects.filter(organization_id=organization_id, id__in=ids)
    return dict(customers.values_list("id", "name"))


def register() -> None:
    limit("dispatch.Dispatch", of_dispatches)
    limit("dispatch.Destination", of_destinations)
    limit("dispatch.Deployment", lambda actor: of_dispatches(actor, "dispatch"))
    limit("dispatch.License", of_licenses)
    limit("dispatch.Postback", lambda actor: of_dispatches(actor, "dispatch"))
    limit("courses.Course", of_courses)
    limit("runtime.Registration", of_registrations)
