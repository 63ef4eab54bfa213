"""Pages of pipes: how each does, what it could not deliver, and the forms that make and change them."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Problem
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.lrs.models import Pipe
from heliograph.lrs.pipes import actions, queries, rules
from heliograph.lrs.pipes.actions import PipeSettings, Tested
from heliograph.lrs.pipes.forms import ImportChanges, NewForwarding, NewImport, PipeChanges, chosen_filter
from heliograph.ui.confirmation import question
from heliograph.ui.tables import ACTIONS, Column, Table
from heliograph.ui.undo import undoable

UNDELIVERED = Table(
    "undelivered",
    gettext_lazy("failed statement"),
    gettext_lazy("failed statements"),
    columns=(
        Column("statement", gettext_lazy("Statement")),
        Column("reason", gettext_lazy("Reason"), "reason"),
        Column("at", gettext_lazy("Date"), "id"),
        Column(ACTIONS, gettext_lazy("Actions")),
    ),
    csv={
        "statement": lambda undelivered: undelivered.statement_id,
        "reason": lambda undelivered: undelivered.reason,
        "status": lambda undelivered: undelivered.status,
        "attempts": lambda undelivered: undelivered.tries,
        "date": lambda undelivered: undelivered.at.isoformat(),
    },
)


@page(Permission.RECORDS_MANAGE)
def pipe_list(request: HttpRequest) -> HttpResponseBase:
    """All pipes of the organization."""
    pipes: QuerySet[Pipe] = queries.pipes(actor_of(request).organization_id)
    shown = {
        "pipes": [(pipe, queries.state_of(pipe)) for pipe in pipes],
        "forward_form": NewForwarding(),
        "import_form": NewImport(initial={"direction": Pipe.Direction.IMPORT}),
    }
    return render(request, "lrs/pipes/pipes.html", shown)


@page(Permission.RECORDS_MANAGE)
def pipe_detail(request: HttpRequest, pipe_id: str) -> HttpResponseBase:
    """One pipe and what it could not deliver."""
    pipe = _pipe(request, pipe_id)
    rows = queries.undelivered(pipe)
    query = UNDELIVERED.read(request)
    if query.csv:
        return UNDELIVERED.file(query, rows)
    shown = {
        "pipe": pipe,
        "pipe_state": queries.state_of(pipe),
        "table": UNDELIVERED.page(request, query, rows),
        "form": _change_form(pipe),
    }
    return render(request, "lrs/pipes/pipe.html", shown)


@require_POST
@page(Permission.RECORDS_MANAGE)
def pipe_create(request: HttpRequest) -> HttpResponseBase:
    """Make a pipe; it begins at once."""
    forward = request.POST.get("direction") != Pipe.Direction.IMPORT
    form = (NewForwarding if forward else NewImport)(request.POST)
    sent = form.values()
    made = actions.create_pipe(
        actor_of(request),
        sent["name"],
        sent["direction"],
        form.settings(),
        filter=chosen_filter(sent),
        from_beginning=sent.get("begin") != "now",
        continuous=sent.get("continuous", True),
    )
    messages.success(request, gettext("Sync started."))
    return redirect("pipe", made.id)


@require_POST
@page(Permission.RECORDS_MANAGE)
def pipe_test(request: HttpRequest) -> HttpResponseBase:
    """What a connection test found, as a piece of the dialog."""
    try:
        tested = actions.test_connection(
            actor_of(request), request.POST.get("direction", ""), _asked(request)
        )
    except Problem as problem:
        tested = Tested(False, problem.sentence)
    return _said(request, tested)


@require_POST
@page(Permission.RECORDS_MANAGE)
def pipe_test_kept(request: HttpRequest, pipe_id: str) -> HttpResponseBase:
    """The same with the key that is kept."""
    return _said(request, actions.test_pipe(actor_of(request), _pipe(request, pipe_id)))


@require_POST
@page(Permission.RECORDS_MANAGE)
def pipe_change(request: HttpRequest, pipe_id: str) -> HttpResponseBase:
    pipe = _pipe(request, pipe_id)
    forward = pipe.direction == Pipe.Direction.FORWARD
    sent = (PipeChanges if forward else ImportChanges).sent(request)
    actions.change_pipe(
        actor_of(request),
        pipe,
        **{name: sent[name] for name in ("name", "key", "secret", "version")},
        filter=chosen_filter(sent) if forward else None,
        continuous=sent.get("continuous"),
    )
    messages.success(request, gettext("Saved. Applies to statements not yet transferred."))
    return redirect("pipe", pipe.id)


@require_POST
@page(Permission.RECORDS_MANAGE)
def pipe_pause(request: HttpRequest, pipe_id: str) -> HttpResponseBase:
    pipe = _pipe(request, pipe_id)
    actions.pause(actor_of(request), pipe)
    undoable(
        request, gettext("“%(name)s” paused.") % {"name": pipe.name}, reverse("pipe_resume", args=[pipe.id])
    )
    return redirect("pipes")


@require_POST
@page(Permission.RECORDS_MANAGE)
def pipe_resume(request: HttpRequest, pipe_id: str) -> HttpResponseBase:
    pipe = _pipe(request, pipe_id)
    actions.resume(actor_of(request), pipe)
    undoable(
        request, gettext("“%(name)s” resumed.") % {"name": pipe.name}, reverse("pipe_pause", args=[pipe.id])
    )
    return redirect("pipes")


@require_POST
@page(Permission.RECORDS_MANAGE)
def pipe_try(request: HttpRequest, pipe_id: str) -> HttpResponseBase:
    pipe = _pipe(request, pipe_id)
    actions.try_now(actor_of(request), pipe)
    messages.success(request, gettext("Retrying…"))
    return redirect("pipe", pipe.id)


@require_POST
@page(Permission.RECORDS_MANAGE)
def pipe_remove(request: HttpRequest, pipe_id: str) -> HttpResponseBase:
    pipe = _pipe(request, pipe_id)
    title = gettext("Remove “%(name)s”?") % {"name": pipe.name}
    follows = queries.consequences_of_removing(pipe)
    if asked := question(request, title, gettext("Remove"), follows):
        return asked
    actions.remove_pipe(actor_of(request), pipe)
    messages.success(request, gettext("“%(name)s” removed. Statements are kept.") % {"name": pipe.name})
    return redirect("pipes")


@require_POST
@page(Permission.RECORDS_MANAGE)
def undelivered_retry(request: HttpRequest, pipe_id: str, undelivered_id: str) -> HttpResponseBase:
    pipe = _pipe(request, pipe_id)
    actions.retry(actor_of(request), queries.one_undelivered(pipe, undelivered_id))
    messages.success(
        request,
        gettext("Will be retried when the connection is resumed.") if pipe.paused else gettext("Retrying…"),
    )
    return redirect("pipe", pipe.id)


@require_POST
@page(Permission.RECORDS_MANAGE)
def undelivered_dismiss(request: HttpRequest, pipe_id: str, undelivered_id: str) -> HttpResponseBase:
    pipe = _pipe(request, pipe_id)
    undelivered = queries.one_undelivered(pipe, undelivered_id)
    follows = [gettext("The statement is not retried."), gettext("It leaves this list for good.")]
    if asked := question(
        request,
        gettext("Dismiss %(statement_id)s?") % {"statement_id": undelivered.statement_id},
        gettext("Dismiss"),
        follows,
    ):
        return asked
    actions.dismiss(actor_of(request), undelivered)
    messages.success(request, gettext("Statement dismissed."))
    return redirect("pipe", pipe.id)


def _pipe(request: HttpRequest, pipe_id: str) -> Pipe:
    return queries.pipe(actor_of(request).organization_id, pipe_id)


def _asked(request: HttpRequest) -> PipeSettings:
    given = request.POST
    return PipeSettings(
        given.get("endpoint", ""),
        given.get("key", "").strip(),
        given.get("secret", "").strip(),
        given.get("version", ""),
    )


def _change_form(pipe: Pipe) -> PipeChanges:
    """The form of what can be changed, as the pipe stands."""
    initial = {
        "name": pipe.name,
        "version": pipe.version,
        "continuous": pipe.continuous,
        **{
            name: "\n".join(_written(name, entry) for entry in listed) for name, listed in pipe.filter.items()
        },
    }
    return (PipeChanges if pipe.direction == Pipe.Direction.FORWARD else ImportChanges)(initial=initial)


def _written(name: str, entry: str) -> str:
    """A line of the form that reads back as it is kept."""
    return rules.agent_line(entry) if name == "agents" else entry


def _said(request: HttpRequest, tested: Tested) -> HttpResponse:
    return render(request, "lrs/pipes/tested.html", {"tested": tested})


urlpatterns = [
    path("records/pipes/", pipe_list, name="pipes"),
    path("records/pipes/new", pipe_create, name="pipe_create"),
    path("records/pipes/test", pipe_test, name="pipe_test"),
    path("records/pipes/<str:pipe_id>/", pipe_detail, name="pipe"),
    path("records/pipes/<str:pipe_id>/change", pipe_change, name="pipe_change"),
    path("records/pipes/<str:pipe_id>/test", pipe_test_kept, name="pipe_test_kept"),
    path("records/pipes/<str:pipe_id>/pause", pipe_pause, name="pipe_pause"),
    path("records/pipes/<str:pipe_id>/resume", pipe_resume, name="pipe_resume"),
    path("records/pipes/<str:pipe_id>/try", pipe_try, name="pipe_try"),
    path("records/pipes/<str:pipe_id>/remove", pipe_remove, name="pipe_remove"),
    path(
        "records/pipes/<str:pipe_id>/undelivered/<str:undelivered_id>/retry",
        undelivered_retry,
        name="undelivered_retry",
    ),
    path(
        "records/pipes/<str:pipe_id>/undelivered/<str:undelivered_id>/dismiss",
        undelivered_dismiss,
        name="undelivered_dismiss",
    ),
]
