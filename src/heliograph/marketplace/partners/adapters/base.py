"""What all adapters share: their settings and secrets, vouchers, and the address at which students begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings as product

from heliograph.core import clock
from heliograph.marketplace.partners import sealed, settings, vouchers
from heliograph.marketplace.partners.connectors import Page
from heliograph.marketplace.partners.events import Event, Reader

if TYPE_CHECKING:
    from heliograph.marketplace.models import EnrollmentPart, Partner


class Base:
    """An adapter that can nothing but let students in."""

    capabilities: frozenset[str] = frozenset()

    def __init__(self, partner: Partner) -> None:
        self.partner = partner
        self.settings: Any = settings.load(partner.adapter, partner.settings)

    def provision(self, part: EnrollmentPart) -> None:
        vouchers.give(self.partner, part)

    def launch_url(self, part: EnrollmentPart) -> str:
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

    def fetch_results(self, cursor: str) -> Iterator[Page]:
        raise NotImplementedError

    def parse_file(self, path: Path, name: str) -> Iterator[Event]:
        raise NotImplementedError

    def handle_webhook(self, headers: Mapping[str, str], body: bytes) -> Iterable[Event]:
        raise NotImplementedError

    def secrets(self) -> dict[str, str]:
        return sealed.secrets_of(self.partner)

    def reader(self) -> Reader:
        return Reader(self.settings, product.HELIOGRAPH.secret_key.encode(), clock.now())
