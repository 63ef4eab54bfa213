"""The page on which administrators find a person, hand out what the record store holds of them, and erase it;
and what was erased so far.
"""

from typing import Any
from urllib.parse import urlencode

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid
from heliograph.core.ids import slug
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext_lazy, grouped, ngettext
from heliograph.lrs.browser import search
from heliograph.lrs.browser.search import StatementFilters
from heliograph.lrs.models import Erasure
from heliograph.lrs.people import actions, person_statements
from heliograph.lrs.people.forms import ErasePerson
from heliograph.lrs.rules import keys, wording
from heliograph.ui.tables import Column, Table

SHORTEST_SEARCH = 2
MOST_SHOWN = 12  # people that a search finds
ERASURES = Table(
    "erasures",
    "erasure",
    "erasures",
    columns=(
        Column("at", gettext_lazy("Date"), "id"),
        Column("reason", gettext_lazy("Reason")),
        Column("statements", gettext_lazy("Statements"), "statements", number=True),
        Column("redacted", gettext_lazy("Redacted"), "redacted", number=True),
        Column("documents", gettext_lazy("States and profiles"), "documents", number=True),
    ),
    csv={
        "date": lambda erasure: erasure.at.isoformat(timespec="seconds"),
        "by": lambda erasure: erasure.by,
        "reason": lambda erasure: erasure.reason,
        "statements deleted": lambda erasure: erasure.statements,
        "statements of others": lambda erasure: erasure.redacted,
        "states and profiles deleted": lambda erasure: erasure.documents,
    },
)


@page(Permission.LEARNERS_ERASE)
def find(request: HttpRequest) -> HttpResponseBase:
    """A person, found by what is typed or named by the address; below, what was erased."""
    if request.GET.get("csv"):
        return ERASURES.file(ERASURES.read(request), actions.erasures(actor_of(request).organization_id))
    if request.GET.get("person"):
        return _shown(request, _identifier(request.GET["person"]))
    text = request.GET.get("who", "").strip()
    learners = actions.search(actor_of(request).organization_id, text) if len(text) >= SHORTEST_SEARCH else []
    if len(learners) == 1 and not request.htmx:  # type: ignore[attr-defined]
        return redirect(_address(learners[0].value))
    return _shown(
        request,
        searched=text,
        learners=[(learner, urlencode({"person": learner.value})) for learner in learners[:MOST_SHOWN]],
        more=len(learners) > MOST_SHOWN,
    )


@page(Permission.LEARNERS_ERASE)
def download(request: HttpRequest) -> HttpResponseBase:
    """Everything that names the person, as the API hands it out."""
    if not request.GET.get("person"):
        return redirect("people")
    identifier = _identifier(request.GET["person"])
    answer = StreamingHttpResponse(
        actions.as_json(actor_of(request).organization_id, identifier), content_type="application/json"
    )
    answer["Content-Disposition"] = (
        f'attachment; filename="{slug(wording.identifier(identifier), "person")}.json"'
    )
    return answer


@require_POST
@page(Permission.LEARNERS_ERASE)
def erase(request: HttpRequest) -> HttpResponseBase:
    """Erase whom the form names, where what was typed to confirm it names them, too."""
    identifier = _identifier(request.POST.get("person", ""))
    form = ErasePerson(request.POST, name=wording.identifier(identifier))
    try:
        made = actions.erase(actor_of(request), keys.agent_of(identifier), form.values()["reason"])
    except Invalid as problem:
        if "X-Dialog" in request.headers:
            raise  # shown in the dialog, which stays open
        form.refused(problem)
        return _shown(request, identifier, status=422, form=form)
    messages.success(request, _erasure_text(made))
    return redirect("people")


def _shown(request: HttpRequest, identifier: str = "", *, status: int = 200, **more: Any) -> HttpResponse:
    organization_id = actor_of(request).organization_id
    shown: dict[str, Any] = {
        "table": ERASURES.page(request, ERASURES.read(request), actions.erasures(organization_id)),
        "most": person_statements.MOST_COUNTED,
    }
    if identifier:
        shown |= {
            "person": search.learner(organization_id, identifier),
            "holding": actions.holding(organization_id, identifier),
            "erased": actions.erasures_of(organization_id, identifier).first(),
            "query": urlencode({"person": identifier}),
            "form": ErasePerson(initial={"person": identifier}, name=wording.identifier(identifier)),
            "records": StatementFilters(learner=identifier, related="1").query(),
        }
    return render(request, "lrs/people.html", shown | more, status=status)


def _erasure_text(made: Erasure) -> str:
    """What an erasure did, without whom it was about."""
    statements = ngettext(
        "Erased %(count)s statement by or about this person.",
        "Erased %(count)s statements by or about this person.",
        made.statements,
    ) % {"count": grouped(made.statements)}
    documents = ngettext(
        "Erased %(count)s state or profile.", "Erased %(count)s states and profiles.", made.documents
    ) % {"count": grouped(made.documents)}
    redacted = ngettext(
        "Anonymized in %(count)s statement of other people.",
        "Anonymized in %(count)s statements of other people.",
        made.redacted,
    ) % {"count": grouped(made.redacted)}
    return f"{statements} {documents} {redacted}"


def _identifier(text: str) -> str:
    """Whom an address or a form names. Raises `Invalid`."""
    agent = actions.person_in(msgspec.json.encode(keys.agent_of(text)).decode())
    return keys.identifier(agent) or ""


def _address(identifier: str) -> str:
    return f"{reverse('people')}?{urlencode({'person': identifier})}"


urlpatterns = [
    path("records/people/", find, name="people"),
    path("records/people/everything.json", download, name="person_download"),
    path("records/people/erase", erase, name="person_erase"),
]
