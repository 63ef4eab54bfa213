"""What all adapters share: their settings and secrets, vouchers, and the address at which students begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings as product

from heliograph.core import clock
from heliograph.marketplace.partners import sealed, settings, vouchers
from heliograph.marketplace.partners.events import Reader

if TYPE_CHECKING:
    from heliograph.marketplace.models import EnrollmentPart, Partner


class Base:
    """What can nothing but let students in. Each adapter adds the way in which results arrive:
    `FileConnector.parse_file`, `ApiConnector.fetch_results`, `WebhookConnector.verify` and ``events``,
    `BadgeConnector.check_badge`.
    """

    def __init__(self, partner: Partner) -> None:
        self.partner = partner
        self.settings: Any = settings.load(partner.adapter, partner.settings)

    def launch_url(self, part: EnrollmentPart) -> str:
        """Where a student begins at the partner; empty where only the part says it."""
        url: str = self.settings.launch_url
        if not url:
            return ""
        values = {
            "{email}": part.enrollment.student.user.email,
            "{enrollment}": str(part.enrollment_id),
            "{voucher}": vouchers.code_of(part) if "{voucher}" in url else "",
        }
        for name, value in values.items():
            url = url.replace(name, quote(value, safe=""))
        return url

    def secrets(self) -> dict[str, str]:
        return sealed.secrets_of(self.partner)

    def reader(self) -> Reader:
        return Reader(self.settings, product.HELIOGRAPH.secret_key.encode(), clock.now())
