"""Relay receipts: what the stub wrote into the customer's LMS, and what the LMS kept when asked again."""

from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction

from heliograph.core import clock
from heliograph.core.database.locks import lock_by_name
from heliograph.core.ids import parse_id
from heliograph.dispatch import stub_keys
from heliograph.dispatch.errors import MessageUnreadable
from heliograph.dispatch.hosted import receipt_tokens
from heliograph.dispatch.models import RelayReceipt, Session
from heliograph.dispatch.rate_limits import RECEIPTS
from heliograph.dispatch.results import agreement

MOST_WRITES, LONGEST_VALUE, HIGHEST_SEQUENCE = 500, 4_000, 2**53
MOST_RECEIPTS = 10_000  # receipts: more than a learner makes in a day
NUMBERS = (
    "cmi.core.score.raw",
    "cmi.core.score.min",
    "cmi.core.score.max",
    "cmi.score.raw",
    "cmi.score.min",
    "cmi.score.max",
    "cmi.score.scaled",
)
# The LMS may not be asked for these again: the standards make them write-only.
UNREADABLE = "read "  # before the code with which the LMS refused to say what it kept
WRITE_ONLY = ("cmi.core.session_time", "cmi.session_time", "cmi.core.exit", "cmi.exit")


class Write(msgspec.Struct):
    """One SetValue: ``sequence`` counts the stub's writes, ``kept`` is what GetValue answered, ``ago``
    milliseconds before this report.
    """

    sequence: int
    element: str
    written: str
    kept: str
    accepted: bool
    error: str = "0"
    ago: int = 0


class RelayReport(msgspec.Struct, rename={"page_load_id": "sitting"}):
    """Writes of one loading of the stub, with the token its launch was given, which says whose they are.

    ``page_load_id`` (in the message: ``sitting``) tells no more, but with tokens of earlier releases
    (`receipt_tokens.session_of`).
    """

    token: str
    page_load_id: str
    writes: list[Write]


def take_receipts(stub_key: str, report: RelayReport, origin: str) -> dict[str, Any]:
    """Store receipts, each once, and say up to which write they are stored.

    Raises `TokenRefused`, `MessageUnreadable`, `RateLimited`.
    """
    dispatch = stub_keys.dispatch_of_key_or_refuse(stub_key)
    RECEIPTS.spend(dispatch.id, origin)
    session = receipt_tokens.session_of(dispatch, report.token, parse_id(report.page_load_id))
    if len(report.writes) > MOST_WRITES or any(
        not 0 <= write.sequence < HIGHEST_SEQUENCE for write in report.writes
    ):
        raise MessageUnreadable("A report carries at most 500 writes, each with its number.")
    if session is None:
        return {"stored": 0}
    moment = clock.now()
    with transaction.atomic():
        RelayReceipt.objects.bulk_create(
            [
                RelayReceipt(
                    organization_id=dispatch.organization_id,
                    dispatch=dispatch,
                    deployment_id=session.deployment_id,
                    registration_id=session.registration_id,
                    page_load_id=session.id,
                    sequence=write.sequence,
                    element=write.element[:100],
                    written=write.written[:LONGEST_VALUE],
                    kept=write.kept[:LONGEST_VALUE],
                    error=write.error[:10],
                    agrees=agrees(write),
                    written_at=moment - timedelta(milliseconds=min(max(write.ago, 0), 30 * 86_400_000)),
                )
                for write in report.writes[: _room(session)]
            ],
            ignore_conflicts=True,
        )
        # Whoever has a stub key and a learner's id would say otherwise what that learner's LMS has.
        if not session.unconfirmed:
            agreement.note(
                dispatch.organization_id,
                dispatch.id,
                session.registration_id,
                [
                    (write.element, write.written, agrees(write))
                    for write in sorted(report.writes, key=lambda write: write.sequence)
                ],
                moment,
            )
    return {"stored": max((write.sequence for write in report.writes), default=0)}


def _room(session: Session) -> int:
    """How many receipts of one loading of the stub are still kept.

    Its reports wait for each other, so that together they keep no more.

    The session's own row is not locked for that: a commit holds the registration, which receipts refer to,
    and then changes the session.
    """
    lock_by_name(f"receipts {session.id}")
    kept = RelayReceipt.objects.filter(
        organization_id=session.organization_id,
        registration_id=session.registration_id,
        page_load_id=session.id,
    ).count()
    return max(0, MOST_RECEIPTS - kept)


def agrees(write: Write) -> bool | None:
    """Whether the LMS has what it was given, numbers compared as numbers; None where it took it and cannot be
    asked again.
    """
    if not write.accepted:
        return False
    if write.element in WRITE_ONLY or write.error.startswith(UNREADABLE):
        return None
    if write.element in NUMBERS:
        return _number(write.kept) is not None and _number(write.kept) == _number(write.written)
    return write.kept == write.written


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
