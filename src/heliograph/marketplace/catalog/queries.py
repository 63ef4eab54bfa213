"""What the public finds: published programs."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from heliograph.marketplace.models import Program
from heliograph.marketplace.programs.queries import offered


def programs(
    organization_id: UUID, search: str = "", field: str = "", delivery: str = ""
) -> QuerySet[Program]:
    """The published programs, by title."""
    rows = offered(organization_id)
    for word in search.split()[:10]:
        rows = rows.filter(
            Q(published__title__icontains=word)
            | Q(published__summary__icontains=word)
            | Q(published__field__icontains=word)
            | Q(published__credential__icontains=word)
        )
    if field:
        rows = rows.filter(published__field=field)
    if delivery:
        rows = rows.filter(published__delivery=delivery)
    return rows.order_by("published__title", "id")


def fields(organization_id: UUID) -> list[str]:
    """The fields of work that published programs are in."""
    rows = Program.objects.filter(organization_id=organization_id, published__isnull=False)
    return list(
        rows.exclude(published__field="")
        .order_by("published__field")
        .values_list("published__field", flat=True)
        .distinct()[:100]
    )
