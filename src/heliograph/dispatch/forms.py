"""Dates as forms send them: a day begins and ends in UTC."""

from datetime import datetime, timedelta

from django.utils.dateparse import parse_datetime

from heliograph.core.errors import Invalid


def last_moment(text: str, field: str = "expires_at") -> datetime | None:
    """The end of a date field's day; None where it is empty. Raises `Invalid`."""
    begins = first_moment(text, field)
    return begins + timedelta(hours=23, minutes=59, seconds=59) if begins else None


def first_moment(text: str, field: str) -> datetime | None:
    """The beginning of a date field's day; None where it is empty. Raises `Invalid`."""
    if not text.strip():
        return None
    try:
        moment = parse_datetime(f"{text.strip()}T00:00:00+00:00")
    except ValueError:
        moment = None
    if moment is None:
        raise Invalid("Enter a date as YYYY-MM-DD.", field=field)
    return moment
