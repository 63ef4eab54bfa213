"""The lists of differences and disputes."""

from heliograph.core.translation import gettext_lazy
from heliograph.marketplace.orders.words import DISPUTE_STATES
from heliograph.ui.tables import ChoiceFilter, Column, Table

DIFFERENCE_KINDS = {
    "unexpected_payment": gettext_lazy("Paid, but nothing was to be paid"),
    "unknown_payment": gettext_lazy("Paid at Stripe, unknown here"),
    "payment_not_there": gettext_lazy("Paid here, unknown at Stripe"),
    "unknown_refund": gettext_lazy("Refunded at Stripe, impossible here"),
    "unknown_dispute": gettext_lazy("Disputed at Stripe, impossible here"),
    "refund_not_made": gettext_lazy("Refund not made after a week"),
}
DIFFERENCES = Table(
    "payment-differences",
    gettext_lazy("difference"),
    gettext_lazy("differences"),
    columns=(
        Column("kind", gettext_lazy("Difference"), "kind"),
        Column("subject", gettext_lazy("At Stripe")),
        Column("order", gettext_lazy("Order")),
        Column("amount", gettext_lazy("Amount"), "amount_cents", number=True),
        Column("found", gettext_lazy("Found"), "id"),
        Column("resolved", gettext_lazy("Resolved"), "resolved_at"),
        Column("actions", ""),
    ),
    filters=(
        ChoiceFilter(
            "state",
            gettext_lazy("Status"),
            {"open": gettext_lazy("To resolve"), "resolved": gettext_lazy("Resolved")},
            open=True,
        ),
    ),
    csv={
        "id": lambda row: row.id,
        "kind": lambda row: row.kind,
        "at stripe": lambda row: row.subject,
        "order": lambda row: row.order.number if row.order else "",
        "amount": lambda row: f"{row.amount_cents / 100:.2f}",
        "currency": lambda row: row.currency,
        "found": lambda row: row.found_at.isoformat(),
        "resolved": lambda row: row.resolved_at.isoformat() if row.resolved_at else "",
        "by": lambda row: row.resolved_by,
        "note": lambda row: row.note,
    },
)
DISPUTES = Table(
    "disputes",
    gettext_lazy("dispute"),
    gettext_lazy("disputes"),
    columns=(
        Column("order", gettext_lazy("Order")),
        Column("student", gettext_lazy("Student")),
        Column("state", gettext_lazy("Status")),
        Column("amount", gettext_lazy("Amount"), "amount_cents", number=True),
        Column("reason", gettext_lazy("Reason")),
        Column("opened", gettext_lazy("Opened"), "id"),
    ),
    filters=(ChoiceFilter("state", gettext_lazy("Status"), DISPUTE_STATES, open=True),),
    csv={
        "id": lambda row: row.id,
        "order": lambda row: row.allocation.order.number,
        "at stripe": lambda row: row.provider_id,
        "status": lambda row: row.state,
        "amount": lambda row: f"{row.amount_cents / 100:.2f}",
        "reason": lambda row: row.reason,
        "opened": lambda row: row.created_at.isoformat(),
    },
)
