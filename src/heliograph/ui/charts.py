"""Charts as SVG, drawn on the server: readable by a screen reader through title and description, and as text
in any browser.

A column or bar with a `Point` has a card of figures, which the page's script shows at the pointer and as keys
go from one to the next (``ui/charts.js``); without it, a short title of its own.

They have no view box: horizontal places are percentages, so that a chart fills its sheet while its letters
keep their size. Colors are custom properties of the page. A chart never stands alone: the page shows its
figures in a table beneath.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from math import ceil

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

TOP, PLOT, FOOT, NOTES = 10, 180, 24, 14
ROW, BAR = 46, 14
MOST_LABELS = 5
_numbers = count(1)


@dataclass(frozen=True)
class Series:
    """One measure over all labels, and what it is called."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True)
class Point:
    """The card of a column or bar: its name, its ``figures`` with what each of them is, and those of the
    period ``before``, of which ``before_name`` tells; ``notes`` say what happened on the day.

    All points of a chart have the same figures, in the same order.
    """

    name: str
    figures: Mapping[str, str]
    before: Sequence[str] = ()
    before_name: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Bar:
    """One bar of a list; ``tone`` is one of the page's tones, or empty for the chart's own color.

    ``note`` stands beside the value.
    """

    label: str
    value: int
    note: str = ""
    tone: str = ""


def columns(
    title: str,
    description: str,
    labels: Sequence[str],
    series: Series,
    line: Series,
    points: Sequence[Point] = (),
) -> SafeString:
    """A column for each label, and a line over them; a mark below each column whose point has notes."""
    top = _round_top(max([*series.values, *line.values, 1]))
    step = 100 / max(1, len(labels))
    middle = [step * (place + 0.5) for place in range(len(labels))]
    noted = [place for place, point in zip(middle, points, strict=False) if point.notes]
    height = TOP + PLOT + FOOT + (NOTES if noted else 0)
    drawn = [
        _grid(top),
        _columns(middle, step, top, series.values),
        _line(middle, top, line.values),
        _ticks(top),
        _below(labels, middle),
        _marks_of_notes(noted),
        format_html_join(
            "",
            '<rect class="hover" x="{}%" width="{}%" y="{}" height="{}"{}><title>{}</title></rect>',
            (
                (
                    _n(place - step / 2),
                    _n(step),
                    TOP,
                    height - TOP,
                    _card(points, number),
                    f"{label}: {value:,g} {series.name}, {other:,g} {line.name}",
                )
                for number, (place, label, value, other) in enumerate(
                    zip(middle, labels, series.values, line.values, strict=True)
                )
            ),
        ),
    ]
    return _svg("plot", title, description, height, drawn, points)


def _columns(middle: Sequence[float], step: float, top: float, values: Sequence[float]) -> SafeString:
    return format_html_join(
        "",
        '<rect class="column" x="{}%" width="{}%" y="{}" height="{}"/>',
        (
            (
                _n(place - step * 0.36),
                _n(step * 0.72),
                _n(_height(top, value)),
                _n(TOP + PLOT - _height(top, value)),
            )
            for place, value in zip(middle, values, strict=True)
            if value
        ),
    )


def _line(middle: Sequence[float], top: float, values: Sequence[float]) -> SafeString:
    """A line through the values, with a dot on each that is not zero."""
    places = list(zip(middle, values, strict=True))
    lines = format_html_join(
        "",
        '<line class="line" x1="{}%" y1="{}" x2="{}%" y2="{}"/>',
        (
            (_n(left), _n(_height(top, before)), _n(right), _n(_height(top, after)))
            for (left, before), (right, after) in pairwise(places)
        ),
    )
    dots = format_html_join(
        "",
        '<circle class="dot" cx="{}%" cy="{}" r="2.5"/>',
        ((_n(place), _n(_height(top, value))) for place, value in places if value),
    )
    return lines + dots


def _marks_of_notes(places: Sequence[float]) -> SafeString:
    return format_html_join(
        "",
        '<circle class="note" cx="{}%" cy="{}" r="4"/>',
        ((_n(place), TOP + PLOT + FOOT + NOTES / 2) for place in places),
    )


def _card(points: Sequence[Point], number: int) -> SafeString:
    """The attributes that say what the card of a column or bar has; none where there are no points."""
    if not points:
        return SafeString("")
    point = points[number]
    attributes = {
        "data-name": point.name,
        "data-figures": "|".join(point.figures.values()),
        "data-before": "|".join(point.before),
        "data-before-name": point.before_name,
        "data-notes": "\n".join(point.notes),
    }
    return format_html_join("", ' {}="{}"', ((name, value) for name, value in attributes.items() if value))


def bars(title: str, description: str, rows: Sequence[Bar], points: Sequence[Point] = ()) -> SafeString:
    """A bar for each row, as long as its share of the longest one; a funnel where each row is a part of the
    one before.
    """
    longest = max([*(row.value for row in rows), 1])
    drawn = format_html_join(
        "",
        '<text class="name" x="0" y="{}">{}</text>'
        '<text class="value" x="100%" y="{}">{}{}</text>'
        '<rect class="track" x="0" width="100%" y="{}" height="{}" rx="3"/>'
        '<rect class="bar" data-tone="{}" width="{}%" y="{}" height="{}" rx="3"/>',
        (
            (
                *(
                    place * ROW + 15,
                    row.label,
                    place * ROW + 15,
                    f"{row.value:,}",
                    f" · {row.note}" if row.note else "",
                ),
                *(place * ROW + 23, BAR, row.tone, _n(row.value / longest * 100), place * ROW + 23, BAR),
            )
            for place, row in enumerate(rows)
        ),
    )
    over = format_html_join(
        "",
        '<rect class="hover" x="0" width="100%" y="{}" height="{}"{}/>',
        ((place * ROW, ROW, _card(points, place)) for place in range(len(rows) if points else 0)),
    )
    return _svg("list", title, description, len(rows) * ROW, [drawn, over], points)


def _svg(
    kind: str,
    title: str,
    description: str,
    height: float,
    drawn: Sequence[SafeString],
    points: Sequence[Point],
) -> SafeString:
    number = next(_numbers)
    labels = format_html(' data-labels="{}"', "|".join(points[0].figures)) if points else ""
    return format_html(
        '<svg class="chart {}" role="img" width="100%" height="{}"{} '
        'aria-labelledby="chart-{}-title chart-{}-words">'
        '<title id="chart-{}-title">{}</title><desc id="chart-{}-words">{}</desc>{}</svg>',
        *(
            kind,
            height,
            labels,
            number,
            number,
            number,
            title,
            number,
            description,
            format_html_join("", "{}", ((part,) for part in drawn)),
        ),
    )


def _grid(top: float) -> SafeString:
    return format_html_join(
        "",
        '<line class="grid" x1="0" x2="100%" y1="{}" y2="{}"/>',
        ((_n(_height(top, at)), _n(_height(top, at))) for at in _marks(top)),
    )


def _ticks(top: float) -> SafeString:
    """What the lines of the grid mean, in the margin that the page's style leaves."""
    return format_html_join(
        "",
        '<text class="tick" x="-8" y="{}">{}</text>',
        ((_n(_height(top, at) + 4), f"{at:,g}") for at in _marks(top)),
    )


def _below(labels: Sequence[str], middle: Sequence[float]) -> SafeString:
    """Up to `MOST_LABELS` labels below the columns, all equally far apart."""
    step = max(1, ceil((len(labels) - 1) / (MOST_LABELS - 1)))
    return format_html_join(
        "",
        '<text class="label" x="{}%" y="{}">{}</text>',
        (
            (_n(place), TOP + PLOT + 17, label)
            for place, label in list(zip(middle, labels, strict=True))[::step]
        ),
    )


def _marks(top: float) -> list[float]:
    return [0, top / 2, top]


def _height(top: float, value: float) -> float:
    """The vertical place of a value."""
    return TOP + PLOT * (1 - value / top)


def _round_top(highest: float) -> int:
    """The next number that people like to read, and to halve."""
    size = 1
    while True:
        for tenths in (10, 12, 16, 20, 30, 40, 50, 60, 80):
            top, rest = divmod(size * tenths, 10)
            if top >= highest and not rest and top % 2 == 0:
                return top
        size *= 10


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
