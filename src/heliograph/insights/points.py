"""What the cards of charts say: figures of each day, state and step, beside those of the period before."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from heliograph.core.translation import gettext, ngettext, weekday_day
from heliograph.insights.filters import Filters
from heliograph.insights.periods import Days
from heliograph.insights.queries import Analytics, OnDay
from heliograph.ui.annotations import AnnotatedRange, Annotations, annotations
from heliograph.ui.charts import Point
from heliograph.ui.templatetags.heliograph import number, percent

MOST_NOTES = 3  # in a card


def of_days(analytics: Analytics, noted: Annotations) -> list[Point]:
    """A card for each day of the range, with what happened on it."""
    by_day = noted.by_day()
    return [
        Point(
            _day(now.day),
            _figures(now),
            list(_figures(before).values()),
            _before(_day(before.day)),
            _notes([annotation.text for annotation in by_day.get(now.day, [])]),
        )
        for now, before in zip(analytics.timeline, analytics.timeline_before, strict=True)
    ]


def of_counts(
    analytics: Analytics, names: Mapping[str, str], counts: Mapping[str, int], before: Mapping[str, int]
) -> list[Point]:
    """A card for each of ``names``, by what ``counts`` calls it."""
    past = analytics.days.before
    period = _before(gettext("%(first)s to %(last)s") % {"first": _day(past.first), "last": _day(past.last)})
    return [
        Point(str(name), {gettext("Learners"): number(counts[key])}, [number(before[key])], period)
        for key, name in names.items()
    ]


def annotations_of(organization_id: UUID, days: Days, filters: Filters) -> Annotations:
    """What parts tell of the days, of what the filters leave."""
    return annotations(
        AnnotatedRange(
            organization_id,
            days.first,
            days.last,
            filters.dispatch_id,
            filters.course_id,
            filters.destination_id,
            filters.domain,
        )
    )


def _day(day: date) -> str:
    return weekday_day(day)


def _before(period: str) -> str:
    return gettext("In parentheses: %(period)s") % {"period": period}


def _figures(day: OnDay) -> dict[str, str]:
    return {
        gettext("Launches"): number(day.launches),
        gettext("Learners"): number(day.learners),
        gettext("Completions"): number(day.completions),
        gettext("Average score"): percent(day.average_score),
    }


def _notes(texts: Sequence[str]) -> list[str]:
    """As many as a card has room for, and how many more there are."""
    more = len(texts) - MOST_NOTES
    if more <= 0:
        return list(texts)
    said = ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more}
    return [*texts[:MOST_NOTES], said]
