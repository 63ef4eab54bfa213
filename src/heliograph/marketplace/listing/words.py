"""What programs are found by: words, how they may be misspelled, and how they stand in the index."""

from __future__ import annotations

import re
import unicodedata
from uuid import UUID

LONGEST = 40
SHORTEST_MISSPELLED = 4  # below, one letter apart are too many
SHORTEST_BEGINNING = 3  # that finds the words that begin with it
WORD, STEM, TITLE_WORD, TITLE_STEM, VALUE = ".", "=", "!.", "!=", ":"  # the kinds of `key`
_WORD = re.compile(r"[^\W_]+")


def plain(text: str) -> str:
    """The text in lower case and without accents: *Pflegekräfte* as *pflegekrafte*."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The words of a text, plain, each once, in their order."""
    return list(dict.fromkeys(word[:LONGEST] for word in _WORD.findall(plain(text))))


def spellings(word: str) -> set[str]:
    """The word, and the word without each of its letters."""
    if len(word) < SHORTEST_MISSPELLED:
        return {word}
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def is_misspelled(typed: str, word: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two neighbors are exchanged."""
    if typed == word or abs(len(typed) - len(word)) > 1:
        return False
    begin = 0
    while begin < min(len(typed), len(word)) and typed[begin] == word[begin]:
        begin += 1
    a, b = typed[begin:], word[begin:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def key(organization_id: UUID, kind: str, text: str) -> str:
    """What an entry of an organization is found by: a quoted lexeme of a ``tsvector`` or ``tsquery``.

    ``kind`` is one of those below. Each organization has keys of its own, so that its searches are as fast as
    if it were alone; the few organizations that share a prefix are told apart by their entries.
    """
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{organization_id.hex[-6:]}{kind}{escaped}'"
