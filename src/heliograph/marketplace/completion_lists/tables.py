"""The rows of a file of completions, as a list."""

from heliograph.core.translation import gettext_lazy
from heliograph.ui.tables import ChoiceFilter, Column, Table

STATES = {
    "ready": gettext_lazy("To mark"),
    "refused": gettext_lazy("Not possible"),
    "unchanged": gettext_lazy("Recorded before"),
    "skipped": gettext_lazy("No date"),
    "done": gettext_lazy("Marked complete"),
}
LIST_STATES = {
    "checked": gettext_lazy("To check"),
    "running": gettext_lazy("Running"),
    "done": gettext_lazy("Done"),
}
ROWS = Table(
    "completion-rows",
    gettext_lazy("row"),
    gettext_lazy("rows"),
    columns=(
        Column("student", gettext_lazy("Student")),
        Column("number", gettext_lazy("Row"), "number", number=True),
        Column("program", gettext_lazy("Program")),
        Column("completed", gettext_lazy("Completed on"), "completed_at"),
        Column("state", gettext_lazy("Status")),
    ),
    filters=(ChoiceFilter("state", gettext_lazy("Status"), STATES, open=True),),
    csv={
        "row": lambda row: row.number,
        "enrollment": lambda row: row.enrollment_id or "",
        "email": lambda row: row.enrollment.student.user.email if row.enrollment else row.email,
        "program": lambda row: row.enrollment.version.title if row.enrollment else "",
        "completed": lambda row: row.completed_at.isoformat() if row.completed_at else "",
        "certificate": lambda row: row.certificate_url,
        "notes": lambda row: row.notes,
        "status": lambda row: row.state,
        "problem": lambda row: row.problem,
    },
)
