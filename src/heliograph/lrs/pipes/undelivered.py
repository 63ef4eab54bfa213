"""What pipes keep of people: statements that an import could not store, until somebody decides about them,
the person is forgotten, or three months are over.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Count

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import system
from heliograph.lrs.models import Pipe, Undelivered
from heliograph.lrs.pipes.rules import origin_key
from heliograph.lrs.rules import keys

KEPT_FOR: Final = timedelta(days=90)


def of_person(organization_id: UUID, identifier: str) -> Iterator[Undelivered]:
    """The undelivered statements that name the person; what cannot be read names whoever it holds the
    identifier of.
    """
    value = identifier.partition(" ")[2]
    name = value.partition(" ")[2] if identifier.startswith("account ") else value
    rows = Undelivered.objects.filter(pipe__organization_id=organization_id).exclude(sent="").order_by("id")
    for row in rows.iterator():
        try:
            named = _names(msgspec.json.decode(row.sent), identifier)
        except (msgspec.DecodeError, RecursionError):
            named = name in row.sent
        if named:
            yield row


def forget(organization_id: UUID, identifier: str) -> int:
    """Do without what names the person; how many statements that were."""
    ids = [row.id for row in of_person(organization_id, identifier)]
    return Undelivered.objects.filter(id__in=ids).update(
        sent="", reason="", state=Undelivered.State.DISMISSED
    )


@transaction.atomic
def forget_old() -> None:
    """Delete what was set aside long ago, except what somebody wants to be tried again: it names people."""
    old = Undelivered.objects.filter(at__lt=clock.now() - KEPT_FOR).exclude(state=Undelivered.State.AGAIN)
    for pipe in Pipe.objects.filter(undelivered__in=old).annotate(old=Count("undelivered")).order_by("id"):
        record(
            system(pipe.organization_id),
            "forgot undelivered statements of",
            "pipe",
            pipe.id,
            pipe.name,
            count=pipe.old,
        )
    old.delete()


def origins(organization_id: UUID) -> set[int]:
    """The keys under which statements are found that the organization's pipes have imported."""
    imports = Pipe.objects.filter(organization_id=organization_id, direction=Pipe.Direction.IMPORT)
    return {origin_key(endpoint) for endpoint in imports.values_list("endpoint", flat=True)}


def _names(value: Any, identifier: str) -> bool:
    if isinstance(value, dict):
        return identifier in keys.identifiers(value) or any(
            _names(inner, identifier) for inner in value.values()
        )
    return isinstance(value, list) and any(_names(inner, identifier) for inner in value)
