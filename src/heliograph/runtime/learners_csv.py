"""The list of learners as a CSV file, as the page of it offers."""

from django.db.models import QuerySet
from django.http.response import HttpResponseBase

from heliograph.core.web.listing import as_csv
from heliograph.runtime.models import Registration

COLUMNS = {
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
}


def learners_csv(registrations: QuerySet[Registration]) -> HttpResponseBase:
    """A row for each registration, in their order."""
    return as_csv("learners", COLUMNS, registrations)
