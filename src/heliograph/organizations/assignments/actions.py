"""Assigning courses to members, their due dates, and the reminders that go out by mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from heliograph.accounts import queries as accounts
from heliograph.accounts import scopes
from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, grouped
from heliograph.courses import queries as courses
from heliograph.delivery import mail
from heliograph.organizations.models import Assignment
from heliograph.runtime import actions as runtime
from heliograph.runtime import enrolling
from heliograph.runtime.enrolling import Person

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership
    from heliograph.courses.models import Course
    from heliograph.runtime.models import Registration

MOST_AT_ONCE = 20_000  # members: half a minute on a small server
AT_A_TIME = 1_000  # of them, in one statement
MOST_REMINDED = 200  # in one go of the job
LAST_DAY = 9998  # a year
# When members are told of a due date: so long before it, and once when it is over.
REMINDERS = (timedelta(days=-7), timedelta(days=-1), timedelta(days=1))


@transaction.atomic
def assign(
    actor: Actor,
    course: Course,
    members: Sequence[Membership],
    *,
    due_at: datetime | None = None,
    notify: bool = False,
) -> list[Assignment]:
    """Assign a course to members: to all of them, or to nobody. Who has it already gets the due date, if
    there is one. Returns the assignments that are new.

    Raises `Invalid`, and `NothingPublished` for a course that nobody can start.
    """
    actor.require(Permission.REGISTRATIONS_MANAGE)
    courses.published_version(course)
    if len(members) > MOST_AT_ONCE:
        raise Invalid(
            gettext(
                "A course can be assigned to at most %(most)s people at once, and these are %(count)s. "
                "Filter the list of users, for example by role, and assign it to one part after another."
            )
            % {"most": grouped(MOST_AT_ONCE), "count": grouped(len(members))},
            code="too_many_users",
        )
    _refuse_due(due_at)
    scopes.refuse_outside(actor, [member.user.email for member in members])
    current = _current(actor, members)
    registrations = enrolling.register_all(
        actor, course, [Person(str(member.id), str(member), member.user.email) for member in current]
    )
    new = _store(actor, [(member, registrations[str(member.id)]) for member in current], due_at)
    if new:
        record(
            actor, "assigned users to", "course", course.id, course.title, users=len(new), due=_iso(due_at)
        )
    if notify:
        _tell_of_assignments(new)
    return new


def _current(actor: Actor, members: Sequence[Membership]) -> list[Membership]:
    """The members as they are now. Raises `Invalid` where one of them is deactivated."""
    current: list[Membership] = []
    ids = sorted({member.id for member in members})
    for start in range(0, len(ids), AT_A_TIME):
        rows = accounts.members(actor.organization_id).filter(id__in=ids[start : start + AT_A_TIME])
        current += rows.select_related("organization").order_by("id")
    for member in current:
        if not member.is_active:
            raise Invalid(
                gettext("%(person)s is deactivated. Activate them first.") % {"person": member},
                code="user_deactivated",
                field="users",
            )
    return current


def _store(
    actor: Actor, registered: Sequence[tuple[Membership, Registration]], due_at: datetime | None
) -> list[Assignment]:
    """The assignments that are new of these; the others get the due date."""
    next_at = next_reminder(due_at)
    wanted = [
        Assignment(
            organization_id=actor.organization_id,
            member=member,
            registration=registration,
            due_at=due_at,
            next_reminder_at=next_at,
            assigned_by=actor.label[:200],
        )
        for member, registration in registered
    ]
    new: list[Assignment] = []
    for start in range(0, len(wanted), AT_A_TIME):
        some = wanted[start : start + AT_A_TIME]
        Assignment.objects.bulk_create(some, ignore_conflicts=True)
        made = set(Assignment.objects.filter(id__in=[row.id for row in some]).values_list("id", flat=True))
        new += [row for row in some if row.id in made]
        if due_at is not None:
            others = [row.registration_id for row in some if row.id not in made]
            Assignment.objects.filter(registration__in=others).update(due_at=due_at, next_reminder_at=next_at)
    return new


@transaction.atomic
def change_due(actor: Actor, assignment: Assignment, due_at: datetime | None) -> Assignment:
    """Another due date, or none; reminders follow it. Raises `Invalid`."""
    actor.require(Permission.REGISTRATIONS_MANAGE)
    _refuse_due(due_at)
    before = assignment.due_at
    if due_at != before:
        _set_due(assignment, due_at)
        record(
            actor,
            "changed due date of",
            "registration",
            assignment.registration_id,
            str(assignment.registration),
            learner=str(assignment.registration.learner_id),
            before={"due": _iso(before)},
            after={"due": _iso(due_at)},
        )
    return assignment


@transaction.atomic
def withdraw(actor: Actor, assignment: Assignment) -> None:
    """End an assignment: the member no longer sees the course. Results stay; a registration that was never
    opened goes.
    """
    actor.require(Permission.REGISTRATIONS_MANAGE)
    registration = assignment.registration
    runtime.record_of(actor, "withdrew", registration, course=str(registration.course_id))
    assignment.delete()
    runtime.forget_unopened(registration)


def next_reminder(due_at: datetime | None) -> datetime | None:
    """When the next reminder of a due date is to be sent; None where all of them are over."""
    moment = clock.now()
    return next((due_at + after for after in REMINDERS if due_at and due_at + after > moment), None)


def send_reminders() -> None:
    """Tell members of due dates that are near, or just over, once for each: what is due now, in every
    organization. Whoever has completed the course, or is deactivated, is told nothing.
    """
    due = Assignment.objects.filter(next_reminder_at__lte=clock.now()).order_by("next_reminder_at")
    for assignment_id in list(due.values_list("id", flat=True)[:MOST_REMINDED]):
        _remind(assignment_id)


@transaction.atomic
def _remind(assignment_id: Any) -> None:
    assignment = (
        Assignment.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("member__user", "member__organization", "registration__course")
        .filter(id=assignment_id, next_reminder_at__lte=clock.now())
        .first()
    )
    if assignment is None:
        return
    assignment.next_reminder_at = next_reminder(assignment.due_at)
    assignment.save(update_fields=["next_reminder_at"])
    if assignment.member.is_active and assignment.registration.completed_at is None:
        _send_reminder(assignment)


def _send_reminder(assignment: Assignment) -> None:
    title, due_at = assignment.registration.course.title, assignment.due_at
    assert due_at is not None  # noqa: S101 - there is no reminder without a due date
    day = due_at.astimezone(UTC).strftime("%B %-d, %Y")
    over = due_at < clock.now()
    message = _mail(
        assignment,
        f"Overdue: {title}" if over else f"Due {day}: {title}",
        f"“{title}” was due on {day} (UTC) and is not completed yet."
        if over
        else f"“{title}” is due on {day} (UTC).",
    )
    mail.send_all(assignment.organization_id, [message])


def _tell_of_assignments(assignments: Iterable[Assignment]) -> None:
    mails: dict[UUID, list[mail.Message]] = {}
    for assignment in assignments:
        title, due_at = assignment.registration.course.title, assignment.due_at
        due = f" It is due on {due_at.astimezone(UTC).strftime('%B %-d, %Y')} (UTC)." if due_at else ""
        message = _mail(assignment, f"New course: {title}", f"“{title}” has been assigned to you.{due}")
        mails.setdefault(assignment.organization_id, []).append(message)
    for organization_id, messages in mails.items():
        mail.send_all(organization_id, messages)


def _mail(assignment: Assignment, subject: str, sentence: str) -> mail.Message:
    organization = assignment.member.organization
    address = f"{settings.HELIOGRAPH.url}/lms/courses/{assignment.registration.course_id}/"
    text = f"{sentence}\n\nOpen the course:\n{address}\n\n{organization.name}\n"
    return mail.Message([assignment.member.user.email], subject, text)


def _set_due(assignment: Assignment, due_at: datetime | None) -> None:
    assignment.due_at, assignment.next_reminder_at = due_at, next_reminder(due_at)
    assignment.save(update_fields=["due_at", "next_reminder_at"])


def _refuse_due(due_at: datetime | None) -> None:
    if due_at is not None and (due_at.tzinfo is None or not 1970 < due_at.year < LAST_DAY):
        raise Invalid(
            gettext("Enter the due date as a date and time with a time zone, or leave it out for none."),
            field="due_at",
        )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def addresses(text: str) -> Iterable[str]:
    """The email addresses of a text, whatever stands between them."""
    return dict.fromkeys(word for word in text.replace(",", " ").replace(";", " ").lower().split() if word)
