"""The list of registrations: its columns, filters and CSV, for all of them or for those of one dispatch."""

from dataclasses import replace

from heliograph.core.translation import gettext_lazy, pgettext_lazy
from heliograph.ui.tables import ChoiceFilter, Column, RelatedFilter, Table

REGISTRATIONS = Table(
    "learners",
    gettext_lazy("registration"),
    gettext_lazy("registrations"),
    columns=(
        Column("learner", gettext_lazy("Learner"), "learner__name"),
        Column("course", gettext_lazy("Course"), "course__title"),
        Column("completion", gettext_lazy("Completion")),
        Column("success", gettext_lazy("Result")),
        Column("score", gettext_lazy("Score"), "score_scaled", number=True),
        Column("time", gettext_lazy("Time"), "total_centiseconds", number=True),
        Column("last_activity", gettext_lazy("Last activity"), "last_activity_at"),
        Column("completed", gettext_lazy("Completed"), "completed_at", hidden=True),
        Column("created", gettext_lazy("Registered"), "id", hidden=True),
    ),
    filters=(
        ChoiceFilter(
            "completion",
            gettext_lazy("Completion"),
            {
                "not attempted": gettext_lazy("Not started"),
                "incomplete": gettext_lazy("In progress"),
                "completed": gettext_lazy("Completed"),
            },
            open=True,
        ),
        ChoiceFilter(
            "success",
            gettext_lazy("Result"),
            {
                "passed": gettext_lazy("Passed"),
                "failed": pgettext_lazy("learner", "Failed"),
                "unknown": gettext_lazy("None yet"),
            },
        ),
        RelatedFilter("dispatch", gettext_lazy("Dispatch")),
        RelatedFilter("course", gettext_lazy("Course")),
        RelatedFilter("destination", gettext_lazy("Customer")),
        RelatedFilter("lms", gettext_lazy("LMS")),
        RelatedFilter("group", gettext_lazy("Group")),
        RelatedFilter("reached", gettext_lazy("Reached")),
    ),
    dated=True,
    searched=gettext_lazy("Name, ID or course"),
    csv={
        "key": lambda registration: registration.key,
        "learner": lambda registration: registration.learner.identifier,
        "name": lambda registration: registration.learner.name,
        "course": lambda registration: registration.course.title,
        "completion": lambda registration: registration.completion,
        "success": lambda registration: registration.success,
        "score": lambda registration: (
            registration.score_raw if registration.score_raw is not None else registration.score_scaled
        ),
        "seconds": lambda registration: registration.total_centiseconds / 100,
        "first launch": lambda registration: (
            registration.first_launched_at.isoformat() if registration.first_launched_at else ""
        ),
        "last activity": lambda registration: (
            registration.last_activity_at.isoformat() if registration.last_activity_at else ""
        ),
        "completed": lambda registration: (
            registration.completed_at.isoformat() if registration.completed_at else ""
        ),
        "completed by hand": lambda registration: (
            f"{registration.manual_by}: {registration.manual_reason}" if registration.manual_at else ""
        ),
    },
)
OF_DISPATCH = replace(
    REGISTRATIONS,
    columns=tuple(
        replace(column, hidden=column.hidden or column.name == "course") for column in REGISTRATIONS.columns
    ),
    filters=REGISTRATIONS.filters[:2],
    name="dispatch-learners",
    searched=gettext_lazy("Name or ID"),
)
