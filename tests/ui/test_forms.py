"""Forms of pages: what they read, what they refuse, and how they are rendered."""

from datetime import UTC, datetime

import pytest
from django import forms
from django.test import RequestFactory

from heliograph.core.errors import Conflict, Invalid
from heliograph.ui.forms import Choice, Day, Form, Tick, WholeNumber, secret, text


class Order(Form):
    PAIRS = (("limit", "day"),)

    name = text("Name", help_text="Shown in lists.")
    limit = WholeNumber("Limit", least=1, most=10, refusal="A whole number from 1 to 10.")
    day = Day("Day")
    kind = Choice("Kind", [("a", "First"), ("b", "Second")])
    notes = text("Notes", lines=3, required=False)
    keep = Tick("Keep it")
    word = secret("Word", required=False)
    hidden = forms.CharField(required=False, widget=forms.HiddenInput)


SENT = {"name": "One", "kind": "a"}


def sent(**changes):
    return Order.sent(RequestFactory().post("/", SENT | changes))


def refusal(**changes) -> Invalid:
    with pytest.raises(Invalid) as refused:
        sent(**changes)
    return refused.value


def test_what_is_sent_is_read_as_the_fields_say():
    values = sent(name=" One ", limit=" 5 ", day="2031-05-01", keep="on")
    assert (values["name"], values["limit"], values["keep"]) == ("One", 5, True)
    assert values["day"] == datetime(2031, 5, 1, tzinfo=UTC)
    assert (sent()["limit"], sent()["day"], sent()["keep"], sent()["notes"]) == (None, None, False, "")


def test_a_last_day_ends_with_its_last_second():
    class Term(Form):
        ends = Day("Ends", last=True)

    values = Term.sent(RequestFactory().post("/", {"ends": "2031-05-01"}))
    assert values["ends"] == datetime(2031, 5, 1, 23, 59, 59, tzinfo=UTC)


def test_a_refusal_has_the_first_error_and_all_of_them_as_the_api_has_them():
    problem = refusal(name="", limit="many", kind="c").document()
    assert (problem["status"], problem["field"], problem["detail"]) == (
        422,
        "name",
        "This field is required.",
    )
    assert problem["errors"] == [
        {"where": "name", "message": "This field is required."},
        {"where": "limit", "message": "A whole number from 1 to 10."},
        {"where": "kind", "message": "Choose one of the options."},
    ]


@pytest.mark.parametrize("limit", ["0", "11", "5.0", "-1", "five", "9" * 30])
def test_a_number_out_of_its_range_is_refused_in_the_fields_own_sentence(limit):
    assert refusal(limit=limit).details["field"] == "limit"


@pytest.mark.parametrize("day", ["2031-02-30", "tomorrow", "0001-01-01", "31.5.2031"])
def test_a_day_that_is_none_is_refused(day):
    assert refusal(day=day).sentence == "Enter a date as YYYY-MM-DD."


def test_every_field_is_labelled_and_described_and_two_of_a_kind_have_ids_of_their_own():
    page = str(Order(key="one")) + str(Order(key="two"))
    for id in ("order-one-name", "order-two-name"):
        assert f'<label for="{id}">' in page
        assert f'aria-describedby="{id}_helptext"' in page
        assert f'id="{id}_helptext">Shown in lists.</small>' in page
    assert page.count("<small>optional</small>") == 4 * 2, "limit, day, notes and word"
    assert page.count('<div class="two">') == 2
    assert page.count('type="hidden"') == 2


def test_a_form_that_was_refused_is_shown_with_its_errors_and_its_values():
    form = Order(SENT | {"limit": "<b>"})
    page = str(form)
    assert 'value="&lt;b&gt;"' in page
    assert 'aria-invalid="true"' in page
    assert 'id="order-limit_error" role="alert">A whole number from 1 to 10.</p>' in page


def test_what_an_action_refuses_is_shown_at_its_field_or_above_the_form():
    form = Order(SENT)
    form.refused(Conflict("Taken.", field="name"))
    form.refused(Conflict("Closed."))
    page = str(form)
    assert 'id="order-name_error" role="alert">Taken.</p>' in page
    assert page.startswith('<p class="problem" role="alert">Closed.</p>')


def test_words_of_people_are_escaped_once():
    class Named(Form):
        name = text("A & B", help_text="<i>", required=False)

    page = str(Named())
    assert "A &amp; B" in page
    assert "&lt;i&gt;" in page
    assert "&amp;amp;" not in page
