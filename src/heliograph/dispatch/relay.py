"""Relay receipts: what the stub wrote into the customer's LMS, and what the LMS kept when it was asked again."""

from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction

from heliograph.core import clock
from heliograph.core.ids import parse_id
from heliograph.dispatch import launching, lms_results, queries
from heliograph.dispatch.errors import ReportUnreadable
from heliograph.dispatch.models import RelayReceipt, Session
from heliograph.dispatch.rates import RECEIPTS
from heliograph.runtime.models import Registration

MOST_WRITES, LONGEST_VALUE, HIGHEST_SEQUENCE = 500, 4_000, 2**53
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
    """One SetValue: ``sequence`` counts the stub's writes, ``kept`` is what GetValue answered, ``ago`` milliseconds before this report."""

    sequence: int
    element: str
    written: str
    kept: str
    accepted: bool
    error: str = "0"
    ago: int = 0


class Report(msgspec.Struct):
    """Writes of one sitting (one loading of the stub), with the token its launch was given."""

    token: str
    sitting: str
    writes: list[Write]


def take_receipts(stub_key: str, report: Report, origin: str) -> dict[str, Any]:
    """Store receipts, each once, and say up to which write they are stored. Raises `TokenRefused`, `ReportUnreadable`, `RateLimited`."""
    dispatch = queries.dispatch_of_stub(stub_key)
    RECEIPTS.spend(dispatch.id, origin)
    registration_id = launching.receipt_registration(dispatch, report.token)
    sitting = parse_id(report.sitting)
    if sitting is None or len(report.writes) > MOST_WRITES or any(not 0 <= write.sequence < HIGHEST_SEQUENCE for write in report.writes):
        raise ReportUnreadable("A report names its sitting and carries at most 500 writes.")
    if not Registration.objects.filter(id=registration_id, organisation_id=dispatch.organisation_id).exists():
        return {"stored": 0}
    moment = clock.now()
    # The sitting is the session that was opened with it, which knows where.
    seen = Session.objects.filter(id=sitting, registration_id=registration_id).values_list("deployment_id", flat=True).first()
    with transaction.atomic():
        RelayReceipt.objects.bulk_create(
            [
                RelayReceipt(
                    organisation_id=dispatch.organisation_id,
                    dispatch=dispatch,
                    deployment_id=seen,
                    registration_id=registration_id,
                    sitting=sitting,
                    sequence=write.sequence,
                    element=write.element[:100],
                    written=write.written[:LONGEST_VALUE],
                    kept=write.kept[:LONGEST_VALUE],
                    error=write.error[:10],
                    agrees=agrees(write),
                    written_at=moment - timedelta(milliseconds=min(max(write.ago, 0), 30 * 86_400_000)),
                )
                for write in report.writes
            ],
            ignore_conflicts=True,
        )
        lms_results.note(
            dispatch.organisation_id,
            dispatch.id,
            registration_id,
            [(write.element, write.written, agrees(write)) for write in sorted(report.writes, key=lambda one: one.sequence)],
            moment,
        )
    return {"stored": max((write.sequence for write in report.writes), default=0)}


def agrees(write: Write) -> bool | None:
    """Whether the LMS has what it was given, numbers compared as numbers; None where it took it and cannot be asked again."""
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
