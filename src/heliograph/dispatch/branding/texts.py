"""What a package's own pages can say: the catalog's texts (`runtime.texts`) without those of the player.

A destination may replace each text, and add languages of its own.
"""

import json
from functools import cache
from html import escape
from typing import Any

from heliograph.runtime.texts import ENGLISH, NAME_OF_LANGUAGE, PLACE, PLAYERS, catalog

__all__ = [
    "BROWSER",
    "ENGLISH",
    "MODULE",
    "NAME_OF_LANGUAGE",
    "catalog",
    "languages",
    "module",
    "names",
    "no_script",
    "places",
]

BROWSER = "browser"
MODULE = "texts.js"


@cache
def names() -> dict[str, str]:
    """What each text says in English, by its name: those that a destination may replace."""
    return _of_packages(ENGLISH)


def places(text: str) -> set[str]:
    """What a text leaves open."""
    return set(PLACE.findall(text))


def languages(brand: dict[str, Any]) -> tuple[str, ...]:
    """The languages of the catalog that a package of this branding speaks: one, or all that the learner's
    browser may ask for.
    """
    language = brand.get("language", BROWSER)
    if language == BROWSER:
        return tuple(catalog())
    return (language,) if language in catalog() else (ENGLISH,)


@cache
def module(tags: tuple[str, ...]) -> bytes:
    """The script `texts.js` of a package that speaks these languages."""
    kept = {tag: _of_packages(tag) for tag in tags}
    return (
        b"export const TEXTS = "
        + json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
        + b";\n"
    )


def no_script(brand: dict[str, Any]) -> bytes:
    """What is shown where no script runs and nobody knows the learner's language: the same in each."""
    own = brand.get("texts", {})
    fixed = brand.get("language", BROWSER)
    tags = languages(brand) if fixed == BROWSER else (fixed,)
    return _no_script(
        tuple((tag, own.get(tag, {}).get("no_script") or _text(tag, "no_script")) for tag in tags)
    )


@cache
def _no_script(sentences: tuple[tuple[str, str], ...]) -> bytes:
    return "".join(f'<p lang="{escape(tag)}">{escape(text)}</p>' for tag, text in sentences).encode()


def _of_packages(tag: str) -> dict[str, str]:
    return {
        name: text
        for name, text in catalog()[tag].items()
        if name != NAME_OF_LANGUAGE and not name.startswith(PLAYERS)
    }


def _text(tag: str, name: str) -> str:
    return catalog().get(tag, catalog()[ENGLISH])[name]
