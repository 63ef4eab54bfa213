"""The lists of dispatches, courses, customers and LMSs by their figures: columns, filters, addresses, CSV."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.urls import reverse

from heliograph.core.translation import gettext_lazy as _
from heliograph.dispatch.queries import UNKNOWN_LMS, UNKNOWN_LMS_LABEL, WITHOUT_DOMAIN
from heliograph.insights.filters import NAMES
from heliograph.insights.queries import BY_HAND, UNNAMED_LMS, Of
from heliograph.ui.tables import Column, RelatedFilter, Table

FIGURES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "launches": lambda figures: figures.launches,
    "learners": lambda figures: figures.learners,
    "completions": lambda figures: figures.completions,
    "average score": lambda figures: "" if figures.average_score is None else round(figures.average_score, 4),
    "seconds": lambda figures: figures.centiseconds / 100,
}

UNNAMED: Final = {
    UNKNOWN_LMS: UNKNOWN_LMS_LABEL,
    BY_HAND: _("Marked complete manually"),
    UNNAMED_LMS: _("Unnamed LMS"),
}


@dataclass(frozen=True)
class Group:
    """A list of figures: what `queries.group_rows` calls it, its title on the page *Analytics*, its table."""

    name: str
    title: str
    heading: str  # of the first column
    table: Table

    def label(self, row: Of) -> str:
        """What pages call a row: those that stand for no one thing have a name in the reader's language."""
        return UNNAMED.get(row.name, row.name)

    def address(self, row: Of) -> str:
        """What the name of a row leads to; empty for what was completed by hand."""
        if row.id is None:
            return ""
        if self.name == "courses":
            return reverse("course", args=[row.id])
        if self.name == "destinations":
            return reverse("destination", args=[row.id])
        if self.name == "dispatches":
            return reverse("dispatch_analytics", args=[row.id])
        if self.name == "lms":
            return f"{reverse('analytics')}?lms={row.id or WITHOUT_DOMAIN}"
        return ""


def _group(name: str, title: str, heading: str, singular: str, plural: str) -> Group:
    table = Table(
        f"analytics-{name}",
        singular,
        plural,
        columns=(
            Column("name", heading, "name"),
            Column("launches", _("Launches"), "launches", number=True),
            Column("learners", _("Learners"), "learners", number=True),
            Column("completions", _("Completions"), "completions", number=True),
            Column("score", _("Average score"), "score", number=True),
            Column("time", _("Time"), "time", number=True),
        ),
        filters=tuple(RelatedFilter(name, label) for name, label in NAMES.items()),
        searched=heading,
        csv={"name": lambda row: row.name, **FIGURES},
    )
    return Group(name, title, heading, table)


def _with_csv(group: Group, **columns: Callable[[Any], Any]) -> Group:
    """The group with more columns after the name."""
    csv = {"name": group.table.csv["name"], **columns, **FIGURES}
    return replace(group, table=replace(group.table, csv=csv))


GROUPS: Final = {
    group.name: group
    for group in (
        _group("dispatches", _("By dispatch"), _("Dispatch"), _("dispatch"), _("dispatches")),
        _group("courses", _("By course"), _("Course"), _("course"), _("courses")),
        _group("destinations", _("By customer"), _("Customer"), _("customer"), _("customers")),
        _group("lms", _("By LMS"), "LMS", "LMS", _("LMSs")),
    )
}
# Those of one dispatch: the same LMS is another deployment in each.
DEPLOYMENTS: Final = _with_csv(
    _group("deployments", _("By LMS"), "LMS", _("LMS connection"), _("LMS connections")),
    dispatch=lambda row: row.dispatch,
    suspended=lambda row: "yes" if row.suspended else "no",
)
