"""What pipes keep of people: statements that an import could not store, until somebody decides about them or the person is forgotten."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

from heliograph.lrs.models import Pipe, Undelivered
from heliograph.lrs.pipes.rules import origin_key
from heliograph.lrs.rules import keys


def of_person(organisation_id: UUID, identifier: str) -> Iterator[Undelivered]:
    """The undelivered statements that name the person; what cannot be read names whoever it holds the identifier of."""
    value = identifier.partition(" ")[2]
    name = value.partition(" ")[2] if identifier.startswith("account ") else value
    rows = Undelivered.objects.filter(pipe__organisation_id=organisation_id).exclude(sent="").order_by("id")
    for row in rows.iterator():
        try:
            named = _names(msgspec.json.decode(row.sent), identifier)
        except (msgspec.DecodeError, RecursionError):
            named = name in row.sent
        if named:
            yield row


def forget(organisation_id: UUID, identifier: str) -> int:
    """Do without what names the person; how many statements that were."""
    found = [row.id for row in of_person(organisation_id, identifier)]
    return Undelivered.objects.filter(id__in=found).update(sent="", reason="", state=Undelivered.State.DISMISSED)


def origins(organisation_id: UUID) -> set[int]:
    """The keys under which statements are found that the organisation's pipes have imported."""
    imports = Pipe.objects.filter(organisation_id=organisation_id, direction=Pipe.Direction.IMPORT)
    return {origin_key(endpoint) for endpoint in imports.values_list("endpoint", flat=True)}


def _names(value: Any, identifier: str) -> bool:
    if isinstance(value, dict):
        return identifier in keys.identifiers(value) or any(_names(inner, identifier) for inner in value.values())
    return isinstance(value, list) and any(_names(inner, identifier) for inner in value)
