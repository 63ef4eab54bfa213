"""The list of registrations: its columns, filters and CSV, for all of them or for those of one dispatch."""

from dataclasses import replace

from heliograph.ui.tables import ChoiceFilter, Column, RelatedFilter, Table

REGISTRATIONS = Table(
    "learners",
    "registration",
    "registrations",
    columns=(
        Column("learner", "Learner", "learner__name"),
        Column("course", "Course", "course__title"),
        Column("completion", "Completion"),
        Column("success", "Result"),
        Column("score", "Score", "score_scaled", number=True),
        Column("time", "Time", "total_centiseconds", number=True),
        Column("last_activity", "Last activity", "last_activity_at"),
        Column("completed", "Completed", "completed_at", hidden=True),
        Column("created", "Registered", "id", hidden=True),
    ),
    filters=(
        ChoiceFilter(
            "completion",
            "Completion",
            {"not attempted": "Not started", "incomplete": "In progress", "completed": "Completed"},
            open=True,
        ),
        ChoiceFilter("success", "Result", {"passed": "Passed", "failed": "Failed", "unknown": "None yet"}),
        RelatedFilter("dispatch", "Dispatch"),
    ),
    dated=True,
    searched="Name, ID or course",
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
    searched="Name or ID",
)
