"""The lists of partners, synchronizations and results."""

from heliograph.core.translation import gettext_lazy
from heliograph.ui.tables import ChoiceFilter, Column, RelatedFilter, Table

REASONS = {
    "program_unknown": gettext_lazy("The program is not mapped"),
    "nobody": gettext_lazy("Nobody was found"),
    "ambiguous": gettext_lazy("Several enrollments fit"),
    "contradictory": gettext_lazy("Person ID and voucher name two people"),
    "date_missing": gettext_lazy("The date is missing"),
    "date_invalid": gettext_lazy("The date cannot be read"),
    "in_future": gettext_lazy("The date is in the future"),
    "score_invalid": gettext_lazy("The score cannot be read"),
    "status_unknown": gettext_lazy("The status is not known"),
    "program_missing": gettext_lazy("The program is missing"),
    "person_missing": gettext_lazy("No person ID, voucher or email"),
    "not_completed": gettext_lazy("Not completed"),
    "refused": gettext_lazy("The claim was refused"),
    "put_away": gettext_lazy("Ignored by a person"),
}
STATES = {
    "waiting": gettext_lazy("To decide"),
    "matched": gettext_lazy("Matched"),
    "unmatched": gettext_lazy("Not matched"),
    "dead": gettext_lazy("Not readable or refused"),
    "corrected": gettext_lazy("Corrected by the partner"),
    "ignored": gettext_lazy("Ignored"),
}
WAYS = {
    "account": gettext_lazy("Person ID"),
    "voucher": gettext_lazy("Voucher"),
    "person": gettext_lazy("Email, name and date"),
    "badge": gettext_lazy("Badge"),
    "hand": gettext_lazy("A person"),
}
KINDS = {
    "scheduled": gettext_lazy("Scheduled"),
    "manual": gettext_lazy("On demand"),
    "upload": gettext_lazy("Uploaded file"),
    "folder": gettext_lazy("Drop folder"),
    "webhook": gettext_lazy("Webhook"),
}
RUN_STATES = {
    "preview": gettext_lazy("Preview"),
    "waiting": gettext_lazy("Waiting"),
    "running": gettext_lazy("Running"),
    "done": gettext_lazy("Done"),
    "failed": gettext_lazy("Failed"),
    "discarded": gettext_lazy("Discarded"),
}
PARTNERS = Table(
    "partners",
    gettext_lazy("partner"),
    gettext_lazy("partners"),
    columns=(
        Column("name", gettext_lazy("Name"), "name"),
        Column("adapter", gettext_lazy("How results arrive"), "adapter"),
        Column("state", gettext_lazy("Status")),
        Column("last", gettext_lazy("Last success"), "last_success_at"),
        Column("wait", gettext_lazy("To decide"), "wait", number=True),
        Column("key", gettext_lazy("ID"), "key", hidden=True),
    ),
    searched=gettext_lazy("Search partners"),
    csv={
        "id": lambda row: row.id,
        "key": lambda row: row.key,
        "name": lambda row: row.name,
        "adapter": lambda row: row.adapter,
        "enabled": lambda row: row.is_active,
        "failures": lambda row: row.failures,
        "last success": lambda row: row.last_success_at,
        "to decide": lambda row: row.wait,
    },
)
RESULTS = Table(
    "partner-results",
    gettext_lazy("result"),
    gettext_lazy("results"),
    columns=(
        Column("person", gettext_lazy("Person"), "name"),
        Column("partner", gettext_lazy("Partner"), "partner__name"),
        Column("program", gettext_lazy("Program"), "program_key"),
        Column("outcome", gettext_lazy("Reported")),
        Column("taken", gettext_lazy("Date"), "taken_at"),
        Column("state", gettext_lazy("Status")),
    ),
    filters=(
        ChoiceFilter("state", gettext_lazy("Status"), STATES, open=True),
        RelatedFilter("partner", gettext_lazy("Partner")),
    ),
    dated=True,
    searched=gettext_lazy("Name, email or ID"),
    csv={
        "id": lambda row: row.id,
        "partner": lambda row: row.partner.name,
        "external id": lambda row: row.external_id,
        "person id": lambda row: row.person_id,
        "email": lambda row: row.email,
        "name": lambda row: row.name,
        "program": lambda row: row.program_key,
        "reported": lambda row: row.status,
        "date": lambda row: row.taken_at.isoformat() if row.taken_at else "",
        "status": lambda row: row.state,
        "reason": lambda row: row.reason,
        "error": lambda row: row.error,
    },
)
