"""The audit log as a table, whole or of one thing."""

import json
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from heliograph.audit.queries import KINDS, matching
from heliograph.ui.tables import ChoiceFilter, Column, Listed, RelatedFilter, Table, TextFilter

AUDIT_LOG = Table(
    "audit-log",
    "entry",
    "entries",
    columns=(
        Column("at", "Date", "id"),
        Column("who", "User", "actor_label"),
        Column("what", "Action"),
    ),
    filters=(
        ChoiceFilter(
            "by", "By", {"learners": "Learners", "all": "Everybody"}, open=True, all_label="Your team"
        ),
        ChoiceFilter("kind", "Type", {kind: name[:1].upper() + name[1:] for kind, name in KINDS.items()}),
        TextFilter("who", "User"),
        RelatedFilter("subject", "Activity of"),
    ),
    dated=True,
    searched="Search by action or name",
    csv={
        "at": lambda entry: entry.at.isoformat(),
        "who": lambda entry: entry.actor_label,
        "who is": lambda entry: entry.actor_kind,
        "did": lambda entry: entry.verb,
        "kind": lambda entry: entry.subject_kind,
        "what": lambda entry: entry.subject_label,
        "id": lambda entry: entry.subject_id,
        "details": lambda entry: (
            json.dumps(entry.details, ensure_ascii=False, sort_keys=True) if entry.details else ""
        ),
    },
)
LEARNERS = {"": False, "learners": True, "all": None}  # what the filter ``by`` asks of `queries.matching`
OF_ONE_THING = replace(AUDIT_LOG, filters=(TextFilter("who", "User"),))


def activity(
    request: HttpRequest, organization_id: UUID, subjects: Iterable[UUID]
) -> Listed | HttpResponseBase:
    """What was done to one thing, which is these rows, as the list that a page asks for; or as its CSV."""
    query = OF_ONE_THING.read(request)
    rows = matching(organization_id, subjects=subjects, search=query.search, who=query.filters["who"])
    return OF_ONE_THING.file(query, rows) if query.csv else OF_ONE_THING.page(request, query, rows)
