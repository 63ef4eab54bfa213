"""The scripts, pages and styles that packages are made of."""

from functools import cache
from importlib import resources

STYLE = "stub.css"
SHARED_FILES = (
    "contact.js",
    "hiding.js",
    "launch.js",
    "loading.js",
    "identity.js",
    "mapping.js",
    "messages.js",
    "permissions.js",
    "receipts.js",
    "page_load.js",
    "player_frame.js",
    "times.js",
    "wording.js",
    STYLE,
)
PLAYER_FILES = ("contact.js", "hiding.js", "permissions.js")
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
    if name == STYLE:
        return style()
    folder = "stub" if name in ("index.html", "preview.js", *STUB_FILES) else "au"
    return (resources.files(__package__) / "package" / folder / name).read_bytes()


@cache
def style() -> bytes:
    """The style sheet of a package's page: the colors of all pages, what the player's page looks like while
    it waits, and its own.
    """
    tokens = resources.files("heliograph.ui") / "static/ui/tokens.css"
    own = resources.files(__package__) / "package/stub" / STYLE
    return b"\n".join((tokens.read_bytes(), player_file("brand.css"), own.read_bytes()))


def player_file(name: str) -> bytes:
    """A module of the player's that packages have, too."""
    return (resources.files("heliograph.runtime") / "static/runtime/player" / name).read_bytes()
