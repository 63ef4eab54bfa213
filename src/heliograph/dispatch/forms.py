"""Forms of dispatches and destinations."""

from typing import Any

from django import forms
from django.utils.safestring import mark_safe

from heliograph.core.database.fields import LONGEST_TEXT
from heliograph.dispatch.models import Destination
from heliograph.ui.forms import Choice, Day, Form, Tick, WholeNumber, text

LIMIT_REFUSED = "Learner limit must be a whole number of 1 or more. Leave blank for unlimited."
BULK = {
    "on": "Enable",
    "off": "Disable",
    "extend": "Change end date",
    "download": "Download packages",
    "delete": "Delete",
}
EXIT_HELP = mark_safe(
    "A URL; <code>close</code> to close the window if the LMS opened one; or <code>blank</code> for a "
    "blank page. Leave empty for the goodbye page."
)


class Limits(Form):
    """The limits of a dispatch that are its own."""

    registration_limit = WholeNumber(
        "Learner limit",
        least=1,
        refusal=LIMIT_REFUSED,
        help_text="Leave blank for unlimited. The limit never blocks returning learners.",
    )
    expires_at = Day("End date", last=True, help_text="Leave blank for no end date. Ends at 23:59 UTC.")
    new_learners_allowed = Tick("Accept new learners", initial=True)


class NewDispatch(Limits):
    """For a destination that is there, or a ``new_destination`` by its name."""

    course = forms.CharField(label="Course", widget=forms.Select)
    destination = forms.CharField(label="Customer", required=False, widget=forms.Select)
    new_destination = text("Or create a new customer", required=False, placeholder="Customer name")
    name = text(
        "Name",
        longest=300,
        required=False,
        placeholder="Course for customer",
        help_text="Leave blank to use “Course for customer”.",
    )
    field_order = ("course", "destination", "new_destination", "name")

    def __init__(self, *given: Any, courses: Any = (), destinations: Any = (), **options: Any) -> None:
        super().__init__(*given, **options)
        for name, rows in (("course", courses), ("destination", destinations)):
            self.fields[name].widget.choices = [(row.id, str(row)) for row in rows]  # type: ignore[attr-defined]


class DispatchSettings(Limits):
    name = text("Name", longest=300, error_messages={"required": "Enter a dispatch name."})
    description = text("Description", longest=LONGEST_TEXT, lines=2, required=False)
    allowed_domains = text(
        "Allowed domains",
        longest=LONGEST_TEXT,
        lines=2,
        required=False,
        placeholder="lms.example.org",
        help_text="One per line; subdomains are included. Leave blank to allow any LMS.",
    )
    tags = text(
        "Tags",
        longest=LONGEST_TEXT,
        required=False,
        placeholder="renewal, north",
        help_text="Separate with commas.",
    )
    exit_to = text(
        "After exit",
        longest=2000,
        required=False,
        placeholder="https://www.example.org/thanks",
        help_text=EXIT_HELP,
    )
    instanced = Choice(
        "When the LMS starts a new attempt",
        [
            ("", "Keep earlier results"),
            ("on", "Start a new attempt here too"),
        ],
        required=False,
        widget=forms.RadioSelect,
        help_text="If earlier results are kept, the learner continues and is told that they stand; the LMS "
        "receives them again. New attempts here are for hosted packages only, and for learners confirmed by "
        "their LMS; some LMSs start one on every visit.",
    )
    confirmed_only = Tick(
        "Admit returning learners only if their LMS confirms them",
        help_text="At the first launch, the package leaves a mark in the LMS and in the browser. If off, "
        "learners without the mark are admitted and the session is flagged. Embedded packages leave the mark "
        "in the browser only, so other devices are refused.",
    )
    tracking = Tick("Store learner names and emails")
    field_order = ("name", "description", "registration_limit", "expires_at", "new_learners_allowed")

    def clean_allowed_domains(self) -> list[str]:
        return self.cleaned_data["allowed_domains"].split()

    def clean_tags(self) -> list[str]:
        return [tag for tag in self.cleaned_data["tags"].split(",") if tag.strip()]

    def clean_instanced(self) -> bool:
        return self.cleaned_data["instanced"] == "on"


class RotateKey(Form):
    grace_days = WholeNumber(
        "Grace period (days) for existing packages",
        most=3_650,
        refusal="Grace period must be a whole number of 0 to 3,650 days.",
        help_text="0 = stop immediately",
    )

    def clean_grace_days(self) -> int:
        return self.cleaned_data["grace_days"] or 0


class BulkChange(Form):
    """What is done with the dispatches that are ticked in the list, whose fields are named ``dispatch``."""

    do = Choice("With selected", BULK.items(), error_messages={"invalid_choice": "Choose an action."})
    expires_at = Day("New end date", last=True)


class LaunchLink(Form):
    learner = text("Learner ID", longest=500)
    learner_name = text("Learner name", longest=500, required=False)


class NewDestination(Form):
    name = text("Name", error_messages={"required": "Enter a customer name."})
    key = text("ID", longest=100, required=False, help_text="Used in the API. Leave blank to generate.")
    notes = text("Notes", longest=LONGEST_TEXT, lines=3, required=False)


class DestinationSettings(Form):
    name = text("Name", error_messages={"required": "Enter a customer name."})
    notes = text("Notes", longest=LONGEST_TEXT, lines=3, required=False)
    identity = Choice(
        "Learner identity",
        [
            (Destination.Identity.AS_GIVEN, "Full"),
            (Destination.Identity.HASHED, "Pseudonymous (hashed)"),
            (Destination.Identity.ANONYMOUS, "Anonymous"),
        ],
        help_text="Applies to packages downloaded from now on; identities from older packages are converted "
        "on arrival.",
    )
    host = text(
        "Custom domain",
        longest=300,
        required=False,
        placeholder="https://learn.example.org",
        help_text="A host name of the customer that points to this server (CNAME). Leave blank to use the "
        "server's own.",
    )
    redirect_origin = text(
        "Redirect existing packages to",
        longest=300,
        required=False,
        placeholder="https://new.example.org",
        help_text="Leave blank for none.",
    )
