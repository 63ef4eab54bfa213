"""Texts in several languages: kept by their language tag, one of them shown to people."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from heliograph.courses.formats.nodes import MAX_TITLE, Element, raw_text, words

TAG: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
UNDETERMINED: Final = "und"


def by_language(elements: Iterable[Element]) -> dict[str, str]:
    """The elements' texts by what their `lang` says, without blanks around them; of one language the first
    counts.
    """
    titles: dict[str, str] = {}
    for element in elements:
        written = words(element, "lang") or ""
        value = raw_text(element).strip()
        if value:
            titles.setdefault(written if TAG.fullmatch(written) else UNDETERMINED, value)
    return titles


def for_people(texts: Mapping[str, str]) -> str:
    """The text to show where no language is asked for: English if there is one, else the author's first; ""
    if none.
    """
    chosen = min(texts, key=_strangeness, default=None)
    return "" if chosen is None else texts[chosen]


def title_for_people(texts: Mapping[str, str]) -> str:
    """The same as one line, no longer than a title can sensibly be."""
    return " ".join(for_people(texts).split())[:MAX_TITLE]


def _strangeness(tag: str) -> int:
    return 0 if tag.lower() == "en" else 1 if tag.lower().startswith("en-") else 2
