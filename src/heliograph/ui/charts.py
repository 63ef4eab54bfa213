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
DOT_ROW = 40
FLOW_MARGIN, FLOW_ROW = 60, 64
LONGEST_NAME = 34
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
    drawn = _bars(rows)
    over = format_html_join(
        "",
        '<rect class="hover" x="0" width="100%" y="{}" height="{}"{}/>',
        ((place * ROW, ROW, _card(points, place)) for place in range(len(rows) if points else 0)),
    )
    return _svg("list", title, description, len(rows) * ROW, [drawn, over], points)


def _bars(rows: Sequence[Bar], height: int = ROW) -> SafeString:
    longest = max([*(row.value for row in rows), 1])
    return format_html_join(
        "",
        '<text class="name" x="0" y="{}">{}</text>'
        '<text class="value" x="100%" y="{}">{}{}</text>'
        '<rect class="track" x="0" width="100%" y="{}" height="{}" rx="3"/>'
        '<rect class="bar" data-tone="{}" width="{}%" y="{}" height="{}" rx="3"/>',
        (
            (
                *(
                    place * height + 15,
                    row.label,
                    place * height + 15,
                    f"{row.value:,}",
                    f" · {row.note}" if row.note else "",
                ),
                *(
                    place * height + 23,
                    BAR,
                    row.tone,
                    _n(row.value / longest * 100),
                    place * height + 23,
                    BAR,
                ),
            )
            for place, row in enumerate(rows)
        ),
    )


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


@dataclass(frozen=True)
class Dot:
    """A row of `dots`: its ``value`` from 0 to 1, None where it has none; ``note`` is that in words."""

    label: str
    value: float | None
    note: str


def dots(title: str, description: str, rows: Sequence[Dot], line: float | None, line_name: str) -> SafeString:
    """A dot for each row on a scale from 0 to 1, and a line down all rows, called ``line_name``."""
    height = len(rows) * DOT_ROW + FOOT
    scales = format_html_join(
        "",
        '<line class="grid" x1="0" x2="100%" y1="{}" y2="{}"/>'
        '<text class="name" x="0" y="{}">{}</text><text class="value" x="100%" y="{}">{}</text>',
        (
            (place + 24, place + 24, place + 14, _cut(row.label), place + 14, row.note)
            for place, row in ((number * DOT_ROW, row) for number, row in enumerate(rows))
        ),
    )
    middle = SafeString("")
    if line is not None:
        middle = format_html(
            '<line class="line" x1="{}%" x2="{}%" y1="0" y2="{}"/>'
            '<text class="label" x="{}%" y="{}"{}>{}</text>',
            *(_n(line * 100), _n(line * 100), height - FOOT, _n(line * 100), height - 7),
            _anchor(line),
            line_name,
        )
    marks = format_html_join(
        "",
        '<circle class="mark" cx="{}%" cy="{}" r="6"/>',
        (
            (_n(row.value * 100), number * DOT_ROW + 24)
            for number, row in enumerate(rows)
            if row.value is not None
        ),
    )
    return _svg("list", title, description, height, [scales, middle, marks], ())


def _anchor(place: float) -> SafeString:
    """Where a text at a place is held, so that it stays inside."""
    if 0.15 <= place <= 0.85:
        return SafeString("")
    return format_html(' data-anchor="{}"', "start" if place < 0.15 else "end")


def histogram(title: str, description: str, labels: Sequence[str], values: Sequence[int]) -> SafeString:
    """A column for each label, with its value above."""
    top = max([*values, 1])
    step = 100 / max(1, len(labels))
    middle = [step * (place + 0.5) for place in range(len(labels))]
    drawn = [
        _columns(middle, step, top * 1.1, values),
        format_html_join(
            "",
            '<text class="label" x="{}%" y="{}">{}</text>',
            (
                (_n(place), _n(_height(top * 1.1, value) - 5), f"{value:,}")
                for place, value in zip(middle, values, strict=True)
                if value
            ),
        ),
        format_html('<line class="grid" x1="0" x2="100%" y1="{}" y2="{}"/>', TOP + PLOT, TOP + PLOT),
        format_html_join(
            "",
            '<text class="label{}" x="{}%" y="{}">{}</text>',
            (
                # Every second label gives way where there is little room.
                (" second" if number % 2 else "", _n(place), TOP + PLOT + 17, label)
                for number, (place, label) in enumerate(zip(middle, labels, strict=True))
            ),
        ),
    ]
    return _svg("histogram", title, description, TOP + PLOT + FOOT, drawn, ())


@dataclass(frozen=True)
class Stop:
    """A row of a `flow`: how many came there; ``note`` stands below it."""

    label: str
    value: int
    note: str = ""
    tone: str = ""


def flow(
    title: str, description: str, stops: Sequence[Stop], moves: Sequence[tuple[int, int, int]]
) -> SafeString:
    """Stops below each other, and an arc for each move: from which stop, to which, how many.

    Arcs lie in the margin that the page's style leaves at the left; those that go back are dashed.
    """
    widest = max([*(count for _, _, count in moves), 1])
    farthest = max([*(abs(to - start) for start, to, _ in moves), 1])
    arcs = format_html_join(
        "",
        '<path class="move{}" d="M-4 {}C{} {} {} {} -4 {}" stroke-width="{}"><title>{}</title></path>',
        (
            (
                " back" if to < start else "",
                _n(_stop_middle(start)),
                _n(reach),
                _n(_stop_middle(start)),
                _n(reach),
                _n(_stop_middle(to)),
                _n(_stop_middle(to)),
                _n(max(1.0, count / widest * 9)),
                f"{stops[start].label} → {stops[to].label}: {count:,}",
            )
            for start, to, count in moves
            for reach in [-14 - FLOW_MARGIN * abs(to - start) / farthest]
        ),
    )
    rows = [Bar(_cut(stop.label), stop.value, "", stop.tone) for stop in stops]
    notes = format_html_join(
        "",
        '<text x="0" y="{}">{}</text>',
        ((place * FLOW_ROW + 53, stop.note) for place, stop in enumerate(stops) if stop.note),
    )
    return _svg("flow", title, description, len(rows) * FLOW_ROW, [arcs, _bars(rows, FLOW_ROW), notes], ())


def _cut(name: str) -> str:
    """A name that somebody else has given, short enough to stand before a value, and on its own where it is
    written from right to left.
    """
    text = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    return f"\u2068{text}\u2069"


def _stop_middle(place: int) -> float:
    return place * FLOW_ROW + 23 + BAR / 2
