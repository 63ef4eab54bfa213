"""Where the runtime asks and tells the parts above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from heliograph.core.hooks import hook
from heliograph.runtime.brand import Brand
from heliograph.runtime.models import Attempt, Launch, Registration
from heliograph.runtime.sequencing import ActivityOutcome

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import Q

    from heliograph.courses.models import CourseVersion
    from heliograph.webhooks.topics import Named


@hook
def before_launch(registration: Registration) -> None:
    """The player is about to open. Raises what keeps it shut, as the limits of a dispatch."""


@hook
def choose_version(registration: Registration) -> CourseVersion | None:
    """The version of the course that a new attempt gets; None for the published one.

    The first answer decides.
    """


@hook
def exit_url(registration: Registration) -> str:  # type: ignore[empty-body]
    """Where leaving the course leads; empty for a page of the player that says goodbye.

    The first answer decides.
    """


@hook
def learner_brand(registration: Registration) -> Brand | None:
    """The player or a refusal is about to be shown: whose course it is, None for the organization's own.

    The first answer decides.
    """


@hook
def attempt_started(attempt: Attempt) -> None:
    """An attempt was made. Called in its transaction."""


@hook
def registration_filter(organization_id: UUID, name: str, value: str) -> tuple[str, Q] | None:
    """What a filter of the list of registrations lets through that is about something of another part, and
    what its value is called: ``name`` is *dispatch*, *destination*, *lms* or *reached*.

    The first answer decides. Raises `NotFound` for what is not the organization's.
    """


@hook
def launch_opened(registration: Registration, launch: Launch) -> None:
    """The player was opened. Called in the transaction that makes the launch."""


@hook
def registration_changed(registration: Registration) -> None:
    """A registration was made, or somebody changed its outcome by hand.

    Called in its transaction; commits do not call it, nor what makes many at once (`registrations_made`).
    """


@hook
def registrations_made(organization_id: UUID, registrations: list[Registration]) -> None:
    """An organization registered many people at once, without a dispatch. Called in that transaction."""


@hook
def attempt_reset(registration: Registration) -> None:
    """A registration begins anew, or goes: progress that is kept elsewhere is forgotten.

    Called in the transaction, before the row is locked.
    """


@hook
def external_outcome(registration: Registration) -> ActivityOutcome | None:
    """How far the learner has come where the player saw nothing of it, as in an embedded package.

    The first answer counts.
    """


@hook
def recording_enabled(registration: Registration) -> bool:  # type: ignore[empty-body]
    """Whether statements are made of what this registration's learner does. One that answers no is enough."""


@dataclass(frozen=True)
class RegistrationContext:
    """What a registration under a dispatch belongs to, by the names people gave."""

    destination_id: UUID | None = None
    dispatch: Named | None = None
    destination: Named | None = None


@hook
def registration_context(registration: Registration) -> RegistrationContext | None:
    """What a registration belongs to, for events about it. The first answer counts."""


@hook
def reported_since(moment: datetime) -> list[UUID]:  # type: ignore[empty-body]
    """The registrations of which something was reported since a moment that the log of calls does not have,
    as by embedded packages; in any organization.
    """
