"""The audit log as a table, whole or of one thing."""

import json
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.text import capfirst

from heliograph.audit.queries import KINDS, matching
from heliograph.core.translation import gettext_lazy as _
from heliograph.ui.tables import ChoiceFilter, Column, Listed, RelatedFilter, Table, TextFilter

AUDIT_LOG = Table(
    "audit-log",
    _("entry"),
    _("entries"),
    columns=(
        Column("at", _("Date"), "id"),
        Column("who", _("User"), "actor_label"),
        Column("what", _("Action")),
    ),
    filters=(
        ChoiceFilter(
            "by",
            _("By"),
            {"learners": _("Learners"), "all": _("Everybody")},
            open=True,
            all_label=_("Your team"),
        ),
        ChoiceFilter("kind", _("Type"), {kind: capfirst(name) for kind, name in KINDS.items()}),
        TextFilter("who", _("User")),
        RelatedFilter("subject", _("Activity of")),
    ),
    dated=True,
    searched=_("Search by action or name"),
    csv={
        "date": lambda entry: entry.at.isoformat(),
        "user": lambda entry: entry.actor_label,
        "user type": lambda entry: entry.actor_kind,
        "action": lambda entry: entry.verb,
        "type": lambda entry: entry.subject_kind,
        "name": lambda entry: entry.subject_label,
        "id": lambda entry: entry.subject_id,
        "details": lambda entry: (
            json.dumps(entry.details, ensure_ascii=False, sort_keys=True) if entry.details else ""
        ),
    },
)
LEARNERS = {"": False, "learners": True, "all": None}  # what the filter ``by`` asks of `queries.matching`
OF_ONE_THING = replace(AUDIT_LOG, filters=(TextFilter("who", _("User")),))


def activity(
    request: HttpRequest, organization_id: UUID, subjects: Iterable[UUID]
) -> Listed | HttpResponseBase:
    """What was done to one thing, which is these rows, as the list that a page asks for; or as its CSV."""
    query = OF_ONE_THING.read(request)
    rows = matching(organization_id, subjects=subjects, search=query.search, who=query.filters["who"])
    return OF_ONE_THING.file(query, rows) if query.csv else OF_ONE_THING.page(request, query, rows)
