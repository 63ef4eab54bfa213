"""What of an organization is counted: all of it, or what belongs to one dispatch, course, customer and LMS.

Filters combine freely. Each figure keeps its own way of counting somebody once: `Filters` says which rows of
`DailyState` have counted them so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString
from uuid import UUID

from heliograph.core.translation import gettext_lazy as _
from heliograph.courses import queries as courses
from heliograph.dispatch import queries as dispatching
from heliograph.dispatch.queries import UNKNOWN_LMS_LABEL

# In the address, and on pages.
NAMES: Final = {"course": _("Course"), "destination": _("Customer"), "lms": "LMS"}


@dataclass(frozen=True)
class Filters:
    """The dispatch, course and destination by their ids, the LMS by its ``domain``, "" where a launch named
    none. What is None leaves nothing out.

    ``labels`` says what the course, customer and LMS are called, by their names in the address.
    """

    dispatch_id: UUID | None = None
    course_id: UUID | None = None
    destination_id: UUID | None = None
    domain: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that `where` names, beside ``organization``."""
        return {
            "dispatch": self.dispatch_id,
            "course": self.course_id,
            "destination": self.destination_id,
            "domain": self.domain,
        }

    @property
    def people(self) -> LiteralString:
        """The scope of `DailyState` within which everybody is one person.

        Learners belong to one destination each, so those of the organization are the sum over its
        destinations, and those of a course at a destination are found among those of the course.
        """
        if self.dispatch_id:
            return self.registrations
        if self.course_id:
            return self.people_of_courses
        return "destination" if self.domain is None else self.people_of_lmss

    @property
    def people_of_courses(self) -> LiteralString:
        """The scope within which everybody is one person in each course."""
        if self.dispatch_id:
            return self.registrations
        return "course" if self.domain is None else "lms_course"

    @property
    def people_of_lmss(self) -> LiteralString:
        """The scope within which everybody is one person in each LMS."""
        if self.dispatch_id:
            return "deployment"
        return "lms_course" if self.course_id else "lms"

    @property
    def registrations(self) -> LiteralString:
        """The scope within which a learner of several dispatches counts in each of them."""
        return "dispatch" if self.domain is None else "deployment"

    def where(self, row: LiteralString) -> LiteralString:
        """A condition of SQL on a row with an organization, a dispatch and, for an LMS, a deployment."""
        conditions: list[LiteralString] = [f"{row}.organization_id = %(organization)s"]
        if self.dispatch_id:
            conditions.append(f"{row}.dispatch_id = %(dispatch)s")
        if self.course_id or self.destination_id:
            conditions.append(f"{row}.dispatch_id IN ({self._dispatches})")
        if self.domain is not None:
            conditions.append(f"{row}.deployment_id IN ({_DEPLOYMENTS})")
            # Rows are found by their dispatch: no index has the deployment.
            conditions.append(f"{row}.dispatch_id IN ({_DISPATCHES_OF_LMS})")
        return " AND ".join(conditions)

    @property
    def _dispatches(self) -> LiteralString:
        sql: LiteralString = "SELECT id FROM report_dispatches WHERE organization_id = %(organization)s"
        if self.course_id:
            sql += " AND course_id = %(course)s"
        if self.destination_id:
            sql += " AND destination_id = %(destination)s"
        return sql


EVERYTHING: Final = Filters()
_OF_LMS: Final = "FROM report_deployments WHERE organization_id = %(organization)s AND domain = %(domain)s"
_DEPLOYMENTS: Final = f"SELECT id {_OF_LMS}"
_DISPATCHES_OF_LMS: Final = f"SELECT dispatch_id {_OF_LMS}"


def chosen(organization_id: UUID, given: Mapping[str, str]) -> Filters:
    """The filters that an address names: ``course`` and ``destination`` by id or key, ``lms`` by its domain.

    Raises `NotFound` for anything that is not the organization's.
    """
    labels, ids = {}, {}
    if value := given.get("course", ""):
        course = courses.course(organization_id, value)
        ids["course_id"], labels["course"] = course.id, course.title
    if value := given.get("destination", ""):
        destination = dispatching.destination(organization_id, value)
        ids["destination_id"], labels["destination"] = destination.id, destination.name
    domain = None
    if value := given.get("lms", ""):
        domain = dispatching.domain_of(organization_id, value)
        labels["lms"] = domain or UNKNOWN_LMS_LABEL
    return Filters(domain=domain, labels=labels, **ids)
