"""Mails ahead of the expiry of a credential, each once."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from heliograph.core import clock
from heliograph.marketplace import mails
from heliograph.marketplace.credentials import actions
from heliograph.marketplace.models import AwardedCredential, ExpiryReminder

DAYS = (60, 14)  # before a credential expires
AT_ONCE = 500  # in a transaction


def send_due() -> int:
    """Mail every student whose credential expires within 60 or 14 days; how many were mailed.

    Whoever was awarded a later one of the same program is left alone.
    """
    sent = 0
    for days in sorted(DAYS):
        while some := _send_some(days):
            sent += some
    return sent


@transaction.atomic
def _send_some(days: int) -> int:
    moment = clock.now()
    later = AwardedCredential.objects.filter(
        enrollment__student=OuterRef("enrollment__student"),
        enrollment__program=OuterRef("enrollment__program"),
        revoked_at=None,
    ).filter(Q(expires_at=None) | Q(expires_at__gt=OuterRef("expires_at")))
    # A nearer reminder makes a farther one superfluous.
    told = ExpiryReminder.objects.filter(credential=OuterRef("pk"), days__lte=days)
    due = (
        AwardedCredential.objects.filter(
            revoked_at=None, expires_at__gt=moment, expires_at__lte=moment + timedelta(days=days)
        )
        .exclude(holder_name="")
        .filter(~Exists(told), ~Exists(later))
        .select_related("enrollment__version", "enrollment__student__user")
        .select_related("enrollment__student__organization")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("expires_at", "id")[:AT_ONCE]
    )
    rows = list(due)
    ExpiryReminder.objects.bulk_create([ExpiryReminder(credential=row, days=days) for row in rows])
    for row in rows:
        assert row.expires_at is not None  # noqa: S101 - it was asked for
        mails.send(row.enrollment, mails.EXPIRES, day=row.expires_at, credential=actions.address(row))
    return len(rows)
