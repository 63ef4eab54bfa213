"""The lists of orders and vouchers, and how pages call payers and states."""

from heliograph.core.translation import gettext_lazy
from heliograph.marketplace.money import money
from heliograph.marketplace.orders.queries import state_of_voucher
from heliograph.ui.tables import ChoiceFilter, Column, SearchedFilter, Table

ORDER_STATES = {
    "open": gettext_lazy("To pay"),
    "funded": gettext_lazy("Funded"),
    "paid": gettext_lazy("Paid"),
    "canceled": gettext_lazy("Canceled"),
}
SHARE_STATES = {
    "requested": gettext_lazy("Requested"),
    "authorized": gettext_lazy("Authorized"),
    "invoiced": gettext_lazy("Invoiced"),
    "paid": gettext_lazy("Paid"),
    "denied": gettext_lazy("Denied"),
    "canceled": gettext_lazy("Canceled"),
}
PAYERS = {
    "student": gettext_lazy("Student"),
    "voucher": gettext_lazy("Voucher"),
    "ita": gettext_lazy("WIOA training account"),
    "employer": gettext_lazy("Employer"),
    "scholarship": gettext_lazy("Scholarship"),
}
VOUCHER_STATES = {
    "valid": gettext_lazy("Valid"),
    "used": gettext_lazy("Used up"),
    "expired": gettext_lazy("Expired"),
    "ended": gettext_lazy("Ended"),
}
PROGRAM = SearchedFilter(
    "program", gettext_lazy("Program"), "orders_program_filter", gettext_lazy("Search programs")
)
ORDERS = Table(
    "orders",
    gettext_lazy("order"),
    gettext_lazy("orders"),
    columns=(
        Column("number", gettext_lazy("Number"), "number", number=True),
        Column("student", gettext_lazy("Student"), "enrollment__student__user__name"),
        Column("program", gettext_lazy("Program"), "enrollment__version__title"),
        Column("state", gettext_lazy("Status")),
        Column("total", gettext_lazy("Total"), "total_cents", number=True),
        Column("owed", gettext_lazy("Not paid"), "owed_cents", number=True),
        Column("due", gettext_lazy("Due"), "pay_by"),
        Column("created", gettext_lazy("Created"), "id"),
    ),
    filters=(
        ChoiceFilter("state", gettext_lazy("Status"), ORDER_STATES, open=True),
        ChoiceFilter("payer", gettext_lazy("Payer"), PAYERS),
        PROGRAM,
        ChoiceFilter("due", gettext_lazy("Due"), {"overdue": gettext_lazy("Overdue")}),
    ),
    dated=True,
    searched=gettext_lazy("Number, student or program"),
    csv={
        "id": lambda row: row.id,
        "number": lambda row: row.number,
        "student": lambda row: row.enrollment.student.full_name,
        "email": lambda row: row.enrollment.student.user.email,
        "program": lambda row: row.enrollment.version.title,
        "status": lambda row: row.state,
        "currency": lambda row: row.currency,
        "total": lambda row: f"{row.total_cents / 100:.2f}",
        "not paid": lambda row: f"{row.owed_cents / 100:.2f}",
        "due": lambda row: row.pay_by.isoformat(),
        "created": lambda row: row.created_at.isoformat(),
    },
)
VOUCHERS = Table(
    "vouchers",
    gettext_lazy("voucher"),
    gettext_lazy("vouchers"),
    columns=(
        Column("code", gettext_lazy("Code"), "code"),
        Column("state", gettext_lazy("Status")),
        Column("payer", gettext_lazy("Payer"), "payer_name"),
        Column("amount", gettext_lazy("Amount"), "amount_cents", number=True),
        Column("program", gettext_lazy("Program")),
        Column("used", gettext_lazy("Used"), "used", number=True),
        Column("expires", gettext_lazy("Expires"), "expires_on"),
        Column("created", gettext_lazy("Created"), "id", hidden=True),
        Column("actions", ""),
    ),
    filters=(ChoiceFilter("state", gettext_lazy("Status"), VOUCHER_STATES, open=True),),
    dated=True,
    searched=gettext_lazy("Code or payer"),
    csv={
        "id": lambda row: row.id,
        "code": lambda row: row.code,
        "status": state_of_voucher,
        "payer": lambda row: row.payer_name,
        "email": lambda row: row.payer_email,
        "amount": lambda row: money(row.amount_cents, row.currency) if row.amount_cents else "",
        "program": lambda row: row.program.key if row.program else "",
        "used": lambda row: row.used,
        "uses": lambda row: row.uses,
        "expires": lambda row: row.expires_on or "",
        "created": lambda row: row.created_at.isoformat(),
    },
)
