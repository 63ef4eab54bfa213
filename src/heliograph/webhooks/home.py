"""What the home page shows of webhooks: endpoints that take nothing, and those disabled because of that."""

from collections.abc import Iterator
from uuid import UUID

from django.urls import reverse

from heliograph.core.translation import gettext
from heliograph.ui.home import Attention
from heliograph.webhooks import queries


def attention(organization_id: UUID) -> Iterator[Attention]:
    """Each of them, with the page where it is enabled again, or with what waits for it."""
    for endpoint in queries.failing(organization_id)[:5]:
        sentence = gettext("Webhook disabled: %(name)s. Fix the endpoint and enable it again.")
        yield Attention(
            "bad", sentence % {"name": str(endpoint)[:80]}, reverse("webhook", args=[endpoint.id])
        )
    for endpoint in queries.not_taking(organization_id)[:5]:
        sentence = gettext("Webhook failing: %(name)s. Events wait and are sent again.")
        waiting = f"{reverse('webhook_all_deliveries')}?endpoint={endpoint.id}&state=waiting"
        yield Attention("warn", sentence % {"name": str(endpoint)[:80]}, waiting)
