"""Forms of the pages of WIOA reporting."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django import forms

from heliograph.core.translation import gettext, gettext_lazy
from heliograph.marketplace.participants import codes
from heliograph.ui.forms import Choice, Day, Form, Tick, WholeNumber, secret, text

NOTHING = ("", "–")


class PlainDay(Day):
    """A day without a time: a date."""

    def clean(self, value: Any) -> date | None:  # type: ignore[override]
        moment = super().clean(value)
        return moment.date() if moment else None


def _needed_day(label: str) -> PlainDay:
    return PlainDay(
        label, required=True, error_messages={"required": gettext_lazy("Enter a date as YYYY-MM-DD.")}
    )


def _code(label: str, known: list[Any], *, empty: bool = True) -> Choice:
    return Choice(label, [NOTHING, *known] if empty else known, required=not empty)


class IntakeForm(Form):
    PAIRS = (("board", "case_number"), ("adult", "dislocated_worker"))
    board = Choice(gettext_lazy("Workforce board"), required=False)
    case_number = text(gettext_lazy("Case number"), longest=40, required=False)
    adult = _code(gettext_lazy("Adult (903)"), codes.FUNDING, empty=False)
    dislocated_worker = _code(gettext_lazy("Dislocated worker (904)"), codes.FUNDING, empty=False)
    youth = _code(gettext_lazy("Youth (905)"), codes.FUNDING, empty=False)
    employment_at_entry = _code(gettext_lazy("Employment at entry (400)"), codes.EMPLOYMENT_AT_ENTRY)
    education_at_entry = _code(gettext_lazy("Education at entry (408)"), codes.EDUCATION_AT_ENTRY)

    def __init__(self, *given: Any, boards: Any = (), **options: Any) -> None:
        super().__init__(*given, **options)
        listed = [NOTHING, *((str(board.id), board.name) for board in boards)]
        self.fields["board"].choices = listed  # type: ignore[attr-defined]


class StartForm(IntakeForm):
    email = text(
        gettext_lazy("Email"),
        longest=254,
        shown=forms.EmailInput,
        help_text=gettext_lazy("Of a user of your organization."),
        error_messages={"required": gettext_lazy("Enter an email address.")},
    )
    entered_on = _needed_day(gettext_lazy("Date of entry (900)"))
    field_order = ("email", "entered_on")


class NumberForm(Form):
    number = text(
        gettext_lazy("Number in reports (100)"),
        longest=12,
        help_text=gettext_lazy("12 letters and digits, never a social security number."),
    )
    born_on = PlainDay(gettext_lazy("Date of birth (200)"))


class ServiceForm(Form):
    kind = _code(gettext_lazy("Service"), codes.SERVICES, empty=False)
    on = _needed_day(gettext_lazy("Date"))
    note = text(gettext_lazy("Note"), longest=500, required=False)


class ExitForm(Form):
    reason = _code(gettext_lazy("Reason (923)"), codes.EXIT_REASONS, empty=False)


class GainForm(Form):
    type = _code(gettext_lazy("Type"), codes.GAIN_TYPES, empty=False)
    gained_on = _needed_day(gettext_lazy("Date"))


class AttainedForm(Form):
    title = text(
        gettext_lazy("Credential"),
        error_messages={"required": gettext_lazy("Enter what the credential is called.")},
    )
    type = _code(gettext_lazy("Type (1800)"), codes.CREDENTIAL_TYPES, empty=False)
    attained_on = _needed_day(gettext_lazy("Attained on (1801)"))


class OutcomeForm(Form):
    PAIRS = (("year", "quarter"),)
    year = WholeNumber(gettext_lazy("Year"), least=2014, most=2100, required=True)
    quarter = WholeNumber(gettext_lazy("Quarter"), least=1, most=4, required=True)
    match = _code(gettext_lazy("How it is known"), codes.EMPLOYMENT_MATCHES, empty=False)
    wages = WholeNumber(gettext_lazy("Wages of the quarter, in dollars"), most=1_000_000)
    employer_number = text(gettext_lazy("Employer’s tax number"), longest=20, required=False)


class EpisodeForm(Form):
    entered_on = _needed_day(gettext_lazy("Entered on (1302)"))
    training_type = _code(gettext_lazy("Type of training (1303)"), codes.TRAINING_TYPES)
    occupation_code = text(gettext_lazy("O*NET-SOC code (1306)"), longest=10, required=False)
    cip_code = text(gettext_lazy("CIP code (1305)"), longest=7, required=False)


class SettingsForm(Form):
    provider = text(
        gettext_lazy("Name of the provider (101)"),
        longest=75,
        error_messages={"required": gettext_lazy("Enter the name of the provider.")},
    )
    state = text(gettext_lazy("State"), longest=2, required=False, placeholder="NY")
    least_cell = WholeNumber(
        gettext_lazy("Smallest number that is published"),
        least=3,
        most=100,
        help_text=gettext_lazy(
            "Smaller numbers are hidden in aggregates. Your state says which threshold applies."
        ),
    )


class BoardForm(Form):
    name = text(gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter a name.")})
    code = text(gettext_lazy("Code of the board"), longest=20, required=False)


class ProgramForm(Form):
    state_key = text(gettext_lazy("Program number at the state"), longest=40, required=False)
    training_type = _code(gettext_lazy("Type of training (1303)"), codes.TRAINING_TYPES)
    outcome_type = _code(gettext_lazy("Potential outcome (1304)"), codes.OUTCOME_TYPES)
    cip_code = text(gettext_lazy("CIP code (1305)"), longest=7, required=False)
    occupation_code = text(gettext_lazy("O*NET-SOC code (1306)"), longest=10, required=False)
    credential_type = _code(gettext_lazy("Type of credential (1800)"), codes.CREDENTIAL_TYPES)
    gain_type = _code(gettext_lazy("A completed part is a skill gain of type"), codes.GAIN_TYPES)
    hours = WholeNumber(gettext_lazy("Length in hours"), most=20_000)
    listed_on = PlainDay(gettext_lazy("On the state’s list since"))


KINDS = {
    "provider_file": gettext_lazy("Provider file for the state"),
    "board_extract": gettext_lazy("Extract for a workforce board"),
    "eta_9171": gettext_lazy("Aggregates (ETA-9171)"),
    "indicators": gettext_lazy("Six indicators"),
}
FIGURES = {
    "employment_q2": gettext_lazy("Employment in the 2nd quarter after exit"),
    "employment_q4": gettext_lazy("Employment in the 4th quarter after exit"),
    "median_earnings": gettext_lazy("Median earnings in the 2nd quarter after exit"),
    "credential": gettext_lazy("Credential attainment"),
    "skill_gain": gettext_lazy("Measurable skill gains"),
    "retention": gettext_lazy("Same employer in the 2nd and 4th quarter"),
}
GATES = {
    "columns": gettext_lazy("Columns"),
    "values": gettext_lazy("Valid values"),
    "duplicates": gettext_lazy("Duplicates"),
    "rules": gettext_lazy("Logical rules"),
}


class ReportForm(Form):
    PAIRS = (("since", "until"),)
    kind = Choice(gettext_lazy("Report"), list(KINDS.items()))
    since = _needed_day(gettext_lazy("Period from"))
    until = _needed_day(gettext_lazy("Until"))
    layout = Choice(
        gettext_lazy("Layout"), required=False, help_text=gettext_lazy("For files, not for aggregates.")
    )
    board = Choice(gettext_lazy("Workforce board"), required=False)

    def __init__(self, *given: Any, layouts: Any = (), boards: Any = (), **options: Any) -> None:
        super().__init__(*given, **options)
        for name, rows in (("layout", layouts), ("board", boards)):
            listed = [NOTHING, *((str(row.id), row.name) for row in rows)]
            self.fields[name].choices = listed  # type: ignore[attr-defined]


class LayoutForm(Form):
    name = text(gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter a name.")})
    definition = text(
        gettext_lazy("Layout (JSON)"),
        longest=200_000,
        lines=16,
        help_text=gettext_lazy("Columns with element, heading, width and transform; key; rules."),
    )

    def clean_definition(self) -> Any:
        try:
            return json.loads(self.cleaned_data["definition"])
        except (ValueError, RecursionError):
            raise forms.ValidationError(gettext("This is not valid JSON.")) from None


class SsnSettings(Form):
    asks = Tick(gettext_lazy("Ask for social security numbers"))
    days = WholeNumber(gettext_lazy("Days that a number is kept"), least=30, most=3650, required=True)


class SsnForm(Form):
    ssn = secret(
        gettext_lazy("Social security number"),
        longest=40,
        error_messages={"required": gettext_lazy("Enter a social security number of nine digits.")},
    )


class SsnReason(Form):
    reason = text(
        gettext_lazy("Why you need the number"),
        longest=500,
        error_messages={"required": gettext_lazy("Enter why you need the number.")},
    )
