"""The drawings of the player's page: Lucide's (ISC), which the `lucide` package carries, inside of the page,
since the content origin has no files of the app's.
"""

import re
from functools import cache

from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

# What a drawing stands for, and Lucide's name of it; a lesson's states by their names in the catalog.
NAMES = {
    "menu": "menu",
    "close": "x",
    "previous": "chevron-left",
    "next": "chevron-right",
    "exit": "log-out",
    "not_started": "circle-dashed",
    "in_progress": "circle-play",
    "completed": "circle-check",
    "passed": "award",
    "failed": "circle-x",
    "unavailable": "lock",
}


@cache
def symbols() -> SafeString:
    """A hidden SVG with a symbol ``icon-…`` for each drawing."""
    drawn = (
        f'<symbol id="icon-{name}" viewBox="0 0 24 24">{_inside(icon)}</symbol>'
        for name, icon in NAMES.items()
    )
    return mark_safe(f'<svg hidden xmlns="http://www.w3.org/2000/svg">{"".join(drawn)}</svg>')  # noqa: S308 - the library's own drawings


def _inside(icon: str) -> str:
    return re.sub(r"^<svg[^>]*>|</svg>$|\n\s*", "", lucide(icon, size=None))
