"""When to try again what failed: soon at first, then ever later, until it is given up."""

from datetime import datetime, timedelta

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=2)


def next_try(tries: int, now: datetime) -> datetime:
    """After ``tries`` failures: in 10 seconds, 20, 40 … and at last once an hour."""
    wait = FIRST_WAIT * (1 << min(tries - 1, 20))
    return now + min(LONGEST_WAIT, wait)
