"""The scripts, pages and styles that packages are made of."""

from functools import cache
from importlib import resources

SHARED_FILES = (
    "hiding.js",
    "launch.js",
    "identity.js",
    "mapping.js",
    "messages.js",
    "permissions.js",
    "receipts.js",
    "page_load.js",
    "player_frame.js",
    "times.js",
    "wording.js",
    "stub.css",
)
PLAYER_FILES = ("hiding.js", "permissions.js")
STUB_FILES = ("stub.js", "lms.js", "lms_session.js", *SHARED_FILES)
# These stay here: a package of cmi5 only names the page that has them.
AU_FILES = (
    "au.js",
    "statements.js",
    "store.js",
    *SHARED_FILES,
)


@cache
def stub_file(name: str) -> bytes:
    """One of the stub's own files, in whichever clothes."""
    if name in PLAYER_FILES:
        return player_file(name)
    folder = "stub" if name in ("index.html", "preview.js", *STUB_FILES) else "au"
    return (resources.files(__package__) / "package" / folder / name).read_bytes()


def player_file(name: str) -> bytes:
    """A module of the player's that packages have, too."""
    return (resources.files("heliograph.runtime") / "static/runtime/player" / name).read_bytes()
