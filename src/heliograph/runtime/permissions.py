"""What a course may do in a frame, as the browser's modules have it (`static/runtime/player/permissions.js`):
one list for every frame.
"""

import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

LIST = Path(__file__).parent / "static/runtime/player/permissions.js"


@cache
def allowed() -> tuple[str, ...]:
    """The names that a frame's ``allow`` gives."""
    return tuple(re.findall(r'"([a-z-]+)"', LIST.read_text()))


def policy_for(player: str) -> str:
    """The Permissions-Policy of a page of ours that shows the player at this address: nobody else may what a
    course may.
    """
    parts = urlsplit(player)
    return ", ".join(f'{name}=(self "{parts.scheme}://{parts.netloc}")' for name in allowed())
