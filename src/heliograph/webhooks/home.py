"""What the home page shows of webhooks: endpoints that were disabled because nothing arrived."""

from collections.abc import Iterator
from uuid import UUID

from django.urls import reverse

from heliograph.core.translation import gettext
from heliograph.ui.home import Attention
from heliograph.webhooks import queries


def attention(organization_id: UUID) -> Iterator[Attention]:
    """Each of them, with the page where it is enabled again."""
    for endpoint in queries.failing(organization_id)[:5]:
        sentence = gettext("Webhook disabled: %(name)s. Fix the endpoint and enable it again.")
        yield Attention(
            "bad", sentence % {"name": str(endpoint)[:80]}, reverse("webhook", args=[endpoint.id])
        )
