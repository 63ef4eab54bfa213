"""How amounts of money are written."""

from heliograph.core.translation import grouped


def money(cents: int, currency: str) -> str:
    """An amount, as *$1,250* or *1,250.50 EUR*."""
    sign = "-" if cents < 0 else ""
    whole, part = divmod(abs(cents), 100)
    amount = grouped(whole) + (f".{part:02}" if part else "")
    return f"{sign}${amount}" if currency == "USD" else f"{sign}{amount} {currency}"
