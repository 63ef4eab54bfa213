"""Forms that make and change pipes."""

from typing import Any, ClassVar

from django import forms
from django.utils.safestring import mark_safe

from heliograph.core.database.fields import LONGEST_TEXT
from heliograph.lrs.models import Pipe
from heliograph.lrs.pipes import rules
from heliograph.lrs.pipes.actions import LONGEST_SECRET, PipeSettings
from heliograph.ui.forms import Choice, Form, Tick, secret, text

VERSIONS = [(version, version) for version in rules.VERSIONS]
KEPT = "Leave blank to keep current"
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
        Listed("Verbs", "http://adlnet.gov/expapi/verbs/completed"),
        Listed(
            "Activities",
            "https://example.org/courses/*",
            help_text="Also matches context activities. Use * as a suffix wildcard.",
        ),
        Listed(
            "People",
            "mailto:ada@example.org",
            help_text="One per line, as mailto:… or xAPI agent JSON. Leave blank for all.",
        ),
    )


class NewForwarding(Form):
    """A pipe to another store."""

    PAIRS = (("key", "secret"),)
    FOLDED: ClassVar[tuple[str, tuple[str, ...]]] = ("Filter (optional)", FILTERS)

    direction = forms.CharField(initial=Pipe.Direction.FORWARD, widget=forms.HiddenInput)
    name = text("Name", placeholder="To the data warehouse")
    endpoint = text(
        "Endpoint",
        longest=2000,
        shown=forms.URLInput,
        placeholder="https://lrs.example.org/xapi",
        help_text=mark_safe("Base URL, without <code>/statements</code>"),
    )
    key = text("Key", longest=LONGEST_SECRET, attrs={"autocomplete": "off"})
    secret = secret("Secret", longest=LONGEST_SECRET, help_text="Stored encrypted")
    version = Choice("xAPI version", VERSIONS)
    begin = Choice(
        "Start with",
        [("beginning", "All existing statements"), ("now", "New statements only")],
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
    continuous = Tick("Keep in sync (check every 5 minutes)", initial=True)


class PipeChanges(Form):
    """What can be changed of a pipe to another store."""

    PAIRS = (("key", "secret"),)

    name = text("Name")
    key = text(
        "New key", longest=LONGEST_SECRET, required=False, help_text=KEPT, attrs={"autocomplete": "off"}
    )
    secret = secret("New secret", longest=LONGEST_SECRET, required=False, help_text=KEPT)
    version = Choice("xAPI version", VERSIONS)
    verbs, activities, agents = filter_fields()


class ImportChanges(PipeChanges):
    """What can be changed of a pipe from another store."""

    verbs = activities = agents = None  # type: ignore[assignment]
    continuous = Tick("Keep in sync (check every 5 minutes)")


def chosen_filter(sent: dict[str, Any]) -> dict[str, list[str]]:
    """The filter of what was sent."""
    return {name: listed for name in FILTERS if (listed := sent.get(name))}
