"""What the home page shows of courses: imports that failed lately, and the first course."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.urls import reverse

from heliograph.core import clock
from heliograph.core.ids import lowest_id
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.courses import queries
from heliograph.courses.models import Import
from heliograph.ui.home import Attention, FirstStep

LATELY = timedelta(days=7)


def attention(organization_id: UUID) -> Iterator[Attention]:
    """Imports of the last week that were refused, newest first."""
    lately = queries.imports(organization_id).filter(id__gte=lowest_id(clock.now() - LATELY))
    for job in lately.filter(state=Import.State.REFUSED)[:5]:
        yield Attention(
            "bad",
            gettext("Import failed: %(name)s") % {"name": job.filename},
            reverse("import", args=[job.id]),
        )


STEP = FirstStep(
    10,
    gettext_lazy("Import a course"),
    "courses",
    Permission.COURSES_MANAGE,
    lambda organization_id: queries.courses(organization_id).exists(),
)
