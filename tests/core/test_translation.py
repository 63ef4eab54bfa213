"""Sentences that are written down in English and read in another language."""

import json
from collections.abc import Callable

import pytest
from django.utils import translation

from heliograph.core.translation import Told, gettext_noop, told, translated

GERMAN = {
    "%(file)s is %(size)s.": "%(file)s ist %(size)s groß.",
    "“%(name)s”": "„%(name)s“",
    "%(count)s files": "%(count)s Dateien",
    "100 % done": "100 % erledigt",
}


@pytest.fixture
def german(german_texts: Callable[[dict[str, str]], None]) -> None:
    german_texts(GERMAN)


def sentence() -> Told:
    name = told(gettext_noop("“%(name)s”"), name="50%")
    return told(gettext_noop("%(file)s is %(size)s."), file=name, size=told("%(amount)s MB", amount=3.25))


def test_a_told_sentence_is_the_english_one():
    assert sentence() == "“50%” is 3.2 MB."
    assert json.dumps(sentence()) == '"\\u201c50%\\u201d is 3.2 MB."'
    assert told("%(count)s files", count=12_345) == "12,345 files"
    assert told("on line %(line)s", line="12345") == "on line 12345"
    assert told("100 % done") == "100 % done", "without values nothing is filled in"
    assert told(sentence()).values == sentence().values, "and what is told already stays what it is"


def test_it_is_read_in_the_readers_language_from_what_json_keeps(german):
    source = json.loads(json.dumps(sentence().source))
    with translation.override("de"):
        assert translated(str(sentence()), source) == "„50%“ ist 3,2 MB groß."
        assert translated(sentence()) == "„50%“ ist 3,2 MB groß."
        assert translated(told("%(count)s files", count=12_345)) == "12.345 Dateien"
        assert translated("100 % done") == "100 % erledigt"
        assert translated("") == ""
    assert translated(str(sentence()), source) == sentence()


def test_it_stays_english_without_a_translation_or_its_values(german):
    with translation.override("de"):
        assert translated("Of a version before.", {"level": "advice"}) == "Of a version before."
        assert translated(told("The %(item)s.", item="x")) == "The x."
        lost = {"text": "%(file)s is %(size)s.", "values": {"file": "a"}}
        assert translated("a is 1 MB.", lost) == "a is 1 MB."
