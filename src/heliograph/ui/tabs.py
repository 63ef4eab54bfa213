"""Tabs of an object's page: each is a page of its own, below the same header."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from heliograph.core.permissions import Permission


@dataclass(frozen=True)
class Tab:
    """A tab: its label, and the view that shows it, for those with ``permission``; None: all who
    see the page.

    With ``only``, objects for which that answers no have no such tab.
    """

    label: str
    view: str
    permission: Permission | None = None
    only: Callable[[Any], bool] | None = None

    def address(self, *ids: Any) -> str:
        """Where the tab of the object with those ids is."""
        return reverse(self.view, args=ids)


@dataclass(frozen=True)
class ShownTab:
    """A tab as a page of one object shows it."""

    label: str
    address: str
    permission: Permission | None
    current: bool


class Tabs:
    """The tabs of one kind of object, in their order. Parts above add theirs when Django is ready."""

    def __init__(self, *tabs: Tab) -> None:
        self._tabs = list(tabs)

    def add(self, tab: Tab, after: Tab) -> None:
        """Have another tab, behind one that is there."""
        self._tabs.insert(self._tabs.index(after) + 1, tab)

    def shown(self, current: Tab, thing: Any = None) -> list[ShownTab]:
        """The tabs of one object, which is known by its ``id``."""
        ids = () if thing is None else (thing.id,)
        return [
            ShownTab(tab.label, tab.address(*ids), tab.permission, tab is current)
            for tab in self._tabs
            if tab.only is None or tab.only(thing)
        ]
