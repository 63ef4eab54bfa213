"""Forms of the operator's pages of programs."""

from typing import Any, ClassVar

from django import forms

from heliograph.core.translation import gettext_lazy
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
MONEY_CENTS = 100


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
    price = text(
        gettext_lazy("Price"),
        longest=12,
        required=False,
        attrs={"inputmode": "decimal"},
        help_text=gettext_lazy("Leave blank if it is free."),
    )
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

    def clean_price(self) -> int:
        """In cents."""
        written = self.cleaned_data["price"].strip().replace(",", ".")
        if not written:
            return 0
        whole, _, part = written.partition(".")
        if not (whole.isdecimal() and whole.isascii() and len(whole) <= 7) or not (
            part == "" or (part.isdecimal() and part.isascii() and len(part) <= 2)
        ):
            raise forms.ValidationError(gettext_lazy("Enter a price such as 1250 or 1250.50."))
        return int(whole) * MONEY_CENTS + int(part.ljust(2, "0"))

    def values(self) -> dict[str, Any]:
        said = dict(super().values())
        said["price_cents"] = said.pop("price")
        said["currency"] = said["currency"] or "USD"
        said["language"] = said["language"] or "en"
        return said


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
    fewest_students = WholeNumber(
        gettext_lazy("Fewest students of a figure"),
        least=5,
        most=1000,
        help_text=gettext_lazy(
            "Programs show how many of their students completed only where nobody can tell who they are."
        ),
    )
    is_open = Tick(gettext_lazy("Open the catalog to the public"))
