"""The catalog: every sentence that a package's own pages can show, in the languages of `languages/`, one file
for each.

A destination may replace each text, and add languages of its own. What a text leaves open in braces, as
``{days}``, is filled in by the package.
"""

import json
import re
from functools import cache
from html import escape
from importlib import resources
from typing import Any

ENGLISH, BROWSER = "en", "browser"
NAME_OF_LANGUAGE = "language"
MODULE = "texts.js"


@cache
def catalog() -> dict[str, dict[str, str]]:
    """The texts by language and name."""
    folder = resources.files(__package__) / "languages"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name
    )
    return {file.name.removesuffix(".json"): json.loads(file.read_text("utf-8")) for file in files}


@cache
def names() -> dict[str, str]:
    """What each text says in English, by its name: those that a destination may replace."""
    return {name: text for name, text in catalog()[ENGLISH].items() if name != NAME_OF_LANGUAGE}


def places(text: str) -> set[str]:
    """What a text leaves open."""
    return set(re.findall(r"\{(\w+)\}", text))


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
    kept = {
        tag: {name: text for name, text in catalog()[tag].items() if name != NAME_OF_LANGUAGE} for tag in tags
    }
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


def _text(tag: str, name: str) -> str:
    return catalog().get(tag, catalog()[ENGLISH])[name]
