"""Pages of webhooks: endpoints, what each was sent, and each attempt."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy, grouped, ngettext
from heliograph.ui import lookups
from heliograph.ui.confirmation import question
from heliograph.ui.lookups import Option
from heliograph.ui.tables import ACTIONS, ChoiceFilter, Column, Table
from heliograph.ui.undo import undoable
from heliograph.webhooks import actions, queries, topics
from heliograph.webhooks.forms import EndpointSettings, ReplayEvents
from heliograph.webhooks.models import Endpoint, Message

STATES: dict[str, str] = {
    Message.State.WAITING: gettext_lazy("Waiting"),
    Message.State.DELIVERED: gettext_lazy("Delivered"),
    Message.State.GIVEN_UP: gettext_lazy("Failed"),
}
ENDPOINTS = Table(
    "webhooks",
    gettext_lazy("endpoint"),
    gettext_lazy("endpoints"),
    columns=(
        Column("endpoint", gettext_lazy("Endpoint"), "url"),
        Column("state", gettext_lazy("Status")),
        Column("topics", gettext_lazy("Topics")),
        Column("waiting", gettext_lazy("Waiting"), "waiting", number=True),
        Column("failed", gettext_lazy("Failed"), "failed", number=True),
        Column("success", gettext_lazy("Last delivered"), "last_success_at"),
    ),
    csv={
        "id": lambda endpoint: endpoint.id,
        "URL": lambda endpoint: endpoint.url,
        "description": lambda endpoint: endpoint.description,
        "enabled": lambda endpoint: "yes" if endpoint.enabled else "no",
        "topics": lambda endpoint: ", ".join(endpoint.topics),
        "waiting": lambda endpoint: endpoint.waiting,
        "failed": lambda endpoint: endpoint.failed,
    },
)
DELIVERIES = Table(
    "webhook_deliveries",
    gettext_lazy("delivery"),
    gettext_lazy("deliveries"),
    columns=(
        Column("state", gettext_lazy("Status")),
        Column("topic", gettext_lazy("Topic"), "event__topic"),
        Column("date", gettext_lazy("Date"), "id"),
        Column("response", gettext_lazy("Response")),
        Column("duration", gettext_lazy("Duration"), number=True),
        Column(ACTIONS, gettext_lazy("Actions")),
    ),
    filters=(
        ChoiceFilter("state", gettext_lazy("Status"), STATES, open=True),
        ChoiceFilter("topic", gettext_lazy("Topic"), {name: name for name in topics.TOPICS}),
    ),
    dated=True,
    csv={
        "id": lambda message: message.id,
        "event": lambda message: message.event_id,
        "date": lambda message: message.created_at.isoformat(),
        "topic": lambda message: message.event.topic,
        "status": lambda message: message.state,
        "attempts": lambda message: message.tries,
        "response status": lambda message: message.status,
        "response": lambda message: message.answer,
    },
)

ALL_DELIVERIES = replace(
    DELIVERIES,
    name="webhook_all_deliveries",
    columns=(*DELIVERIES.columns[:2], Column("endpoint", gettext_lazy("Endpoint")), *DELIVERIES.columns[2:]),
    csv={**DELIVERIES.csv, "endpoint": lambda message: message.endpoint.url},
)


@page(Permission.WEBHOOKS_MANAGE)
def webhook_list(request: HttpRequest) -> HttpResponseBase:
    """The organization's endpoints."""
    query, rows = ENDPOINTS.read(request), queries.endpoints(actor_of(request).organization_id)
    if query.csv:
        return ENDPOINTS.file(query, rows)
    form = _offered(EndpointSettings(), actor_of(request).organization_id, {})
    shown = {"table": ENDPOINTS.page(request, query, rows), "form": form}
    return render(request, "webhooks/endpoints.html", shown)


@page(Permission.WEBHOOKS_MANAGE)
def webhook(request: HttpRequest, endpoint_id: str) -> HttpResponseBase:
    """One endpoint and what it was sent."""
    endpoint, query = _endpoint(request, endpoint_id), DELIVERIES.read(request)
    rows = queries.deliveries(endpoint, query.filters["topic"], query.filters["state"])
    if query.csv:
        return DELIVERIES.file(query, rows)
    shown = {
        "endpoint": endpoint,
        "filters": queries.filters_of(endpoint),
        "form": _form_of(endpoint),
        "replay_form": ReplayEvents(),
        "signing_secret": request.session.pop(f"webhook_secret:{endpoint.id}", None),
        "table": DELIVERIES.page(request, query, rows),
    }
    return render(request, "webhooks/endpoint.html", shown)


@page(Permission.WEBHOOKS_MANAGE)
def webhook_all_deliveries(request: HttpRequest) -> HttpResponseBase:
    """What all endpoints were sent."""
    organization_id = actor_of(request).organization_id
    names = {str(endpoint.id): str(endpoint)[:80] for endpoint in queries.endpoints(organization_id)}
    chosen = ChoiceFilter("endpoint", gettext_lazy("Endpoint"), names)
    table = replace(ALL_DELIVERIES, filters=(*ALL_DELIVERIES.filters, chosen))
    query = table.read(request)
    wanted = [query.filters[name] for name in ("endpoint", "topic", "state")]
    rows = queries.all_deliveries(organization_id, *wanted)
    if query.csv:
        return table.file(query, rows)
    return render(request, "webhooks/deliveries.html", {"table": table.page(request, query, rows)})


@page(Permission.WEBHOOKS_MANAGE)
def webhook_delivery(request: HttpRequest, endpoint_id: str, delivery_id: str) -> HttpResponseBase:
    """One event at one endpoint: its message and each attempt."""
    message = queries.delivery(_endpoint(request, endpoint_id), delivery_id)
    body = msgspec.json.format(message.event.body.encode(), indent=2).decode()
    shown = {
        "message": message,
        "endpoint": message.endpoint,
        "body": body,
        "attempts": [(attempt, _lines(attempt.headers)) for attempt in queries.attempts(message)],
    }
    return render(request, "webhooks/delivery.html", shown)


@page(Permission.WEBHOOKS_MANAGE)
def webhook_topics(request: HttpRequest) -> HttpResponseBase:
    """The catalog: each topic with an example of a message."""
    listed = [
        (
            topics.GROUPS.get(group, group),
            [
                (topic, msgspec.json.format(msgspec.json.encode(topic.payload), indent=2).decode())
                for topic in of_group
            ],
        )
        for group, of_group in topics.groups().items()
    ]
    return render(request, "webhooks/topics.html", {"groups": listed})


@require_POST
@page(Permission.WEBHOOKS_MANAGE)
def webhook_create(request: HttpRequest) -> HttpResponseBase:
    """Make an endpoint; its secret is shown once, on its page."""
    columns = EndpointSettings(request.POST).columns([])
    made, secret = actions.create_endpoint(
        actor_of(request), columns.pop("url"), columns.pop("topics"), **columns
    )
    request.session[f"webhook_secret:{made.id}"] = secret
    messages.success(request, gettext("Endpoint created."))
    return redirect("webhook", made.id)


@require_POST
@page(Permission.WEBHOOKS_MANAGE)
def webhook_change(request: HttpRequest, endpoint_id: str) -> HttpResponseBase:
    endpoint = _endpoint(request, endpoint_id)
    columns = EndpointSettings(request.POST).columns(endpoint.topics)
    actions.change_endpoint(actor_of(request), endpoint, **columns)
    messages.success(request, gettext("Endpoint saved."))
    return redirect("webhook", endpoint.id)


@require_POST
@page(Permission.WEBHOOKS_MANAGE)
def webhook_enable(request: HttpRequest, endpoint_id: str) -> HttpResponseBase:
    endpoint = actions.set_enabled(actor_of(request), _endpoint(request, endpoint_id), True)
    messages.success(request, gettext("Endpoint enabled. Events that failed can be replayed."))
    return redirect("webhook", endpoint.id)


@require_POST
@page(Permission.WEBHOOKS_MANAGE)
def webhook_disable(request: HttpRequest, endpoint_id: str) -> HttpResponseBase:
    endpoint = actions.set_enabled(actor_of(request), _endpoint(request, endpoint_id), False)
    undoable(request, gettext("Endpoint disabled."), reverse("webhook_enable", args=[endpoint.id]))
    return redirect("webhook", endpoint.id)


@require_POST
@page(Permission.WEBHOOKS_MANAGE)
def webhook_rotate(request: HttpRequest, endpoint_id: str) -> HttpResponseBase:
    """A new signing secret, which is shown once."""
    endpoint = _endpoint(request, endpoint_id)
    title = gettext("Rotate the signing secret of “%(name)s”?") % {"name": str(endpoint)}
    follows = queries.consequences_of_rotating(endpoint)
    if asked := question(request, title, gettext("Rotate signing secret"), follows):
        return asked
    request.session[f"webhook_secret:{endpoint.id}"] = actions.rotate_secret(actor_of(request), endpoint)
    return redirect("webhook", endpoint.id)


@require_POST
@page(Permission.WEBHOOKS_MANAGE)
def webhook_test(request: HttpRequest, endpoint_id: str) -> HttpResponseBase:
    endpoint = _endpoint(request, endpoint_id)
    actions.send_test(actor_of(request), endpoint)
    messages.success(request, gettext("Test event queued."))
    return redirect("webhook", endpoint.id)


@require_POST
@page(Permission.WEBHOOKS_MANAGE)
def webhook_replay(request: HttpRequest, endpoint_id: str) -> HttpResponseBase:
    """Send the events of some days again."""
    endpoint, sent = _endpoint(request, endpoint_id), ReplayEvents.sent(request)
    failed_only = sent["state"] == "given up"
    count = actions.replay_range(actor_of(request), endpoint, sent["since"], sent["until"], failed_only)
    sentence = ngettext("%(count)s event queued.", "%(count)s events queued.", count)
    messages.success(request, sentence % {"count": grouped(count)})
    return redirect("webhook", endpoint.id)


@require_POST
@page(Permission.WEBHOOKS_MANAGE)
def webhook_delete(request: HttpRequest, endpoint_id: str) -> HttpResponseBase:
    endpoint = _endpoint(request, endpoint_id)
    title = gettext("Delete “%(name)s”?") % {"name": str(endpoint)}
    follows = queries.consequences_of_deleting(endpoint)
    if asked := question(request, title, gettext("Delete endpoint"), follows):
        return asked
    actions.delete_endpoint(actor_of(request), endpoint)
    messages.success(request, gettext("Endpoint deleted."))
    return redirect("webhooks")


@require_POST
@page(Permission.WEBHOOKS_MANAGE)
def webhook_delivery_replay(request: HttpRequest, endpoint_id: str, delivery_id: str) -> HttpResponseBase:
    endpoint = _endpoint(request, endpoint_id)
    message = actions.replay(actor_of(request), queries.delivery(endpoint, delivery_id))
    messages.success(request, gettext("Replay queued."))
    return redirect("webhook_delivery", endpoint.id, message.id)


def _endpoint(request: HttpRequest, endpoint_id: str) -> Endpoint:
    return queries.endpoint(actor_of(request).organization_id, endpoint_id)


def _form_of(endpoint: Endpoint) -> EndpointSettings:
    """The form with the endpoint as it stands; a group is ticked as its topics."""
    chosen = [name for name in topics.TOPICS if topics.includes(endpoint.topics, name)]
    initial: dict[str, Any] = {
        "url": endpoint.url,
        "description": endpoint.description,
        "everything": topics.EVERYTHING in endpoint.topics,
        "topics": chosen,
        "in_order": endpoint.in_order,
        **{name: str(getattr(endpoint, f"{name}_id") or "") for name in actions.FILTERS},
    }
    form = EndpointSettings(initial=initial)
    return _offered(form, endpoint.organization_id, queries.filters_of(endpoint), initial)


def _offered(
    form: EndpointSettings, organization_id: UUID, chosen: dict[str, str], ids: dict[str, Any] | None = None
) -> EndpointSettings:
    """The form with what its filters can be; ``chosen`` are the names of those that are set."""
    for name in actions.FILTERS:
        field: Any = form.fields[name]
        label = chosen.get(name)
        option = Option(str((ids or {})[name]), label) if label else None
        possible = list(queries.filter_options(organization_id, name))
        if option and option.value not in [each.value for each in possible]:
            possible.append(option)  # of a short list, too: it may have been deleted
        field.offer(possible, reverse(f"webhook_filter_{name}"), option)
    return form


@page(Permission.WEBHOOKS_MANAGE)
def webhook_filter_options(request: HttpRequest, name: str) -> HttpResponseBase:
    """What a combobox of the form finds."""
    search = request.GET.get(name, "").strip()
    return lookups.options(request, queries.filter_options(actor_of(request).organization_id, name, search))


def _lines(headers: dict[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers.items())


urlpatterns = [
    path("admin/org/webhooks/", webhook_list, name="webhooks"),
    path("admin/org/webhooks/new", webhook_create, name="webhook_create"),
    path("admin/org/webhooks/topics", webhook_topics, name="webhook_topics"),
    *(
        path(
            f"admin/org/webhooks/filters/{name}",
            webhook_filter_options,
            {"name": name},
            name=f"webhook_filter_{name}",
        )
        for name in actions.FILTERS
    ),
    path("admin/org/webhooks/deliveries/", webhook_all_deliveries, name="webhook_all_deliveries"),
    path("admin/org/webhooks/<str:endpoint_id>/", webhook, name="webhook"),
    path("admin/org/webhooks/<str:endpoint_id>/change", webhook_change, name="webhook_change"),
    path("admin/org/webhooks/<str:endpoint_id>/enable", webhook_enable, name="webhook_enable"),
    path("admin/org/webhooks/<str:endpoint_id>/disable", webhook_disable, name="webhook_disable"),
    path("admin/org/webhooks/<str:endpoint_id>/rotate", webhook_rotate, name="webhook_rotate"),
    path("admin/org/webhooks/<str:endpoint_id>/test", webhook_test, name="webhook_test"),
    path("admin/org/webhooks/<str:endpoint_id>/replay", webhook_replay, name="webhook_replay"),
    path("admin/org/webhooks/<str:endpoint_id>/delete", webhook_delete, name="webhook_delete"),
    path(
        "admin/org/webhooks/<str:endpoint_id>/deliveries/<str:delivery_id>/",
        webhook_delivery,
        name="webhook_delivery",
    ),
    path(
        "admin/org/webhooks/<str:endpoint_id>/deliveries/<str:delivery_id>/replay",
        webhook_delivery_replay,
        name="webhook_delivery_replay",
    ),
]
