"""What pages call the states of payments, the verbs of shares, and the accounts of the ledger."""

from heliograph.core.translation import gettext_lazy, pgettext_lazy

TONES = {
    "open": "warn",
    "requested": "warn",
    "pending": "warn",
    "processing": "warn",
    "funded": "good",
    "authorized": "good",
    "invoiced": "warn",
    "paid": "good",
    "succeeded": "good",
    "won": "good",
    "valid": "good",
    "lost": "bad",
    "denied": "bad",
    "failed": "bad",
}
VERBS = {
    "authorize": gettext_lazy("Authorize…"),
    "invoice": gettext_lazy("Invoice…"),
    "pay": gettext_lazy("Record payment…"),
    "deny": gettext_lazy("Deny…"),
    "refund": gettext_lazy("Refund…"),
}
REFUND_STATES = {
    "pending": gettext_lazy("Under way"),
    "succeeded": gettext_lazy("Refunded"),
    "failed": pgettext_lazy("payment", "Failed"),
}
CHECKOUT_STATES = {
    "open": gettext_lazy("Started"),
    "processing": gettext_lazy("Under way"),
    "paid": gettext_lazy("Paid"),
    "expired": gettext_lazy("Expired"),
    "failed": pgettext_lazy("payment", "Failed"),
}
DISPUTE_STATES = {
    "open": gettext_lazy("Under way"),
    "won": gettext_lazy("Won"),
    "lost": gettext_lazy("Lost"),
}
POSTINGS = {
    "promise": gettext_lazy("Promised"),
    "promise_withdrawn": gettext_lazy("Promise withdrawn"),
    "payment": gettext_lazy("Payment"),
    "provider_fee": gettext_lazy("Fee of Stripe"),
    "share": gettext_lazy("Revenue shared"),
    "refund": gettext_lazy("Refund"),
    "refund_failed": gettext_lazy("Refund failed"),
    "dispute": gettext_lazy("Dispute"),
    "dispute_won": gettext_lazy("Dispute won"),
    "dispute_lost": gettext_lazy("Dispute lost"),
    "unexpected": gettext_lazy("Unexpected payment"),
}
ACCOUNTS = {
    "cash": gettext_lazy("Cash"),
    "receivable": gettext_lazy("Receivable"),
    "promised": gettext_lazy("Promised"),
    "revenue": gettext_lazy("Revenue"),
    "tax": gettext_lazy("Tax"),
    "held": gettext_lazy("Held back"),
    "due": gettext_lazy("Due to"),
    "disputed": gettext_lazy("Disputed"),
    "unapplied": gettext_lazy("Not assigned"),
}
