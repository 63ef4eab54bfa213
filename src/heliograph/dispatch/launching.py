"""Launching for a stub: from what the customer's LMS says of its learner to an open door, or a refusal with its reason."""

import hashlib
import re
from enum import Enum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction

from heliograph.core import clock, tokens
from heliograph.core.actor import system
from heliograph.core.hosts import label_of
from heliograph.core.ids import parse_id, random_key
from heliograph.dispatch import actions, deployments, embedded, queries, rules
from heliograph.dispatch.models import Destination, Dispatch, Readmission, Session
from heliograph.dispatch.rates import LAUNCHES
from heliograph.dispatch.rules import ANONYMOUS
from heliograph.runtime import actions as runtime
from heliograph.runtime import queries as registrations
from heliograph.runtime.cmi.time import parse_duration
from heliograph.runtime.models import Registration
from heliograph.runtime.rules import relay

RECEIPT = "receipt"
LONGEST_TIME = 9_999 * 3600 * 100  # centiseconds: more than any standard writes
_HASH = re.compile(r"[0-9a-f]{64}")  # what `hashed` makes; who says so of anything else is not believed
RECEIPTS_ACCEPTED_FOR = 30 * 86_400  # a receipt may wait in the learner's browser


class LaunchRequest(msgspec.Struct):
    """What a stub says when it asks for a launch.

    ``learner`` is the LMS's id (empty where the LMS hides it; where ``hashed``, what the browser made of it), ``keepsake`` what an earlier
    answer asked the LMS to keep, ``mode``, ``credit`` and ``entry`` the LMS's own words, ``stub`` the version of the stub, ``standard`` the
    package's format, ``folder`` the path the LMS keeps the package at, ``sitting`` the UUID of one loading of the stub, ``total_time`` the
    learner's time by the LMS, in its standard's notation, ``place`` the LMS's origin where the page that asks is ours (cmi5). The rest comes
    from embedded packages.
    """

    learner: str = ""
    name: str = ""
    email: str = ""
    hashed: bool = False
    keepsake: str = ""
    mode: str = "normal"
    credit: str = "credit"
    entry: str = ""
    stub: str = ""
    standard: str = ""
    folder: str = ""
    sitting: str = ""
    total_time: str = ""
    place: str = ""
    mode_of_package: str = "hosted"
    began_ago: int = 0
    scos: list[str] = []


def launch(stub_key: str, request: LaunchRequest, origin: str, host: str, same_page: bool = False) -> dict[str, Any]:
    """Admit the learner and say where the player opens. Raises `DispatchNotFound`, `RateLimited` and every `LaunchRefused`."""
    dispatch = queries.dispatch_of_stub(stub_key)
    if dispatch.destination.moved_to and urlsplit(dispatch.destination.moved_to).netloc != host:
        return {"moved": dispatch.destination.moved_to}
    origin = _place(dispatch, request, origin, host, same_page)
    LAUNCHES.spend(dispatch.id, origin)
    if request.mode_of_package == "embedded":
        return _launch_embedded(dispatch, request, origin)
    actions.refuse_place(dispatch, origin)
    if request.mode == "browse":
        return _answer(dispatch, actions.glance(dispatch), "normal", None)
    identifier, name, email = _identified(dispatch, request)
    trust = _trust(dispatch, identifier, request)
    rules.refuse_unconfirmed(dispatch.confirmed_only and not trust.confirmed)
    registration = actions.admit(dispatch, identifier, name, email, renames=trust.named)
    opening = _opening(request, origin, name, email, trust)
    reporting = request.mode != "review"
    # A new attempt takes the result away; of who is not confirmed, nothing is taken away.
    if dispatch.instanced and request.entry == "ab-initio" and reporting and trust.confirmed:
        session = _begin_anew(dispatch, registration, opening)
    else:
        session, _ = deployments.open_session(dispatch, registration, opening)
    mode = "normal" if reporting else "review"
    answer = _answer(dispatch, registration, mode if trust.named else f"{runtime.UNNAMED}{mode}", session if reporting else None)
    answer |= {"unconfirmed": not trust.named, "keepsake": _keepsake(dispatch, registration, trust)}
    if reporting and request.total_time:
        answer["owed_centiseconds"] = deployments.owed_centiseconds(session, request.entry, _centiseconds(request.total_time))
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
    """What the learner has reached before the LMS began anew, and what stands: passed, failed, completed, or nothing."""
    if registration.completion != "completed":
        return ""
    return registration.success if registration.success != "unknown" else registration.completion


def _place(dispatch: Dispatch, request: LaunchRequest, origin: str, host: str, same_page: bool) -> str:
    """Where the LMS is: the origin that asks, which a browser names, or what our own page of a cmi5 package says of the page around it.

    That it is our own page, the browser says (``same_page``: `Sec-Fetch-Site: same-origin`, which no page can set). Where each course has an
    origin of its own, the page is on this course's: another's scripts are believed nothing. Where all share one, a course could say a place for
    another course.
    """
    ours = same_page and urlsplit(origin).netloc == host and label_of(host) in (None, dispatch.course_id.hex)
    return request.place if request.place and request.standard == "cmi5" and ours else origin


@transaction.atomic
def _begin_anew(dispatch: Dispatch, registration: Registration, opening: deployments.Opening) -> Session:
    """The LMS begins at the beginning, and so do we, unless the attempt we stand at was never opened.

    A launch may be asked for again, even at the same moment: whoever makes the sitting's session begins its attempt, in one transaction.
    """
    session, new = deployments.open_session(dispatch, registration, opening)
    attempt = registrations.current_attempt(registration)
    if new and attempt and attempt.current_launch_id:
        runtime.new_attempt(system(dispatch.organisation_id), registration, instead_of=attempt.number)
    registration.refresh_from_db()
    session.registration = registration
    return session


def _launch_embedded(dispatch: Dispatch, request: LaunchRequest, origin: str) -> dict[str, Any]:
    identifier, name, email = _identified(dispatch, request)
    trust = _trust(dispatch, identifier, request)
    opening = _opening(request, origin, name, email, trust)
    # A session that was begun is told of however late, and its handshake has no mark where it was the learner's first.
    goes_on = embedded.has_begun(dispatch, identifier, opening.sitting)
    rules.refuse_unconfirmed(dispatch.confirmed_only and not trust.confirmed and not goes_on)
    handshake = embedded.Handshake(identifier, trust.named, opening, request.mode, request.began_ago, request.scos)
    answer, registration = embedded.begin(dispatch, handshake)
    if registration:
        answer |= {"remembered": identifier.startswith(ANONYMOUS), "keepsake": _keepsake(dispatch, registration, trust)}
    return {**answer, "title": dispatch.course.title}


def _opening(request: LaunchRequest, origin: str, name: str, email: str, trust: "Trust") -> deployments.Opening:
    return deployments.Opening(
        origin=origin, folder=request.folder, stub=request.stub, package_format=request.standard, name=name, email=email,
        sitting=parse_id(request.sitting), unconfirmed=not trust.confirmed, readmitted=trust is Trust.READMITTED,
    )  # fmt: skip


def _identified(dispatch: Dispatch, request: LaunchRequest) -> tuple[str, str, str]:
    """The learner's identifier, name and mail address, as far as the destination wants to know them.

    A package that was built before the destination asked for less still says more: what is not wanted is not kept.
    """
    identity = dispatch.destination.identity
    given = request.learner.strip()
    if identity == Destination.Identity.ANONYMOUS or not given:
        identifier = _kept_identifier(dispatch, request.keepsake)
    elif identity == Destination.Identity.HASHED and not (request.hashed and _HASH.fullmatch(given)):
        identifier = hashed(dispatch.destination_id, given)
    else:
        identifier = given
    return (identifier, request.name, request.email) if identity == Destination.Identity.AS_GIVEN else (identifier, "", "")


def hashed(destination_id: UUID, identifier: str) -> str:
    """What the stub makes of a learner's id where the destination asks for it: SHA-256 over the destination's id, a colon and the id, in hex."""
    return hashlib.sha256(f"{destination_id}:{identifier}".encode()).hexdigest()


class Trust(Enum):
    """What the mark that an LMS brings proves of its learner."""

    NAMED = "named"  # their first launch here made the learner: they may hear the name that we keep, and change it
    KNOWN = "known"  # their first launch of this dispatch was theirs; whose name we keep, somebody else said
    READMITTED = "readmitted"  # none was brought, and a manager says that it is them; as good as known
    NONE = ""  # somebody else had that first launch, as far as we know

    @property
    def confirmed(self) -> bool:
        return self is not Trust.NONE

    @property
    def named(self) -> bool:
        return self is Trust.NAMED


def _trust(dispatch: Dispatch, identifier: str, request: LaunchRequest) -> Trust:
    """How far a stub is believed that this is its learner; whoever comes first is (trust on first use).

    A course that was never opened, as after an answer that was lost, has not had its first launch. The same loading of a stub may ask again for
    a while (no longer, because ids of sessions stand on pages), and once whom a manager lets in.
    """
    known = actions.registered(dispatch, identifier)
    if known is None:
        learner = runtime.find_learner(dispatch.organisation_id, dispatch.destination_id, identifier)
        return Trust.KNOWN if learner else Trust.NAMED
    kept, trust = _kept(dispatch, request.keepsake)
    if kept == known.id:
        return trust
    sitting = parse_id(request.sitting)
    mine = Session.objects.filter(dispatch=dispatch, registration=known, unconfirmed=False)
    again = sitting is not None and mine.filter(id=sitting, launched_at__gt=clock.now() - rules.ASKED_AGAIN_FOR).exists()
    if again or not known.launch_count:
        return Trust.KNOWN
    # It is used up where the session is opened: a launch that is refused, and one that reports nothing, leave it.
    reports = request.mode not in ("browse", "review")
    readmitted = reports and Readmission.objects.filter(registration=known, until__gt=clock.now()).exists()
    return Trust.READMITTED if readmitted else Trust.NONE


def _kept(dispatch: Dispatch, keepsake: str) -> tuple[UUID | None, Trust]:
    """The registration that a mark was left for, and what it proves."""
    for trust in (Trust.NAMED, Trust.KNOWN):
        try:
            return tokens.verify(settings.HELIOGRAPH.secret_key.encode(), _mark(dispatch, trust), keepsake, 0)[0], trust
        except tokens.TokenRefused:
            continue
    return None, Trust.NONE


def _kept_identifier(dispatch: Dispatch, keepsake: str) -> str:
    """The anonymous identifier behind a keepsake of this dispatch, or a new one."""
    registration_id, _ = _kept(dispatch, keepsake)
    known = (
        registration_id
        and Registration.objects.filter(id=registration_id, organisation_id=dispatch.organisation_id, dispatch_id=dispatch.id)
        .select_related("learner")
        .first()
    )
    return known.learner.identifier if known else f"{ANONYMOUS}{random_key(16)}"


def _answer(dispatch: Dispatch, registration: Registration, mode: str, reports: Session | None) -> dict[str, Any]:
    """What a stub is told; ``reports`` is the session whose writes it reports, None where nothing is written into the LMS."""
    attempt = registrations.current_attempt(registration)
    return {
        "url": runtime.player_address(registration, mode),
        "registration": str(registration.id),
        "title": dispatch.course.title,
        "opens_in": dispatch.course.opens_in,
        "exit": dispatch.exit_to,
        "reporting": reports is not None,
        "receipts": _receipts_token(dispatch, reports) if reports else "",
        "remembered": registration.learner.identifier.startswith(ANONYMOUS),
        "keepsake": "",
        "relay": relay(runtime.outcome_of(registration), 0) if attempt or registration.manual_at else None,
    }


def _keepsake(dispatch: Dispatch, registration: Registration, trust: Trust) -> str:
    """The mark for the LMS to keep; none for who came without the one that is out there."""
    if not trust.confirmed:
        return ""
    mark = _mark(dispatch, Trust.NAMED if trust.named else Trust.KNOWN)
    return tokens.sign(settings.HELIOGRAPH.secret_key.encode(), mark, registration.id, 2**40 - 1)


def _mark(dispatch: Dispatch, trust: Trust) -> str:
    return f"keepsake:{trust.value}:{dispatch.id}"


def _receipts_token(dispatch: Dispatch, session: Session) -> str:
    secret = settings.HELIOGRAPH.secret_key.encode()
    return tokens.sign(secret, f"{RECEIPT}:session:{dispatch.id}", session.id, clock.epoch_seconds() + RECEIPTS_ACCEPTED_FOR)


def receipt_session(dispatch: Dispatch, token: str, sitting: UUID | None) -> Session | None:
    """The session that a receipt token was given for; None where its learner was deleted. Raises `TokenRefused`, `TokenExpired`.

    Tokens that packages were given by an earlier release name the registration. Of its sessions, the one of the ``sitting`` is meant, or the newest:
    the first stubs did not name their sitting when they asked for the launch.
    """
    secret, moment = settings.HELIOGRAPH.secret_key.encode(), clock.epoch_seconds()
    mine = Session.objects.filter(organisation_id=dispatch.organisation_id, dispatch=dispatch)
    try:
        return mine.filter(id=tokens.verify(secret, f"{RECEIPT}:session:{dispatch.id}", token, moment)[0]).first()
    except tokens.TokenExpired:
        raise
    except tokens.TokenRefused:
        of_learner = mine.filter(registration_id=tokens.verify(secret, f"{RECEIPT}:{dispatch.id}", token, moment)[0])
    return (sitting and of_learner.filter(id=sitting).first()) or of_learner.order_by("-launched_at").first()
