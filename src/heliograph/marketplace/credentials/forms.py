"""Forms of the operator's pages of credentials and their templates."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings

from heliograph.core.errors import Invalid
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.marketplace.credentials import templates
from heliograph.marketplace.credentials.templates import Design
from heliograph.marketplace.forms import Reason
from heliograph.ui.forms import Choice, Form, Tick, WholeNumber, text
from heliograph.ui.lookups import Lookup

ORIENTATIONS = {"landscape": gettext_lazy("Landscape"), "portrait": gettext_lazy("Portrait")}


class Reissue(Reason):
    holder_name = text(
        gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter the name as it should read.")}
    )
    field_order = ("holder_name", "reason")


class TemplateName(Form):
    name = text(
        gettext_lazy("Name"),
        longest=100,
        error_messages={"required": gettext_lazy("Enter a name for the template.")},
    )


class ProgramChoice(Form):
    program = Lookup(label=gettext_lazy("Program"))


class TemplateForm(Form):
    """The content of a template; paragraphs are apart by a blank line, signatures are lines."""

    PAIRS: ClassVar[tuple[tuple[str, str], ...]] = (("accent", "orientation"), ("language", "months"))

    title = text(gettext_lazy("Heading"), error_messages={"required": gettext_lazy("Enter a heading.")})
    paragraphs = text(
        gettext_lazy("Text"),
        longest=templates.MOST_BLOCKS * templates.LONGEST_BLOCK,
        lines=5,
        required=False,
        help_text=gettext_lazy(
            "A blank line begins a paragraph. Variables: {name}, {credential}, {program}, {issuer}, "
            "{completed}, {awarded}, {expires}, {number}."
        ),
    )
    signatures = text(
        gettext_lazy("Signatures"),
        longest=1000,
        lines=3,
        required=False,
        help_text=gettext_lazy("One per line, as “Dr. Ada Lovelace; Director of training”."),
    )
    accent = text(gettext_lazy("Accent color"), longest=7)
    orientation = Choice(gettext_lazy("Orientation"), ORIENTATIONS.items())
    language = Choice(gettext_lazy("Language of the document"), settings.LANGUAGES)
    months = WholeNumber(
        gettext_lazy("Valid for (months)"),
        least=1,
        most=templates.MOST_MONTHS,
        help_text=gettext_lazy("Where the program does not say. Leave blank for no expiration."),
    )
    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput({"accept": "image/png,image/jpeg"}),
        help_text=gettext_lazy("PNG or JPEG, up to 1 MB."),
    )
    no_logo = Tick(gettext_lazy("Remove logo"))

    def design(self) -> Design:
        """What was sent. Raises `Invalid`."""
        sent = self.values()
        logo = None
        if sent["logo"]:
            logo = sent["logo"].read(templates.LARGEST_LOGO + 1)
        elif sent["no_logo"]:
            logo = b""
        paragraphs = sent["paragraphs"].replace("\r\n", "\n").split("\n\n")
        return Design(
            title=sent["title"],
            blocks=[block for part in paragraphs if (block := " ".join(part.split()))],
            signatures=[_signature(line) for line in sent["signatures"].splitlines() if line.strip()],
            accent=sent["accent"],
            orientation=sent["orientation"],
            language=sent["language"],
            months=sent["months"],
            logo=logo,
        )


def initial(version: Any) -> dict[str, Any]:
    """The fields of a version as it is kept."""
    return {
        "title": version.title,
        "paragraphs": "\n\n".join(version.blocks),
        "signatures": "\n".join(
            "; ".join(filter(None, (each["name"], each["role"]))) for each in version.signatures
        ),
        "accent": version.accent,
        "orientation": version.orientation,
        "language": version.language,
        "months": version.months,
    }


def _signature(line: str) -> dict[str, str]:
    name, _, role = (part.strip() for part in line.partition(";"))
    if not name:
        raise Invalid(gettext("Enter each signature as name; role."), field="signatures")
    return {"name": name, "role": role}
