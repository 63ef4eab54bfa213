"""Reading the journal."""

from uuid import UUID

from django.db.models import QuerySet

from heliograph.journal.models import Entry


def entries(organisation_id: UUID, subject_id: UUID | None = None) -> QuerySet[Entry]:
    """The organisation's entries, newest first; those about one row where ``subject_id`` is given."""
    found = Entry.objects.filter(organisation_id=organisation_id)
    if subject_id is not None:
        found = found.filter(subject_id=subject_id)
    return found.order_by("-id")
