"""Reading payments, always from the organization down."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from heliograph.core.ids import parse_id
from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import DifferenceNotFound
from heliograph.marketplace.models import Dispute, PaymentAccount, PaymentDifference


def account(organization_id: UUID) -> PaymentAccount | None:
    """The organization's account at Stripe; None where it is not connected."""
    return PaymentAccount.objects.filter(organization_id=organization_id).first()


def differences(organization_id: UUID, state: str = "") -> QuerySet[PaymentDifference]:
    """What Stripe's records and ours say differently, newest first; ``state`` is *open* or *resolved*."""
    refuse_limited()
    rows = PaymentDifference.objects.filter(organization_id=organization_id)
    if state:
        rows = rows.filter(resolved_at__isnull=state == "open")
    return rows.select_related("order").order_by("-id")


def difference(organization_id: UUID, difference_id: str) -> PaymentDifference:
    """One difference by id. Raises `DifferenceNotFound`."""
    by_id = parse_id(difference_id)
    found = differences(organization_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise DifferenceNotFound(gettext("This difference was not found."))
    return found


def disputes(organization_id: UUID, state: str = "") -> QuerySet[Dispute]:
    """The organization's disputes, newest first."""
    refuse_limited()
    rows = Dispute.objects.filter(organization_id=organization_id)
    if state:
        rows = rows.filter(state=state)
    student = "allocation__order__enrollment__student"
    rows = rows.select_related(f"{student}__user", f"{student}__organization")
    return rows.order_by("-id")
