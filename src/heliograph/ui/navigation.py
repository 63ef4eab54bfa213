"""The main navigation: groups of links, in two levels.

Each part registers its links, from its `apps.py`, so that the pages' frame knows no part. A group shows
where somebody may open one of its links.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.http import HttpRequest

from heliograph.core.permissions import Permission
from heliograph.core.roles import Granted
from heliograph.core.translation import gettext_lazy as _

# In the order of the page; the name is what people read above the links.
GROUPS = {
    "home": "",
    "deliver": _("Deliver"),
    "learners": _("Learners"),
    "marketplace": _("Marketplace"),
    "insights": _("Insights"),
    "developers": _("Developers"),
    "settings": _("Settings"),
}


@dataclass(frozen=True)
class NavigationLink:
    """A link to the view named ``view``, for those with ``permission``; None: for whoever has any. A link
    for ``everybody`` is shown to members without any permission, too. With ``only``, it is shown to those
    alone for whose request that answers yes.

    ``prefix`` is how the paths of its pages begin: of several links, that with the longest one is current.
    Links of a group stand in the order of their ``position``; ``icon`` is one of `icons.NAMES`; ``help`` is
    the guide that explains these pages, perhaps with ``#`` and a section.
    """

    group: str
    position: int
    label: str
    view: str
    prefix: str
    icon: str
    permission: Permission | None = None
    help: str = "course-owners"
    everybody: bool = False
    only: Callable[[HttpRequest], bool] | None = None


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


def groups(role: Granted, path: str, request: HttpRequest | None = None) -> Iterator[NavigationGroup]:
    """What somebody of this role may open, on the page at ``path``; without their ``request`` none of the
    links that depend on it.
    """
    open_links = _open_to(role, request)
    here = _current(open_links, path)
    for group, name in GROUPS.items():
        links = [(link, link is here) for link in open_links if link.group == group]
        if links:
            yield NavigationGroup(name, links)


def help_for(role: Granted, path: str) -> str:
    """The guide, perhaps with ``#`` and a section, that explains the page at ``path``."""
    here = _current(_open_to(role, None), path)
    return here.help if here else NavigationLink.help


def _open_to(role: Granted, request: HttpRequest | None) -> list[NavigationLink]:
    mine = [link for link in _links if link.everybody or _is_open(link, role)]
    return [link for link in mine if link.only is None or (request is not None and link.only(request))]


def _is_open(link: NavigationLink, role: Granted) -> bool:
    """Whether a role may open what not everybody may."""
    return link.permission in role.permissions if link.permission else bool(role.permissions)


def _current(links: list[NavigationLink], path: str) -> NavigationLink | None:
    fitting = [
        link for link in links if path == link.prefix or (path.startswith(link.prefix) and link.prefix != "/")
    ]
    return max(fitting, key=lambda link: len(link.prefix), default=None)
