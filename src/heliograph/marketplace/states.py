"""The states of an enrollment: holding its row, and going from one to the next with a note of who and why."""

from __future__ import annotations

from uuid import UUID

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.translation import gettext
from heliograph.marketplace import rules
from heliograph.marketplace.errors import WrongState
from heliograph.marketplace.models import Enrollment, EnrollmentStep
from heliograph.marketplace.participants import feeding
from heliograph.marketplace.rules import EnrollmentState as State
from heliograph.ui.templatetags.heliograph import state_label


def lock(enrollment_id: UUID) -> Enrollment:
    """The enrollment as it is now, held until the transaction ends."""
    return (
        Enrollment.objects.select_for_update(of=("self",))
        .select_related("program", "version", "cohort", "student__user", "student__organization")
        .get(id=enrollment_id)
    )


def move(actor: Actor, locked: Enrollment, after: State, reason: str = "") -> None:
    """Take a locked enrollment to a state that may follow. Raises `WrongState`."""
    if not rules.may_follow(locked.state, after):
        raise wrong(locked)
    set_state(actor, locked, after, reason)


def activate(actor: Actor, locked: Enrollment) -> None:
    """The student did something: from now on the enrollment is active."""
    if locked.state == State.ENROLLED:
        move(actor, locked, State.ACTIVE)


def set_state(actor: Actor, locked: Enrollment, after: State, reason: str) -> None:
    """Take a locked enrollment to a state, whichever it had; `move` asks the rules first."""
    before, moment = locked.state, clock.now()
    locked.state, locked.state_since = after, moment
    if after == State.ENROLLED:
        locked.enrolled_at = moment
    locked.completed_at = moment if after == State.COMPLETED else None
    locked.save(update_fields=["state", "state_since", "enrolled_at", "completed_at"])
    note(actor, locked, before, after, reason)
    record(
        actor,
        "changed status of",
        "enrollment",
        locked.id,
        str(locked),
        before={"status": before},
        after={"status": after},
        **({"reason": reason} if reason else {}),
    )
    feeding.follow(actor, locked)


def note(actor: Actor, enrollment: Enrollment, before: str, after: State, reason: str = "") -> None:
    """Note a step of an enrollment's history."""
    EnrollmentStep.objects.create(
        enrollment=enrollment, before=before, after=after, by=actor.label[:200], reason=reason
    )


def wrong(enrollment: Enrollment) -> WrongState:
    """What is raised for something that its state does not allow."""
    return WrongState(
        gettext("This cannot be done now. The status of the enrollment is: %(state)s.")
        % {"state": state_label(enrollment.state)},
        state=str(enrollment.state),
    )
