"""The list of claims, of the operator's pages and of program holders'."""

from heliograph.core.translation import gettext_lazy
from heliograph.marketplace.rules import ClaimState
from heliograph.ui.tables import ChoiceFilter, Column, Table
from heliograph.ui.templatetags.heliograph import LABELS

ROUTES = {
    "student": gettext_lazy("Student"),
    "holder": gettext_lazy("Program holder"),
    "partner": gettext_lazy("Partner"),
    "course": gettext_lazy("Course"),
}
CLAIMS = Table(
    "claims",
    gettext_lazy("claim"),
    gettext_lazy("claims"),
    columns=(
        Column("student", gettext_lazy("Student"), "part__enrollment__student__user__name"),
        Column("part", gettext_lazy("Part"), "part__part__title"),
        Column("route", gettext_lazy("Reported by")),
        Column("state", gettext_lazy("Status")),
        Column("completed", gettext_lazy("Completed on"), "completed_at"),
        Column("received", gettext_lazy("Received"), "id"),
    ),
    filters=(
        ChoiceFilter("state", gettext_lazy("Status"), {str(s): LABELS[s] for s in ClaimState}, open=True),
        ChoiceFilter("route", gettext_lazy("Reported by"), ROUTES),
    ),
    dated=True,
    searched=gettext_lazy("Student, part or program"),
    csv={
        "id": lambda row: row.id,
        "enrollment": lambda row: row.part.enrollment_id,
        "student": lambda row: row.part.enrollment.student.full_name,
        "email": lambda row: row.part.enrollment.student.user.email,
        "program": lambda row: row.part.enrollment.version.title,
        "part": lambda row: row.part.part.title,
        "reported by": lambda row: row.route,
        "status": lambda row: row.state,
        "completed": lambda row: row.completed_at.isoformat(),
        "received": lambda row: row.created_at.isoformat(),
        "decided by": lambda row: row.decided_by,
        "reason": lambda row: row.reason,
    },
)
