"""The lists of WIOA reporting."""

from heliograph.core.translation import gettext_lazy
from heliograph.marketplace.wioa.forms import KINDS
from heliograph.ui.tables import ChoiceFilter, Column, Table

PARTICIPATIONS = Table(
    "participations",
    gettext_lazy("participation"),
    gettext_lazy("participations"),
    columns=(
        Column("student", gettext_lazy("Student"), "participant__student__user__name"),
        Column("number", gettext_lazy("Number")),
        Column("board", gettext_lazy("Workforce board"), "board__name"),
        Column("case", gettext_lazy("Case number")),
        Column("entered", gettext_lazy("Entry"), "entered_on"),
        Column("last", gettext_lazy("Last service"), "last_service_on"),
        Column("exited", gettext_lazy("WIOA exit"), "exited_on"),
    ),
    filters=(
        ChoiceFilter(
            "state", gettext_lazy("Status"), {"open": gettext_lazy("Open"), "exited": gettext_lazy("Exited")}
        ),
    ),
    searched=gettext_lazy("Student, number or case"),
    csv={
        "id": lambda row: row.id,
        "number": lambda row: row.participant.number,
        "student": lambda row: row.participant.student.full_name,
        "board": lambda row: row.board.name if row.board else "",
        "case number": lambda row: row.case_number,
        "entry": lambda row: row.entered_on,
        "last service": lambda row: row.last_service_on or "",
        "exit": lambda row: row.exited_on or "",
        "exit reason": lambda row: row.exit_reason,
    },
)
REPORTS = Table(
    "wioa_reports",
    gettext_lazy("report"),
    gettext_lazy("reports"),
    columns=(
        Column("kind", gettext_lazy("Report")),
        Column("period", gettext_lazy("Period"), "until"),
        Column("layout", gettext_lazy("Layout")),
        Column("state", gettext_lazy("Status")),
        Column("rows", gettext_lazy("Rows"), "rows", number=True),
        Column("errors", gettext_lazy("Errors"), "errors_found", number=True),
        Column("made", gettext_lazy("Created"), "id"),
    ),
    filters=(ChoiceFilter("kind", gettext_lazy("Report"), KINDS),),
    csv={
        "id": lambda row: row.id,
        "report": lambda row: row.kind,
        "since": lambda row: row.since,
        "until": lambda row: row.until,
        "status": lambda row: row.state,
        "rows": lambda row: row.rows,
        "errors": lambda row: row.errors_found,
        "sha256": lambda row: row.sha256,
        "snapshot sha256": lambda row: row.snapshot_sha256,
        "created": lambda row: row.created_at.isoformat(),
        "created by": lambda row: row.created_by,
    },
)
