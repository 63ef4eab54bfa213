"""How a customer's administrator adds a package to their LMS: steps and settings for each LMS, in `guides/`,
one file for each language. Where an LMS's menus are not publicly documented, the words are general.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

ENGLISH, GERMAN = "en", "de"


@dataclass(frozen=True)
class Guide:
    """One LMS: which package it takes, what to do in order, and (setting, choice, reason) of what decides
    results.
    """

    key: str
    name: str
    package: str
    steps: tuple[str, ...]
    settings: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Guides:
    """All guides of a language, the general one first with an empty key, and the section's own words."""

    words: dict[str, str]
    guides: dict[str, Guide]

    def chosen(self, key: str) -> Guide:
        """The guide of an LMS; the general one for any other key."""
        return self.guides.get(key, self.guides[""])


def guides_for(language: str) -> Guides:
    """The guides in the language of a page; in English where there are none."""
    return guides_in(GERMAN if language == GERMAN else ENGLISH)


@cache
def guides_in(language: str = ENGLISH) -> Guides:
    """The guides in a language that there is a file of."""
    text = (resources.files(__package__) / "guides" / f"{language}.json").read_text("utf-8")
    read = json.loads(text)
    listed = {"": read.pop("general"), **read.pop("lms")}
    return Guides(read, {key: _guide(key, told) for key, told in listed.items()})


def _guide(key: str, told: dict[str, Any]) -> Guide:
    settings = tuple((setting, choice, reason) for setting, choice, reason in told["settings"])
    return Guide(key, told["name"], told["package"], tuple(told["steps"]), settings)
