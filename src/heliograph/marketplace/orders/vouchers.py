"""Vouchers: codes that cannot be guessed, each for so many orders."""

from __future__ import annotations

import secrets
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace.models import Voucher

if TYPE_CHECKING:
    from heliograph.core.actor import Actor
    from heliograph.marketplace.models import Program

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without those that are taken for another
LENGTH = 12
MOST_USES = 100_000
MOST_AT_ONCE = 1_000


@transaction.atomic
def create(
    actor: Actor,
    *,
    payer_name: str = "",
    payer_email: str = "",
    amount_cents: int | None = None,
    currency: str = "USD",
    program: Program | None = None,
    expires_on: date | None = None,
    uses: int = 1,
) -> Voucher:
    """A voucher with a new code. Without a payer, the operator waives the amount. Raises `Invalid`."""
    [made] = create_many(
        actor,
        1,
        payer_name=payer_name,
        payer_email=payer_email,
        amount_cents=amount_cents,
        currency=currency,
        program=program,
        expires_on=expires_on,
        uses=uses,
    )
    return made


@transaction.atomic
def create_many(actor: Actor, number: int, **said: object) -> list[Voucher]:
    """So many vouchers that differ by their codes alone; ``said`` as in `create`. Raises `Invalid`."""
    actor.require(Permission.ORDERS_MANAGE)
    if not 1 <= number <= MOST_AT_ONCE:
        raise Invalid(
            gettext("Create 1 to %(most)s vouchers at a time.") % {"most": MOST_AT_ONCE}, field="number"
        )
    made = [
        Voucher(organization_id=actor.organization_id, code=_code(), created_by=actor.label[:200], **said)
        for _ in range(number)
    ]
    for voucher in made:
        voucher.currency = voucher.currency.upper()
    _check(made[0])
    Voucher.objects.bulk_create(made)
    payer = made[0].payer_name
    record(actor, "created", "voucher", made[0].id, payer or made[0].code, number=number)
    return made


@transaction.atomic
def end(actor: Actor, voucher: Voucher) -> Voucher:
    """Nobody redeems it any more; what it paid stays."""
    actor.require(Permission.ORDERS_MANAGE)
    held = Voucher.objects.select_for_update().get(id=voucher.id)
    if held.ended_at is None:
        held.ended_at = clock.now()
        held.save(update_fields=["ended_at"])
        record(actor, "ended", "voucher", held.id, held.code)
    return held


def _check(voucher: Voucher) -> None:
    refuse_too_long(Voucher, {"payer_name": voucher.payer_name, "payer_email": voucher.payer_email})
    if not (len(voucher.currency) == 3 and voucher.currency.isascii() and voucher.currency.isalpha()):
        raise Invalid(gettext("Enter a currency as three letters, such as USD."), field="currency")
    if voucher.payer_email and not voucher.payer_name.strip():
        raise Invalid(gettext("Enter who pays."), field="payer_name")
    if voucher.amount_cents is not None and not 1 <= voucher.amount_cents <= 100_000_000:
        raise Invalid(gettext("Enter an amount above zero."), field="amount")
    if not 1 <= voucher.uses <= MOST_USES:
        raise Invalid(
            gettext("Enter a number of uses from 1 to %(most)s.") % {"most": MOST_USES}, field="uses"
        )
    if voucher.expires_on is not None and voucher.expires_on < clock.now().date():
        raise Invalid(gettext("The voucher would have expired already."), field="expires_on")


def _code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
