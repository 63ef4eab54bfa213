"""Forms of webhook endpoints."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms

from heliograph.core.translation import gettext_lazy
from heliograph.ui.forms import Choice, Day, Form, Tick, text
from heliograph.ui.lookups import Lookup
from heliograph.webhooks import topics


def topic_choices() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The topics in their groups, each with what tells it."""
    for group, listed in topics.groups().items():
        yield (
            str(topics.GROUPS.get(group, group)),
            [(topic.name, f"{topic.name}: {topic.sentence}") for topic in listed],
        )


class Topics(forms.MultipleChoiceField):
    """Topics, ticked in their groups."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": gettext_lazy("Choose at least one topic."),
        "invalid_choice": gettext_lazy("Choose at least one topic."),
    }

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(
            label=label, choices=topic_choices, widget=forms.CheckboxSelectMultiple, required=False, **options
        )


class EndpointSettings(Form):
    """An endpoint: where events are sent, which, and how."""

    FOLDED: ClassVar[tuple[str, tuple[str, ...]]] = (
        gettext_lazy("Filters (optional)"),
        ("course", "destination", "dispatch"),
    )

    url = text(
        gettext_lazy("Endpoint URL"),
        longest=2000,
        shown=forms.URLInput,
        placeholder="https://example.org/heliograph",
    )
    description = text(gettext_lazy("Description"), required=False)
    everything = Tick(gettext_lazy("All topics, also those added later"))
    topics = Topics(gettext_lazy("Topics"))
    in_order = Tick(
        gettext_lazy("Send events of a registration in order"),
        help_text=gettext_lazy("An event that fails holds back the later ones of its registration."),
    )
    course = Lookup(label=gettext_lazy("Course"), required=False)
    destination = Lookup(label=gettext_lazy("Customer"), required=False)
    dispatch = Lookup(label=gettext_lazy("Dispatch"), required=False)

    def columns(self, before: list[str]) -> dict[str, Any]:
        """What was sent, as the actions take it; ``before`` are the endpoint's topics until now.

        Raises `Invalid`.
        """
        sent = self.values()
        everything, chosen = sent.pop("everything"), topics.folded(sent["topics"], before)
        return {**sent, "topics": [topics.EVERYTHING] if everything else chosen}


class ReplayEvents(Form):
    """Which events are sent again."""

    PAIRS = (("since", "until"),)

    state = Choice(
        gettext_lazy("Events"),
        [
            ("given up", gettext_lazy("Failed only")),
            ("all", gettext_lazy("All, also those that were delivered")),
        ],
    )
    since = Day(gettext_lazy("From"))
    until = Day(gettext_lazy("To"), last=True)
