"""The form of packages' look and texts."""

from typing import Any

from django import forms

from heliograph.core.translation import gettext_lazy
from heliograph.dispatch.branding import logos, rules
from heliograph.ui.forms import Choice, Form, Tick, text

FIRST_SHOWN = "host_unreachable"  # of the messages that can be looked at
TEXT = "texts."  # how the fields of texts begin; the language and the text's name follow
LONG = 70  # characters, from which on a text gets a field of several lines


class BrandingForm(Form):
    """The branding of a destination or dispatch; ``message`` is what the preview shows.

    ``below`` is the branding that applies where a field is empty; ``words`` are the texts of each language,
    by its tag: dictionaries of ``name``, ``label`` and ``usual``.
    """

    name = text(gettext_lazy("Name"), longest=rules.LONGEST_NAME, required=False)
    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        allow_empty_file=True,  # `logos.cleaned` refuses it
        widget=forms.FileInput({"accept": "image/png,image/jpeg,image/svg+xml"}),
        help_text=gettext_lazy("PNG, JPEG or SVG, up to 128 KB."),
    )
    no_logo = Tick(gettext_lazy("Remove logo"))
    accent = text(gettext_lazy("Accent color"), longest=7, required=False)
    background = text(gettext_lazy("Background color"), longest=7, required=False)
    contact_email = text(gettext_lazy("Email"), longest=rules.LONGEST_CONTACT, required=False)
    contact_phone = text(gettext_lazy("Phone"), longest=40, required=False)
    contact_url = text(gettext_lazy("Help page"), longest=rules.LONGEST_CONTACT, required=False)
    language = Choice(gettext_lazy("Language"), required=False)
    message = Choice(gettext_lazy("Preview message"), required=False, initial=FIRST_SHOWN)

    def __init__(
        self,
        *given: Any,
        below: dict[str, Any],
        languages: list[tuple[str, str]],
        messages: dict[str, str],
        words: dict[str, list[dict[str, str]]],
        **options: Any,
    ) -> None:
        super().__init__(*given, **options)
        colors, contact = below.get("colors", {}), below.get("contact", {})
        for name, placeholder in (
            ("name", below.get("name", "e.g. Northlight Academy")),
            ("accent", colors.get("accent", "#b45309")),
            ("background", colors.get("background", "#fbfaf7")),
            ("contact_email", contact.get("email", "")),
            ("contact_phone", contact.get("phone", "")),
            ("contact_url", contact.get("url", "https://")),
        ):
            self.fields[name].widget.attrs["placeholder"] = placeholder
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        self.fields["message"].choices = messages.items()  # type: ignore[attr-defined]
        for tag, texts in words.items():
            for one in texts:
                self.fields[f"{TEXT}{tag}.{one['name']}"] = text(
                    one["label"],
                    longest=rules.LONGEST_TEXT,
                    lines=3 if len(one["usual"]) > LONG else 1,
                    required=False,
                    placeholder=one["usual"],
                    attrs={"lang": tag},
                )

    def given(self) -> dict[str, Any]:
        """The branding that was sent. Raises `Invalid`."""
        sent = self.values()
        given: dict[str, Any] = {
            "name": sent["name"],
            "language": sent["language"],
            "colors": {name: sent[name] for name in rules.COLORS},
            "contact": {kind: sent[f"contact_{kind}"] for kind in rules.CONTACTS},
        }
        if sent["logo"]:
            given["logo"] = sent["logo"].read(logos.LARGEST + 1)
        elif sent["no_logo"]:
            given["logo"] = ""
        for field in (field for field in self.fields if field.startswith(TEXT) and field in self.data):
            _, language, name = field.split(".", 2)
            given.setdefault("texts", {}).setdefault(language, {})[name] = sent[field]
        return given
