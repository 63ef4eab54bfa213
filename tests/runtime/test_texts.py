"""What learners read of ours: the same in every language, and in the one that they read."""

import re
from pathlib import Path

import pytest

from heliograph.runtime import player_icons, texts

PLAYER = Path(texts.__file__).parent / "static/runtime/player"


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_language_says_everything_with_the_same_places():
    english = texts.catalog()["en"]
    assert len(texts.catalog()) == 6
    for tag, said in texts.catalog().items():
        assert said.keys() == english.keys(), tag
        assert all(said.values()), tag
        assert all(places(said[name]) == places(english[name]) for name in english), tag


@pytest.mark.parametrize(
    ("accepted", "fixed", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "", "de"),
        ("en;q=0.5, fr-CA", "", "fr"),
        ("pl,cs;q=0.9", "", "en"),
        ("pl,nl;q=0.3", "", "nl"),
        ("de;q=0,it;q=0.1", "", "it"),
        ("", "", "en"),
        (";;,=q,\x00", "", "en"),
        ("de", "es", "es"),
        ("da,de;q=0.5", "", "da"),
    ],
)
def test_the_browsers_best_language_is_spoken_unless_the_seller_chose_one(accepted, fixed, language):
    assert texts.chosen_language(accepted, fixed, {"da": {"retry": "Prøv igen"}}) == language


def test_a_sellers_own_text_goes_first_and_what_is_missing_is_english():
    said = texts.learner_texts("da", {"da": {"retry": "Prøv igen"}, "de": {"retry": "Nochmal"}})
    assert said["retry"] == "Prøv igen"
    assert said["player.menu"] == "Menu"
    assert texts.learner_texts("de")["player.state.failed"] == "Nicht bestanden"


def test_the_player_is_not_told_what_only_packages_say():
    assert not [name for name in texts.learner_texts("en") if name.startswith(texts.PACKAGES)]


def test_every_text_that_the_players_scripts_ask_for_is_there():
    scripts = "".join(path.read_text() for path in PLAYER.glob("*.js"))
    asked = set(re.findall(r'text\("([a-z_.]+)"', scripts)) | set(
        re.findall(r'"(player\.[a-z_.]+\.text)"', scripts)
    )
    assert len(asked) > 15
    assert asked <= texts.learner_texts("en").keys()


def test_every_state_of_a_lesson_has_a_drawing():
    states = {
        name.removeprefix("player.state.")
        for name in texts.catalog()["en"]
        if name.startswith("player.state.")
    }
    assert states == {"not_started", "in_progress", "completed", "passed", "failed", "unavailable"}
    assert states <= player_icons.NAMES.keys()
    for state in states:
        assert f'id="icon-{state}"' in player_icons.symbols()
