"""Changing destinations and dispatches, admitting learners within the limits, and taking in relay receipts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, When
from django.db.models.deletion import ProtectedError

from heliograph.core import clock
from heliograph.core.actor import Actor, Role
from heliograph.core.errors import Invalid, Problem
from heliograph.core.fields import refuse_too_long
from heliograph.core.ids import is_key, new_id, random_key, slug
from heliograph.courses import queries as courses
from heliograph.courses.models import Course
from heliograph.dispatch import brands, deployments, errors, licensing, postbacks, rules
from heliograph.dispatch.models import Destination, Dispatch, FormerKey, LateAdmission, Readmission
from heliograph.journal.actions import record
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Registration

DESTINATION_SETTINGS = {"key", "name", "notes", "identity", "host", "moved_to", "branding"}
DISPATCH_SETTINGS = {
    "key",
    "name",
    "description",
    "enabled",
    "expires_at",
    "new_learners_allowed",
    "registration_limit",
    "mode",
    "allowed_domains",
    "tags",
    "exit_to",
    "instanced",
    "confirmed_only",
    "tracking",
    "branding",
    "postback_url",
}


@transaction.atomic
def create_destination(actor: Actor, name: str, key: str = "", notes: str = "", **settings: Any) -> Destination:
    """A new customer or LMS. ``settings`` are identity, host, moved_to and branding. Raises `Invalid`, `BadKey`, `KeyTaken`."""
    actor.require(Role.MANAGER)
    if not name.strip():
        raise Invalid("Give the destination a name: the customer's, or its LMS's.")
    mine = Destination.objects.filter(organisation_id=actor.organisation_id)
    key = key or _free_key(mine, slug(name, "destination"))
    _refuse_key(mine, key, "a destination")
    _refuse_unknown(settings, DESTINATION_SETTINGS, "destination")
    _refuse_destination(settings)
    settings["branding"] = brands.of_destination(actor, None, settings.get("branding") or {})
    refuse_too_long(Destination, {"name": name.strip(), "notes": notes, **settings})
    with _one_for_each_key(key):
        made = Destination.objects.create(organisation_id=actor.organisation_id, key=key, name=name.strip(), notes=notes, **settings)
    record(actor, "created", "destination", made.id, made.name)
    return made


@transaction.atomic
def change_destination(actor: Actor, destination: Destination, **changes: Any) -> Destination:
    """Change a destination's settings; of its branding, what is given."""
    actor.require(Role.MANAGER)
    _refuse_unknown(changes, DESTINATION_SETTINGS, "destination")
    _refuse_destination(changes)
    if "branding" in changes:
        changes["branding"] = brands.of_destination(actor, destination, changes["branding"])
    if "name" in changes and not changes["name"].strip():
        raise Invalid("Give the destination a name: the customer's, or its LMS's.")
    if changes.get("key", destination.key) != destination.key:
        _refuse_key(Destination.objects.filter(organisation_id=actor.organisation_id), changes["key"], "a destination")
    _change(actor, destination, changes, "destination")
    return destination


@transaction.atomic
def delete_destination(actor: Actor, destination: Destination) -> None:
    """Delete a destination that has no dispatches; raises `DestinationInUse` otherwise."""
    actor.require(Role.MANAGER)
    record(actor, "deleted", "destination", destination.id, destination.name)
    try:
        destination.delete()
    except ProtectedError:
        raise errors.DestinationInUse("This destination still has dispatches. Delete them first.") from None


@transaction.atomic
def create_dispatch(actor: Actor, course: Course, destination: Destination, **settings: Any) -> Dispatch:
    """License a course to a destination. ``settings`` are those of `DISPATCH_SETTINGS`. Raises `Invalid`, `BadKey`, `KeyTaken`."""
    actor.require(Role.MANAGER)
    _refuse_unknown(settings, DISPATCH_SETTINGS, "dispatch")
    courses.published_version(course)
    _refuse_limits(settings)
    settings["branding"] = brands.of_dispatch(actor, destination, None, settings.get("branding") or {})
    mine = Dispatch.objects.filter(organisation_id=actor.organisation_id)
    key = settings.pop("key", "") or _free_key(mine, f"{slug(course.key, 'course')[:45]}-{slug(destination.key, 'destination')[:45]}")
    _refuse_key(mine, key, "a dispatch")
    name = (settings.pop("name", "") or f"{course.title} for {destination.name}")[:300]
    postback_url = settings.pop("postback_url", "")
    refuse_too_long(Dispatch, settings)
    with _one_for_each_key(key):
        made = Dispatch.objects.create(
            organisation_id=actor.organisation_id,
            course=course,
            destination=destination,
            key=key,
            name=name,
            created_by=actor.label[:200],
            **settings,
        )
    record(actor, "created", "dispatch", made.id, made.name, course=str(course.id), destination=str(destination.id))
    postbacks.set_address(actor, made, postback_url)
    return made


@transaction.atomic
def change_dispatch(actor: Actor, dispatch: Dispatch, **changes: Any) -> Dispatch:
    """Change a dispatch's limits, names or whether it is enabled; takes effect with the next launch."""
    actor.require(Role.MANAGER)
    _refuse_unknown(changes, DISPATCH_SETTINGS, "dispatch")
    _refuse_limits(changes)
    if "branding" in changes:
        changes["branding"] = brands.of_dispatch(actor, dispatch.destination, dispatch, changes["branding"])
    if "name" in changes and not changes["name"].strip():
        raise Invalid("A dispatch needs a name.")
    if changes.get("key", dispatch.key) != dispatch.key:
        _refuse_key(Dispatch.objects.filter(organisation_id=actor.organisation_id), changes["key"], "a dispatch")
    if "postback_url" in changes:
        postbacks.set_address(actor, dispatch, changes.pop("postback_url"))
    _change(actor, dispatch, changes, "dispatch")
    return dispatch


def change_many(actor: Actor, dispatches: list[Dispatch], delete: bool = False, **changes: Any) -> tuple[int, list[dict[str, str]]]:
    """Change or delete each of these for itself: how many were, and which were not, with the reason. Raises `Invalid` where nothing is asked for."""
    actor.require(Role.MANAGER)
    if not dispatches or not (delete or changes):
        raise Invalid("Choose dispatches, and what to do with them.")
    refused = []
    for dispatch in dispatches:
        try:
            if delete:
                delete_dispatch(actor, dispatch)
            else:
                change_dispatch(actor, dispatch, **changes)
        except Problem as problem:
            refused.append({"dispatch": str(dispatch.id), "code": problem.problem_code, "detail": problem.sentence})
    return len(dispatches) - len(refused), refused


@transaction.atomic
def rekey(actor: Actor, dispatch: Dispatch, grace_days: int = 30) -> Dispatch:
    """Give a dispatch's packages a new key. Those in the field keep working for ``grace_days``; with 0 they stop at once. Raises `Invalid`."""
    actor.require(Role.MANAGER)
    if not 0 <= grace_days <= 3_650:
        raise Invalid("The grace of a re-keying is 0 to 3,650 days.")
    locked = Dispatch.objects.select_for_update().get(id=dispatch.id)
    FormerKey.objects.create(
        organisation_id=actor.organisation_id,
        dispatch=locked,
        key=locked.stub_key,
        valid_until=clock.now() + timedelta(days=grace_days),
    )
    dispatch.stub_key = locked.stub_key = random_key()
    locked.save(update_fields=["stub_key"])
    record(actor, "re-keyed", "dispatch", locked.id, locked.name, grace_days=grace_days)
    return dispatch


@transaction.atomic
def delete_dispatch(actor: Actor, dispatch: Dispatch) -> None:
    """Delete a dispatch nobody has used; raises `DispatchInUse` for one with learners, which can be disabled instead."""
    actor.require(Role.MANAGER)
    Dispatch.objects.select_for_update().get(id=dispatch.id)
    if Registration.objects.filter(organisation_id=actor.organisation_id, dispatch_id=dispatch.id, purpose="learning").exists():
        raise errors.DispatchInUse(
            "Learners have used this dispatch, and deleting it would delete their results. Disable it instead: that ends access at once."
        )
    record(actor, "deleted", "dispatch", dispatch.id, dispatch.name)
    runtime.hold_all(organisation_id=actor.organisation_id, dispatch_id=dispatch.id)
    Registration.objects.filter(organisation_id=actor.organisation_id, dispatch_id=dispatch.id).delete()
    dispatch.delete()


def admit(dispatch: Dispatch, identifier: str, name: str = "", email: str = "", *, renames: bool = True) -> Registration:
    """The learner's registration under this dispatch, taking a place only if they are new.

    Asked in this order: enabled, expired, known learner (let in while the term and their own access last), new learners allowed, places left, what
    the licence has left. Each place is taken by one conditional update, so that parallel first launches never pass a limit. A name or address
    replaces a known learner's only where whoever asks ``renames`` them. Raises the `LaunchRefused` that applies.
    """
    limits = rules.Limits(dispatch.enabled, dispatch.expires_at, dispatch.new_learners_allowed)
    try:
        rules.refuse_closed(limits, clock.now())
        known = known_learner(dispatch, identifier)
        if known:
            licensing.admit_known(dispatch, known)
            if renames:
                runtime.ensure_learner(dispatch.organisation_id, dispatch.destination_id, identifier, name, email)
            return known
        rules.refuse_new_learner(limits)
        return _admit_new(dispatch, identifier, name, email, renames)
    except errors.LaunchRefused:
        Dispatch.objects.filter(id=dispatch.id).update(refused_count=F("refused_count") + 1)
        raise


def refuse_place(dispatch: Dispatch, origin: str) -> None:
    """Raise `DomainNotAllowed` or `DeploymentSuspended` for an LMS that may not open this dispatch, whoever the learner is."""
    try:
        rules.refuse_domain(dispatch.allowed_domains, origin)
        deployments.refuse_suspended(dispatch, origin)
    except errors.LaunchRefused:
        Dispatch.objects.filter(id=dispatch.id).update(refused_count=F("refused_count") + 1)
        raise


def direct_link(dispatch: Dispatch, identifier: str, name: str = "", email: str = "") -> runtime.LaunchLink:
    """A link for one learner that opens the course without an LMS. Raises the `LaunchRefused` that applies."""
    registration = admit(dispatch, identifier, name, email)
    deployments.open_session(dispatch, registration, deployments.Opening(name=name, email=email))
    return runtime.launch_link(registration)


@transaction.atomic
def admit_late(dispatch: Dispatch, identifier: str, name: str, email: str, refusal: errors.LaunchRefused) -> Registration:
    """The registration of somebody who learned in an embedded package while we were away, and whom the limits would refuse now.

    What they did is kept and counted. It makes nobody known, and so many of them are taken (`rules.MOST_LATE`); then ``refusal`` is raised.
    """
    known = registered(dispatch, identifier)
    if known:
        return known
    place = Dispatch.objects.filter(id=dispatch.id, late_admissions__lt=rules.MOST_LATE).update(
        late_admissions=F("late_admissions") + 1, registrations_used=F("registrations_used") + 1
    )
    if not place:
        raise refusal
    learner = runtime.ensure_learner(dispatch.organisation_id, dispatch.destination_id, identifier, name, email, renames=False)
    registration, new = runtime.register(_launching(dispatch, str(learner)), dispatch.course, learner, dispatch_id=dispatch.id)
    if not new:  # through another window, a moment ago: their place was counted then
        Dispatch.objects.filter(id=dispatch.id).update(
            late_admissions=F("late_admissions") - 1, registrations_used=F("registrations_used") - 1
        )
        return registration
    LateAdmission.objects.create(
        registration=registration, organisation_id=dispatch.organisation_id, dispatch=dispatch, refusal=refusal.problem_code
    )
    licensing.count_late(dispatch, registration, new)
    return registration


@transaction.atomic
def readmit(actor: Actor, registration: Registration) -> None:
    """Believe a learner's next launch, within `rules.READMITTED_FOR`, without the mark of their first one; it gets its own. Raises `Invalid`."""
    actor.require(Role.MANAGER)
    if registration.dispatch_id is None or registration.purpose != Registration.Purpose.LEARNING:
        raise Invalid("Only a learner of a dispatch is let in again: nobody else needs to be confirmed.")
    until = clock.now() + rules.READMITTED_FOR
    Readmission.objects.update_or_create(
        registration=registration, defaults={"organisation_id": registration.organisation_id, "until": until}
    )
    runtime.record_of(actor, "let in again", registration)


@transaction.atomic
def glance(dispatch: Dispatch) -> Registration:
    """A registration for a learning system's preview: `preview`, within the licence's term, and so few of them a day. Raises `RateLimited` too.

    A dispatch that takes no new learners, or is full, is previewed all the same: whoever looks after the course in the LMS may look.
    """
    licensing.active(dispatch)
    made = preview(dispatch)
    moment = clock.now()
    today = Q(glances_since__gt=moment - rules.GLANCES_COUNTED_FOR)
    free = Dispatch.objects.filter(~today | Q(glances_since=None) | Q(glances__lt=rules.MOST_GLANCES), id=dispatch.id)
    counted = free.update(
        glances=Case(When(today, then=F("glances") + 1), default=1),
        glances_since=Case(When(today, then=F("glances_since")), default=moment),
    )
    if not counted:
        raise errors.RateLimited("This course was previewed more often today than a course is. Try again tomorrow.", retry_after=3600)
    return made


def preview(dispatch: Dispatch, mode: str = "browse") -> Registration:
    """A registration for somebody who only looks, in an LMS's preview or as a manager's trial: no place is taken and nothing reported."""
    rules.refuse_closed(rules.Limits(dispatch.enabled, dispatch.expires_at, True), clock.now())
    learner = runtime.ensure_learner(dispatch.organisation_id, dispatch.id, f"preview-{new_id()}", "Preview")
    made, _ = runtime.register(_launching(dispatch, learner.name), dispatch.course, learner, dispatch_id=dispatch.id, purpose=mode)
    return made


def exit_of_dispatch(registration: Registration) -> str:
    """Where a learner of a dispatch goes who leaves the course; empty where nobody said so."""
    if registration.dispatch_id is None:
        return ""
    return Dispatch.objects.filter(id=registration.dispatch_id).values_list("exit_to", flat=True).first() or ""


def refuse_closed_dispatch(registration: Registration) -> None:
    """Keeps the player shut, also to who holds a link, where the registration's dispatch is switched off or has expired."""
    if registration.dispatch_id is None:
        return
    found = Dispatch.objects.filter(id=registration.dispatch_id).first()
    if found:
        rules.refuse_closed(rules.Limits(found.enabled, found.expires_at, new_learners_allowed=True), clock.now())
        if registration.purpose == Registration.Purpose.LEARNING:
            licensing.refuse_known(found, registration)


def record_download(actor: Actor, dispatch: Dispatch, package_format: str, embedded: bool = False) -> None:
    """Count and journal one download of a dispatch's package, which holds the content where it is ``embedded``. Raises `DownloadsUsedUp`."""
    with transaction.atomic():
        licensing.count_download(dispatch)
        if embedded:
            Dispatch.objects.filter(id=dispatch.id, embedded_since=None).update(embedded_since=clock.now())
        Dispatch.objects.filter(id=dispatch.id).update(download_count=F("download_count") + 1, last_download_at=clock.now())
        record(actor, "downloaded package of", "dispatch", dispatch.id, dispatch.name, format=package_format)


def known_learner(dispatch: Dispatch, identifier: str) -> Registration | None:
    """The registration of a learner who was admitted before, within the limits."""
    found = registered(dispatch, identifier)
    return found if found and not LateAdmission.objects.filter(registration=found).exists() else None


def registered(dispatch: Dispatch, identifier: str) -> Registration | None:
    """The registration of a learner, admitted within the limits or late."""
    return (
        Registration.objects.filter(
            organisation_id=dispatch.organisation_id,
            course_id=dispatch.course_id,
            dispatch_id=dispatch.id,
            purpose="learning",
            learner__realm=dispatch.destination_id,
            learner__identifier=identifier.strip(),
        )
        .select_related("learner", "course")
        .first()
    )


@transaction.atomic
def _admit_new(dispatch: Dispatch, identifier: str, name: str, email: str, renames: bool) -> Registration:
    learner = runtime.ensure_learner(dispatch.organisation_id, dispatch.destination_id, identifier, name, email, renames=renames)
    with transaction.atomic():
        place = Dispatch.objects.filter(
            Q(registration_limit=None) | Q(registrations_used__lt=F("registration_limit")), id=dispatch.id
        ).update(registrations_used=F("registrations_used") + 1)
        registration = None
        if place:
            registration, new = runtime.register(_launching(dispatch, str(learner)), dispatch.course, learner, dispatch_id=dispatch.id)
            if new:
                licensing.admit_new(dispatch, registration)
            else:  # the same learner came through another door meanwhile, or late: their place was counted then
                late, _ = LateAdmission.objects.filter(registration=registration).delete()
                Dispatch.objects.filter(id=dispatch.id).update(
                    registrations_used=F("registrations_used") - 1, late_admissions=F("late_admissions") - late
                )
                licensing.admit_known(dispatch, registration)
    if registration is None:
        # The place may have gone to this very learner, in another window, a moment ago.
        registration = known_learner(dispatch, identifier)
        if registration is None:
            raise rules.used_up("registrations")
        licensing.admit_known(dispatch, registration)
    return registration


def _launching(dispatch: Dispatch, learner_label: str) -> Actor:
    return Actor("learner", None, learner_label or "A learner", dispatch.organisation_id, Role.LEARNER)


def _refuse_limits(settings: dict[str, Any]) -> None:
    limit = settings.get("registration_limit")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or not 0 < limit <= 2_000_000_000):
        raise Invalid("The limit of registrations is a whole number from 1, or empty for no limit.")
    expires = settings.get("expires_at")
    if "allowed_domains" in settings:
        settings["allowed_domains"] = rules.domains(settings["allowed_domains"])
    if "tags" in settings:
        settings["tags"] = rules.tags(settings["tags"])
    if "exit_to" in settings:
        settings["exit_to"] = rules.exit_place(settings["exit_to"])
    if settings.get("mode", Dispatch.Mode.HOSTED) not in Dispatch.Mode.values:
        raise Invalid(f"A dispatch's mode is one of {', '.join(Dispatch.Mode.values)}.")
    if expires is not None and (not isinstance(expires, datetime) or expires.tzinfo is None or not 1970 < expires.year < 9999):
        raise Invalid("The expiry is a date and time with its time zone, or empty for none.")


def _refuse_destination(settings: dict[str, Any]) -> None:
    if settings.get("identity", Destination.Identity.AS_GIVEN) not in Destination.Identity.values:
        raise Invalid(f"Learners are identified in one of these ways: {', '.join(Destination.Identity.values)}.")
    for name in ("host", "moved_to"):
        if settings.get(name):
            settings[name] = rules.origin(settings[name])


def _refuse_unknown(changes: dict[str, Any], allowed: set[str], thing: str) -> None:
    unknown = sorted(changes.keys() - allowed)
    if unknown:
        raise Invalid(f"A {thing} has no setting “{unknown[0]}” that can be changed.")


def _refuse_key(mine: Any, key: str, thing: str) -> None:
    if not is_key(key):
        raise errors.BadKey(f"“{key}” cannot be {thing}'s key: use letters, digits, dots, hyphens and underscores.")
    if mine.filter(key=key).exists():
        raise errors.KeyTaken(f"The key “{key}” is already taken.")


@contextmanager
def _one_for_each_key(key: str) -> Iterator[None]:
    """What `_refuse_key` cannot see, another request at the same moment, the database refuses."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise errors.KeyTaken(f"The key “{key}” is already taken.") from None


def _free_key(mine: Any, base: str) -> str:
    return f"{base}-{random_key(4)}" if mine.filter(key=base).exists() else base


def _change(actor: Actor, row: Destination | Dispatch, changes: dict[str, Any], kind: str) -> None:
    refuse_too_long(type(row), changes)
    before = {name: getattr(row, name) for name in changes}
    changed = {name: value for name, value in changes.items() if value != before[name]}
    if not changed:
        return
    for name, value in changed.items():
        setattr(row, name, value)
    with _one_for_each_key(row.key):
        row.save(update_fields=list(changed))
    record(actor, "changed", kind, row.id, row.name, before=_plain(before, changed), after=_plain(changed, changed))


def _plain(values: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name].isoformat() if isinstance(values[name], datetime) else values[name] for name in names}
