"""Forms of the operator's pages of programs."""

from typing import Any, ClassVar

from django import forms

from heliograph.core.translation import gettext, gettext_lazy
from heliograph.marketplace.forms import Amount, Percentage
from heliograph.marketplace.price_rules import MOST_FEES, MOST_INSTALMENTS, MOST_WINDOWS
from heliograph.ui.forms import Choice, Day, Form, Tick, WholeNumber, text
from heliograph.ui.lookups import Lookup

DELIVERIES = {
    "online": gettext_lazy("Online"),
    "in_person": gettext_lazy("In person"),
    "hybrid": gettext_lazy("Online and in person"),
}
APPROVALS = {
    "review": gettext_lazy("By a person"),
    "automatic": gettext_lazy("At once, while there is a place"),
}
FUNDING = {
    "self": gettext_lazy("Paid by the student"),
    "wioa": gettext_lazy("WIOA training account"),
    "employer": gettext_lazy("Paid by the employer"),
    "scholarship": gettext_lazy("Scholarship"),
    "veterans": gettext_lazy("Veterans’ benefits"),
    "other": gettext_lazy("Other funding"),
}
PART_KINDS = {
    "course": gettext_lazy("Course of your organization"),
    "holder": gettext_lazy("Class or exam of the program holder"),
    "partner": gettext_lazy("On a partner’s platform"),
}
STARTS_WHEN = {
    "paid": gettext_lazy("When everything is paid"),
    "authorized": gettext_lazy("When everything is paid or promised by a funder"),
}


class ProgramTitle(Form):
    title = text(gettext_lazy("Title"), error_messages={"required": gettext_lazy("Enter a program title.")})


class ProgramContent(Form):
    PAIRS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("credential", "credential_months"),
        ("field", "weeks"),
        ("price", "currency"),
        ("delivery", "place"),
        ("language", "approval"),
    )

    title = text(gettext_lazy("Title"), error_messages={"required": gettext_lazy("Enter a program title.")})
    summary = text(gettext_lazy("Summary"), longest=300, lines=2, required=False)
    description = text(gettext_lazy("What students learn"), longest=20_000, lines=6, required=False)
    requirements = text(gettext_lazy("Requirements"), longest=20_000, lines=3, required=False)
    credential = text(
        gettext_lazy("Credential"),
        help_text=gettext_lazy("What students receive when they complete the program."),
        error_messages={
            "required": gettext_lazy("Enter what students receive when they complete the program.")
        },
    )
    credential_months = WholeNumber(
        gettext_lazy("Valid for (months)"),
        least=1,
        most=600,
        help_text=gettext_lazy("Leave blank for no expiration."),
    )
    field = text(gettext_lazy("Field of work"), longest=100, required=False)
    weeks = WholeNumber(gettext_lazy("Length (weeks)"), least=1, most=1000)
    price = Amount(gettext_lazy("Price"), help_text=gettext_lazy("Leave blank if it is free."))
    currency = text(gettext_lazy("Currency"), longest=3, required=False)
    funding = forms.MultipleChoiceField(
        label=gettext_lazy("Funding"),
        choices=list(FUNDING.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    delivery = Choice(gettext_lazy("Delivery"), list(DELIVERIES.items()))
    place = text(gettext_lazy("Place"), required=False)
    language = text(gettext_lazy("Language"), longest=20, required=False)
    approval = Choice(gettext_lazy("Applications are approved"), list(APPROVALS.items()))

    def values(self) -> dict[str, Any]:
        said = dict(super().values())
        said["price_cents"] = said.pop("price") or 0
        said["currency"] = said["currency"] or "USD"
        said["language"] = said["language"] or "en"
        return said


def _pairs(first: str, second: str, most: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"{first}_{number}", f"{second}_{number}") for number in range(1, most + 1))


class PricingForm(Form):
    """What is paid beside the price, how and until when, and what is refunded."""

    FEES = _pairs("fee", "fee_amount", MOST_FEES)
    WINDOWS = _pairs("days", "refund", MOST_WINDOWS)
    PAIRS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("tax_percent", "pay_within_days"),
        ("instalments", "starts_when"),
        *FEES,
        *WINDOWS,
    )

    tax_percent = Percentage(gettext_lazy("Tax (%)"))
    pay_within_days = WholeNumber(gettext_lazy("To be paid within (days)"), least=1, most=365)
    instalments = WholeNumber(
        gettext_lazy("Monthly instalments, at most"),
        least=1,
        most=MOST_INSTALMENTS,
        help_text=gettext_lazy("1: the student pays all at once."),
    )
    starts_when = Choice(gettext_lazy("The student starts"), list(STARTS_WHEN.items()))

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        for number, (title, amount) in enumerate(self.FEES, 1):
            self.fields[title] = text(
                gettext("Fee %(number)s") % {"number": number}, longest=200, required=False
            )
            self.fields[amount] = Amount(gettext("Amount of fee %(number)s") % {"number": number})
        for number, (days, percent) in enumerate(self.WINDOWS, 1):
            self.fields[days] = WholeNumber(
                gettext("Refund %(number)s: until day") % {"number": number}, most=3650
            )
            self.fields[percent] = WholeNumber(
                gettext("Refund %(number)s: percentage") % {"number": number}, most=100
            )

    def values(self) -> dict[str, Any]:
        said = dict(super().values())
        return {
            "tax_percent": said["tax_percent"],
            "pay_within_days": said["pay_within_days"] or 14,
            "instalments": said["instalments"] or 1,
            "starts_when": said["starts_when"],
            "fees": _filled(said, self.FEES, 0),
            "refund_windows": _filled(said, self.WINDOWS, 0),
        }


def _filled(said: dict[str, Any], pairs: tuple[tuple[str, str], ...], otherwise: int) -> list[list[Any]]:
    """The pairs of which something was filled in."""
    found = [(said[first], said[second]) for first, second in pairs]
    return [
        [first if first is not None else otherwise, second if second is not None else otherwise]
        for first, second in found
        if first not in (None, "") or second is not None
    ]


class PartForm(Form):
    kind = Choice(gettext_lazy("Type"), list(PART_KINDS.items()))
    course = Lookup(
        label=gettext_lazy("Course"),
        required=False,
        help_text=gettext_lazy("For a course of your organization. Completing it completes this part."),
    )
    title = text(
        gettext_lazy("Title"),
        required=False,
        help_text=gettext_lazy("Leave blank for the title of the course."),
    )
    instructions = text(
        gettext_lazy("Instructions"),
        longest=20_000,
        lines=3,
        required=False,
        help_text=gettext_lazy("How students start, and what they send as proof."),
    )
    url = text(
        gettext_lazy("Address of the platform"),
        longest=1000,
        required=False,
        shown=forms.URLInput,
        placeholder="https://",
    )
    optional = Tick(gettext_lazy("Not needed to complete the program"))


class CohortForm(Form):
    PAIRS: ClassVar[tuple[tuple[str, str], ...]] = (("starts_on", "ends_on"),)

    name = text(
        gettext_lazy("Name"),
        longest=100,
        error_messages={"required": gettext_lazy("Enter a name for the start.")},
    )
    starts_on = Day(
        gettext_lazy("Start date"),
        required=True,
        error_messages={"required": gettext_lazy("Enter the start date.")},
    )
    ends_on = Day(gettext_lazy("End date"))
    capacity = WholeNumber(
        gettext_lazy("Places"), least=1, most=1_000_000, help_text=gettext_lazy("Leave blank for no limit.")
    )

    def values(self) -> dict[str, Any]:
        said = dict(super().values())
        for name in ("starts_on", "ends_on"):
            said[name] = said[name].date() if said[name] else None
        return said


class HolderChoice(Form):
    holder = Lookup(label=gettext_lazy("Program holder"), required=False)


class CatalogForm(Form):
    title = text(
        gettext_lazy("Title"),
        error_messages={"required": gettext_lazy("Enter a title for the catalog.")},
    )
    introduction = text(gettext_lazy("Introduction"), longest=20_000, lines=4, required=False)
    is_open = Tick(gettext_lazy("Open the catalog to the public"))
