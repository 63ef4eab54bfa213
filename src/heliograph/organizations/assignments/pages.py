"""The tab of a course that lists to whom the organization assigned it, and what is done there."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts import queries as accounts
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy, grouped, ngettext
from heliograph.courses import frame
from heliograph.courses import queries as courses
from heliograph.organizations.assignments import actions, queries
from heliograph.organizations.forms import AssignUsers, DueDate
from heliograph.ui.confirmation import question
from heliograph.ui.tables import ACTIONS, ChoiceFilter, Column, Table
from heliograph.ui.tabs import Tab

ENROLLMENTS = Tab(gettext_lazy("Assignments"), "course_assignments", Permission.REGISTRATIONS_VIEW)
STATES = {
    "open": gettext_lazy("Open"),
    "overdue": gettext_lazy("Overdue"),
    "completed": gettext_lazy("Completed"),
}
OF_COURSE = Table(
    "assignments",
    gettext_lazy("assignment"),
    gettext_lazy("assignments"),
    columns=(
        Column("name", gettext_lazy("Name"), "member__user__name"),
        Column("email", gettext_lazy("Email"), "member__user__email"),
        Column("state", gettext_lazy("Status")),
        Column("due", gettext_lazy("Due"), "due_at"),
        Column("score", gettext_lazy("Score"), number=True),
        Column("assigned", gettext_lazy("Assigned"), "id"),
        Column(ACTIONS, gettext_lazy("Actions")),
    ),
    filters=(ChoiceFilter("state", gettext_lazy("Status"), STATES, open=True),),
    dated=True,
    searched=gettext_lazy("Name or email"),
    csv={
        "id": lambda row: row.id,
        "name": lambda row: row.member.full_name,
        "email": lambda row: row.member.user.email,
        "status": lambda row: row.state,
        "completion": lambda row: row.registration.completion,
        "success": lambda row: row.registration.success,
        "score": lambda row: row.registration.score_scaled,
        "due": lambda row: row.due_at and row.due_at.isoformat(),
        "assigned": lambda row: row.created_at.isoformat(),
        "assigned by": lambda row: row.assigned_by,
    },
)


@page(Permission.REGISTRATIONS_VIEW)
def listed(request: HttpRequest, course_id: str) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    course = courses.course(organization_id, course_id)
    query = OF_COURSE.read(request)
    rows = queries.assignments(organization_id, query.search, query.filters["state"])
    rows = rows.filter(registration__course=course)
    if query.csv:
        return OF_COURSE.file(query, rows)
    table = OF_COURSE.page(request, query, rows)
    for row in table.rows:
        row.due_form = DueDate(key=row.id, initial={"due_at": row.due_at})
    return frame.show(
        request,
        "organizations/course_assignments.html",
        course,
        ENROLLMENTS,
        table=table,
        assign_form=AssignUsers(),
    )


@require_POST
@page(Permission.REGISTRATIONS_MANAGE)
def assign(request: HttpRequest, course_id: str) -> HttpResponseBase:
    """Assign the course to the users whose email addresses are sent: to all of them, or nobody."""
    actor = actor_of(request)
    course = courses.course(actor.organization_id, course_id)
    sent = AssignUsers.sent(request)
    members = accounts.members_by_emails(actor.organization_id, actions.addresses(sent["users"]))
    new = actions.assign(actor, course, members, due_at=sent["due_at"], notify=sent["notify"])
    sentence = ngettext("Assigned to %(count)s user.", "Assigned to %(count)s users.", len(new))
    messages.success(request, sentence % {"count": grouped(len(new))})
    return redirect("course_assignments", course.id)


@require_POST
@page(Permission.REGISTRATIONS_MANAGE)
def due(request: HttpRequest, assignment_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    assignment = queries.assignment(actor.organization_id, assignment_id)
    actions.change_due(actor, assignment, **DueDate.sent(request))
    messages.success(request, gettext("Saved."))
    return redirect("course_assignments", assignment.registration.course_id)


@require_POST
@page(Permission.REGISTRATIONS_MANAGE)
def withdraw(request: HttpRequest, assignment_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    assignment = queries.assignment(actor.organization_id, assignment_id)
    person, course = assignment.member, assignment.registration.course
    follows = [
        gettext("The course leaves their page “My courses”, and no more reminders are sent."),
        gettext("Their results are kept. You can assign the course again."),
    ]
    title = gettext("Withdraw %(person)s from “%(course)s”?") % {"person": person, "course": course.title}
    if asked := question(request, title, gettext("Withdraw"), follows):
        return asked
    actions.withdraw(actor, assignment)
    messages.success(request, gettext("%(person)s was withdrawn.") % {"person": person})
    return redirect("course_assignments", course.id)


urlpatterns = [
    path("admin/courses/<str:course_id>/assignments/", listed, name="course_assignments"),
    path("admin/courses/<str:course_id>/assign", assign, name="course_assign"),
    path("admin/org/assignments/<str:assignment_id>/due", due, name="assignment_due"),
    path("admin/org/assignments/<str:assignment_id>/withdraw", withdraw, name="assignment_withdraw"),
]
