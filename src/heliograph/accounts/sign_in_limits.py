"""Checking passwords while somebody guesses: failures are counted, delayed and made cheap; a right password
is let in.

Failures are counted in the database by person, by address, and by both together, in a fixed number of slots
that a keyed hash chooses. A count decides what a *failed* attempt is answered, and in which of three lanes an
attempt is checked; it never decides that one is not checked. A lane checks one password at a time and rests
after a failure, which bounds both the processor time that guessing costs us and the number of guesses
(decision 18). Whoever waits holds one of the threads that sign-ins have for themselves
(config/server/rsgi.py), of which there are as many as places here.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing

from heliograph.accounts.errors import SignInBusy
from heliograph.accounts.models import FailedSignIns, User
from heliograph.core import clock
from heliograph.core.database.prepared import PreparedStatement
from heliograph.core.translation import gettext

SLOTS = 2**14
FREE = 5  # failures of one person at one address that are answered without a delay
FREE_ALONE = 20  # of one person at all addresses, or of one address for all people
LONGEST_DELAY = 900
FORGOTTEN_AFTER = timedelta(hours=1)
LONGEST_PASSWORD = 1000
BROWSER_SALT, BROWSER_KNOWN_FOR = "known browser", 180 * 86_400


@dataclass(frozen=True)
class Counted:
    """One counter that an attempt belongs to."""

    slot: int
    free: int


class PasswordQueue:
    """Checks one password at a time in this process. After a failure it rests."""

    def __init__(self, rest: Callable[[float], float], places: int, places_of_one: int) -> None:
        self._rest = rest  # seconds, for the seconds that the check took
        self._places, self._places_of_one = places, places_of_one
        self._taken: list[str] = []
        self._taking = threading.Lock()
        self._turn = threading.Lock()
        self._free_at = 0.0

    @contextmanager
    def turn(self, network: str) -> Iterator[Callable[[], None]]:
        """Wait for a turn; the block calls what it is given if its check failed.

        Raises `SignInBusy` without waiting where all places are taken, or as many as one network may take.
        """
        with self._taking:
            if len(self._taken) >= self._places or self._taken.count(network) >= self._places_of_one:
                raise SignInBusy(
                    gettext("Many people are signing in at the moment. Try again in a few seconds."),
                    retry_after=2,
                )
            self._taken.append(network)
        try:
            with self._turn:
                time.sleep(max(0.0, self._free_at - time.monotonic()))
                begun = time.monotonic()
                yield lambda: self._failed(begun)
        finally:
            with self._taking:
                self._taken.remove(network)

    def _failed(self, begun: float) -> None:
        ended = time.monotonic()
        self._free_at = ended + self._rest(ended - begun)


SUSPECTED_REST = 1.0
# Failures of people who are not suspected yet take at most a quarter of one processor core in each process.
ORDINARY = PasswordQueue(lambda seconds: 3 * seconds, places=3, places_of_one=2)
# Browsers in which the person has signed in before do not wait for anybody who guesses.
KNOWN = PasswordQueue(lambda seconds: 3 * seconds, places=2, places_of_one=1)
# One place for each network, so that one that hammers an account leaves room for the person whose account it
# is.
SUSPECTED = PasswordQueue(lambda _: SUSPECTED_REST, places=3, places_of_one=1)


def check(
    email: str,
    network: str,
    known_browser: str,
    authenticate: Callable[[], User | None],
) -> tuple[User | None, int]:
    """The person whom ``authenticate`` finds; otherwise None, and the seconds that this failure asks to wait.

    ``known_browser`` is what `browser_of` says. Raises `SignInBusy` where too many wait in this process
    already: nothing was checked, and nothing is said about the password.
    """
    counters = _counters(email, network, known_browser)
    lane = SUSPECTED if _delay(counters) else KNOWN if known_browser else ORDINARY
    with lane.turn(known_browser or network) as failed:
        user = authenticate()
        if user is None:
            failed()
    if user is None:
        return None, _count(counters)
    FailedSignIns.objects.filter(slot=counters[0].slot).delete()
    return user, 0


def browser_token(email: str) -> str:
    """What a browser keeps in a cookie once its person has signed in; only we can tell who that is."""
    return signing.dumps([_person(email), secrets.token_hex(8)], salt=BROWSER_SALT)


def browser_of(mark: str, email: str) -> str:
    """The name of a browser in which this very person has signed in before; empty for any other."""
    try:
        person, name = signing.loads(mark, salt=BROWSER_SALT, max_age=BROWSER_KNOWN_FOR)
    except (signing.BadSignature, ValueError):
        return ""
    return str(name) if person == _person(email) else ""


def forget_old() -> None:
    """Delete counts that no longer count."""
    FailedSignIns.objects.filter(last_at__lt=clock.now() - FORGOTTEN_AFTER).delete()


_COUNT = PreparedStatement("""
INSERT INTO accounts_failedsignins AS f (slot, count, last_at)
SELECT slot, 1, %(now)s::timestamptz FROM unnest(%(slots)s::integer[]) AS slot ORDER BY slot
    ON CONFLICT (slot) DO UPDATE
   SET count = CASE WHEN f.last_at < %(over)s::timestamptz THEN 1 ELSE least(f.count + 1, 1000000) END,
       last_at = excluded.last_at
RETURNING slot, count
""")


def _counters(email: str, network: str, known_browser: str) -> list[Counted]:
    """The counters of an attempt; the first is forgotten once it succeeds.

    A known browser answers for itself alone: what others do to the person, or at the address, does not count
    there.
    """
    person = email.strip().lower()
    if known_browser:
        return [Counted(_slot("browser", known_browser), FREE)]
    return [
        Counted(_slot("both", person, network), FREE),
        Counted(_slot("person", person), FREE_ALONE),
        Counted(_slot("network", network), FREE_ALONE),
    ]


def _person(email: str) -> str:
    return _hash("person", email.strip().lower()).hex()[:16]


def _slot(*parts: str) -> int:
    return int.from_bytes(_hash(*parts)[:8], "big") % SLOTS


def _hash(*parts: str) -> bytes:
    """Keyed, so that nobody outside can choose whose counter they share."""
    text = "\x00".join(("failed sign-ins", *parts)).encode(errors="replace")
    return hmac.digest(settings.SECRET_KEY.encode(), text, hashlib.sha256)


def _count(counters: list[Counted]) -> int:
    moment = clock.now()
    slots = sorted({counter.slot for counter in counters})
    rows = dict(_COUNT.rows({"slots": slots, "now": moment, "over": moment - FORGOTTEN_AFTER}))
    return max(_seconds(rows[counter.slot], counter.free) for counter in counters)


def _delay(counters: list[Counted]) -> bool:
    """Whether the last failure of one of the counters asked to wait until later than now."""
    moment = clock.now()
    known = FailedSignIns.objects.in_bulk([counter.slot for counter in counters])
    return any(
        moment - known[counter.slot].last_at
        < timedelta(seconds=_seconds(known[counter.slot].count, counter.free))
        for counter in counters
        if counter.slot in known
    )


def _seconds(count: int, free: int) -> int:
    """The delay doubles with each failure beyond the free ones."""
    return 0 if count <= free else min(2 ** min(count - free, 16), LONGEST_DELAY)
