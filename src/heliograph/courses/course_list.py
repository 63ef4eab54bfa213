"""The list of courses: its columns and filters, and the courses that match them."""

from dataclasses import replace
from uuid import UUID

from django.db.models import QuerySet

from heliograph.core.translation import gettext_lazy
from heliograph.courses import organizing, queries
from heliograph.courses.models import Course
from heliograph.ui.tables import ChoiceFilter, Column, Query, Table
from heliograph.ui.templatetags.heliograph import STANDARDS

STATE = ChoiceFilter(
    "state",
    gettext_lazy("Status"),
    {
        "published": gettext_lazy("Published"),
        "waiting": gettext_lazy("New version not published"),
        "unpublished": gettext_lazy("Not published"),
    },
    open=True,
)
COURSES = Table(
    "courses",
    gettext_lazy("course"),
    gettext_lazy("courses"),
    columns=(
        Column("title", gettext_lazy("Course"), "title"),
        Column("standard", gettext_lazy("Format")),
        Column("status", gettext_lazy("Status")),
        Column("version", gettext_lazy("Published version"), number=True, hidden=True),
        Column("dispatches", gettext_lazy("Dispatches"), number=True),
        Column("learners", gettext_lazy("Learners"), number=True),
        Column("folder", gettext_lazy("Folder")),
        Column("tags", gettext_lazy("Tags"), hidden=True),
        Column("owner", gettext_lazy("Owner"), "owner__user__name", hidden=True),
        Column("key", gettext_lazy("ID"), "key", hidden=True),
        Column("created", gettext_lazy("Imported"), "id"),
    ),
    dated=True,
    searched=gettext_lazy("Search courses"),
    load=lambda rows: with_places(queries.with_usage(rows)),
    csv={
        "key": lambda course: course.key,
        "title": lambda course: course.title,
        "standard": lambda course: course.published.standard if course.published else "",
        "published version": lambda course: course.published.number if course.published else "",
        "status": queries.state_of,
        "dispatches": lambda course: course.usage.get("dispatches", 0),
        "learners": lambda course: course.usage.get("learners", 0),
        "folder": lambda course: course.place,
        "tags": lambda course: ", ".join(course.tags),
        "owner": lambda course: str(course.owner) if course.owner else "",
        "created": lambda course: course.created_at.isoformat(),
    },
)


def with_places(rows: list[Course]) -> list[Course]:
    """Courses with their ``place``: the names of their folders from the top down."""
    labels = (
        {place.folder.id: place.label for place in organizing.open_places(rows[0].organization_id)}
        if rows
        else {}
    )
    for course in rows:
        course.place = labels.get(course.folder_id, "")  # type: ignore[attr-defined, arg-type]
    return rows


def table_of(organization_id: UUID) -> Table:
    """The list with the folders and tags of this organization."""
    folders = {str(place.folder.id): place.label for place in organizing.open_places(organization_id)}
    tags = {tag: tag for tag in organizing.tags(organization_id)}
    return replace(
        COURSES,
        filters=(
            STATE,
            ChoiceFilter("standard", gettext_lazy("Format"), STANDARDS),
            *([ChoiceFilter("folder", gettext_lazy("Folder"), folders)] if folders else []),
            *([ChoiceFilter("tag", gettext_lazy("Tag"), tags)] if tags else []),
        ),
    )


def matching(organization_id: UUID, query: Query) -> QuerySet[Course]:
    """The courses that search and filters let through, of those that whoever asks may see.

    Raises `FolderNotFound`.
    """
    chosen = query.filters
    rows = queries.listed(organization_id, query.search, chosen["standard"], chosen["state"])
    return queries.kept(rows, organization_id, chosen.get("folder", ""), chosen.get("tag", ""))
