"""Whose learning is looked at: everybody's who was registered within days, in one course or all, for one
customer or all, of the people of one group or of everybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, LiteralString
from uuid import UUID

from heliograph.accounts.groups import queries as groups
from heliograph.core.scope import acting, refuse_limited
from heliograph.core.translation import gettext_lazy as _
from heliograph.courses import queries as courses
from heliograph.dispatch import queries as dispatching
from heliograph.insights.learning import people
from heliograph.insights.models import EVERY
from heliograph.insights.periods import Days, days

# In the address, and on pages.
NAMES: Final = {"course": _("Course"), "destination": _("Customer"), "group": _("Group")}
_OF_DAYS: LiteralString = "c.organization_id = %(organization)s AND c.day BETWEEN %(first)s AND %(last)s"


@dataclass(frozen=True)
class Selection:
    """Those of an organization who were registered on these days; what is None leaves nobody out.

    ``labels``: what the course, customer and group are called, by their names in the address.
    ``within_courses``, ``within_customers`` and ``within_groups``: those that the role of whoever asks is
    limited to.
    """

    organization_id: UUID
    days: Days
    course_id: UUID | None = None
    destination_id: UUID | None = None
    group_id: UUID | None = None
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    within_courses: tuple[UUID, ...] | None = None
    within_customers: tuple[UUID, ...] | None = None
    within_groups: tuple[UUID, ...] | None = None

    @property
    def before(self) -> "Selection":
        """The same of as many days, right before."""
        return replace(self, days=self.days.before)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that these conditions name."""
        return {
            "organization": self.organization_id,
            "first": self.days.first,
            "last": self.days.last,
            "course": self.course_id or EVERY,
            "destination": self.destination_id or EVERY,
            "within_courses": list(self.within_courses or ()),
            "within_customers": list(self.within_customers or ()),
            "groups": [self.group_id] if self.group_id else list(self.within_groups or ()),
        }

    @property
    def is_of_groups(self) -> bool:
        """Whether only the people of groups are counted."""
        return self.group_id is not None or self.within_groups is not None

    def cohorts(self, table: LiteralString) -> LiteralString:
        """What is read in SQL in the place of a table of cohorts: of groups, what their people contribute."""
        return people.COHORTS[table] if self.is_of_groups else table

    @property
    def _course(self) -> LiteralString:
        if self.course_id is None and self.within_courses is not None:
            return "c.course_id = ANY(%(within_courses)s)"
        # What people contribute is in its course and nowhere else, so that no row is of every course.
        return "true" if self.course_id is None and self.is_of_groups else "c.course_id = %(course)s"

    @property
    def of_customers(self) -> LiteralString:
        """A condition of SQL on a cohort ``c``: those that count everybody of the customers once."""
        if self.destination_id is None and self.within_customers is not None:
            return "c.destination_id = ANY(%(within_customers)s)"
        return (
            "true"
            if self.destination_id is None and self.is_of_groups
            else "c.destination_id = %(destination)s"
        )

    @property
    def where(self) -> LiteralString:
        """A condition of SQL on a cohort ``c``: those that count everybody of the selection once."""
        return f"{_OF_DAYS} AND {self._course} AND {self.of_customers}"

    @property
    def each_course(self) -> LiteralString:
        """The same of each course by itself, on any day."""
        if self.course_id or self.within_courses is not None:
            return f"c.organization_id = %(organization)s AND {self._course} AND {self.of_customers}"
        return f"c.organization_id = %(organization)s AND c.course_id <> %(course)s AND {self.of_customers}"

    @property
    def of_each_course(self) -> LiteralString:
        """The same of each course by itself."""
        return f"{_OF_DAYS} AND {self.each_course}"

    @property
    def of_each_customer(self) -> LiteralString:
        """The same of each customer by itself."""
        if self.destination_id or self.within_customers is not None:
            return self.where
        return f"{_OF_DAYS} AND {self._course} AND c.destination_id <> %(destination)s"


def selected(organization_id: UUID, of_days: Days, given: Mapping[str, str]) -> Selection:
    """What an address selects: ``course``, ``destination`` and ``group`` by id or key.

    Raises `NotFound` for anything that is not the organization's.
    """
    labels: dict[str, str] = {}
    ids: dict[str, UUID] = {}
    if value := given.get("course", ""):
        course = courses.course(organization_id, value)
        ids["course_id"], labels["course"] = course.id, course.title
    if value := given.get("destination", ""):
        destination = dispatching.destination(organization_id, value)
        ids["destination_id"], labels["destination"] = destination.id, destination.name
    if value := given.get("group", ""):
        group = groups.named(organization_id, value)
        ids["group_id"], labels["group"] = group.id, group.name
    chosen = Selection(
        organization_id, of_days, ids.get("course_id"), ids.get("destination_id"), ids.get("group_id"), labels
    )
    actor = acting()
    if actor and actor.scope.folders:
        mine = tuple(courses.courses(organization_id).values_list("id", flat=True))
        chosen = replace(chosen, within_courses=mine)
    if actor and actor.scope.destinations:
        chosen = replace(chosen, within_customers=actor.scope.destinations)
    if actor and actor.scope.groups:
        chosen = replace(chosen, within_groups=actor.scope.groups)
    return chosen


def versus(first: Selection, given: Mapping[str, str]) -> Selection:
    """What a selection is compared with: what ``course``, ``destination``, ``group``, ``from`` and ``to``
    name; or where they name nothing, the same of as many days right before.

    Raises as `selected` does.
    """
    if not any(given.values()):
        return first.before
    of_days = days("", given["from"], given["to"]) if given["from"] or given["to"] else first.days
    return selected(first.organization_id, of_days, given)


def available_filters() -> dict[str, str]:
    """The filters of whoever asks, as `NAMES` has them: who is limited to groups finds no customers."""
    return {name: label for name, label in NAMES.items() if name != "destination" or _finds_customers()}


def refuse_customers() -> None:
    """Raise `Forbidden` for somebody who finds no customers: what follows names them."""
    if not _finds_customers():
        refuse_limited()


def _finds_customers() -> bool:
    actor = acting()
    return actor is None or not actor.scope.groups


def choices(organization_id: UUID, name: str, text: str, most: int) -> dict[str, str]:
    """Up to ``most`` values of the filter ``name`` that a search finds: their ids and names."""
    if name == "course":
        found = courses.courses(organization_id, text).order_by("title", "id")[:most]
        return {str(course.id): course.title for course in found}
    if name == "group":
        return {str(group.id): group.name for group in groups.all_named(organization_id, text)[:most]}
    named = dispatching.named_destinations(organization_id, text)[:most]
    return {str(destination.id): destination.name for destination in named}
