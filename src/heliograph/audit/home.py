"""What the home page shows of the audit log: that somebody has changed it past the product."""

from collections.abc import Iterator
from uuid import UUID

from django.urls import reverse

from heliograph.audit import seals
from heliograph.core.ids import moment_of
from heliograph.core.translation import gettext, short_day
from heliograph.ui.home import Attention


def attention(organization_id: UUID) -> Iterator[Attention]:
    """Entries that are not as they were sealed."""
    if found := seals.difference(organization_id):
        day = moment_of(found.through)
        text = gettext("The audit log was changed in the database: entries up to %(day)s") % {
            "day": short_day(day)
        }
        yield Attention("bad", text, f"{reverse('audit_log')}?by=all&until={day:%Y-%m-%d}")
