"""Registering learners and opening the player. Tracking itself is in `commits`."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Coalesce, Greatest, Least

from heliograph.audit.actions import record
from heliograph.core import clock, scope
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid
from heliograph.core.ids import is_key, new_id, random_key
from heliograph.core.permissions import Permission
from heliograph.core.secrets import tokens
from heliograph.courses import queries as courses
from heliograph.runtime import hooks
from heliograph.runtime.errors import KeyTaken, LaunchUsed, RegistrationNotFound
from heliograph.runtime.models import Attempt, Launch, LaunchToken, Learner, Registration
from heliograph.runtime.sequencing import ActivityOutcome

if TYPE_CHECKING:
    from heliograph.courses.models import Course

LAUNCH, SESSION, COMMIT = "launch", "session", "commit"
MODES = ("normal", "review")
UNNAMED = "unnamed "  # before a mode: the course is told no name by us
SESSION_MODES = (*MODES, *(f"{UNNAMED}{mode}" for mode in MODES))
COMMIT_TOKEN_LIFE = timedelta(days=1)
REPEATED_WITHIN = timedelta(seconds=10)
UNREGISTERED_FOR = timedelta(hours=1)
PREVIEWS_KEPT = timedelta(days=1)
WATCH_FOR = timedelta(seconds=15)


@dataclass(frozen=True)
class LaunchLink:
    """A launch token, where it leads, and until when."""

    token: str
    url: str
    expires_at: Any


def find_learner(organization_id: UUID, realm: UUID, identifier: str) -> Learner | None:
    """The learner with this identifier in the realm."""
    return Learner.objects.filter(
        organization_id=organization_id, realm=realm, identifier=identifier.strip()
    ).first()


def ensure_learner(
    organization_id: UUID,
    realm: UUID,
    identifier: str,
    name: str = "",
    email: str = "",
    *,
    renames: bool = True,
) -> Learner:
    """The learner with this identifier in the realm, made if new; where it ``renames``, another name or
    address replaces that of a known one. Somebody whose role is limited renames nobody: an address decides
    who is within the limits.

    Raises `Invalid`.
    """
    identifier = identifier.strip()
    if not identifier or len(identifier) > 500 or "\x00" in identifier + name + email:
        raise Invalid("Learner IDs must have 1 to 500 characters.", code="learner_invalid")
    learner, _ = Learner.objects.get_or_create(
        organization_id=organization_id,
        realm=realm,
        identifier=identifier,
        defaults={"name": name[:500], "email": email[:254]},
    )
    given = (("name", name[:500]), ("email", email[:254])) if renames and not scope.is_limited() else ()
    changes = {field: value for field, value in given if value and value != getattr(learner, field)}
    if changes:
        Learner.objects.filter(id=learner.id).update(**changes)
        for field, value in changes.items():
            setattr(learner, field, value)
    return learner


@transaction.atomic
def register(
    actor: Actor,
    course: Course,
    learner: Learner,
    *,
    dispatch_id: UUID | None = None,
    key: str = "",
    purpose: str = "learning",
) -> tuple[Registration, bool]:
    """The learner's registration on the course, and whether it is new.

    Raises `KeyTaken` for a key that another one has, and `Forbidden` for one that is outside of the limits of
    whoever asks.

    Somebody who learns is registered once for a course and dispatch; each trial and each preview is a
    registration of its own.
    """
    if key and not is_key(key):
        raise Invalid("Registration IDs can contain letters, numbers, dots, hyphens and underscores.")
    mine = {
        "organization_id": actor.organization_id,
        "course": course,
        "learner": learner,
        "dispatch_id": dispatch_id,
    }
    if purpose == Registration.Purpose.LEARNING:
        known = Registration.objects.filter(**mine, purpose=purpose).first()
        if known:
            return _within_limits(known), False
    try:
        with transaction.atomic():
            mine["learner"] = _held_learner(learner)
            made = Registration.objects.create(**mine, purpose=purpose, key=key or random_key(16))
    except IntegrityError:
        known = Registration.objects.filter(**mine, purpose=purpose).first()
        if known is None:
            raise KeyTaken(f"The registration ID “{key}” is already in use.") from None
        return _within_limits(known), False
    _within_limits(made)
    if purpose == Registration.Purpose.LEARNING:
        record_of(actor, "created", made, course=str(course.id))
        hooks.registration_changed.call(made)
    return made, True


def _within_limits(registration: Registration) -> Registration:
    scope.refuse_outside(Registration.objects.filter(id=registration.id))
    return registration


def _held_learner(learner: Learner) -> Learner:
    """The learner, locked until they are registered; made again where their last registration was deleted a
    moment ago.
    """
    if Learner.objects.select_for_update(no_key=True).filter(id=learner.id).values_list("id").first():
        return learner
    return ensure_learner(
        learner.organization_id, learner.realm, learner.identifier, learner.name, learner.email
    )


def launch_link(registration: Registration, mode: str = "normal") -> LaunchLink:
    """A link that opens the course for this registration once within the next minutes
    (HELIOGRAPH_LAUNCH_TOKEN_SECONDS). Raises `Invalid`.
    """
    if mode not in MODES:
        raise Invalid("Launch mode must be normal or review.")
    expires = clock.epoch_seconds() + settings.HELIOGRAPH.launch_token_seconds
    token = _sign(f"{LAUNCH}:{mode}", new_id(), expires)
    made = LaunchToken.objects.create(
        digest=_digest(token),
        organization_id=registration.organization_id,
        registration=registration,
        expires_at=datetime.fromtimestamp(expires, UTC),
    )
    return LaunchLink(token, f"{settings.HELIOGRAPH.url}/api/launch/{token}", made.expires_at)


def redeem(token: str, browser: str = "") -> str:
    """The player's address for a launch token, which is used up by it; ``browser`` is whatever tells one
    browser from another.

    The same browser may repeat its request within `REPEATED_WITHIN`. Raises `TokenRefused`, `TokenExpired`,
    `LaunchUsed`, `RegistrationNotFound`.
    """
    mode = _verify_mode(LAUNCH, token)[1]
    link = LaunchToken.objects.select_related("registration").filter(digest=_digest(token)).first()
    if link is None:
        raise RegistrationNotFound("This registration no longer exists. Request a new link.")
    hooks.before_launch.call(link.registration)
    _use_up(link, _digest(browser))
    return player_address(link.registration, mode)


def look_at(token: str) -> None:
    """Raise what `redeem` would say of the token itself, and leave it unused."""
    _verify_mode(LAUNCH, token)


def _use_up(link: LaunchToken, browser: bytes) -> None:
    """Note that a link was used.

    Raises `LaunchUsed` where it had been, unless the same browser asks once more at once.
    """
    moment = clock.now()
    if LaunchToken.objects.filter(digest=link.digest, used_at=None).update(used_at=moment, used_by=browser):
        return
    # Of two at the same moment the second waited for the first.
    link.refresh_from_db(fields=["used_at", "used_by"])
    if (
        link.used_by is None
        or bytes(link.used_by) != browser
        or link.used_at is None
        or moment - link.used_at > REPEATED_WITHIN
    ):
        raise LaunchUsed(
            "This link works only once and was already used. Open the course again where you "
            "found the link, or request a new one."
        )


def forget_launch_tokens() -> None:
    """Delete the links whose time is over: what is asked for with one then is refused by its signature."""
    LaunchToken.objects.filter(expires_at__lt=clock.now()).delete()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def player_address(registration: Registration, mode: str = "normal") -> str:
    """Where the player opens for this registration, for as long as a session lasts
    (HELIOGRAPH_SESSION_TOKEN_SECONDS).
    """
    expires = clock.epoch_seconds() + settings.HELIOGRAPH.session_token_seconds
    origin = settings.HELIOGRAPH.content_url.replace("*", registration.course_id.hex)
    return f"{origin}/play/{_sign(f'{SESSION}:{mode}', registration.id, expires)}/"


def registration_of_session(token: str) -> tuple[UUID, str]:
    """The registration id and launch mode of a session token. Raises `TokenRefused` or `TokenExpired`."""
    return _verify_mode(SESSION, token)


def registration_of_past_session(token: str) -> UUID | None:
    """The registration id of a session token, also of one that has expired; None for anything else."""
    for mode in SESSION_MODES:
        with contextlib.suppress(tokens.TokenRefused):
            return tokens.verify(_secret(), f"{SESSION}:{mode}", token, 0)[0]
    return None


def registration_of_link(token: str) -> UUID | None:
    """The registration id of a launch token that is kept, also where it was used; None for anything else."""
    kept = LaunchToken.objects.filter(digest=_digest(token))
    return kept.values_list("registration_id", flat=True).first()


def launch_of_commit_token(token: str) -> tuple[UUID, int]:
    """The launch id and expiry of a commit token. Raises `TokenRefused` or `TokenExpired`."""
    return tokens.verify(_secret(), COMMIT, token, clock.epoch_seconds())


def commit_token(launch_id: UUID) -> str:
    """A token that writes to one launch for a day; an acknowledgment renews one that is half spent."""
    return _sign(COMMIT, launch_id, clock.epoch_seconds() + int(COMMIT_TOKEN_LIFE.total_seconds()))


def half_spent(expires: int) -> bool:
    """Whether a commit token has used up half of its life."""
    return expires - clock.epoch_seconds() < COMMIT_TOKEN_LIFE.total_seconds() / 2


@transaction.atomic
def open_launch(registration_id: UUID, mode: str, embedder: str = "") -> Launch:
    """One more opening of the player; an earlier one that is still open is replaced and told so when it next
    commits.
    """
    registration = (
        Registration.objects.select_for_update(of=("self",))
        .select_related("course__published", "learner", "organization")
        .filter(id=registration_id)
        .first()
    )
    if registration is None:
        raise RegistrationNotFound("This registration no longer exists. Request a new link.")
    hooks.before_launch.call(registration)
    attempt = ensure_attempt(registration)
    browse = registration.purpose == Registration.Purpose.BROWSE
    launch = Launch.objects.create(
        organization_id=registration.organization_id,
        registration=registration,
        attempt=attempt,
        mode=Launch.Mode.BROWSE if browse else mode.removeprefix(UNNAMED),
        named=not mode.startswith(UNNAMED),
        embedder=embedder[:300],
        centiseconds_before=attempt.total_centiseconds,
    )
    moment = clock.now()
    Attempt.objects.filter(id=attempt.id).update(current_launch=launch, revision=F("revision") + 1)
    registration.launch_count += 1
    registration.first_launched_at = registration.first_launched_at or moment
    registration.last_activity_at = moment
    registration.save(update_fields=["launch_count", "first_launched_at", "last_activity_at"])
    launch.attempt.refresh_from_db(fields=["revision", "current_launch"])
    hooks.launch_opened.call(registration, launch)
    return launch


def ensure_attempt(registration: Registration) -> Attempt:
    """The attempt that a registration stands at, begun if there is none yet.

    Call it with the registration locked.
    """
    attempt = (
        registration.attempts.select_related("version").filter(number=registration.attempt_number).first()
    )
    return attempt or _first_attempt(registration)


def note_launch(registration_id: UUID, moment: datetime) -> None:
    """Count an opening of the course elsewhere: a package that holds the content itself."""
    Registration.objects.filter(id=registration_id).update(
        launch_count=F("launch_count") + 1,
        first_launched_at=Least(Coalesce("first_launched_at", moment), moment),
        last_activity_at=Greatest(Coalesce("last_activity_at", moment), moment),
    )


@transaction.atomic
def new_attempt(actor: Actor, registration: Registration, instead_of: int | None = None) -> Attempt | None:
    """Begin again, on the published version; what was done stays with its attempt.

    With ``instead_of``, the number of an attempt, only where the registration still stands at that one: None
    where somebody else came first.
    """
    actor.require(Permission.REGISTRATIONS_MANAGE)
    locked = lock_anew(registration)
    if instead_of not in (None, locked.attempt_number):
        transaction.set_rollback(True)  # nobody has forgotten anything
        return None
    forget_outcome(locked)
    attempt = _first_attempt(locked)
    record_of(actor, "started new attempt of", locked, attempt=attempt.number)
    hooks.registration_changed.call(locked)
    return attempt


def record_of(actor: Actor, verb: str, registration: Registration, **details: Any) -> None:
    """Write into the audit log what was done to a registration.

    The entry names the learner until the learner is deleted (`forgetting`).
    """
    record(
        actor,
        verb,
        "registration",
        registration.id,
        str(registration),
        learner=str(registration.learner_id),
        **details,
    )


def lock_anew(registration: Registration) -> Registration:
    """The registration as it stands, locked, for a new beginning that everybody who keeps progress of it was
    told of. Call it in a transaction.
    """
    hooks.attempt_reset.call(registration)
    # What points at the registration and was locked before it may still be written (no_key), so that two
    # never wait for each other.
    return (
        Registration.objects.select_for_update(of=("self",), no_key=True)
        .select_related("learner", "course")
        .get(id=registration.id)
    )


def forget_outcome(locked: Registration) -> None:
    """Nothing is achieved any more: the outcome, the time and what was set by hand are gone."""
    blank = Registration()
    changed = [
        *ActivityOutcome._fields,
        "total_centiseconds",
        "completed_at",
        "manual_at",
        "manual_by",
        "manual_reason",
    ]
    for column in changed:
        setattr(locked, column, getattr(blank, column))
    locked.save(update_fields=changed)
    locked.attempts.filter(number=locked.attempt_number).update(revision=F("revision") + 1)


def outcome_of(row: Registration | Attempt) -> ActivityOutcome:
    """How far a registration or an attempt has come."""
    return ActivityOutcome(*(getattr(row, column) for column in ActivityOutcome._fields))


@transaction.atomic
def delete_registration(actor: Actor, registration: Registration) -> None:
    """Delete a registration with all it holds, and the learner where it was their last (`forgetting`)."""
    actor.require(Permission.REGISTRATIONS_DELETE)
    hooks.attempt_reset.call(registration)
    lock_all(id=registration.id)
    record_of(actor, "deleted", registration)
    registration.delete()


def forget_unopened(registration: Registration) -> None:
    """Delete a registration that was neither opened nor completed; call it in a transaction."""
    lock(registration.id)
    unopened = Registration.objects.filter(id=registration.id, first_launched_at=None, completed_at=None)
    unopened.delete()


def forget_previews() -> None:
    """Delete what learning systems' previews left behind: nobody comes back to it."""
    old = Registration.objects.filter(
        purpose=Registration.Purpose.BROWSE, created_at__lt=clock.now() - PREVIEWS_KEPT
    )
    for glance in old.values_list("id", flat=True)[:10_000]:
        with transaction.atomic():
            lock_all(id=glance)
            Registration.objects.filter(id=glance).delete()


def forget_learners() -> None:
    """Delete learners who are registered nowhere and were not made just now: whoever makes one registers them
    at once.
    """
    lately = clock.now() - UNREGISTERED_FOR
    Learner.objects.filter(
        ~Exists(Registration.objects.filter(learner=OuterRef("pk"))), created_at__lt=lately
    ).delete()


def watch(attempt: Attempt) -> None:
    """Somebody looks at the live log: the player is told, with its next acknowledgment, to send sooner.

    The new revision tells it to a process that remembers the attempt as it was.
    """
    Attempt.objects.filter(id=attempt.id).update(
        log_watched_until=clock.now() + WATCH_FOR, revision=F("revision") + 1
    )


def lock(registration_id: UUID) -> None:
    """Lock the registration until the transaction ends.

    Whoever locks it and its attempt begins here, so that two never wait for each other.
    """
    Registration.objects.select_for_update(of=("self",)).filter(id=registration_id).values_list("id").first()


def lock_all(**which: Any) -> None:
    """Lock these registrations, in one order, before they are deleted with their attempts: what is being
    written of them is written first.

    What points at one and was locked before it may still be written (no_key).
    """
    list(
        Registration.objects.select_for_update(of=("self",), no_key=True)
        .filter(**which)
        .order_by("id")
        .values_list("id")
    )


def delete_all(organization_id: UUID, dispatch_id: UUID) -> None:
    """Delete every registration under a dispatch, with all they hold. Call it in a transaction."""
    lock_all(organization_id=organization_id, dispatch_id=dispatch_id)
    Registration.objects.filter(organization_id=organization_id, dispatch_id=dispatch_id).delete()


def lock_course(course: Course) -> None:
    """The same for all registrations of a course."""
    lock_all(course=course)


def exit_of(registration: Registration) -> str:
    """Where leaving the course leads: ``close``, ``blank``, an address, or empty for the player's own
    goodbye.
    """
    return hooks.exit_url.first(registration) or ""


def _first_attempt(registration: Registration) -> Attempt:
    version = hooks.choose_version.first(registration) or courses.published_version(registration.course)
    registration.attempt_number += 1
    registration.save(update_fields=["attempt_number"])
    made = Attempt.objects.create(
        organization_id=registration.organization_id,
        registration=registration,
        number=registration.attempt_number,
        version=version,
    )
    hooks.attempt_started.call(made)
    return made


def _sign(purpose: str, subject: UUID, expires: int) -> str:
    return tokens.sign(_secret(), purpose, subject, expires)


def _verify_mode(purpose: str, token: str) -> tuple[UUID, str]:
    """A token names its mode by what it was signed for."""
    for mode in SESSION_MODES[1:]:
        try:
            return tokens.verify(_secret(), f"{purpose}:{mode}", token, clock.epoch_seconds())[0], mode
        except tokens.TokenExpired:
            raise
        except tokens.TokenRefused:
            continue
    return tokens.verify(_secret(), f"{purpose}:{MODES[0]}", token, clock.epoch_seconds())[0], MODES[0]


def _secret() -> bytes:
    return settings.HELIOGRAPH.secret_key.encode()
