"""The registrations that a step of the funnel counts, one by one: they narrow the list of registrations.

These are the ones that contribute to it (`insights.contributions`), as of the last roll-up.
"""

from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from heliograph.core.errors import NotFound
from heliograph.core.translation import gettext
from heliograph.core.translation import gettext_lazy as _
from heliograph.insights.models import Contribution

FILTER: Final = "reached"
LABELS: Final = {
    "launched": _("Launched"),
    "half": _("Half completed"),
    "completed": _("Completed"),
    "passed": _("Passed"),
}


def registration_filter(organization_id: UUID, name: str, value: str) -> tuple[str, Q] | None:
    """What a step is called and what lets its registrations through; None for another filter than *reached*.

    Raises `NotFound` for an unknown step.
    """
    if name != FILTER:
        return None
    if value not in LABELS:
        raise NotFound(gettext("The funnel has no step “%(name)s”.") % {"name": value[:40]})
    mine = Contribution.objects.filter(organization_id=organization_id, registration_id=OuterRef("id"))
    return str(LABELS[value]), Q(Exists(mine.filter(**{value: True})))
