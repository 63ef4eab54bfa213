"""What managers do with licenses: attach, change, begin counting again, end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, grouped
from heliograph.dispatch.licenses import rules
from heliograph.dispatch.models import Destination, Dispatch, License

if TYPE_CHECKING:
    pass
from heliograph.dispatch.licenses.enforcement import is_used_up, licenses_of, make_seats, term_of

SETTINGS = {
    "name", "starts_at", "expires_at", "grace_days",
    "registration_limit", "learner_limit", "launch_limit", "download_limit", "seat_limit",
    "grace_share", "access_days",
}  # fmt: skip
MOST_SEATS = 10_000


@transaction.atomic
def attach(actor: Actor, to: Dispatch | Destination, **settings: Any) -> License:
    """A new license for a dispatch, or for all of a destination; it follows those that are attached already.

    Raises `Invalid`.
    """
    actor.require(Permission.LICENSES_MANAGE)
    _refuse_settings(settings)
    owner: dict[str, Any] = {"dispatch": to} if isinstance(to, Dispatch) else {"destination": to}
    count = licenses_of(to).count()
    settings["name"] = (settings.get("name") or gettext("License %(number)s") % {"number": count + 1}).strip()
    refuse_too_long(License, settings)
    made = License.objects.create(organization_id=actor.organization_id, **owner, **settings)
    make_seats(made)
    record(
        actor,
        "added",
        "license",
        made.id,
        f"{made.name} for {to}"[:300],
        **{next(iter(owner)): str(to.id)},
    )
    return made


@transaction.atomic
def change(actor: Actor, license: License, **changes: Any) -> License:
    """Change a license's limits; raised limits or a later expiry bring one back that had ended for want of
    them.
    """
    actor.require(Permission.LICENSES_MANAGE)
    _refuse_settings({**{name: getattr(license, name) for name in SETTINGS}, **changes})
    refuse_too_long(License, changes)
    locked = License.objects.select_for_update().get(id=license.id)
    before = {name: getattr(locked, name) for name in changes}
    for name, value in changes.items():
        setattr(locked, name, value)
    if locked.ended_at and not rules.is_over(term_of(locked), clock.now()) and not is_used_up(locked):
        locked.ended_at = None
    locked.save()
    make_seats(locked)
    record(actor, "changed", "license", locked.id, locked.name, before=_plain(before), after=_plain(changes))
    return locked


@transaction.atomic
def reset_counters(actor: Actor, license: License) -> License:
    """Begin counting again from nothing.

    What was counted stays in the audit log, and every admission keeps the period it was made in.
    """
    actor.require(Permission.LICENSES_MANAGE)
    locked = License.objects.select_for_update().get(id=license.id)
    counted = {count: getattr(locked, f"{count}_used") for count in rules.COUNTS}
    for count in rules.COUNTS:
        setattr(locked, f"{count}_used", 0)
    locked.period += 1
    locked.warnings_sent = [warning for warning in locked.warnings_sent if warning.startswith("term")]
    if not rules.is_over(term_of(locked), clock.now()):
        locked.ended_at = None
    locked.save()
    record(
        actor,
        "reset usage of",
        "license",
        locked.id,
        locked.name,
        counted=counted,
        period=locked.period - 1,
    )
    return locked


@transaction.atomic
def end(actor: Actor, license: License) -> None:
    """End a license now; the next one follows."""
    actor.require(Permission.LICENSES_MANAGE)
    if License.objects.filter(id=license.id, ended_at=None).update(ended_at=clock.now()):
        record(actor, "ended", "license", license.id, license.name)


def _refuse_settings(settings: dict[str, Any]) -> None:
    unknown = sorted(settings.keys() - SETTINGS)
    if unknown:
        raise Invalid(gettext("Unknown license setting “%(unknown)s”.") % {"unknown": unknown[0]})
    for name, most in (
        *((limit, 2_000_000_000) for limit in rules.LIMITS.values()),
        ("seat_limit", MOST_SEATS), ("access_days", 36_500),
    ):  # fmt: skip
        value = settings.get(name)
        if value is not None and (
            not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most
        ):
            raise Invalid(
                gettext("“%(name)s” must be a whole number from 1 to %(most)s. Leave blank for unlimited.")
                % {"name": name, "most": grouped(most)},
                field=name,
            )
    for name, most in (("grace_days", 3_650), ("grace_share", 100)):
        value = settings.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise Invalid(
                gettext("“%(name)s” must be a whole number from 0 to %(most)s.")
                % {"name": name, "most": grouped(most)},
                field=name,
            )
    starts, expires = settings.get("starts_at"), settings.get("expires_at")
    for moment in (starts, expires):
        if moment is not None and (
            not isinstance(moment, datetime) or moment.tzinfo is None or not 1970 < moment.year < 9999
        ):
            raise Invalid(gettext("Start and end must be dates and times with a time zone, or blank."))
    if starts and expires and expires <= starts:
        raise Invalid(gettext("End date must be after start date."), field="expires_at")


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }
