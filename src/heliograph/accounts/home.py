"""What the home page shows of members and mail: email that could not be sent, and colleagues to invite."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.urls import reverse

from heliograph.accounts import queries
from heliograph.core import clock
from heliograph.core.ids import lowest_id
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext_lazy, grouped, ngettext
from heliograph.delivery import mail
from heliograph.ui.home import Attention, FirstStep

LATELY = timedelta(days=7)


def attention(organization_id: UUID) -> Iterator[Attention]:
    """How many emails of the last week could not be sent."""
    lately = mail.outbox(organization_id, "given up").filter(id__gte=lowest_id(clock.now() - LATELY))
    if count := lately.count():
        text = ngettext("%(count)s email could not be sent", "%(count)s emails could not be sent", count)
        yield Attention("bad", text % {"count": grouped(count)}, f"{reverse('outbox')}?state=given up")


STEP = FirstStep(
    50,
    gettext_lazy("Invite a colleague"),
    "organization_users",
    Permission.USERS_MANAGE,
    lambda organization_id: (
        queries.members(organization_id).count() > 1 or queries.invitations(organization_id).exists()
    ),
)
