"""Launching for a stub: from what the customer's LMS says of its learner to an open door, or a refusal with its reason."""

from typing import Any

import msgspec
from django.conf import settings

from heliograph.core import clock, tokens
from heliograph.core.ids import random_key
from heliograph.dispatch import actions, queries
from heliograph.dispatch.models import Dispatch
from heliograph.runtime import actions as runtime
from heliograph.runtime import queries as registrations
from heliograph.runtime.models import Registration
from heliograph.runtime.rules import relay
from heliograph.runtime.sequencing import Outcome

RECEIPT = "receipt"
RECEIPTS_ACCEPTED_FOR = 30 * 86_400  # a receipt may wait in the learner's browser
ANONYMOUS = "anonymous-"


class LaunchRequest(msgspec.Struct):
    """What a stub says when it asks for a launch.

    ``learner`` is the LMS's id (empty where the LMS hides it), ``keepsake`` what an earlier answer asked the LMS to keep, ``mode`` and ``credit`` the
    LMS's own words, ``stub`` the version of the stub, ``standard`` the package's format.
    """

    learner: str = ""
    name: str = ""
    keepsake: str = ""
    mode: str = "normal"
    credit: str = "credit"
    stub: str = ""
    standard: str = ""


def launch(stub_key: str, request: LaunchRequest, origin: str) -> dict[str, Any]:
    """Admit the learner and say where the player opens. Raises `DispatchNotFound` and every `LaunchRefused`."""
    dispatch = queries.dispatch_of_stub(stub_key)
    if request.mode == "browse":
        registration = actions.preview(dispatch)
        return _answer(dispatch, registration, "normal", reporting=False)
    identifier = request.learner.strip() or _kept_identifier(dispatch, request.keepsake)
    registration = actions.admit(dispatch, identifier, request.name)
    return _answer(dispatch, registration, "review" if request.mode == "review" else "normal", reporting=request.mode != "review")


def _kept_identifier(dispatch: Dispatch, keepsake: str) -> str:
    """The anonymous identifier behind a keepsake of this dispatch, or a new one."""
    try:
        registration_id, _ = tokens.verify(settings.HELIOGRAPH.secret_key.encode(), f"keepsake:{dispatch.id}", keepsake, 0)
    except tokens.TokenRefused:
        registration_id = None
    known = (
        registration_id
        and Registration.objects.filter(id=registration_id, organisation_id=dispatch.organisation_id, dispatch_id=dispatch.id)
        .select_related("learner")
        .first()
    )
    return known.learner.identifier if known else f"{ANONYMOUS}{random_key(16)}"


def _answer(dispatch: Dispatch, registration: Registration, mode: str, reporting: bool) -> dict[str, Any]:
    secret = settings.HELIOGRAPH.secret_key.encode()
    expires = clock.epoch_seconds() + RECEIPTS_ACCEPTED_FOR
    attempt = registrations.current_attempt(registration)
    outcome = Outcome(
        registration.completion,
        registration.success,
        registration.score_scaled,
        registration.score_raw,
        registration.score_min,
        registration.score_max,
        registration.progress,
    )
    return {
        "url": runtime.player_address(registration, mode),
        "registration": str(registration.id),
        "title": dispatch.course.title,
        "opens_in": dispatch.course.opens_in,
        "reporting": reporting,
        "receipts": tokens.sign(secret, f"{RECEIPT}:{dispatch.id}", registration.id, expires),
        "keepsake": tokens.sign(secret, f"keepsake:{dispatch.id}", registration.id, 2**40 - 1),
        "relay": relay(outcome, 0) if attempt else None,
    }


def receipt_registration(dispatch: Dispatch, token: str) -> Any:
    """The registration a receipt token was given for. Raises `TokenRefused`, `TokenExpired`."""
    secret = settings.HELIOGRAPH.secret_key.encode()
    return tokens.verify(secret, f"{RECEIPT}:{dispatch.id}", token, clock.epoch_seconds())[0]
