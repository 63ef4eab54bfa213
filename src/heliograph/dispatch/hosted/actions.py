"""Launching for a stub: from what the customer's LMS says of its learner to an open door, or a refusal with
its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import transaction

from heliograph.core.actor import system
from heliograph.core.ids import parse_id
from heliograph.core.web.hosts import label_of
from heliograph.dispatch import admission, rules, stub_keys
from heliograph.dispatch.deployments import actions as deployments
from heliograph.dispatch.embedded import actions as embedded
from heliograph.dispatch.hosted import receipt_tokens
from heliograph.dispatch.hosted.launch_request import LaunchRequest
from heliograph.dispatch.hosted.trust import Trust, identify, resume_token_for, trust_in
from heliograph.dispatch.models import Dispatch, Session
from heliograph.dispatch.rate_limits import LAUNCHES
from heliograph.dispatch.rules import ANONYMOUS
from heliograph.runtime import actions as runtime
from heliograph.runtime import queries as registrations
from heliograph.runtime.cmi.time import parse_duration
from heliograph.runtime.rules import relay

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

LONGEST_TIME = 9_999 * 3600 * 100  # centiseconds: more than any standard writes


def launch(
    stub_key: str, request: LaunchRequest, origin: str, host: str, same_page: bool = False
) -> dict[str, Any]:
    """Admit the learner and say where the player opens.

    Raises `DispatchNotFound`, `RateLimited` and every `LaunchRefused`.
    """
    dispatch = stub_keys.dispatch_of_key_or_refuse(stub_key)
    if dispatch.destination.redirect_origin and urlsplit(dispatch.destination.redirect_origin).netloc != host:
        return {"moved": dispatch.destination.redirect_origin}
    origin = _lms_origin(dispatch, request, origin, host, same_page)
    LAUNCHES.spend(dispatch.id, origin)
    if request.mode_of_package == "embedded":
        return _launch_embedded(dispatch, request, origin)
    admission.refuse_domain(dispatch, origin)
    if request.mode == "browse":
        return _answer(dispatch, admission.preview_for_lms(dispatch), "normal", None)
    identifier, name, email = identify(dispatch, request)
    trust = trust_in(dispatch, identifier, request)
    rules.refuse_unconfirmed(dispatch.confirmed_only and not trust.confirmed)
    registration = admission.admit(dispatch, identifier, name, email, renames=trust.named)
    opening = _opening(request, origin, name, email, trust)
    reporting = request.mode != "review"
    # A new attempt takes the result away; of who is not confirmed, nothing is taken away.
    if dispatch.instanced and request.entry == "ab-initio" and reporting and trust.confirmed:
        session = _begin_anew(dispatch, registration, opening)
    else:
        session, _ = deployments.open_session(dispatch, registration, opening)
    mode = "normal" if reporting else "review"
    answer = _answer(
        dispatch,
        registration,
        mode if trust.named else f"{runtime.UNNAMED}{mode}",
        session if reporting else None,
    )
    answer |= {"unconfirmed": not trust.named, "keepsake": resume_token_for(dispatch, registration, trust)}
    if reporting and request.total_time:
        answer["owed_centiseconds"] = deployments.owed_centiseconds(
            session, request.entry, _centiseconds(request.total_time)
        )
    if reporting and request.entry == "ab-initio":
        answer["earlier"] = _earlier(registration)
    return answer


def _centiseconds(time: str) -> int:
    """An LMS's total time; one that cannot be read counts as none."""
    try:
        return min(parse_duration(time), LONGEST_TIME)
    except ValueError:
        return 0


def _earlier(registration: Registration) -> str:
    """What the learner has reached before the LMS began anew, and what stands: passed, failed, completed, or
    nothing.
    """
    if registration.completion != "completed":
        return ""
    return registration.success if registration.success != "unknown" else registration.completion


def _lms_origin(dispatch: Dispatch, request: LaunchRequest, origin: str, host: str, same_page: bool) -> str:
    """Where the LMS is: the origin that asks, which a browser names, or what our own page of a cmi5 package
    says of the page around it.

    That it is our own page, the browser says (``same_page``: `Sec-Fetch-Site: same-origin`, which no page can
    set). Where each course has an origin of its own, the page is on this course's: another's scripts are
    believed nothing. Where all share one, a course could say a place for another course.
    """
    ours = same_page and urlsplit(origin).netloc == host and label_of(host) in (None, dispatch.course_id.hex)
    return request.place if request.place and request.standard == "cmi5" and ours else origin


@transaction.atomic
def _begin_anew(dispatch: Dispatch, registration: Registration, opening: deployments.Opening) -> Session:
    """The LMS begins at the beginning, and so do we, unless the attempt we stand at was never opened.

    A launch may be asked for again, even at the same moment: whoever makes this page load's session begins
    its attempt, in one transaction.
    """
    session, new = deployments.open_session(dispatch, registration, opening)
    attempt = registrations.current_attempt(registration)
    if new and attempt and attempt.current_launch_id:
        runtime.new_attempt(system(dispatch.organization_id), registration, instead_of=attempt.number)
    registration.refresh_from_db()
    session.registration = registration
    return session


def _launch_embedded(dispatch: Dispatch, request: LaunchRequest, origin: str) -> dict[str, Any]:
    identifier, name, email = identify(dispatch, request)
    trust = trust_in(dispatch, identifier, request)
    opening = _opening(request, origin, name, email, trust)
    # A session that was begun is told of however late, and its handshake has no mark where it was the
    # learner's first.
    goes_on = embedded.has_begun(dispatch, identifier, opening.page_load_id)
    rules.refuse_unconfirmed(dispatch.confirmed_only and not trust.confirmed and not goes_on)
    handshake = embedded.Handshake(
        identifier, trust.named, opening, request.mode, request.began_ago, request.scos
    )
    answer, registration = embedded.open_embedded_session(dispatch, handshake)
    if registration:
        answer |= {
            "remembered": identifier.startswith(ANONYMOUS),
            "keepsake": resume_token_for(dispatch, registration, trust),
        }
    return {**answer, "title": dispatch.course.title}


def _opening(request: LaunchRequest, origin: str, name: str, email: str, trust: Trust) -> deployments.Opening:
    return deployments.Opening(
        origin=origin, folder=request.folder, stub=request.stub, package_format=request.standard,
        name=name, email=email, page_load_id=parse_id(request.page_load_id),
        unconfirmed=not trust.confirmed, readmitted=trust is Trust.READMITTED,
    )  # fmt: skip


def _answer(
    dispatch: Dispatch, registration: Registration, mode: str, reports: Session | None
) -> dict[str, Any]:
    """What a stub is told; ``reports`` is the session whose writes it reports, None where nothing is written
    into the LMS.
    """
    attempt = registrations.current_attempt(registration)
    return {
        "url": runtime.player_address(registration, mode),
        "registration": str(registration.id),
        "title": dispatch.course.title,
        "opens_in": dispatch.course.opens_in,
        "exit": dispatch.exit_to,
        "reporting": reports is not None,
        "receipts": receipt_tokens.issue(dispatch, reports) if reports else "",
        "remembered": registration.learner.identifier.startswith(ANONYMOUS),
        "keepsake": "",
        "relay": relay(runtime.outcome_of(registration), 0) if attempt or registration.manual_at else None,
    }
