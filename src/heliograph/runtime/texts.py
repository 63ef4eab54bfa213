"""The catalog: every sentence that a learner reads of ours, in the languages of `languages/`, one file for
each.

The player says those that begin with ``player.``; the pages inside packages say the others, which a
destination may replace. What a text leaves open in braces, as ``{days}``, is filled in where it is shown.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

ENGLISH = "en"
NAME_OF_LANGUAGE = "language"
PLAYERS = "player."
# What only the page inside a package can have to say.
PACKAGES = (
    "lms_missing.",
    "launch_missing.",
    "lms_refused.",
    "page_unknown.",
    "window.",
    "window_blocked.",
    "left.",
)
PLACE = re.compile(r"\{(\w+)\}")
Texts = dict[str, str]


@cache
def catalog() -> dict[str, Texts]:
    """The texts by language and name."""
    folder = resources.files(__package__) / "languages"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name
    )
    return {file.name.removesuffix(".json"): json.loads(file.read_text("utf-8")) for file in files}


def chosen_language(accepted: str, fixed: str = "", own: dict[str, Texts] | None = None) -> str:
    """The language to speak: the ``fixed`` one, or the first that a browser accepts (its Accept-Language) and
    that there are texts in, the seller's ``own`` ones too; English where there is none.
    """
    known = catalog().keys() | (own or {}).keys()
    if fixed in known:
        return fixed
    tags = [tag for asked in _by_preference(accepted) for tag in (asked, asked.partition("-")[0])]
    return next((tag for tag in tags if tag in known), ENGLISH)


def learner_texts(language: str, own: dict[str, Texts] | None = None) -> Texts:
    """What the player and the pages beside it say in a language: the catalog's texts with the seller's
    ``own`` over them. What is missing in that language is English.
    """
    sources = (catalog()[ENGLISH], catalog().get(language, {}), (own or {}).get(language, {}))
    merged = {name: text for texts in sources for name, text in texts.items()}
    return {name: text for name, text in merged.items() if not name.startswith(PACKAGES)}


def filled(text: str, values: Mapping[str, object]) -> str:
    """The text with values in its places, as `wording.js` fills them; empty where one is missing."""
    if set(PLACE.findall(text)) - values.keys():
        return ""
    return PLACE.sub(lambda place: str(values[place[1]]), text)


def _by_preference(accepted: str) -> list[str]:
    """The languages of an Accept-Language header, the best first (RFC 9110, 12.5.4)."""
    weighted = []
    for part in accepted[:500].lower().split(","):
        tag, _, weight = part.partition(";")
        found = re.fullmatch(r"\s*q=([01](?:\.\d{1,3})?)\s*", weight) if weight else None
        weighted.append((float(found[1]) if found else 1.0, tag.strip()))
    return [tag for weight, tag in sorted(weighted, key=lambda known: -known[0]) if weight and tag]
