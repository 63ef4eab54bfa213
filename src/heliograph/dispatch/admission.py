"""Who is let in, whichever way they come: one door for stubs, embedded packages, direct links, previews."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Case, F, Q, When

from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid
from heliograph.core.ids import new_id
from heliograph.core.permissions import Permission
from heliograph.core.roles import Role
from heliograph.core.translation import gettext
from heliograph.dispatch import errors, rules, webhook_events
from heliograph.dispatch.deployments import actions as deployments
from heliograph.dispatch.licenses import enforcement
from heliograph.dispatch.licenses import rules as license_rules
from heliograph.dispatch.models import Dispatch, LateAdmission, Readmission
from heliograph.runtime import actions as runtime
from heliograph.runtime import queries as registrations

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration


def admit(
    dispatch: Dispatch, identifier: str, name: str = "", email: str = "", *, renames: bool = True
) -> Registration:
    """The learner's registration under this dispatch, taking a place only if they are new.

    Asked in this order: enabled, expired, known learner (let in while the term and their own access last),
    new learners allowed, places left, what the license has left. Each place is taken by one conditional
    update, so that parallel first launches never pass a limit. A name or address replaces a known learner's
    only where whoever asks ``renames`` them. Raises the `LaunchRefused` that applies.
    """
    limits = rules.DispatchLimits(dispatch.enabled, dispatch.expires_at, dispatch.new_learners_allowed)
    with _counting_refusals(dispatch):
        rules.refuse_closed(limits, clock.now())
        known = known_learner(dispatch, identifier)
        if known:
            enforcement.admit_returning_learner(dispatch, known)
            if renames:
                runtime.ensure_learner(
                    dispatch.organization_id, dispatch.destination_id, identifier, name, email
                )
            return known
        rules.refuse_new_learner(limits)
        return _admit_new(dispatch, identifier, name, email, renames)


def refuse_domain(dispatch: Dispatch, origin: str) -> None:
    """Raise `DomainNotAllowed` or `DeploymentSuspended` for an LMS that may not open this dispatch, whoever
    the learner is.
    """
    with _counting_refusals(dispatch):
        rules.refuse_domain(dispatch.allowed_domains, origin)
        deployments.refuse_suspended(dispatch, origin)


@contextmanager
def _counting_refusals(dispatch: Dispatch) -> Iterator[None]:
    """Counts a refusal at the dispatch, and notes for the log whose it was."""
    try:
        yield
    except errors.LaunchRefused as refusal:
        Dispatch.objects.filter(id=dispatch.id).update(refused_count=F("refused_count") + 1)
        refusal.add_note(f"dispatch {dispatch.id}")
        raise


def direct_link(dispatch: Dispatch, identifier: str, name: str = "", email: str = "") -> runtime.LaunchLink:
    """A link for one learner that opens the course without an LMS.

    Raises the `LaunchRefused` that applies.
    """
    registration = admit(dispatch, identifier, name, email)
    deployments.open_session(dispatch, registration, deployments.Opening(name=name, email=email))
    return runtime.launch_link(registration)


@transaction.atomic
def admit_late(
    dispatch: Dispatch, identifier: str, name: str, email: str, refusal: errors.LaunchRefused
) -> Registration:
    """The registration of somebody who learned in an embedded package while we were away, and whom the limits
    would refuse now.

    What they did is kept and counted. It makes nobody known, and so many of them are taken
    (`rules.MOST_LATE`); then ``refusal`` is raised.
    """
    known = registered(dispatch, identifier)
    if known:
        return known
    counted = Dispatch.objects.filter(id=dispatch.id, late_admissions__lt=rules.MOST_LATE).update(
        late_admissions=F("late_admissions") + 1, registrations_used=F("registrations_used") + 1
    )
    if not counted:
        raise refusal
    learner = runtime.ensure_learner(
        dispatch.organization_id, dispatch.destination_id, identifier, name, email, renames=False
    )
    registration, new = runtime.register(
        _launching(dispatch, str(learner)), dispatch.course, learner, dispatch_id=dispatch.id
    )
    if not new:  # through another window, a moment ago: their place was counted then
        Dispatch.objects.filter(id=dispatch.id).update(
            late_admissions=F("late_admissions") - 1, registrations_used=F("registrations_used") - 1
        )
        return registration
    LateAdmission.objects.create(
        registration=registration,
        organization_id=dispatch.organization_id,
        dispatch=dispatch,
        refusal=refusal.problem_code,
    )
    enforcement.count_late_admission(dispatch, registration, new)
    return registration


@transaction.atomic
def readmit(actor: Actor, registration: Registration) -> None:
    """Believe a learner's next launch, within `rules.READMITTED_FOR`, without the mark of their first one; it
    gets its own. Raises `Invalid`.
    """
    actor.require(Permission.REGISTRATIONS_MANAGE)
    if registration.dispatch_id is None or not registration.is_learning:
        raise Invalid(gettext("Only learners of a dispatch can be readmitted."))
    until = clock.now() + rules.READMITTED_FOR
    Readmission.objects.update_or_create(
        registration=registration, defaults={"organization_id": registration.organization_id, "until": until}
    )
    runtime.record_of(actor, "readmitted", registration)


@transaction.atomic
def preview_for_lms(dispatch: Dispatch) -> Registration:
    """A registration for a learning system's preview: `preview`, within the license's term, and so few of
    them a day. Raises `RateLimited` too.

    A dispatch that takes no new learners, or is full, is previewed all the same: whoever looks after the
    course in the LMS may look.
    """
    enforcement.active(dispatch)
    made = preview(dispatch)
    moment = clock.now()
    today = Q(previews_since__gt=moment - rules.PREVIEWS_COUNTED_FOR)
    free = Dispatch.objects.filter(
        ~today | Q(previews_since=None) | Q(previews__lt=rules.MOST_PREVIEWS), id=dispatch.id
    )
    counted = free.update(
        previews=Case(When(today, then=F("previews") + 1), default=1),
        previews_since=Case(When(today, then=F("previews_since")), default=moment),
    )
    if not counted:
        raise errors.RateLimited(
            gettext("Preview limit for today reached. Try again tomorrow."),
            retry_after=3600,
        )
    return made


def preview(dispatch: Dispatch, mode: str = "browse") -> Registration:
    """A registration for somebody who only looks, in an LMS's preview or as a manager's trial: no place is
    taken and nothing reported.
    """
    rules.refuse_closed(rules.DispatchLimits(dispatch.enabled, dispatch.expires_at, True), clock.now())
    learner = runtime.ensure_learner(dispatch.organization_id, dispatch.id, f"preview-{new_id()}", "Preview")
    made, _ = runtime.register(
        _launching(dispatch, learner.name), dispatch.course, learner, dispatch_id=dispatch.id, purpose=mode
    )
    return made


def exit_of_dispatch(registration: Registration) -> str:
    """Where a learner of a dispatch goes who leaves the course; empty where nobody said so."""
    if registration.dispatch_id is None:
        return ""
    return (
        Dispatch.objects.filter(id=registration.dispatch_id).values_list("exit_to", flat=True).first() or ""
    )


def refuse_closed_dispatch(registration: Registration) -> None:
    """Keeps the player shut, also to who holds a link, where the registration's dispatch is switched off or
    has expired.
    """
    if registration.dispatch_id is None:
        return
    dispatch = Dispatch.objects.filter(id=registration.dispatch_id).first()
    if dispatch:
        rules.refuse_closed(
            rules.DispatchLimits(dispatch.enabled, dispatch.expires_at, new_learners_allowed=True),
            clock.now(),
        )
        if registration.is_learning:
            enforcement.refuse_returning_learner(dispatch, registration)


def known_learner(dispatch: Dispatch, identifier: str) -> Registration | None:
    """The registration of a learner who was admitted before, within the limits."""
    registration = registered(dispatch, identifier)
    return (
        registration
        if registration and not LateAdmission.objects.filter(registration=registration).exists()
        else None
    )


def registered(dispatch: Dispatch, identifier: str) -> Registration | None:
    """The registration of a learner, admitted within the limits or late."""
    return registrations.of_learner(
        dispatch.id, dispatch.organization_id, dispatch.course_id, dispatch.destination_id, identifier
    )


@transaction.atomic
def _admit_new(dispatch: Dispatch, identifier: str, name: str, email: str, renames: bool) -> Registration:
    learner = runtime.ensure_learner(
        dispatch.organization_id, dispatch.destination_id, identifier, name, email, renames=renames
    )
    with transaction.atomic():
        counted = Dispatch.objects.filter(
            Q(registration_limit=None) | Q(registrations_used__lt=F("registration_limit")), id=dispatch.id
        ).update(registrations_used=F("registrations_used") + 1)
        registration = None
        if counted:
            registration, new = runtime.register(
                _launching(dispatch, str(learner)), dispatch.course, learner, dispatch_id=dispatch.id
            )
            if new:
                enforcement.admit_new_learner(dispatch, registration)
                if dispatch.registration_limit is not None:
                    webhook_events.tell_full(dispatch.id)
            # The same learner came through another door meanwhile, or late: their place was counted then.
            else:
                late, _ = LateAdmission.objects.filter(registration=registration).delete()
                Dispatch.objects.filter(id=dispatch.id).update(
                    registrations_used=F("registrations_used") - 1,
                    late_admissions=F("late_admissions") - late,
                )
                enforcement.admit_returning_learner(dispatch, registration)
    if registration is None:
        # The place may have gone to this very learner, in another window, a moment ago.
        registration = known_learner(dispatch, identifier)
        if registration is None:
            raise license_rules.limit_reached("registrations")
        enforcement.admit_returning_learner(dispatch, registration)
    return registration


def _launching(dispatch: Dispatch, learner_label: str) -> Actor:
    return Actor("learner", None, learner_label or "A learner", dispatch.organization_id, Role.LEARNER)
