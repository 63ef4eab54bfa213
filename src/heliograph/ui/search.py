"""Search over all parts: what the palette of the top bar finds by a name, a key or an id.

Each part registers what it finds, from its `apps.py`; pages of the navigation are found by their labels.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from heliograph.core.permissions import Permission
from heliograph.core.roles import Granted
from heliograph.core.translation import gettext
from heliograph.ui import navigation

SHORTEST = 2  # characters; less finds pages only
MOST_OF_A_KIND = 5


@dataclass(frozen=True)
class Hit:
    """Something that was found: what kind of thing, its name, what tells it from others, and its page."""

    kind: str
    name: str
    note: str
    address: str
    icon: str


Finder = Callable[[UUID, str, int], Iterable[Hit]]
_finders: list[tuple[Permission, Finder]] = []


def register_finder(finder: Finder, permission: Permission) -> None:
    """Add what finds at most so many rows of an organization by a text, for members with the permission."""
    _finders.append((permission, finder))


def find(organization_id: UUID, role: Granted, text: str) -> Iterator[Hit]:
    """Pages first, those that begin with the text before others, then what each part finds."""
    words = text.strip()
    pages = [
        Hit(gettext("Page"), link.label, group.name, reverse(link.view), link.icon)
        for group in navigation.groups(role, "")
        for link, _ in group.links
        if words.lower() in link.label.lower()
    ]
    # “Courses” before “My courses”.
    yield from sorted(pages, key=lambda hit: not hit.name.lower().startswith(words.lower()))
    if len(words) < SHORTEST:
        return
    for permission, finder in _finders:
        if permission in role.permissions:
            yield from finder(organization_id, words, MOST_OF_A_KIND)
