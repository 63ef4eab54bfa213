"""Choosing one of many: a list where there are few, above that a combobox that searches on the server.

A form has a `Lookup` field, to which the page offers what can be chosen. What a combobox asks for while
somebody types is a view that answers with `options`. Without the page's script it is a field of text, which
takes a name or an ID.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

MOST_LISTED = 20  # more are searched


class Option(NamedTuple):
    """What can be chosen: the ``value`` that is sent, its name, and a word that tells it from others."""

    value: str
    label: str
    note: str = ""


class Combobox(forms.TextInput):
    """A field of text with a list of what it finds at ``address``.

    What is chosen is sent as ``…_id``, what is typed under the field's own name.
    """

    template_name = "ui/combobox.html"

    def __init__(self, address: str, chosen: Option | None, **options: Any) -> None:
        super().__init__(**options)
        self.address, self.chosen = address, chosen

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return chosen_or_typed(data, name)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        shown = self.chosen if self.chosen and self.chosen.value == str(value) else None
        text = shown.label if shown else value
        context = super().get_context(name, text, attrs)
        context["widget"] |= {"address": self.address, "chosen": shown.value if shown else ""}
        return context


class Picker(forms.Select):
    """A list of options; it reads what a combobox sends, too."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return chosen_or_typed(data, name)


class Lookup(forms.CharField):
    """One of many things, by its ID or name."""

    widget: Any = Picker

    def offer(self, options: Iterable[Option], address: str, chosen: Option | None = None) -> None:
        """What can be chosen, of which no more are read than a list shows; ``address`` searches them.
        ``chosen`` is at first; without it nothing is, unless there is but one that can be.
        """
        few = list(islice(options, MOST_LISTED + 1))
        attrs = self.widget.attrs
        if len(few) > MOST_LISTED:
            self.widget = Combobox(address, chosen, attrs=attrs)
        else:
            self.widget = Picker(
                attrs=attrs,
                choices=[
                    *([("", "–")] if not self.required or (not chosen and len(few) > 1) else []),
                    *((option.value, option.label) for option in few),
                ],
            )
        self.widget.is_required = self.required


def chosen_or_typed(data: Any, name: str) -> Any:
    """What was sent of a lookup: what was chosen, or else what was typed."""
    return data.get(f"{name}_id") or data.get(name)


def options(request: HttpRequest, found: Iterable[Option]) -> HttpResponse:
    """What a combobox shows of what was found: the first of them, and whether there are more."""
    few = list(islice(found, MOST_LISTED + 1))
    shown = {"options": few[:MOST_LISTED], "more": len(few) > MOST_LISTED}
    return render(request, "ui/options.html", shown)
