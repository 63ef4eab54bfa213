"""Reading the audit log."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from heliograph.audit import verbs
from heliograph.audit.models import Entry
from heliograph.core.ids import lowest_id, parse_id
from heliograph.core.translation import gettext_lazy as _

# What entries are about, by the names they have in pages.
KINDS = {
    "API key": _("API key"),
    "course": _("course"),
    "course version": _("course version"),
    "credential": _("credential"),
    "deployment": _("LMS connection"),
    "destination": _("customer"),
    "dispatch": _("dispatch"),
    "import": _("import"),
    "license": _("license"),
    "mail": _("email"),
    "member": _("member"),
    "organization": _("organization"),
    "pipe": _("LRS sync"),
    "registration": _("registration"),
    "view of records": _("records view"),
}
DETAILS = ("score_min", "score_max", "score_scaled", "progress")  # kept, and told by what stands beside them
NO_ID = UUID(int=0)


def entries(organization_id: UUID, subject_id: UUID | None = None) -> QuerySet[Entry]:
    """The organization's entries, newest first; those about one row where ``subject_id`` is given."""
    entries = Entry.objects.filter(organization_id=organization_id)
    if subject_id is not None:
        entries = entries.filter(subject_id=subject_id)
    return entries.order_by("-id")


def matching(
    organization_id: UUID,
    *,
    who: str = "",
    kind: str = "",
    subject: str = "",
    search: str = "",
    subjects: Iterable[UUID] | None = None,
    learners: bool | None = None,
) -> QuerySet[Entry]:
    """The entries by ``who`` (a part of a name), about a ``kind`` of thing, one row (an id) or several, or
    with ``search`` in what was done to what, as it is stored or as the reader is told; only what ``learners``
    did, or only what they did not.
    """
    chosen = entries(organization_id, (parse_id(subject) or NO_ID) if subject else None)
    if subjects is not None:
        chosen = chosen.filter(subject_id__in=list(subjects))
    if learners is not None:
        chosen = chosen.filter(actor_kind="learner") if learners else chosen.exclude(actor_kind="learner")
    if who:
        chosen = chosen.filter(actor_label__icontains=who)
    if kind:
        chosen = chosen.filter(subject_kind=kind)
    if search:
        chosen = chosen.filter(
            Q(verb__icontains=search)
            | Q(verb__in=verbs.containing(search))
            | Q(subject_label__icontains=search)
        )
    return chosen


def by(organization_id: UUID, user_id: UUID) -> QuerySet[Entry]:
    """What a person did in the organization, newest first."""
    return entries(organization_id).filter(actor_kind="user", actor_id=user_id)


def of_days(
    organization_id: UUID, kind: str, verbs: Collection[str], first: date, last: date
) -> QuerySet[Entry]:
    """The entries that say one of ``verbs`` of a ``kind`` of thing, from a day to another, both included
    (UTC), newest first. Kinds of `models.ANNOTATED` are found by an index of their own.
    """
    since, until = (
        lowest_id(datetime.combine(day, time(), UTC)) for day in (first, last + timedelta(days=1))
    )
    return entries(organization_id).filter(subject_kind=kind, verb__in=verbs, id__gte=since, id__lt=until)


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
