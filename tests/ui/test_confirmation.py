"""What destroys something asks first, in a dialog or on a page, and the worst is confirmed by its name."""

import pytest
from django.test import RequestFactory

from heliograph.core.errors import Invalid
from heliograph.ui.confirmation import question


def asked(fields=(), name="", headers=None, follows=("25 learners lose access.",)):
    request = RequestFactory().post("/admin/thing/delete", dict(fields), headers=headers or {"X-Dialog": "1"})
    return question(request, "Delete “A & B”?", "Delete", follows, name=name)


def test_what_is_not_confirmed_is_asked_with_what_follows_and_posts_the_same_again():
    answer = asked({"dispatch": ["one", "two"], "do": "delete"})
    page = answer.text
    assert (answer.status_code, answer["X-Question"]) == (200, "1")
    assert "25 learners lose access." in page
    assert "Delete “A &amp; B”?" in page
    assert 'action="/admin/thing/delete"' in page
    for field in ('name="dispatch" value="one"', 'name="dispatch" value="two"', 'name="do" value="delete"'):
        assert f'<input type="hidden" {field}>' in page
    assert page.lstrip().startswith("<dialog")


def test_what_is_confirmed_is_done_and_nothing_is_counted_for_it():
    def follows():
        raise AssertionError
        yield ""

    assert asked({"confirmed": "1"}, follows=follows()) is None


@pytest.mark.parametrize("typed", ["", "fire safety", "Fire safety!"])
def test_a_name_that_was_not_typed_is_refused_at_its_field(typed):
    with pytest.raises(Invalid) as refused:
        asked({"confirmed": "1", "typed": typed}, name="Fire safety")
    assert refused.value.details["field"] == "typed"
    assert "Type “Fire safety”" in refused.value.sentence


def test_a_name_is_typed_as_the_page_shows_it():
    assert "To confirm, type <code>Fire safety</code>" in asked(name="Fire  safety ").text
    assert asked({"confirmed": "1", "typed": " Fire safety"}, name="Fire  safety ") is None
