"""The glossary has every model under its name and part, in alphabetical order, with a sentence and a link."""

import re
from dataclasses import dataclass
from itertools import pairwise

import pytest
from django.apps import apps
from django.db import models
from tests.conftest import ROOT
from tests.documents import PARTS, headings, rows, section

GLOSSARY = ROOT / "docs/glossary.md"
HEAD = ["word", "part", "what it is", "more"]
NOTES = re.compile(r" \*(?:Also|Standard):\* ")  # what follows the sentences
EVERY_PART = "all"


@dataclass(frozen=True)
class Entry:
    """A row of the glossary; a word in backticks claims to be a model."""

    letter: str
    word: str
    part: str
    meaning: str
    more: str

    @property
    def model(self) -> str | None:
        match = re.fullmatch(r"`(\w+)`", self.word)
        return match[1] if match else None

    @property
    def key(self) -> str:
        """By what it is sorted: its letters and digits."""
        return re.sub(r"[\W_]", "", self.word).lower()


def entries() -> list[Entry]:
    words = []
    for letter in headings(GLOSSARY, 2):
        head, *below = rows(section(GLOSSARY, letter))
        assert head == HEAD, letter
        for row in below:
            assert len(row) == len(HEAD), row
            word, part, said, more = row
            meaning, *notes = NOTES.split(said)
            assert all(note.endswith(".") for note in notes), word
            words.append(Entry(letter, word, part.strip("`"), meaning, more))
    return words


ENTRIES = entries()
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.word)


def models_of_the_product() -> dict[tuple[str, str], type[models.Model]]:
    ours = [config for config in apps.get_app_configs() if config.name.startswith("heliograph.")]
    return {(model.__name__, config.label): model for config in ours for model in config.get_models()}


def test_every_model_has_an_entry_and_every_entry_that_is_a_model_exists():
    claimed = {(entry.model, entry.part) for entry in ENTRIES if entry.model}
    there = set(models_of_the_product())
    assert claimed - there == set(), "no such model in that part"
    assert there - claimed == set(), "a model without an entry in docs/glossary.md"


def test_entries_are_in_alphabetical_order_and_there_once():
    """Without regard to case, blanks and punctuation."""
    for entry, following in pairwise(ENTRIES):
        assert entry.key < following.key, f"{following.word} stands after {entry.word}"


@each_entry
def test_an_entry_stands_below_its_letter(entry: Entry) -> None:
    assert entry.key[0].upper() == entry.letter


@each_entry
def test_an_entry_explains_its_word_in_one_or_two_sentences(entry: Entry) -> None:
    sentences = re.findall(r"[A-Z`][^.]+(?:\.\w[^.]*)*[.](?= |$)", entry.meaning)
    assert 1 <= len(sentences) <= 2
    assert " ".join(sentences) == entry.meaning, "a capital letter first, a full stop at the end"
    assert all(len(sentence.split()) >= 4 for sentence in sentences)


@each_entry
def test_an_entry_names_its_part_and_leads_to_more(entry: Entry) -> None:
    assert entry.part in PARTS | {EVERY_PART}
    links = re.findall(r"\[[^\]]+\]\(([^)]+)\)", entry.more)
    assert links
    if entry.model:
        table = models_of_the_product()[entry.model, entry.part]._meta.db_table
        assert f"data-model.md#{table}" in links
