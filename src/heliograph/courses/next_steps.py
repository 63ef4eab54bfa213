"""What to do next for one course: what keeps learners from it, and what its newest version needs."""

from collections.abc import Iterator, Mapping

from django.urls import reverse

from heliograph.core.translation import gettext, grouped, ngettext
from heliograph.courses import frame, queries, report
from heliograph.courses.models import Course
from heliograph.ui.home import Attention


def next_steps(course: Course, usage: Mapping[str, int]) -> Iterator[Attention]:
    """The worst first; ``usage`` is what parts above count of the course."""
    newest = queries.versions(course).first()
    if newest is None:
        return
    address = f"{frame.REPORT.address(course.id)}?version={newest.number}"
    if missing := report.missing(newest):
        sentence = ngettext(
            "Version %(number)s: %(count)s file is missing",
            "Version %(number)s: %(count)s files are missing",
            missing,
        )
        yield Attention("bad", sentence % {"number": newest.number, "count": grouped(missing)}, address)
    if queries.is_newer(newest, course.published):
        yield Attention(
            "warn",
            gettext("Version %(number)s is not published") % {"number": newest.number},
            frame.VERSIONS.address(course.id),
        )
    if course.published and not usage.get("dispatches"):
        yield Attention(
            "soft", gettext("Create a dispatch for a customer"), f"{reverse('dispatches')}?new={course.key}"
        )
