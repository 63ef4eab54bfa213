"""The page of canary publishing: who gets which version of a course, a new one for some first, then for all,
or back.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy, grouped, ngettext
from heliograph.courses import frame
from heliograph.courses import queries as courses
from heliograph.dispatch import consequences, queries
from heliograph.dispatch.releases import actions
from heliograph.dispatch.releases.forms import Release
from heliograph.ui.confirmation import question
from heliograph.ui.tabs import Tab

ROLLOUT = Tab(gettext_lazy("Rollout"), "course_releases", Permission.DISPATCHES_VIEW)


@page(Permission.DISPATCHES_VIEW)
def releases(request: HttpRequest, course_id: str) -> HttpResponseBase:
    course = courses.course(actor_of(request).organization_id, course_id)
    published = course.published.number if course.published else 0
    newer = [version for version in courses.versions(course) if version.number > published]
    shown = {
        "getting": actions.version_assignments(course),
        "newer": newer,
        "form": Release(newer=newer),
    }
    return frame.show(request, "dispatch/releases.html", course, ROLLOUT, **shown)


@require_POST
@page(Permission.COURSES_MANAGE)
def release(request: HttpRequest, course_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    course = courses.course(actor.organization_id, course_id)
    number = Release.sent(request)["version"]
    chosen = [
        queries.destination(actor.organization_id, id_or_key)
        for id_or_key in request.POST.getlist("destination")
    ]
    actions.release_to(actor, courses.version(course, number), chosen)
    messages.success(
        request,
        ngettext(
            "Version %(number)s released to %(count)s customer.",
            "Version %(number)s released to %(count)s customers.",
            len(chosen),
        )
        % {"number": number, "count": grouped(len(chosen))},
    )
    return redirect("course_releases", course.id)


@require_POST
@page(Permission.COURSES_MANAGE)
def take_back(request: HttpRequest, course_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    course = courses.course(actor.organization_id, course_id)
    chosen = [
        queries.destination(actor.organization_id, id_or_key)
        for id_or_key in request.POST.getlist("destination")
    ]
    if not chosen:
        raise Invalid(gettext("Select at least one customer."), field="destination")
    title = ngettext("Roll back for %(count)s customer?", "Roll back for %(count)s customers?", len(chosen))
    if asked := question(
        request,
        title % {"count": grouped(len(chosen))},
        gettext("Roll back"),
        consequences.of_rolling_back(course),
    ):
        return asked
    actions.take_back(actor, course, chosen)
    messages.success(
        request,
        gettext(
            "Rolled back. New attempts use the published version; learners in progress are not affected."
        ),
    )
    return redirect("course_releases", course.id)


urlpatterns = [
    path("admin/courses/<str:course_id>/releases/", releases, name="course_releases"),
    path("admin/courses/<str:course_id>/releases/new", release, name="course_release"),
    path("admin/courses/<str:course_id>/releases/back", take_back, name="course_release_back"),
]
