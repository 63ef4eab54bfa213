"""Enrollments from the application to the end: every change of a state, with who did it and why.

Each takes the enrollment's row first and holds it, so that of two changes at once the second sees the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace import mails, rules
from heliograph.marketplace.completion.actions import complete_if_done
from heliograph.marketplace.errors import AlreadyEnrolled, CohortFull, NotPublished
from heliograph.marketplace.models import (
    Application,
    Enrollment,
    EnrollmentStep,
    Program,
    ProgramVersion,
    Site,
)
from heliograph.marketplace.orders import actions as orders
from heliograph.marketplace.programs import actions as programs
from heliograph.marketplace.rules import EnrollmentState as State
from heliograph.marketplace.starting import begin
from heliograph.marketplace.states import lock, move, note, set_state, wrong

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership
    from heliograph.marketplace.models import ProgramCohort


@transaction.atomic
def apply(
    actor: Actor,
    program: Program,
    student: Membership,
    *,
    cohort: ProgramCohort | None = None,
    application: Application | None = None,
) -> Enrollment:
    """An application for the published version of a program, which is decided by people, or at once where the
    program says so and nothing stands against it.

    Raises `NotPublished`, and `AlreadyEnrolled` where the student has applied or is enrolled.
    """
    version = _published(program, gettext("Applications for this program are closed."))
    made = _new(version, student, cohort, application)
    note(actor, made, "", State.APPLIED)
    record(actor, "applied for", "program", program.id, version.title, student=str(student))
    mails.send(made, mails.RECEIVED)
    if decides_itself(made):
        _approve(actor, made, gettext("Approved automatically."))
    return made


@transaction.atomic
def enroll_directly(
    actor: Actor, program: Program, student: Membership, cohort: ProgramCohort | None = None
) -> Enrollment:
    """Enroll somebody without an application. Raises as `apply` does, and `CohortFull`."""
    actor.require(Permission.ENROLLMENTS_MANAGE)
    made = _new(_published(program, gettext("Publish the program first.")), student, cohort, None)
    note(actor, made, "", State.APPLIED)
    _approve(actor, made, "")
    return made


@transaction.atomic
def decide(actor: Actor, enrollment: Enrollment, after: str, reason: str = "") -> Enrollment:
    """Take an application a step further, approve it (which enrolls, while there is a place), or reject it
    with a reason.

    Raises `WrongState`, `CohortFull`, and `Invalid` for a rejection without a reason.
    """
    actor.require(Permission.ENROLLMENTS_MANAGE)
    locked = lock(enrollment.id)
    reason = _reason(reason, needed=after == State.REJECTED)
    if after == State.APPROVED:
        _approve(actor, locked, reason)
    else:
        if after not in (State.ELIGIBLE, State.DOCUMENTS_COMPLETE, State.REJECTED):
            raise Invalid(gettext("Choose one of the options."), field="state")
        _leave(actor, locked, State(after), reason)
        if after == State.REJECTED:
            mails.send(locked, mails.REJECTED, reason=reason)
    return locked


@transaction.atomic
def withdraw(actor: Actor, enrollment: Enrollment, reason: str) -> Enrollment:
    """End an enrollment before its completion: its place is free again. What was completed stays.

    Raises `WrongState`, and `Invalid` without a reason.
    """
    actor.require(Permission.ENROLLMENTS_MANAGE)
    return _withdraw(actor, lock(enrollment.id), _reason(reason, needed=True))


@transaction.atomic
def withdraw_own(actor: Actor, enrollment: Enrollment) -> Enrollment:
    """The student's own withdrawal."""
    return _withdraw(actor, lock(enrollment.id), gettext("Withdrawn by the student."))


@transaction.atomic
def hold(actor: Actor, enrollment: Enrollment, reason: str) -> Enrollment:
    """Pause an enrollment: nothing is launched or completed meanwhile. Raises `WrongState` and `Invalid`."""
    actor.require(Permission.ENROLLMENTS_MANAGE)
    locked = lock(enrollment.id)
    move(actor, locked, State.ON_HOLD, _reason(reason, needed=True))
    return locked


@transaction.atomic
def resume(actor: Actor, enrollment: Enrollment) -> Enrollment:
    """End a hold. What was proven meanwhile counts now. Raises `WrongState`."""
    actor.require(Permission.ENROLLMENTS_MANAGE)
    locked = lock(enrollment.id)
    if locked.state != State.ON_HOLD:
        raise wrong(locked)
    move(actor, locked, State.ACTIVE)
    complete_if_done(actor, locked)
    return locked


@transaction.atomic
def reopen(actor: Actor, enrollment: Enrollment, reason: str) -> Enrollment:
    """Make a withdrawn enrollment active again, with a place. One that was completed is reopened by revoking
    the completion of a part.

    Raises `WrongState`, `CohortFull`, `AlreadyEnrolled` where the student enrolled anew meanwhile.
    """
    actor.require(Permission.ENROLLMENTS_MANAGE)
    locked, reason = lock(enrollment.id), _reason(reason, needed=True)
    after = rules.REOPENED.get(State(locked.state))
    if after is None or locked.enrolled_at is None:
        raise wrong(locked)
    _take_place(locked)
    try:
        with transaction.atomic():
            set_state(actor, locked, after, reason)
    except IntegrityError:
        raise AlreadyEnrolled(gettext("The student enrolled in this program again meanwhile.")) from None
    complete_if_done(actor, locked)
    return locked


def decides_itself(enrollment: Enrollment) -> bool:
    """Whether an application is approved without a person: the program says so, there is a place, and what it
    costs is paid here.
    """
    version = enrollment.version
    if version.approval != ProgramVersion.Approval.AUTOMATIC:
        return False
    if version.price_cents and not _takes_payments(enrollment):
        return False
    cohort = enrollment.cohort
    return cohort is None or cohort.capacity is None or cohort.taken < cohort.capacity


def _published(program: Program, otherwise: str) -> ProgramVersion:
    """The version that the public sees now. Raises `NotPublished` with that sentence."""
    published = Program.objects.filter(id=program.id).values("published_id")
    found = ProgramVersion.objects.select_related("program").filter(id__in=published).first()
    if found is None:
        raise NotPublished(otherwise)
    return found


def _new(
    version: ProgramVersion,
    student: Membership,
    cohort: ProgramCohort | None,
    application: Application | None,
) -> Enrollment:
    made = Enrollment(
        organization_id=version.program.organization_id,
        program=version.program,
        version=version,
        cohort=cohort,
        student=student,
        application=application,
        state=State.APPLIED,
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise AlreadyEnrolled(
            gettext("%(student)s has applied for this program already, or is enrolled in it.")
            % {"student": student}
        ) from None
    return made


def _approve(actor: Actor, locked: Enrollment, reason: str) -> None:
    """Approve an application, with a place. The student starts at once where nothing is to be paid, and by
    the order otherwise. What was approved before starts now, whatever is paid.

    Raises `WrongState` and `CohortFull`.
    """
    if locked.state == State.APPROVED:
        begin(actor, locked)
        return
    move(actor, locked, State.APPROVED, reason)
    _take_place(locked)
    if not _takes_payments(locked) or orders.open_order(actor, locked) is None:
        begin(actor, locked)


def _takes_payments(enrollment: Enrollment) -> bool:
    """Whether the organization has orders for what its programs cost."""
    sites = Site.objects.filter(organization_id=enrollment.organization_id)
    return sites.filter(takes_payments=True).exists()


def _take_place(locked: Enrollment) -> None:
    if locked.cohort is not None and not programs.take_place(locked.cohort):
        raise CohortFull(
            gettext("“%(cohort)s” is full. Choose another start, or raise its capacity.")
            % {"cohort": locked.cohort.name}
        )


def _withdraw(actor: Actor, locked: Enrollment, reason: str) -> Enrollment:
    _leave(actor, locked, State.WITHDRAWN, reason)
    mails.send(locked, mails.WITHDRAWN, reason=reason)
    return locked


def _leave(actor: Actor, locked: Enrollment, after: State, reason: str) -> None:
    """Go to a state, and give back what the new one does not need: the place, and the order."""
    had_place = locked.state in rules.TAKEN
    move(actor, locked, after, reason)
    if had_place and after not in rules.TAKEN and locked.cohort_id:
        programs.give_back_place(locked.cohort_id)
    if after in (State.REJECTED, State.WITHDRAWN):
        orders.cancel_of(actor, locked, reason)


def _reason(reason: str, *, needed: bool) -> str:
    reason = reason.strip()
    refuse_too_long(EnrollmentStep, {"reason": reason})
    if needed and not reason:
        raise Invalid(gettext("Enter a reason. The student reads it."), field="reason")
    return reason
