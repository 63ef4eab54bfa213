"""Changing a row's settings, with what they were before and after in the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.translation import gettext
from heliograph.dispatch import errors
from heliograph.dispatch.models import Destination, Dispatch


@contextmanager
def unique_key(key: str) -> Iterator[None]:
    """Raises `KeyTaken` where the database has the key already, as after another request just now."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise errors.KeyTaken(gettext("The ID “%(key)s” is already in use.") % {"key": key}) from None


def save_changes(actor: Actor, row: Destination | Dispatch, changes: dict[str, Any], kind: str) -> None:
    """Write the settings that differ, and one entry that says from what to what.

    Raises `Invalid`, `KeyTaken`.
    """
    refuse_too_long(type(row), changes)
    before = {name: getattr(row, name) for name in changes}
    changed = {name: value for name, value in changes.items() if value != before[name]}
    if not changed:
        return
    for name, value in changed.items():
        setattr(row, name, value)
    with unique_key(row.key):
        row.save(update_fields=list(changed))
    record(
        actor,
        "changed",
        kind,
        row.id,
        row.name,
        before=_plain(before, changed),
        after=_plain(changed, changed),
    )


def _plain(values: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    return {
        name: values[name].isoformat() if isinstance(values[name], datetime) else values[name]
        for name in names
    }
