"""Forms of partners. What an adapter's settings are called is said here once, for the form and its values."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from heliograph.core.translation import gettext_lazy
from heliograph.marketplace.models import Partner
from heliograph.marketplace.partners.profiles import PROFILES
from heliograph.marketplace.partners.settings import (
    AUTHENTICATIONS,
    DELIMITERS,
    ENCODINGS,
    SECRETS,
    SIGNATURES,
)
from heliograph.ui.forms import Choice, Form, Tick, WholeNumber, secret, text

ADAPTERS = {
    "file": gettext_lazy("Files (CSV or XLSX)"),
    "api": gettext_lazy("API of the partner"),
    "webhook": gettext_lazy("Webhook, sent by the partner"),
    "badge": gettext_lazy("Badge address"),
}
_FIELDS = {
    "result_id": gettext_lazy("Result ID"),
    "person_id": gettext_lazy("Person ID"),
    "voucher": gettext_lazy("Voucher"),
    "email": gettext_lazy("Email"),
    "name": gettext_lazy("Name"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "program": gettext_lazy("Program"),
    "status": gettext_lazy("Status"),
    "score": gettext_lazy("Score"),
    "taken_at": gettext_lazy("Date"),
    "credential_id": gettext_lazy("Credential ID"),
    "credential_url": gettext_lazy("Address of the credential"),
}
_READING = {
    "completed": gettext_lazy("Words for completed"),
    "failed": gettext_lazy("Words for failed"),
    "revoked": gettext_lazy("Words for revoked"),
    "open": gettext_lazy("Words for in progress"),
    "date_format": gettext_lazy("Date format"),
    "time_zone": gettext_lazy("Time zone of dates"),
    "score_of": gettext_lazy("Highest score"),
}
_OTHERS = {
    "file": {
        "encoding": gettext_lazy("Encoding"),
        "delimiter": gettext_lazy("Delimiter"),
        "folder": gettext_lazy("Take files from the drop folder"),
    },
    "api": {
        "url": gettext_lazy("Address"),
        "records": gettext_lazy("Where the list of results is"),
        "next_link": gettext_lazy("Where the next page’s address is"),
        "next_cursor": gettext_lazy("Where the next cursor is"),
        "cursor_parameter": gettext_lazy("Parameter for the cursor"),
        "since_parameter": gettext_lazy("Parameter for the time of the last run"),
        "authentication": gettext_lazy("Authentication"),
        "header": gettext_lazy("Header of the key"),
        "token_url": gettext_lazy("Token address (OAuth)"),
        "scope": gettext_lazy("Scope (OAuth)"),
    },
    "webhook": {
        "records": gettext_lazy("Where the results are"),
        "signature": gettext_lazy("Signature"),
        "signature_header": gettext_lazy("Header of the signature"),
        "timestamp_header": gettext_lazy("Header of the time"),
    },
    "badge": {"issuers": gettext_lazy("Issuers")},
}
_CHOICES = {
    "authentication": AUTHENTICATIONS,
    "encoding": ENCODINGS,
    "delimiter": DELIMITERS,
    "signature": SIGNATURES,
}
_LISTS = ("completed", "failed", "revoked", "open", "issuers")
_HELP = {
    "completed": gettext_lazy("Parted by commas. The usual words are known."),
    "date_format": gettext_lazy("Such as %m/%d/%Y. Leave blank for 2026-05-04."),
    "status": gettext_lazy("Leave blank where only completed results are listed."),
    "taken_at": gettext_lazy("When the student completed."),
    "issuers": gettext_lazy("The IDs of badge issuers, which are addresses, parted by commas."),
}
_SECRETS = {
    "token": gettext_lazy("Token or key"),
    "client_id": gettext_lazy("Client ID"),
    "client_secret": gettext_lazy("Client secret"),
    "secret": gettext_lazy("Signing secret"),
}
BLANK = {"": gettext_lazy("Found out"), "tab": "Tab"}


class NewPartner(Form):
    name = text(gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter a name.")})
    profile = Choice(
        gettext_lazy("Profile"),
        [("", gettext_lazy("None")), *((key, profile.name) for key, profile in PROFILES.items())],
        required=False,
    )
    adapter = Choice(
        gettext_lazy("How results arrive"),
        [("", gettext_lazy("As the profile says")), *ADAPTERS.items()],
        required=False,
    )


class PartnerForm(Form):
    """The name, settings and secrets of a partner, for its adapter."""

    def __init__(self, *given: Any, partner: Partner, **options: Any) -> None:
        super().__init__(*given, **options)
        self.partner = partner
        kept = partner.settings
        self._add("name", text(gettext_lazy("Name")), partner.name)
        for name, label in _OTHERS[partner.adapter].items():
            self._add(name, _control(name, label), kept.get(name))
        if partner.adapter != "badge":
            for name, label in _FIELDS.items():
                control = text(label, required=False, help_text=_HELP.get(name, ""))
                self._add(f"field_{name}", control, kept.get("fields", {}).get(name, ""))
            self._add(
                "program", text(gettext_lazy("Program of all results"), required=False), kept.get("program")
            )
            for name, label in _READING.items():
                self._add(name, _control(name, label), kept.get(name))
        url = text(
            gettext_lazy("Address at which students begin"),
            longest=1000,
            required=False,
            help_text=gettext_lazy("It may contain {email}, {voucher} and {enrollment}."),
        )
        self._add("launch_url", url, kept.get("launch_url"))
        self._add(
            "every_hours",
            WholeNumber(gettext_lazy("Hours between two synchronizations"), least=1, most=168),
            kept.get("every_hours", 24),
        )
        for name in SECRETS[partner.adapter]:
            control = secret(
                _SECRETS[name],
                longest=4000,
                required=False,
                help_text=gettext_lazy("Stored encrypted. Leave blank to keep the current one."),
            )
            self._add(name, control, "")

    def _add(self, name: str, control: forms.Field, initial: Any) -> None:
        self.fields[name] = control
        if isinstance(initial, list | tuple):
            initial = ", ".join(initial)
        self.initial.setdefault(name, "" if initial is None else initial)

    @classmethod
    def read(cls, request: HttpRequest, partner: Partner) -> dict[str, Any]:
        """What was sent, as `actions.change` takes it. Raises `Invalid`."""
        sent = cls.sent(request, partner=partner)
        names = [*_OTHERS[partner.adapter], "launch_url"]
        settings: dict[str, Any] = {"every_hours": sent["every_hours"] or 24}
        if partner.adapter != "badge":
            settings["fields"] = {name: sent[f"field_{name}"] for name in _FIELDS}
            settings["program"] = sent["program"]
            names += _READING
        for name in names:
            settings[name] = _listed(sent[name]) if name in _LISTS else sent[name]
        if "score_of" in settings:
            settings["score_of"] = settings["score_of"] or "100"
        if "time_zone" in settings:
            settings["time_zone"] = settings["time_zone"] or "UTC"
        secrets = {name: sent[name] for name in SECRETS[partner.adapter]}
        return {"name": sent["name"], "settings": settings, "secrets": secrets}


class Upload(Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,.xlsx"}),
        help_text=gettext_lazy("CSV or XLSX. You see what it would do first."),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )


class Vouchers(Form):
    codes = text(
        gettext_lazy("Codes"),
        longest=1_000_000,
        lines=6,
        help_text=gettext_lazy("One in each line. Each is shown to one student only."),
        error_messages={"required": gettext_lazy("Enter one code in each line.")},
    )
    program_key = text(
        gettext_lazy("Program"),
        required=False,
        help_text=gettext_lazy("The partner’s ID of the program. Leave blank for any."),
    )


class MapProgram(Form):
    key = text(
        gettext_lazy("The partner’s ID of the program"),
        error_messages={"required": gettext_lazy("Enter the partner’s ID of the program.")},
    )
    part = Choice(gettext_lazy("Part"))

    def __init__(self, *given: Any, parts: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["part"].choices = [  # type: ignore[attr-defined]
            (str(part.id), f"{part.version.title}: {part.title}"[:200]) for part in parts
        ]


class MatchResult(Form):
    enrollment = text(
        gettext_lazy("Enrollment ID"),
        error_messages={"required": gettext_lazy("Enter the ID of an enrollment.")},
    )
    remember = Tick(gettext_lazy("Remember the partner’s ID of this student"), initial=True)


class IgnoreReason(Form):
    reason = text(
        gettext_lazy("Reason"),
        longest=1000,
        lines=2,
        error_messages={"required": gettext_lazy("Enter a reason.")},
    )


def _control(name: str, label: Any) -> forms.Field:
    if name == "folder":
        return Tick(label)
    if name in _CHOICES:
        return Choice(label, [(value, BLANK.get(value, value)) for value in _CHOICES[name]], required=False)
    return text(label, longest=1000, required=False, help_text=_HELP.get(name, ""))


def _listed(given: str) -> list[str]:
    return [word.strip() for word in given.split(",") if word.strip()]
