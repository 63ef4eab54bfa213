"""How pages say what a program is."""

from collections.abc import Iterable, Mapping

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from heliograph.core.translation import gettext
from heliograph.marketplace.models import Claim, LedgerAccount, ProgramVersion, Voucher
from heliograph.marketplace.money import money
from heliograph.marketplace.orders import tables as orders
from heliograph.marketplace.orders.queries import state_of_voucher
from heliograph.marketplace.orders.words import (
    ACCOUNTS,
    CHECKOUT_STATES,
    DISPUTE_STATES,
    POSTINGS,
    REFUND_STATES,
    TONES,
    VERBS,
)
from heliograph.marketplace.payments.tables import DIFFERENCE_KINDS
from heliograph.marketplace.programs.forms import APPROVALS, DELIVERIES, FUNDING, PART_KINDS

register = template.Library()


@register.filter
def price(version: ProgramVersion) -> str:
    """What a program costs, as *$1,250* or *1,250.50 EUR*."""
    if not version.price_cents:
        return gettext("Free")
    return money(version.price_cents, version.currency)


@register.filter
def amount(cents: int, currency: str) -> str:
    """An amount of money, as *$1,250* or *1,250.50 EUR*."""
    return money(cents, currency)


@register.filter
def funding_labels(version: ProgramVersion) -> str:
    """How a program can be paid for."""
    return ", ".join(str(FUNDING[route]) for route in version.funding if route in FUNDING)


@register.filter
def delivery_label(version: ProgramVersion) -> str:
    """How a program is held."""
    return str(DELIVERIES[version.delivery])


@register.filter
def approval_label(version: ProgramVersion) -> str:
    """How applications for a program are approved."""
    return str(APPROVALS[version.approval])


@register.filter
def part_kind(kind: str) -> str:
    """What a part of a program is."""
    return str(PART_KINDS[kind])


@register.filter
def last_claim(claims: Iterable[Claim]) -> Claim | None:
    """The newest of the claims that were loaded of a part."""
    return max(claims, key=lambda claim: claim.id, default=None)


def _shown(word: str, labels: Mapping[str, str]) -> SafeString:
    tone = TONES.get(word, "soft")
    return format_html('<span class="state" data-tone="{}">{}</span>', tone, labels.get(word, word))


@register.filter
def order_state(word: str) -> SafeString:
    """The state of an order, as a dot and a word."""
    return _shown(word, orders.ORDER_STATES)


@register.filter
def share_state(word: str) -> SafeString:
    """The state of a payer's share."""
    return _shown(word, orders.SHARE_STATES)


@register.filter
def refund_state(word: str) -> SafeString:
    """The state of a refund."""
    return _shown(word, REFUND_STATES)


@register.filter
def checkout_state(word: str) -> SafeString:
    """The state of a payment by card."""
    return _shown(word, CHECKOUT_STATES)


@register.filter
def dispute_state(word: str) -> SafeString:
    """The state of a dispute."""
    return _shown(word, DISPUTE_STATES)


@register.filter
def voucher_state(voucher: Voucher) -> SafeString:
    """The state of a voucher."""
    return _shown(state_of_voucher(voucher), orders.VOUCHER_STATES)


@register.filter
def payer_label(word: str) -> str:
    """What pages call a kind of payer."""
    return str(orders.PAYERS[word])


@register.filter
def verb_label(word: str) -> str:
    """What may be done with a share, as a button says it."""
    return str(VERBS[word])


@register.filter
def verbs_in_order(words: Iterable[str]) -> list[str]:
    """What may be done with a share, the usual next step first."""
    return [word for word in VERBS if word in words]


@register.filter
def posting_label(word: str) -> str:
    """What pages call a kind of posting to the ledger."""
    return str(POSTINGS[word])


@register.filter
def account_label(account: LedgerAccount) -> str:
    """What pages call an account of the ledger, with whose it is."""
    label = str(ACCOUNTS[account.kind])
    return f"{label}: {account.party}" if account.party else label


@register.filter
def difference_label(word: str) -> str:
    """What Stripe's records and ours say differently."""
    return str(DIFFERENCE_KINDS.get(word, word))
