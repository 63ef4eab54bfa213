"""Tabs of an object's page: each is a page of its own, below the same header."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from heliograph.core.roles import Role


@dataclass(frozen=True)
class Tab:
    """A tab: its label, and the view that shows it, for ``role`` and above."""

    label: str
    view: str
    role: Role = Role.REPORTER

    def address(self, *ids: Any) -> str:
        """Where the tab of the object with those ids is."""
        return reverse(self.view, args=ids)


@dataclass(frozen=True)
class ShownTab:
    """A tab as a page of one object shows it."""

    label: str
    address: str
    role: Role
    current: bool


def shown(tabs: tuple[Tab, ...], current: Tab, *ids: Any) -> list[ShownTab]:
    """The tabs of the object with those ids."""
    return [ShownTab(tab.label, tab.address(*ids), tab.role, tab is current) for tab in tabs]
