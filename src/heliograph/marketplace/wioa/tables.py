"""The lists of WIOA reporting."""

from heliograph.core.translation import gettext_lazy
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
