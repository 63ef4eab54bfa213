"""Vouchers: codes that students redeem at a partner, each given to one student for one part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace.models import Partner, PartnerVoucher
from heliograph.marketplace.partners import sealed
from heliograph.marketplace.partners.events import voucher_digest

if TYPE_CHECKING:
    from heliograph.marketplace.models import EnrollmentPart

MOST_AT_ONCE = 10_000
SHORTEST, LONGEST = 4, 100


@transaction.atomic
def add(actor: Actor, partner: Partner, codes: str, program_key: str = "") -> int:
    """Add codes, one a line; how many are new. Raises `Invalid`."""
    actor.require(Permission.PROGRAMS_MANAGE)
    listed = [line.strip() for line in codes.splitlines() if line.strip()]
    if not listed:
        raise Invalid(gettext("Enter one code in each line."), field="codes")
    if len(listed) > MOST_AT_ONCE:
        raise Invalid(gettext("Add at most %(most)s codes at once.") % {"most": MOST_AT_ONCE}, field="codes")
    if any(not SHORTEST <= len(code) <= LONGEST or "\0" in code for code in listed):
        raise Invalid(gettext("A code has from 4 to 100 characters."), field="codes")
    key = settings.HELIOGRAPH.secret_key.encode()
    before = partner.vouchers.count()
    PartnerVoucher.objects.bulk_create(
        [
            PartnerVoucher(
                organization_id=partner.organization_id,
                partner=partner,
                digest=voucher_digest(key, code),
                encrypted_code=sealed.seal_code(partner.id, code),
                ending=code[-4:] if len(code) > 8 else "",
                program_key=program_key.strip().casefold()[:200],
            )
            for code in listed
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    added = partner.vouchers.count() - before
    record(actor, "added vouchers to", "partner", partner.id, partner.name, count=added)
    return added


@transaction.atomic
def give(partner: Partner, part: EnrollmentPart) -> PartnerVoucher | None:
    """The student's voucher for a part: the one they have, or the first that is free; None without any."""
    mine = PartnerVoucher.objects.filter(part=part).first()
    if mine is not None:
        return mine
    keys = partner.programs.filter(
        Q(part_title=part.part.title) | Q(part_position=part.part.position),
        program=part.enrollment.program_id,
    ).values("key")
    free = partner.vouchers.filter(given_at=None).filter(Q(program_key="") | Q(program_key__in=keys))
    found = free.select_for_update(skip_locked=True).order_by("-program_key", "id").first()
    if found is None:
        return None
    found.part, found.given_at = part, clock.now()
    found.save(update_fields=["part", "given_at"])
    return found


def code_of(part: EnrollmentPart) -> str:
    """The code that a student has for a part; empty without one."""
    mine = PartnerVoucher.objects.filter(part=part).first()
    return sealed.open_code(mine.partner_id, bytes(mine.encrypted_code)) if mine else ""
