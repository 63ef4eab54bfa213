"""What a version of a program says of its price: fees, tax, instalments, refunds."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from heliograph.core.errors import Invalid
from heliograph.core.translation import gettext
from heliograph.marketplace import price_rules as rules

if TYPE_CHECKING:
    from heliograph.marketplace.models import ProgramVersion

LONGEST_TITLE = 200
MOST_DAYS = 3650


def check(version: ProgramVersion) -> None:
    """Raises `Invalid` where an order of the version could not be made or refunded."""
    if len(version.fees) > rules.MOST_FEES or len(version.refund_windows) > rules.MOST_WINDOWS:
        raise Invalid(gettext("Enter at most five fees and five refund periods."), field="fees")
    for number, fee in enumerate(version.fees, 1):
        _check_fee(number, *fee)
    for number, window in enumerate(version.refund_windows, 1):
        _check_window(number, *window)
    if not 0 <= version.tax_percent <= 100:
        raise Invalid(gettext("Enter a percentage from 0 to 100."), field="tax_percent")
    if version.starts_when not in rules.STARTS_WHEN:
        raise Invalid(gettext("Choose one of the options."), field="starts_when")
    if not 1 <= version.instalments <= rules.MOST_INSTALMENTS:
        raise Invalid(
            gettext("Enter a whole number from %(least)s to %(most)s.")
            % {"least": 1, "most": rules.MOST_INSTALMENTS},
            field="instalments",
        )
    fees = [(title, cents) for title, cents in version.fees]
    tax_percent = Decimal(version.tax_percent)
    lines = rules.lines_of(version.title, version.price_cents, fees, tax_percent, "tax")
    if sum(line.amount_cents for line in lines) > rules.LARGEST:
        raise Invalid(gettext("This is more than an order can amount to."), field="price")


def _check_fee(number: int, title: Any, cents: Any) -> None:
    if not isinstance(title, str) or not 0 < len(title.strip()) <= LONGEST_TITLE:
        raise Invalid(gettext("Enter what the fee is for."), field=f"fee_{number}")
    if not isinstance(cents, int) or not 1 <= cents <= rules.LARGEST:
        raise Invalid(gettext("Enter an amount above zero."), field=f"fee_amount_{number}")


def _check_window(number: int, days: Any, percent: Any) -> None:
    if not isinstance(days, int) or not 0 <= days <= MOST_DAYS:
        raise Invalid(gettext("Enter a number of days."), field=f"days_{number}")
    if not isinstance(percent, int) or not 0 <= percent <= 100:
        raise Invalid(gettext("Enter a percentage from 0 to 100."), field=f"refund_{number}")
