"""What of courses somebody finds whose role is limited (`core.scope`)."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from heliograph.core.actor import Actor
from heliograph.core.scope import acting, limit, limited
from heliograph.courses import organizing
from heliograph.courses.models import Course


def folders_of(actor: Actor) -> list[UUID]:
    """The folders that limit the actor, with all that are below them."""
    within = set(actor.scope.folders)
    return [place.folder.id for place in organizing.places(actor.organization_id) if within & {*place.ids}]


def in_folders(actor: Actor, course: str = "") -> Q:
    """Rows whose ``course``, the name of a column, is in the actor's folders; without it, courses."""
    if not actor.scope.folders:
        return Q()
    return Q(**{f"{course}__folder__in" if course else "folder__in": folders_of(actor)})


def sees_all_of_courses(_: Course | None = None) -> bool:
    """Whether whoever asks may see all that was done with the courses that they find: their activity names
    customers.
    """
    actor = acting()
    return actor is None or not (actor.scope.destinations or actor.scope.groups)


def of_folders(actor: Actor) -> Q:
    """Nobody sees folders but those that they are limited to."""
    return Q(id__in=folders_of(actor))


def of_imports(actor: Actor) -> Q:
    """Those of courses that they find, those into their folders, and their own."""
    courses = limited(Course.objects.filter(organization_id=actor.organization_id)).values("id")
    into = Q(folder__in=folders_of(actor))
    return Q(version__course__in=courses) | into | Q(owner__user=actor.id)


def scope_names(organization_id: UUID, kind: str, ids: Collection[UUID]) -> dict[UUID, str] | None:
    """What folders are called, from the top down."""
    if kind != "folders":
        return None
    return {
        place.folder.id: place.label for place in organizing.places(organization_id) if place.folder.id in ids
    }


def register() -> None:
    limit("courses.Course", in_folders)
    limit("courses.Folder", of_folders)
    limit("courses.Import", of_imports)
