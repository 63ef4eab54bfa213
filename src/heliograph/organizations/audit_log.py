"""The audit log's page: who did what to what."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path

from heliograph.accounts.page_access import actor_of, page
from heliograph.audit import queries as audit
from heliograph.audit.tables import AUDIT_LOG, LEARNERS
from heliograph.core.permissions import Permission


@page(Permission.AUDIT_VIEW)
def audit_log(request: HttpRequest) -> HttpResponseBase:
    """Who did what to what, found by any of it."""
    query = AUDIT_LOG.read(request)
    words: dict[str, Any] = {name: query.filters[name] for name in ("kind", "who", "subject")}
    rows = audit.matching(
        actor_of(request).organization_id,
        search=query.search,
        learners=LEARNERS[query.filters["by"]],
        **words,
    )
    if query.csv:
        return AUDIT_LOG.file(query, rows)
    subject = query.filters["subject"]
    label = rows.values_list("subject_label", flat=True).first() if subject else ""
    table = AUDIT_LOG.page(request, query, rows, names={subject: f"“{label}”"} if label else {})
    return render(request, "organizations/audit_log.html", {"table": table})


urlpatterns = [path("admin/org/audit-log/", audit_log, name="audit_log")]
