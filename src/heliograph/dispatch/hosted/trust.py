"""Who a stub's learner is, and how far we believe it: by the mark that their LMS keeps for us."""

from __future__ import annotations

import hashlib
import re
from enum import Enum
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from heliograph.core import clock
from heliograph.core.ids import parse_id, random_key
from heliograph.core.secrets import tokens
from heliograph.dispatch import admission, rules
from heliograph.dispatch.hosted.launch_request import LaunchRequest
from heliograph.dispatch.models import Destination, Dispatch, Readmission, Session
from heliograph.dispatch.rules import ANONYMOUS
from heliograph.runtime import actions as runtime
from heliograph.runtime import queries as registrations

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

_HASH = re.compile(r"[0-9a-f]{64}")  # what `hashed` makes; who says so of anything else is not believed


def identify(dispatch: Dispatch, request: LaunchRequest) -> tuple[str, str, str]:
    """The learner's identifier, name and mail address, as far as the destination wants to know them.

    A package that was built before the destination asked for less still says more: what is not wanted is not
    kept.
    """
    identity = dispatch.destination.identity
    given = request.learner.strip()
    if identity == Destination.Identity.ANONYMOUS or not given:
        identifier = _kept_identifier(dispatch, request.resume_token)
    elif identity == Destination.Identity.HASHED and not (request.hashed and _HASH.fullmatch(given)):
        identifier = hashed(dispatch.destination_id, given)
    else:
        identifier = given
    return (
        (identifier, request.name, request.email)
        if identity == Destination.Identity.AS_GIVEN
        else (identifier, "", "")
    )


def hashed(destination_id: UUID, identifier: str) -> str:
    """What the stub makes of a learner's id where the destination asks for it: SHA-256 over the destination's
    id, a colon and the id, in hex.
    """
    return hashlib.sha256(f"{destination_id}:{identifier}".encode()).hexdigest()


class Trust(Enum):
    """What the mark that an LMS brings proves of its learner."""

    # Their first launch here made the learner: they may hear the name that we keep, and change it
    NAMED = "named"
    KNOWN = "known"  # their first launch of this dispatch was theirs; whose name we keep, somebody else said
    READMITTED = "readmitted"  # none was brought, and a manager says that it is them; as good as known
    NONE = ""  # somebody else had that first launch, as far as we know

    @property
    def confirmed(self) -> bool:
        return self is not Trust.NONE

    @property
    def named(self) -> bool:
        return self is Trust.NAMED


def trust_in(dispatch: Dispatch, identifier: str, request: LaunchRequest) -> Trust:
    """How far a stub is believed that this is its learner; whoever comes first is (trust on first use).

    A course that was never opened, as after an answer that was lost, has not had its first launch. The same
    loading of a stub may ask again for a while (no longer, because ids of sessions stand on pages), and once
    whom a manager lets in.
    """
    known = admission.registered(dispatch, identifier)
    if known is None:
        learner = runtime.find_learner(dispatch.organization_id, dispatch.destination_id, identifier)
        return Trust.KNOWN if learner else Trust.NAMED
    kept, trust = _kept(dispatch, request.resume_token)
    if kept == known.id:
        return trust
    page_load_id = parse_id(request.page_load_id)
    mine = Session.objects.filter(dispatch=dispatch, registration=known, unconfirmed=False)
    again = (
        page_load_id is not None
        and mine.filter(id=page_load_id, launched_at__gt=clock.now() - rules.ASKED_AGAIN_FOR).exists()
    )
    if again or not known.launch_count:
        return Trust.KNOWN
    # It is used up where the session is opened: a launch that is refused, and one that reports nothing, leave
    # it.
    reports = request.mode not in ("browse", "review")
    readmitted = reports and Readmission.objects.filter(registration=known, until__gt=clock.now()).exists()
    return Trust.READMITTED if readmitted else Trust.NONE


def _kept(dispatch: Dispatch, resume_token: str) -> tuple[UUID | None, Trust]:
    """The registration that a mark was left for, and what it proves."""
    for trust in (Trust.NAMED, Trust.KNOWN):
        try:
            return tokens.verify(
                settings.HELIOGRAPH.secret_key.encode(), _purpose(dispatch, trust), resume_token, 0
            )[0], trust
        except tokens.TokenRefused:
            continue
    return None, Trust.NONE


def _kept_identifier(dispatch: Dispatch, resume_token: str) -> str:
    """The anonymous identifier behind a resume token of this dispatch, or a new one."""
    registration_id, _ = _kept(dispatch, resume_token)
    known = registration_id and registrations.under_dispatch(
        dispatch.organization_id, dispatch.id, registration_id
    )
    return known.learner.identifier if known else f"{ANONYMOUS}{random_key(16)}"


def resume_token_for(dispatch: Dispatch, registration: Registration, trust: Trust) -> str:
    """The mark for the LMS to keep; none for who came without the one that is out there."""
    if not trust.confirmed:
        return ""
    mark = _purpose(dispatch, Trust.NAMED if trust.named else Trust.KNOWN)
    return tokens.sign(settings.HELIOGRAPH.secret_key.encode(), mark, registration.id, 2**40 - 1)


def _purpose(dispatch: Dispatch, trust: Trust) -> str:
    return f"keepsake:{trust.value}:{dispatch.id}"
