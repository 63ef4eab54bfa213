"""The main navigation.

Each part registers its entries, from its `apps.py`, so that the pages' frame knows no part.
"""

from dataclasses import dataclass

from heliograph.core.roles import Role


@dataclass(frozen=True)
class NavigationLink:
    """A link of the navigation: to the view named ``view``, current on every page whose path begins with
    ``prefix``, for ``role`` and above.

    Entries stand in the order of their ``position``.
    """

    position: int
    label: str
    view: str
    prefix: str
    role: Role = Role.REPORTER


_entries: list[NavigationLink] = []


def register(*entries: NavigationLink) -> None:
    """Add entries to the navigation."""
    _entries.extend(entries)
    _entries.sort(key=lambda entry: entry.position)


def entries(role: Role) -> list[NavigationLink]:
    """What somebody of this role may open, in order."""
    return [entry for entry in _entries if role >= entry.role]
