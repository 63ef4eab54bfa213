"""The list of enrollments, of the operator's pages and of program holders'."""

from heliograph.core.translation import gettext_lazy
from heliograph.marketplace.rules import EnrollmentState
from heliograph.ui.tables import ChoiceFilter, Column, Table
from heliograph.ui.templatetags.heliograph import LABELS

STATES = {str(state): LABELS[state] for state in EnrollmentState}
COLUMNS = (
    Column("student", gettext_lazy("Student"), "student__user__name"),
    Column("program", gettext_lazy("Program"), "version__title"),
    Column("state", gettext_lazy("Status")),
    Column("since", gettext_lazy("Status since"), "state_since"),
    Column("parts", gettext_lazy("Parts completed"), "completed", number=True),
    Column("start", gettext_lazy("Start"), hidden=True),
    Column("applied", gettext_lazy("Applied"), "id"),
)
ENROLLMENTS = Table(
    "enrollments",
    gettext_lazy("enrollment"),
    gettext_lazy("enrollments"),
    columns=COLUMNS,
    filters=(ChoiceFilter("state", gettext_lazy("Status"), STATES),),
    dated=True,
    searched=gettext_lazy("Student or program"),
    csv={
        "id": lambda row: row.id,
        "student": lambda row: row.student.full_name,
        "email": lambda row: row.student.user.email,
        "program": lambda row: row.version.title,
        "version": lambda row: row.version.number,
        "status": lambda row: row.state,
        "status since": lambda row: row.state_since.isoformat(),
        "parts completed": lambda row: row.completed,
        "parts required": lambda row: row.required,
        "start": lambda row: row.cohort.name if row.cohort else "",
        "applied": lambda row: row.created_at.isoformat(),
        "completed": lambda row: row.completed_at.isoformat() if row.completed_at else "",
    },
)
