"""The adapter of a partner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.marketplace.partners.adapters.badges import BadgeConnector
from heliograph.marketplace.partners.adapters.base import Base
from heliograph.marketplace.partners.adapters.files import FileConnector
from heliograph.marketplace.partners.adapters.pull import ApiConnector
from heliograph.marketplace.partners.adapters.webhook import WebhookConnector

if TYPE_CHECKING:
    from heliograph.marketplace.models import Partner

ADAPTERS: dict[str, type[Base]] = {
    "file": FileConnector,
    "api": ApiConnector,
    "webhook": WebhookConnector,
    "badge": BadgeConnector,
}


def connector(partner: Partner) -> Base:
    """What speaks with a partner. Raises `Invalid` where its settings cannot be used."""
    return ADAPTERS[partner.adapter](partner)
