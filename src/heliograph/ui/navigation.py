"""The main navigation: groups of links, in two levels.

Each part registers its links, from its `apps.py`, so that the pages' frame knows no part. A group shows
where somebody may open one of its links.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from heliograph.core.roles import Role

# In the order of the page; the name is what people read above the links.
GROUPS = {
    "home": "",
    "deliver": "Deliver",
    "learners": "Learners",
    "insights": "Insights",
    "developers": "Developers",
    "settings": "Settings",
}


@dataclass(frozen=True)
class NavigationLink:
    """A link to the view named ``view``, for ``role`` and above.

    ``prefix`` is how the paths of its pages begin: of several links, that with the longest one is current.
    Links of a group stand in the order of their ``position``; ``icon`` is one of `icons.NAMES`.
    """

    group: str
    position: int
    label: str
    view: str
    prefix: str
    icon: str
    role: Role = Role.REPORTER


@dataclass(frozen=True)
class NavigationGroup:
    """A group as one person sees it, on one page."""

    name: str
    links: list[tuple[NavigationLink, bool]]  # each with whether it is the current one


_links: list[NavigationLink] = []


def register(*links: NavigationLink) -> None:
    """Add links to the navigation."""
    _links.extend(links)
    _links.sort(key=lambda link: link.position)


def groups(role: Role, path: str) -> Iterator[NavigationGroup]:
    """What somebody of this role may open, on the page at ``path``."""
    open_to = [link for link in _links if role.includes(link.role)]
    fitting = [
        link.prefix
        for link in open_to
        if path == link.prefix or (path.startswith(link.prefix) and link.prefix != "/")
    ]
    here = max(fitting, key=len, default=None)
    for group, name in GROUPS.items():
        links = [(link, link.prefix == here) for link in open_to if link.group == group]
        if links:
            yield NavigationGroup(name, links)
