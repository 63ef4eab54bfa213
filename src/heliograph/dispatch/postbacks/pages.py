"""Pages of postbacks."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.dispatch import consequences, frame, queries
from heliograph.dispatch.models import Postback
from heliograph.dispatch.postbacks import actions
from heliograph.dispatch.postbacks.forms import WebhookEndpoint
from heliograph.ui.confirmation import question
from heliograph.ui.tables import ACTIONS, ChoiceFilter, Column, Table

LABELS: dict[str, str] = {
    Postback.State.WAITING: gettext_lazy("Waiting"),
    Postback.State.DELIVERED: gettext_lazy("Delivered"),
    Postback.State.GIVEN_UP: gettext_lazy("Failed"),
}
DELIVERIES = Table(
    "postbacks",
    gettext_lazy("delivery"),
    gettext_lazy("deliveries"),
    columns=(
        Column("state", gettext_lazy("Status")),
        Column("event", gettext_lazy("Event"), "kind"),
        Column("learner", gettext_lazy("Learner")),
        Column("date", gettext_lazy("Date"), "id"),
        Column("response", gettext_lazy("Response")),
        Column(ACTIONS, gettext_lazy("Actions")),
    ),
    filters=(ChoiceFilter("state", gettext_lazy("Status"), LABELS, open=True),),
    dated=True,
    csv={
        "id": lambda postback: postback.id,
        "date": lambda postback: postback.created_at.isoformat(),
        "event": lambda postback: postback.kind,
        "learner": lambda postback: postback.registration.learner.identifier if postback.registration else "",
        "status": lambda postback: postback.state,
        "attempts": lambda postback: postback.tries,
        "response status": lambda postback: postback.status,
        "response": lambda postback: postback.answer,
    },
)


@page(Permission.DISPATCHES_VIEW)
def postback_list(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    query, rows = DELIVERIES.read(request), actions.of_dispatch(dispatch)
    if query.filters["state"]:
        rows = rows.filter(state=query.filters["state"])
    if query.csv:
        return DELIVERIES.file(query, rows)
    return frame.show(
        request,
        "dispatch/postbacks.html",
        dispatch,
        frame.WEBHOOKS,
        table=DELIVERIES.page(request, query, rows),
        webhook_form=WebhookEndpoint(initial={"postback_url": dispatch.postback_url}),
        signing_secret=request.session.pop(f"signing_secret:{dispatch.id}", None),
    )


@require_POST
@page(Permission.DISPATCHES_MANAGE)
def postback_address(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    """Set where postbacks go; the first time, the secret that signs them is shown."""
    actor = actor_of(request)
    dispatch = queries.dispatch(actor.organization_id, dispatch_id)
    had_secret = bool(dispatch.signing_secret)
    url = WebhookEndpoint.sent(request)["postback_url"]
    if dispatch.postback_url and not url:
        title = gettext("Remove the webhook of “%(name)s”?") % {"name": dispatch.name}
        follows = consequences.of_removing_webhook(dispatch)
        if asked := question(request, title, gettext("Remove webhook"), follows):
            return asked
    actions.set_address(actor, dispatch, url)
    if dispatch.signing_secret and not had_secret:
        request.session[f"signing_secret:{dispatch.id}"] = dispatch.signing_secret
    messages.success(
        request,
        gettext("Webhook saved.") if dispatch.postback_url else gettext("Webhook removed."),
    )
    return redirect("postbacks", dispatch.id)


@require_POST
@page(Permission.DISPATCHES_MANAGE)
def postback_secret(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    dispatch = queries.dispatch(actor.organization_id, dispatch_id)
    title = gettext("Rotate the signing secret of “%(name)s”?") % {"name": dispatch.name}
    if asked := question(
        request, title, gettext("Rotate signing secret"), consequences.of_new_secret(dispatch)
    ):
        return asked
    request.session[f"signing_secret:{dispatch.id}"] = actions.remake_secret(actor, dispatch)
    return redirect("postbacks", dispatch.id)


@require_POST
@page(Permission.DISPATCHES_MANAGE)
def postback_replay(request: HttpRequest, dispatch_id: str, postback_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    dispatch = queries.dispatch(actor.organization_id, dispatch_id)
    actions.replay(actor, actions.postback(dispatch, postback_id))
    messages.success(request, gettext("Retry queued."))
    return redirect("postbacks", dispatch.id)


urlpatterns = [
    path("admin/dispatch/<str:dispatch_id>/postbacks/", postback_list, name="postbacks"),
    path("admin/dispatch/<str:dispatch_id>/postbacks/address", postback_address, name="postback_address"),
    path("admin/dispatch/<str:dispatch_id>/postbacks/secret", postback_secret, name="postback_secret"),
    path(
        "admin/dispatch/<str:dispatch_id>/postbacks/<str:postback_id>/replay",
        postback_replay,
        name="postback_replay",
    ),
]
