"""Forms that make and change pipes."""

from typing import Any, ClassVar

from django import forms
from django.utils.functional import lazy
from django.utils.safestring import mark_safe

from heliograph.core.database.fields import LONGEST_TEXT
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.lrs.models import Pipe
from heliograph.lrs.pipes import rules
from heliograph.lrs.pipes.actions import LONGEST_SECRET, PipeSettings
from heliograph.ui.forms import Choice, Form, Tick, secret, text

VERSIONS = [(version, version) for version in rules.VERSIONS]
KEPT = gettext_lazy("Leave blank to keep current")
FILTERS = ("verbs", "activities", "agents")


class Listed(forms.CharField):
    """Entries, one on each line."""

    def __init__(self, label: str, placeholder: str, **options: Any) -> None:
        widget = forms.Textarea({"rows": "2", "placeholder": placeholder})
        super().__init__(label=label, required=False, max_length=LONGEST_TEXT, widget=widget, **options)

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


def filter_fields() -> tuple[Listed, Listed, Listed]:
    """Which statements are forwarded: by their verbs, activities and agents."""
    return (
        Listed(gettext_lazy("Verbs"), "http://adlnet.gov/expapi/verbs/completed"),
        Listed(
            gettext_lazy("Activities"),
            "https://example.org/courses/*",
            help_text=gettext_lazy("Also matches context activities. Use * as a suffix wildcard."),
        ),
        Listed(
            gettext_lazy("People"),
            "mailto:ada@example.org",
            help_text=gettext_lazy("One per line, as mailto:… or xAPI agent JSON. Leave blank for all."),
        ),
    )


class NewForwarding(Form):
    """A pipe to another store."""

    PAIRS = (("key", "secret"),)
    FOLDED: ClassVar[tuple[str, tuple[str, ...]]] = (gettext_lazy("Filter (optional)"), FILTERS)

    direction = forms.CharField(initial=Pipe.Direction.FORWARD, widget=forms.HiddenInput)
    name = text(gettext_lazy("Name"), placeholder=gettext_lazy("To the data warehouse"))
    endpoint = text(
        gettext_lazy("Endpoint"),
        longest=2000,
        shown=forms.URLInput,
        placeholder="https://lrs.example.org/xapi",
        help_text=lazy(
            lambda: mark_safe(gettext("Base URL, without <code>/statements</code>")),  # noqa: S308 - our words
            str,
        )(),
    )
    key = text(gettext_lazy("Key"), longest=LONGEST_SECRET, attrs={"autocomplete": "off"})
    secret = secret(
        gettext_lazy("Secret"), longest=LONGEST_SECRET, help_text=gettext_lazy("Stored encrypted")
    )
    version = Choice(gettext_lazy("xAPI version"), VERSIONS)
    begin = Choice(
        gettext_lazy("Start with"),
        [
            ("beginning", gettext_lazy("All existing statements")),
            ("now", gettext_lazy("New statements only")),
        ],
        required=False,
    )
    verbs, activities, agents = filter_fields()

    def settings(self) -> PipeSettings:
        """The other end that was asked for. Raises `Invalid`."""
        sent = self.values()
        return PipeSettings(*(sent[name] for name in ("endpoint", "key", "secret", "version")))


class NewImport(NewForwarding):
    """A pipe from another store: it begins with the oldest statement, and has no filter."""

    FOLDED: ClassVar[tuple[str, tuple[str, ...]]] = ("", ())

    begin = verbs = activities = agents = None  # type: ignore[assignment]
    continuous = Tick(gettext_lazy("Keep in sync (check every 5 minutes)"), initial=True)


class PipeChanges(Form):
    """What can be changed of a pipe to another store."""

    PAIRS = (("key", "secret"),)

    name = text(gettext_lazy("Name"))
    key = text(
        gettext_lazy("New key"),
        longest=LONGEST_SECRET,
        required=False,
        help_text=KEPT,
        attrs={"autocomplete": "off"},
    )
    secret = secret(gettext_lazy("New secret"), longest=LONGEST_SECRET, required=False, help_text=KEPT)
    version = Choice(gettext_lazy("xAPI version"), VERSIONS)
    verbs, activities, agents = filter_fields()


class ImportChanges(PipeChanges):
    """What can be changed of a pipe from another store."""

    verbs = activities = agents = None  # type: ignore[assignment]
    continuous = Tick(gettext_lazy("Keep in sync (check every 5 minutes)"))


def chosen_filter(sent: dict[str, Any]) -> dict[str, list[str]]:
    """The filter of what was sent."""
    return {name: listed for name in FILTERS if (listed := sent.get(name))}
