"""Assigning a course to people who were chosen elsewhere: its form, and what is done with what it sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import path, reverse

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import grouped, ngettext
from heliograph.courses import queries as courses
from heliograph.organizations.assignments import actions
from heliograph.organizations.forms import AssignCourse
from heliograph.ui import lookups
from heliograph.ui.lookups import Option

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership


def form(organization_id: UUID) -> AssignCourse:
    """The form, with the courses that can be assigned."""
    made = AssignCourse()
    field: Any = made.fields["course"]
    few = courses.published(organization_id)[: lookups.MOST_LISTED + 1]
    field.offer(_options(few), reverse("assignment_courses"))
    return made


def sent(request: HttpRequest) -> dict[str, Any]:
    """What the form sends, with the ``course`` itself. Raises `Invalid` and `CourseNotFound`."""
    values = AssignCourse.sent(request)
    return values | {"course": courses.named(actor_of(request).organization_id, values["course"])}


def assign(request: HttpRequest, members: Sequence[Membership], sent: dict[str, Any]) -> None:
    """Do what was sent, and tell of it on the next page. Raises as `actions.assign` does."""
    actor, course = actor_of(request), sent["course"]
    new = actions.assign(actor, course, members, due_at=sent["due_at"], notify=sent["notify"])
    sentence = ngettext(
        "“%(course)s” assigned to %(count)s user.", "“%(course)s” assigned to %(count)s users.", len(new)
    ) % {"course": course.title, "count": grouped(len(new))}
    if had := len(members) - len(new):
        has = ngettext("%(count)s user had it already.", "%(count)s users had it already.", had)
        sentence = f"{sentence} {has % {'count': grouped(had)}}"
    messages.success(request, sentence)


@page(Permission.REGISTRATIONS_MANAGE)
def find_courses(request: HttpRequest) -> HttpResponseBase:
    """The published courses that a combobox finds."""
    found = courses.published(actor_of(request).organization_id, request.GET.get("course", "").strip())
    return lookups.options(request, _options(found[: lookups.MOST_LISTED + 1]))


def _options(rows: Iterable[Any]) -> Iterator[Option]:
    for course in rows:
        yield Option(str(course.id), course.title, course.key)


urlpatterns = [path("admin/org/assignments/courses", find_courses, name="assignment_courses")]
