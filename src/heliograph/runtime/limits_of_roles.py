"""What of registrations somebody finds whose role is limited (`core.scope`), and which courses follow."""

from django.db.models import Exists, OuterRef, Q

from heliograph.accounts import scopes
from heliograph.core.actor import Actor
from heliograph.core.scope import limit
from heliograph.courses.limits_of_roles import in_folders
from heliograph.runtime.models import Registration


def of_registrations(actor: Actor) -> Q:
    """Those of courses in the folders, of people in the groups."""
    return in_folders(actor, "course") & scopes.in_groups(actor, "learner__email")


def of_courses(actor: Actor) -> Q:
    """Whoever is limited to groups and not to folders finds the courses that these people are registered
    for.
    """
    if actor.scope.folders or not actor.scope.groups:
        return Q()
    registered = Registration.objects.filter(course=OuterRef("id"), purpose=Registration.Purpose.LEARNING)
    return Q(Exists(registered.filter(scopes.in_groups(actor, "learner__email"))))


def register() -> None:
    limit("runtime.Registration", of_registrations)
    limit("courses.Course", of_courses)
