"""The icons of every page: one SVG sprite of Lucide's drawings (ISC), which the `lucide` package carries."""

import hashlib
import re
from functools import cache

from django.http import HttpRequest, HttpResponse
from lucide.templatetags.lucide import lucide

# Every icon that a page shows, by Lucide's own name.
NAMES = (
    "arrow-down", "arrow-up", "award", "badge-check", "bell", "book-open", "bookmark", "briefcase-business",
    "building-2", "calendar-clock", "chart-column", "chart-line", "check", "chevron-down", "chevron-left",
    "chevron-right", "chevrons-left", "chevrons-up-down", "circle-alert", "circle-check", "circle-dashed",
    "circle-question-mark", "circle-user-round", "circle-x", "clipboard-list", "code-xml", "copy",
    "database", "download", "ellipsis", "ellipsis-vertical", "eye", "file-text", "graduation-cap", "house",
    "key-round", "list-filter", "loader-circle", "log-out", "mail", "menu", "monitor", "moon", "music",
    "package", "pause", "pencil", "play", "plus", "search", "send", "settings", "shield-check",
    "sliders-horizontal", "sun", "ticket", "trash-2", "triangle-alert", "upload", "user-round-search",
    "users-round", "video", "waypoints", "webhook", "x",
)  # fmt: skip
YEAR = 365 * 24 * 3600


@cache
def sprite() -> bytes:
    """An SVG document with a symbol for each icon; its id is the icon's name."""
    symbols = []
    for name in NAMES:
        inside = re.sub(r"^<svg[^>]*>|</svg>$|\n\s*", "", lucide(name, size=None))
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inside}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'.encode()


@cache
def version() -> str:
    """What changes in the sprite's address when one of its drawings does."""
    return hashlib.sha256(sprite()).hexdigest()[:12]


def show_sprite(request: HttpRequest) -> HttpResponse:
    """The sprite, to be kept for a year: its address names its version."""
    answer = HttpResponse(sprite(), content_type="image/svg+xml")
    answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return answer
