"""The adapter of a partner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.core.errors import Conflict
from heliograph.core.translation import gettext
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


def file_connector(partner: Partner) -> FileConnector:
    """What reads a partner's files. Raises `Conflict` where its results arrive in another way."""
    found = connector(partner)
    if not isinstance(found, FileConnector):
        raise Conflict(
            gettext("The results of this partner do not come as files."), code="partner_takes_no_files"
        )
    return found
