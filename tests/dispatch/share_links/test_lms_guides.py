"""The guides by which customers add packages to their LMSs."""

import pytest

from heliograph.dispatch.package.formats import FORMATS
from heliograph.dispatch.share_links.lms_guides import ENGLISH, GERMAN, guides_for, guides_in

both_languages = pytest.mark.parametrize("language", [ENGLISH, GERMAN])


@both_languages
def test_there_are_ten_lmss_and_a_general_guide(language):
    guides = guides_in(language).guides
    assert len(guides) == 11
    assert next(iter(guides)) == ""


@both_languages
def test_each_guide_has_short_steps_and_says_what_decides_results(language):
    for guide in guides_in(language).guides.values():
        assert 4 <= len(guide.steps) <= 6, guide.name
        assert all(len(step) < 220 for step in guide.steps), guide.name
        assert len(guide.settings) >= 3, guide.name
        assert all(all(setting) for setting in guide.settings), guide.name
        assert any(format.label.split(" 2nd")[0] in guide.package for format in FORMATS.values()), guide.name


def test_moodle_is_not_told_to_take_what_it_cannot_play():
    guide = guides_in().chosen("moodle")
    assert guide.package.startswith("Choose SCORM 1.2")
    advice = {setting: choice for setting, choice, _ in guide.settings}
    assert advice["Compatibility settings → Force completed"] == "No"


def test_a_page_in_german_has_the_same_guides_in_german():
    english, german = guides_for("en-gb"), guides_for("de")
    assert (english.words["language"], german.words["language"]) == ("en", "de")
    assert english.words.keys() == german.words.keys()
    for key, guide in english.guides.items():
        translated = german.guides[key]
        assert (len(translated.steps), len(translated.settings)) == (len(guide.steps), len(guide.settings)), (
            key
        )
