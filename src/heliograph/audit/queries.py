"""Reading the audit log."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from heliograph.audit.models import Entry
from heliograph.core.ids import parse_id

KINDS = (
    "API key",
    "course",
    "course version",
    "credential",
    "deployment",
    "destination",
    "dispatch",
    "import",
    "license",
    "mail",
    "member",
    "organization",
    "registration",
    "view of records",
)
DETAILS = ("score_min", "score_max", "score_scaled", "progress")  # kept, and told by what stands beside them
NO_ID = UUID(int=0)


def entries(organization_id: UUID, subject_id: UUID | None = None) -> QuerySet[Entry]:
    """The organization's entries, newest first; those about one row where ``subject_id`` is given."""
    entries = Entry.objects.filter(organization_id=organization_id)
    if subject_id is not None:
        entries = entries.filter(subject_id=subject_id)
    return entries.order_by("-id")


def matching(
    organization_id: UUID, *, who: str = "", kind: str = "", subject: str = "", search: str = ""
) -> QuerySet[Entry]:
    """The entries by ``who`` (a part of a name), about a ``kind`` of thing, one row (an id), or with
    ``search`` in what was done to what.
    """
    chosen = entries(organization_id, (parse_id(subject) or NO_ID) if subject else None)
    if who:
        chosen = chosen.filter(actor_label__icontains=who)
    if kind:
        chosen = chosen.filter(subject_kind=kind)
    if search:
        chosen = chosen.filter(Q(verb__icontains=search) | Q(subject_label__icontains=search))
    return chosen


def changes(entry: Entry) -> list[tuple[str, Any, Any]]:
    """What an entry says was changed: the name, what was there before, and after."""
    before, after = entry.details.get("before"), entry.details.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [("", before, after)] if before is not None and after is not None else []
    return [
        (name, before.get(name), value)
        for name, value in sorted(after.items())
        if before.get(name) != value and name not in DETAILS
    ]
