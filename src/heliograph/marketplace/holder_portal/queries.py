"""What the people of program holders find, and what they may do there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from heliograph.core.errors import Forbidden
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace.enrollments import queries as enrollments
from heliograph.marketplace.errors import EnrollmentNotFound
from heliograph.marketplace.holders.queries import works_for
from heliograph.marketplace.models import Enrollment, Holder

if TYPE_CHECKING:
    from heliograph.core.actor import Actor


def enrollments_of(
    holders: list[Holder], search: str = "", state: str = "", program: str = ""
) -> QuerySet[Enrollment]:
    """The enrollments in programs of these holders."""
    rows = enrollments.enrollments(holders[0].organization_id, search, state, program)
    return rows.filter(program__holder__in=holders)


def enrollment_for(actor: Actor, enrollment_id: str, permission: str) -> Enrollment:
    """An enrollment on which somebody may do what ``permission`` says: the operator's people by their role,
    a program holder's people on its own, as far as the operator allows it.

    Raises `EnrollmentNotFound` and `Forbidden`.
    """
    mine = {holder.id: holder for holder in works_for(actor)}
    if not mine:
        actor.require(Permission.ENROLLMENTS_MANAGE)
    found = enrollments.enrollment(actor.organization_id, enrollment_id)
    if actor.may(Permission.ENROLLMENTS_MANAGE):
        return found
    holder = mine.get(found.program.holder_id)  # type: ignore[arg-type]
    if holder is None:
        raise EnrollmentNotFound(gettext("Enrollment not found."))
    if permission not in holder.permissions:
        raise Forbidden(
            gettext("“%(holder)s” may not do this. Ask the operator of the marketplace.")
            % {"holder": holder.name},
            code="holder_may_not",
        )
    return found
