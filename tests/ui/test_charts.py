"""Charts as text: what is drawn, what is said of it, and that nothing in it can break out of it."""

import pytest
from lxml import etree

from heliograph.ui.charts import Bar, Series, bars, columns

SVG = "{http://www.w3.org/2000/svg}"


def drawn(markup):
    return etree.fromstring(markup.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def chart(values, line=None, labels=None):
    labels = labels or [f"day {n}" for n in range(len(values))]
    return drawn(
        columns(
            "Launches",
            "Each day",
            labels,
            Series("launches", values),
            Series("completions", line or [0] * len(values)),
        )
    )


def test_a_column_is_as_high_as_its_value_and_nothing_is_no_column():
    heights = [
        float(shape.get("height"))
        for shape in chart([10, 5, 0]).iter(f"{SVG}rect")
        if shape.get("class") == "column"
    ]
    assert heights == [180, 90]


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0, "2"), (1, "2"), (3, "4"), (7, "8"), (11, "12"), (130, "160"), (1150, "1,200"), (99_000, "100,000")],
)
def test_the_axis_ends_with_a_number_that_people_like_to_read(highest, top):
    assert [text.text for text in chart([highest]).iter(f"{SVG}text") if text.get("class") == "tick"][
        -1
    ] == top


@pytest.mark.parametrize(
    ("days", "shown"), [(1, [0]), (7, [0, 2, 4, 6]), (30, [0, 8, 16, 24]), (90, [0, 23, 46, 69])]
)
def test_labels_are_few_and_equally_far_apart(days, shown):
    labels = [text.text for text in chart([1] * days).iter(f"{SVG}text") if text.get("class") == "label"]
    assert labels == [f"day {n}" for n in shown]


def test_each_day_says_its_figures():
    assert [title.text for title in chart([1200], [3]).iter(f"{SVG}title")] == [
        "Launches",
        "day 0: 1,200 launches, 3 completions",
    ]


def test_a_bar_is_as_long_as_its_share_of_the_longest():
    drawing = drawn(
        bars(
            "Funnel",
            "Steps",
            [Bar("Registered", 40, "100 %"), Bar("Passed", 10, tone="good"), Bar("Nobody", 0)],
        )
    )
    widths = [
        (shape.get("width"), shape.get("data-tone"))
        for shape in drawing.iter(f"{SVG}rect")
        if shape.get("class") == "bar"
    ]
    assert widths == [("100%", ""), ("25%", "good"), ("0%", "")]
    assert [text.text for text in drawing.iter(f"{SVG}text")] == [
        "Registered",
        "40 · 100 %",
        "Passed",
        "10",
        "Nobody",
        "0",
    ]


def test_a_chart_is_named_and_described_and_two_on_a_page_are_told_apart():
    first, second = (drawn(bars("Funnel", "Steps", [])) for _ in range(2))
    assert first.get("role") == "img"
    names = first.get("aria-labelledby").split()
    assert [element.get("id") for element in first.iter(f"{SVG}title", f"{SVG}desc")] == names
    assert set(names).isdisjoint(second.get("aria-labelledby").split())


def test_words_stay_words():
    markup = bars("<b>", '"&', [Bar("<script>", 1, "<i>")])
    assert "<script>" not in markup
    assert "<i>" not in markup
    assert drawn(markup).findtext(f"{SVG}title") == "<b>"
