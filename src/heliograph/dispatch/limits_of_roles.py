"""What of dispatches and customers somebody finds whose role is limited (`core.scope`), and which courses and
registrations follow from it.

Whoever is limited to groups has no permission for dispatches.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from heliograph.core.actor import Actor
from heliograph.core.permissions import Permission
from heliograph.core.scope import acting, limit
from heliograph.courses.limits_of_roles import in_folders
from heliograph.dispatch.models import Destination, Dispatch, License

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


def of_postbacks(actor: Actor) -> Q:
    """Those of the dispatches; warnings of licenses only where the license is in the scope, too."""
    mine = of_dispatches(actor, "dispatch")
    if not actor.scope.folders:
        return mine
    licenses = License.objects.filter(of_licenses(actor), organization_id=actor.organization_id)
    ids = [str(each) for each in licenses.values_list("id", flat=True)]
    return mine & (Q(body__data__license__isnull=True) | Q(body__data__license__id__in=ids))


def sees_all_of_customers(_: Destination | None = None) -> bool:
    """Whether whoever asks may see what counts for all courses of the customers that they find."""
    actor = acting()
    return actor is None or not (actor.scope.folders or actor.scope.groups)


def creates_customers(actor: Actor) -> bool:
    """A new customer is within nobody's limits."""
    return actor.may(Permission.CUSTOMERS_MANAGE) and not actor.scope


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
    limit("dispatch.Postback", of_postbacks)
    limit("courses.Course", of_courses)
    limit("runtime.Registration", of_registrations)
