"""Charts as SVG, drawn on the server: readable by a screen reader through title and description, and as text
in any browser.

They have no view box: horizontal places are percentages, so that a chart fills its sheet while its letters
keep their size. Colors are custom properties of the page. A chart never stands alone: the page shows its
figures in a table beneath.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from math import ceil

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

TOP, PLOT, FOOT = 10, 180, 24
ROW, BAR = 46, 14
MOST_LABELS = 5
_numbers = count(1)


@dataclass(frozen=True)
class Series:
    """One measure over all labels, and what it is called."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True)
class Bar:
    """One bar of a list; ``tone`` is one of the page's tones, or empty for the chart's own color.

    ``note`` stands beside the value.
    """

    label: str
    value: int
    note: str = ""
    tone: str = ""


def columns(title: str, description: str, labels: Sequence[str], series: Series, line: Series) -> SafeString:
    """A column for each label, and a line over them."""
    top = _round_top(max([*series.values, *line.values, 1]))
    step = 100 / max(1, len(labels))
    middle = [step * (place + 0.5) for place in range(len(labels))]
    drawn = [
        _grid(top),
        format_html_join(
            "",
            '<rect class="column" x="{}%" width="{}%" y="{}" height="{}"/>',
            (
                (
                    _n(place - step * 0.36),
                    _n(step * 0.72),
                    _n(_height(top, value)),
                    _n(TOP + PLOT - _height(top, value)),
                )
                for place, value in zip(middle, series.values, strict=True)
                if value
            ),
        ),
        format_html_join(
            "",
            '<line class="line" x1="{}%" y1="{}" x2="{}%" y2="{}"/>',
            (
                (_n(left), _n(_height(top, before)), _n(right), _n(_height(top, after)))
                for (left, before), (right, after) in pairwise(zip(middle, line.values, strict=True))
            ),
        ),
        format_html_join(
            "",
            '<circle class="dot" cx="{}%" cy="{}" r="2.5"/>',
            (
                (_n(place), _n(_height(top, value)))
                for place, value in zip(middle, line.values, strict=True)
                if value
            ),
        ),
        _ticks(top),
        _below(labels, middle),
        format_html_join(
            "",
            '<rect class="hover" x="{}%" width="{}%" y="{}" height="{}">'
            "<title>{}: {} {}, {} {}</title></rect>",
            (
                (
                    _n(place - step / 2),
                    _n(step),
                    TOP,
                    PLOT,
                    label,
                    f"{value:,g}",
                    series.name,
                    f"{other:,g}",
                    line.name,
                )
                for place, label, value, other in zip(middle, labels, series.values, line.values, strict=True)
            ),
        ),
    ]
    return _svg("plot", title, description, TOP + PLOT + FOOT, drawn)


def bars(title: str, description: str, rows: Sequence[Bar]) -> SafeString:
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
    return _svg("list", title, description, len(rows) * ROW, [drawn])


def _svg(kind: str, title: str, description: str, height: float, drawn: Sequence[SafeString]) -> SafeString:
    number = next(_numbers)
    return format_html(
        '<svg class="chart {}" role="img" width="100%" height="{}" '
        'aria-labelledby="chart-{}-title chart-{}-words">'
        '<title id="chart-{}-title">{}</title><desc id="chart-{}-words">{}</desc>{}</svg>',
        *(
            kind,
            height,
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
