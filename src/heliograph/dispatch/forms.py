"""Forms of dispatches and destinations."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.safestring import mark_safe

from heliograph.core.database.fields import LONGEST_TEXT
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.dispatch.models import Destination
from heliograph.ui.forms import Choice, Day, Form, Tick, WholeNumber, text
from heliograph.ui.lookups import Lookup, Option

LIMIT_REFUSED = gettext_lazy("Learner limit must be a whole number of 1 or more. Leave blank for unlimited.")
BULK = {
    "on": gettext_lazy("Enable"),
    "off": gettext_lazy("Disable"),
    "extend": gettext_lazy("Change end date"),
    "download": gettext_lazy("Download packages"),
    "delete": gettext_lazy("Delete"),
}
EXIT_HELP = mark_safe(  # noqa: S308 - our own text
    gettext_lazy(
        "A URL; <code>close</code> to close the window if the LMS opened one; or <code>blank</code> for a "
        "blank page. Leave empty for the goodbye page."
    )
)


class Limits(Form):
    """The limits of a dispatch that are its own."""

    registration_limit = WholeNumber(
        gettext_lazy("Learner limit"),
        least=1,
        refusal=LIMIT_REFUSED,
        help_text=gettext_lazy("Leave blank for unlimited. The limit never blocks returning learners."),
    )
    expires_at = Day(
        gettext_lazy("End date"),
        last=True,
        help_text=gettext_lazy("Leave blank for no end date. Ends at 23:59 UTC."),
    )
    new_learners_allowed = Tick(gettext_lazy("Accept new learners"), initial=True)


class NewDispatch(Limits):
    """For a destination that is there, or by whoever ``creates_customers`` for a ``new_destination`` by its
    name.
    """

    course = Lookup(
        label=gettext_lazy("Course"), error_messages={"required": gettext_lazy("Choose a course.")}
    )
    destination = Lookup(label=gettext_lazy("Customer"), required=False)
    new_destination = text(
        gettext_lazy("Or create a new customer"), required=False, placeholder=gettext_lazy("Customer name")
    )
    name = text(
        gettext_lazy("Name"),
        longest=300,
        required=False,
        placeholder=gettext_lazy("Course for customer"),
        help_text=gettext_lazy("Leave blank to use “Course for customer”."),
    )
    field_order = ("course", "destination", "new_destination", "name")

    def __init__(self, *given: Any, creates_customers: bool = True, **options: Any) -> None:
        super().__init__(*given, **options)
        if not creates_customers:
            del self.fields["new_destination"]
            self.fields["destination"].required = True
            self.fields["destination"].error_messages["required"] = gettext("Choose a customer.")

    def offer(self, name: str, options: Iterable[Option], address: str, chosen: Option | None) -> None:
        """What one of the first two fields offers: `Lookup.offer`."""
        self.fields[name].offer(options, address, chosen)  # type: ignore[attr-defined]


class DispatchSettings(Limits):
    name = text(
        gettext_lazy("Name"), longest=300, error_messages={"required": gettext_lazy("Enter a dispatch name.")}
    )
    description = text(gettext_lazy("Description"), longest=LONGEST_TEXT, lines=2, required=False)
    allowed_domains = text(
        gettext_lazy("Allowed domains"),
        longest=LONGEST_TEXT,
        lines=2,
        required=False,
        placeholder="lms.example.org",
        help_text=gettext_lazy("One per line; subdomains are included. Leave blank to allow any LMS."),
    )
    tags = text(
        gettext_lazy("Tags"),
        longest=LONGEST_TEXT,
        required=False,
        placeholder=gettext_lazy("renewal, north"),
        help_text=gettext_lazy("Separate with commas."),
    )
    exit_to = text(
        gettext_lazy("After exit"),
        longest=2000,
        required=False,
        placeholder="https://www.example.org/thanks",
        help_text=EXIT_HELP,
    )
    instanced = Choice(
        gettext_lazy("When the LMS starts a new attempt"),
        [
            ("", gettext_lazy("Keep earlier results")),
            ("on", gettext_lazy("Start a new attempt here too")),
        ],
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "If earlier results are kept, the learner continues and is told that they stand; the LMS "
            "receives them again. New attempts here are for hosted packages only, and for learners confirmed "
            "by their LMS; some LMSs start one on every visit."
        ),
    )
    confirmed_only = Tick(
        gettext_lazy("Admit returning learners only if their LMS confirms them"),
        help_text=gettext_lazy(
            "At the first launch, the package leaves a mark in the LMS and in the browser. If off, "
            "learners without the mark are admitted and the session is flagged. Embedded packages leave the "
            "mark in the browser only, so other devices are refused."
        ),
    )
    tracking = Tick(gettext_lazy("Store learner names and emails"))
    field_order = ("name", "description", "registration_limit", "expires_at", "new_learners_allowed")

    def clean_allowed_domains(self) -> list[str]:
        return self.cleaned_data["allowed_domains"].split()

    def clean_tags(self) -> list[str]:
        return [tag for tag in self.cleaned_data["tags"].split(",") if tag.strip()]

    def clean_instanced(self) -> bool:
        return self.cleaned_data["instanced"] == "on"


class RotateKey(Form):
    grace_days = WholeNumber(
        gettext_lazy("Grace period (days) for existing packages"),
        most=3_650,
        refusal=gettext_lazy("Grace period must be a whole number of 0 to 3,650 days."),
        help_text=gettext_lazy("0 = stop immediately"),
    )

    def clean_grace_days(self) -> int:
        return self.cleaned_data["grace_days"] or 0


class BulkChange(Form):
    """What is done with the dispatches that are ticked in the list, whose fields are named ``dispatch``."""

    do = Choice(
        gettext_lazy("With selected"),
        BULK.items(),
        error_messages={"invalid_choice": gettext_lazy("Choose an action.")},
    )
    expires_at = Day(gettext_lazy("New end date"), last=True)


class LaunchLink(Form):
    learner = text(gettext_lazy("Learner ID"), longest=500)
    learner_name = text(gettext_lazy("Learner name"), longest=500, required=False)


class NewDestination(Form):
    name = text(gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter a customer name.")})
    key = text(
        gettext_lazy("ID"),
        longest=100,
        required=False,
        help_text=gettext_lazy("Used in the API. Leave blank to generate."),
    )
    notes = text(gettext_lazy("Notes"), longest=LONGEST_TEXT, lines=3, required=False)


class DestinationSettings(Form):
    name = text(gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter a customer name.")})
    notes = text(gettext_lazy("Notes"), longest=LONGEST_TEXT, lines=3, required=False)
    identity = Choice(
        gettext_lazy("Learner identity"),
        Destination.Identity.choices,
        help_text=gettext_lazy(
            "Applies to packages downloaded from now on; identities from older packages are converted "
            "on arrival."
        ),
    )
    host = text(
        gettext_lazy("Custom domain"),
        longest=300,
        required=False,
        placeholder="https://learn.example.org",
        help_text=gettext_lazy(
            "A host name of the customer that points to this server (CNAME). Leave blank to use the "
            "server's own."
        ),
    )
    redirect_origin = text(
        gettext_lazy("Redirect existing packages to"),
        longest=300,
        required=False,
        placeholder="https://new.example.org",
        help_text=gettext_lazy("Leave blank for none."),
    )
