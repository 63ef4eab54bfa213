"""Changing destinations and dispatches, admitting learners within the limits, taking in relay receipts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.deletion import ProtectedError

from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Invalid, Problem
from heliograph.core.ids import is_key, random_key, slug
from heliograph.core.permissions import Permission
from heliograph.core.scope import refuse_outside
from heliograph.core.translation import gettext
from heliograph.courses import queries as courses
from heliograph.dispatch import errors, queries, rules, webhook_events
from heliograph.dispatch.branding import actions as brands
from heliograph.dispatch.changes import save_changes, unique_key
from heliograph.dispatch.models import Destination, Dispatch
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.runtime import actions as runtime

if TYPE_CHECKING:
    from heliograph.courses.models import Course

DESTINATION_SETTINGS = {"key", "name", "notes", "identity", "host", "redirect_origin", "branding"}
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
def create_destination(
    actor: Actor, name: str, key: str = "", notes: str = "", **settings: Any
) -> Destination:
    """A new customer or LMS.

    ``settings`` are identity, host, redirect_origin and branding. Raises `Invalid`, `BadKey`, `KeyTaken`.
    """
    actor.require(Permission.CUSTOMERS_MANAGE)
    if not name.strip():
        raise Invalid(gettext("Enter a customer name."), field="name")
    mine = Destination.objects.filter(organization_id=actor.organization_id)
    key = key or _free_key(mine, slug(name, "destination"))
    _refuse_key(mine, key, "Customer")
    _refuse_unknown(settings, DESTINATION_SETTINGS, "destination")
    _refuse_destination(settings)
    settings["branding"] = brands.of_destination(actor, None, settings.get("branding") or {})
    refuse_too_long(Destination, {"name": name.strip(), "notes": notes, **settings})
    with unique_key(key):
        made = Destination.objects.create(
            organization_id=actor.organization_id, key=key, name=name.strip(), notes=notes, **settings
        )
    refuse_outside(Destination.objects.filter(id=made.id))
    record(actor, "created", "destination", made.id, made.name)
    return made


@transaction.atomic
def change_destination(actor: Actor, destination: Destination, **changes: Any) -> Destination:
    """Change a destination's settings; of its branding, what is given."""
    actor.require(Permission.CUSTOMERS_MANAGE)
    _refuse_unknown(changes, DESTINATION_SETTINGS, "destination")
    _refuse_destination(changes)
    if "branding" in changes:
        changes["branding"] = brands.of_destination(actor, destination, changes["branding"])
    if "name" in changes and not changes["name"].strip():
        raise Invalid(gettext("Enter a customer name."), field="name")
    if changes.get("key", destination.key) != destination.key:
        _refuse_key(
            Destination.objects.filter(organization_id=actor.organization_id), changes["key"], "Customer"
        )
    save_changes(actor, destination, changes, "destination")
    return destination


@transaction.atomic
def delete_destination(actor: Actor, destination: Destination) -> None:
    """Delete a destination that has no dispatches; raises `DestinationInUse` otherwise."""
    actor.require(Permission.CUSTOMERS_MANAGE)
    record(actor, "deleted", "destination", destination.id, destination.name)
    try:
        destination.delete()
    except ProtectedError:
        raise errors.DestinationInUse(gettext("Delete this customer's dispatches first.")) from None


@transaction.atomic
def create_dispatch(actor: Actor, course: Course, destination: Destination, **settings: Any) -> Dispatch:
    """License a course to a destination.

    ``settings`` are those of `DISPATCH_SETTINGS`. Raises `Invalid`, `BadKey`, `KeyTaken`.
    """
    actor.require(Permission.DISPATCHES_MANAGE)
    _refuse_unknown(settings, DISPATCH_SETTINGS, "dispatch")
    courses.published_version(course)
    _refuse_limits(settings)
    settings["branding"] = brands.of_dispatch(actor, destination, None, settings.get("branding") or {})
    mine = Dispatch.objects.filter(organization_id=actor.organization_id)
    key = settings.pop("key", "") or _free_key(
        mine, f"{slug(course.key, 'course')[:45]}-{slug(destination.key, 'destination')[:45]}"
    )
    _refuse_key(mine, key, "Dispatch")
    name = (settings.pop("name", "") or f"{course.title} for {destination.name}")[:300]
    postback_url = settings.pop("postback_url", "")
    refuse_too_long(Dispatch, settings)
    with unique_key(key):
        made = Dispatch.objects.create(
            organization_id=actor.organization_id,
            course=course,
            destination=destination,
            key=key,
            name=name,
            created_by=actor.label[:200],
            **settings,
        )
    record(
        actor,
        "created",
        "dispatch",
        made.id,
        made.name,
        course=str(course.id),
        destination=str(destination.id),
    )
    postbacks.set_address(actor, made, postback_url)
    webhook_events.tell_created(made)
    return made


@transaction.atomic
def change_dispatch(actor: Actor, dispatch: Dispatch, **changes: Any) -> Dispatch:
    """Change a dispatch's limits, names or whether it is enabled; takes effect with the next launch."""
    actor.require(Permission.DISPATCHES_MANAGE)
    _refuse_unknown(changes, DISPATCH_SETTINGS, "dispatch")
    _refuse_limits(changes)
    if "branding" in changes:
        changes["branding"] = brands.of_dispatch(actor, dispatch.destination, dispatch, changes["branding"])
    if "name" in changes and not changes["name"].strip():
        raise Invalid(gettext("Enter a dispatch name."), field="name")
    if changes.get("key", dispatch.key) != dispatch.key:
        _refuse_key(
            Dispatch.objects.filter(organization_id=actor.organization_id), changes["key"], "Dispatch"
        )
    if "postback_url" in changes:
        postbacks.set_address(actor, dispatch, changes.pop("postback_url"))
    save_changes(actor, dispatch, changes, "dispatch")
    return dispatch


def change_many(
    actor: Actor, dispatches: list[Dispatch], delete: bool = False, **changes: Any
) -> tuple[int, list[dict[str, str]]]:
    """Change or delete each of these for itself: how many were, and which were not, with the reason.

    Raises `Invalid` where nothing is asked for.
    """
    actor.require(Permission.DISPATCHES_MANAGE)
    if not dispatches or not (delete or changes):
        raise Invalid(gettext("Select at least one dispatch and a change."), field="dispatch")
    refused = []
    for dispatch in dispatches:
        try:
            if delete:
                delete_dispatch(actor, dispatch)
            else:
                change_dispatch(actor, dispatch, **changes)
        except Problem as problem:
            refused.append(
                {"dispatch": str(dispatch.id), "code": problem.problem_code, "detail": problem.sentence}
            )
    return len(dispatches) - len(refused), refused


@transaction.atomic
def delete_dispatch(actor: Actor, dispatch: Dispatch) -> None:
    """Delete a dispatch nobody has used; raises `DispatchInUse` for one with learners, which can be disabled
    instead.
    """
    actor.require(Permission.DISPATCHES_MANAGE)
    Dispatch.objects.select_for_update().get(id=dispatch.id)
    if queries.has_learners(dispatch):
        raise errors.DispatchInUse(
            gettext("This dispatch has learner results and can't be deleted. Disable it instead.")
        )
    record(actor, "deleted", "dispatch", dispatch.id, dispatch.name)
    runtime.delete_all(actor.organization_id, dispatch.id)
    dispatch.delete()


def _refuse_limits(settings: dict[str, Any]) -> None:
    limit = settings.get("registration_limit")
    if limit is not None and (
        not isinstance(limit, int) or isinstance(limit, bool) or not 0 < limit <= 2_000_000_000
    ):
        raise Invalid(
            gettext("Learner limit must be a whole number of 1 or more. Leave blank for unlimited."),
            field="registration_limit",
        )
    expires = settings.get("expires_at")
    if "allowed_domains" in settings:
        settings["allowed_domains"] = rules.domains(settings["allowed_domains"])
    if "tags" in settings:
        settings["tags"] = rules.tags(settings["tags"])
    if "exit_to" in settings:
        settings["exit_to"] = rules.exit_target(settings["exit_to"])
    if settings.get("mode", Dispatch.Mode.HOSTED) not in Dispatch.Mode.values:
        raise Invalid(
            gettext("Mode must be one of %(values)s.") % {"values": ", ".join(Dispatch.Mode.values)}
        )
    if expires is not None and (
        not isinstance(expires, datetime) or expires.tzinfo is None or not 1970 < expires.year < 9999
    ):
        raise Invalid(
            gettext("End date must be a date and time with a time zone. Leave blank for no end date."),
            field="expires_at",
        )


def _refuse_destination(settings: dict[str, Any]) -> None:
    if settings.get("identity", Destination.Identity.AS_GIVEN) not in Destination.Identity.values:
        raise Invalid(
            gettext("Learner identity must be one of %(values)s.")
            % {"values": ", ".join(Destination.Identity.values)},
            field="identity",
        )
    for name in ("host", "redirect_origin"):
        if settings.get(name):
            settings[name] = rules.origin(settings[name], field=name)


def _refuse_unknown(changes: dict[str, Any], allowed: set[str], thing: str) -> None:
    unknown = sorted(changes.keys() - allowed)
    if unknown:
        raise Invalid(
            gettext("Unknown %(thing)s setting “%(unknown)s”.") % {"thing": thing, "unknown": unknown[0]}
        )


def _refuse_key(mine: Any, key: str, thing: str) -> None:
    if not is_key(key):
        raise errors.BadKey(
            gettext(
                "“%(key)s” isn't valid. %(thing)s IDs can contain letters, numbers, dots, "
                "hyphens and underscores."
            )
            % {"key": key, "thing": thing},
            field="key",
        )
    if mine.filter(key=key).exists():
        raise errors.KeyTaken(gettext("The ID “%(key)s” is already in use.") % {"key": key}, field="key")


def _free_key(mine: Any, base: str) -> str:
    return f"{base}-{random_key(4)}" if mine.filter(key=base).exists() else base
