"""Forms of orders and vouchers."""

from typing import Any, ClassVar

from django import forms

from heliograph.core.translation import gettext_lazy
from heliograph.marketplace.forms import Amount
from heliograph.marketplace.orders.vouchers import MOST_AT_ONCE, MOST_USES
from heliograph.ui.forms import Choice, Day, Form, WholeNumber, text
from heliograph.ui.lookups import Lookup

THIRD_PARTIES = {
    "employer": gettext_lazy("My employer, by invoice"),
    "ita": gettext_lazy("A workforce board, by a training account (ITA)"),
    "scholarship": gettext_lazy("A scholarship of the training provider"),
}


def _date(said: dict[str, Any], name: str) -> None:
    said[name] = said[name].date() if said[name] else None


class AuthorizeShare(Form):
    reference = text(gettext_lazy("Authorization or order number"), longest=100, required=False)
    valid_until = Day(gettext_lazy("Valid until"))

    def values(self) -> dict[str, Any]:
        said = dict(super().values())
        _date(said, "valid_until")
        return said


class InvoiceShare(Form):
    email = forms.EmailField(
        label=gettext_lazy("Email"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("The invoice is mailed there. Leave blank to send it yourself."),
    )
    due_on = Day(gettext_lazy("Due date"))

    def values(self) -> dict[str, Any]:
        said = dict(super().values())
        _date(said, "due_on")
        return said


class RecordPayment(Form):
    reference = text(
        gettext_lazy("Reference"),
        longest=100,
        required=False,
        help_text=gettext_lazy("Of the transfer or check, for example."),
    )


class RefundShare(Form):
    amount = Amount(gettext_lazy("Amount"), required=True)
    reason = text(
        gettext_lazy("Reason"),
        longest=1000,
        lines=3,
        error_messages={"required": gettext_lazy("Enter a reason. The student reads it.")},
    )


class NewVouchers(Form):
    PAIRS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("payer_name", "payer_email"),
        ("amount", "currency"),
        ("uses", "number"),
    )

    payer_name = text(
        gettext_lazy("Payer"),
        required=False,
        help_text=gettext_lazy("Who is billed for it. Leave blank to waive the amount."),
    )
    payer_email = forms.EmailField(label=gettext_lazy("Email"), max_length=254, required=False)
    amount = Amount(gettext_lazy("Amount"), help_text=gettext_lazy("Leave blank to cover all that is open."))
    currency = text(gettext_lazy("Currency"), longest=3, required=False)
    program = Lookup(
        label=gettext_lazy("Program"),
        required=False,
        help_text=gettext_lazy("Leave blank for all programs."),
    )
    expires_on = Day(gettext_lazy("Valid until"))
    uses = WholeNumber(
        gettext_lazy("Uses of each code"), least=1, most=MOST_USES, help_text=gettext_lazy("1 if blank.")
    )
    number = WholeNumber(
        gettext_lazy("Number of codes"), least=1, most=MOST_AT_ONCE, help_text=gettext_lazy("1 if blank.")
    )

    def values(self) -> dict[str, Any]:
        said = dict(super().values())
        _date(said, "expires_on")
        said["amount_cents"] = said.pop("amount")
        said["currency"] = said["currency"] or "USD"
        return said | {"uses": said["uses"] or 1, "number": said["number"] or 1}


class RedeemVoucher(Form):
    code = text(
        gettext_lazy("Voucher code"),
        longest=60,
        attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
        error_messages={"required": gettext_lazy("Enter the code of the voucher.")},
    )


class RequestPayer(Form):
    """That somebody else pays: who, and how much of it."""

    PAIRS: ClassVar[tuple[tuple[str, str], ...]] = (("name", "email"), ("reference", "amount"))

    payer = Choice(gettext_lazy("Who pays?"), list(THIRD_PARTIES.items()))
    name = text(
        gettext_lazy("Name"),
        required=False,
        help_text=gettext_lazy("Of the company or board. Not needed for a scholarship."),
    )
    email = forms.EmailField(
        label=gettext_lazy("Email"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("Where an employer’s invoice is sent."),
    )
    reference = text(
        gettext_lazy("Authorization or order number"),
        longest=100,
        required=False,
        help_text=gettext_lazy("If you have it already."),
    )
    amount = Amount(gettext_lazy("Amount"), help_text=gettext_lazy("Leave blank for all that is open."))

    def values(self) -> dict[str, Any]:
        said = dict(super().values())
        said["amount_cents"] = said.pop("amount")
        return said


class Instalments(Form):
    number = Choice(gettext_lazy("Monthly instalments"))

    def __init__(self, *given: Any, most: int = 1, **options: Any) -> None:
        super().__init__(*given, **options)
        listed = [(str(number), str(number)) for number in range(2, most + 1)]
        self.fields["number"].choices = listed  # type: ignore[attr-defined]
