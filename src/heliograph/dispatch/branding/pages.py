"""The page on which packages get their look and their words, beside a preview that the package's own scripts
draw.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Problem
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.dispatch import frame, package_files, queries
from heliograph.dispatch.branding import actions, logos, rules, texts
from heliograph.dispatch.branding.forms import FIRST_SHOWN, TEXT, BrandingForm
from heliograph.dispatch.models import Destination, Dispatch

PREVIEW_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
FILES = {
    package_files.STYLE: "text/css",
    "contact.js": "text/javascript",
    "loading.js": "text/javascript",
    "messages.js": "text/javascript",
    "wording.js": "text/javascript",
    "preview.js": "text/javascript",
    texts.MODULE: "text/javascript",
}
PARTS = {
    "title": gettext_lazy("heading"),
    "text": gettext_lazy("text"),
    "button": gettext_lazy("button"),
    "email": gettext_lazy("email"),
    "phone": gettext_lazy("phone"),
    "url": gettext_lazy("help page"),
}
LABELS = {
    "retry": gettext_lazy("Button to try again"),
    "code": gettext_lazy("Error code"),
    "reference": gettext_lazy("Reference for support"),
    "no_script": gettext_lazy("JavaScript is off"),
    "loading": gettext_lazy("Course takes long to load"),
    "contact": gettext_lazy("Contact"),
    "refused": gettext_lazy("Any refused launch"),
    "lms_missing": gettext_lazy("No LMS around the package"),
    "launch_missing": gettext_lazy("No learner in the address"),
    "lms_refused": gettext_lazy("LMS not responding"),
    "host_unreachable": gettext_lazy("Server not reachable"),
    "page_unknown": gettext_lazy("Unknown page"),
    "window": gettext_lazy("Course in a new window"),
    "window_blocked": gettext_lazy("Pop-up blocked"),
    "left": gettext_lazy("After leaving"),
    "dispatch_not_found": gettext_lazy("Dispatch deleted"),
    "package_replaced": gettext_lazy("Package key replaced"),
    "dispatch_disabled": gettext_lazy("Dispatch disabled"),
    "dispatch_expired": gettext_lazy("Dispatch or license expired"),
    "licence_not_started": gettext_lazy("License not started"),
    "learner_unconfirmed": gettext_lazy("Learner not confirmed"),
    "package_not_embedded": gettext_lazy("Package type not allowed"),
    "access_ended": gettext_lazy("Access period ended"),
    "no_seat_free": gettext_lazy("Limit of concurrent learners reached"),
    "learner_limit_reached": gettext_lazy("Limit of learners reached"),
    "launch_limit_reached": gettext_lazy("Limit of launches reached"),
    "registration_limit_reached": gettext_lazy("Limit of registrations reached"),
    "new_learners_not_allowed": gettext_lazy("New learners not accepted"),
    "domain_not_allowed": gettext_lazy("Domain not allowed"),
    "deployment_suspended": gettext_lazy("LMS connection suspended"),
    "sitting_taken": gettext_lazy("Session of another learner"),
    "rate_limited": gettext_lazy("Too many requests"),
    "database_away": gettext_lazy("Server temporarily unavailable"),
    "server_error": gettext_lazy("Server error"),
}


@page(Permission.DISPATCHES_MANAGE)
def edit(request: HttpRequest, **ids: str) -> HttpResponseBase:
    actor = actor_of(request)
    thing = _thing(request, **ids)
    own = thing.branding
    form = _form(thing, initial=_initial(own))
    shown = {
        "thing": thing,
        "kind": _kind(thing),
        "branding": own,
        "form": form,
        "logo": logos.data_address(own["logo"], actions.content(actor, own["logo"])) if "logo" in own else "",
        "words": [
            (tag, name, [field for field in form if field.name.startswith(f"{TEXT}{tag}.")])
            for tag, name in _languages(own).items()
        ],
    }
    tab = frame.CUSTOMER_BRANDING if isinstance(thing, Destination) else frame.BRANDING
    return frame.show(request, "dispatch/branding.html", thing, tab, **shown)


@require_POST
@page(Permission.DISPATCHES_MANAGE)
def change(request: HttpRequest, **ids: str) -> HttpResponseBase:
    thing = _thing(request, **ids)
    actions.change(actor_of(request), thing, _form(thing, request.POST, request.FILES).given())
    messages.success(request, gettext("Branding saved. Applies to new packages."))
    return redirect(f"{_kind(thing)}_branding", thing.id)


@xframe_options_sameorigin
@page(Permission.DISPATCHES_MANAGE)
def preview(request: HttpRequest, **ids: str) -> HttpResponseBase:
    """A message of the package as it would be with what the form says; nothing is saved."""
    thing = _thing(request, **ids)
    shown: dict[str, Any] = {}
    try:
        brand, logo = actions.tried(
            actor_of(request),
            thing,
            _form(thing, request.POST, request.FILES).given() if request.method == "POST" else {},
        )
        preview = rules.in_package(brand)
        if logo:
            preview["logo"] = logos.data_address(brand["logo"], logo)
        shown["config"] = {"brand": preview, "message": request.POST.get("message", FIRST_SHOWN)}
    except Problem as problem:
        shown["problem"] = problem
    response = render(request, "dispatch/branding_preview.html", shown)
    response["Content-Security-Policy"] = PREVIEW_POLICY
    return response


@require_GET
@page(Permission.DISPATCHES_MANAGE)
def file(request: HttpRequest, name: str) -> HttpResponse:
    """What the preview is made of: the package's own files, and the script that shows one message."""
    content = texts.module(tuple(texts.catalog())) if name == texts.MODULE else package_files.stub_file(name)
    return HttpResponse(content, content_type=f"{FILES[name]}; charset=utf-8")


def _form(thing: Destination | Dispatch, *given: Any, **options: Any) -> BrandingForm:
    return BrandingForm(
        *given,
        below={} if isinstance(thing, Destination) else thing.destination.branding,
        languages=[("", _usual_language(thing)), *_language_choices(thing)],
        messages=_messages(),
        words={tag: _texts(tag) for tag in _languages(thing.branding)},
        **options,
    )


def _initial(own: dict[str, Any]) -> dict[str, Any]:
    """The fields of a branding as it is kept."""
    words = {
        f"{TEXT}{tag}.{name}": text
        for tag, mine in own.get("texts", {}).items()
        for name, text in mine.items()
    }
    contact = {f"contact_{kind}": said for kind, said in own.get("contact", {}).items()}
    return {
        "name": own.get("name"),
        "language": own.get("language"),
        **own.get("colors", {}),
        **contact,
        **words,
    }


def _thing(request: HttpRequest, destination_id: str = "", dispatch_id: str = "") -> Destination | Dispatch:
    organization = actor_of(request).organization_id
    return (
        queries.destination(organization, destination_id)
        if destination_id
        else queries.dispatch(organization, dispatch_id)
    )


def _kind(thing: Destination | Dispatch) -> str:
    return "destination" if isinstance(thing, Destination) else "dispatch"


def _languages(own: dict[str, Any]) -> dict[str, str]:
    """The languages to choose from, by their own names; those of the destination's own by their tags."""
    ours = {tag: translations[texts.NAME_OF_LANGUAGE] for tag, translations in texts.catalog().items()}
    return {**{tag: tag for tag in own.get("texts", {})}, **ours}


def _language_choices(thing: Destination | Dispatch) -> list[tuple[str, str]]:
    """The languages that can be chosen; a dispatch can leave the one of its destination."""
    browser = (
        [] if isinstance(thing, Destination) else [(texts.BROWSER, gettext("Learner's browser language"))]
    )
    return [*browser, *_languages(thing.branding).items()]


def _usual_language(thing: Destination | Dispatch) -> str:
    """What an empty choice means."""
    return (
        gettext("Learner's browser language")
        if isinstance(thing, Destination)
        else gettext("Inherited from %(name)s") % {"name": thing.destination.name}
    )


def _texts(language: str) -> list[dict[str, str]]:
    """A language's texts: each with its name, its label and what it says where nobody changes it."""
    usual = texts.catalog().get(language, texts.catalog()[texts.ENGLISH])
    return [{"name": name, "label": label(name), "usual": usual[name]} for name in texts.names()]


def label(name: str) -> str:
    """What the page calls a text: “After leaving – heading”."""
    message, _, part = name.partition(".")
    shown = str(LABELS.get(message, message))
    return f"{shown} – {PARTS.get(part, part)}" if part else shown


def _messages() -> dict[str, str]:
    """The messages that a preview can show, by what the page calls them."""
    regions = dict.fromkeys(
        name.partition(".")[0]
        for name in texts.names()
        if name.endswith(".text") and not name.startswith("window.")
    )
    return {message: label(message) for message in regions}


urlpatterns = [
    route
    for kind, below in (
        ("destination", "destinations/<str:destination_id>"),
        ("dispatch", "dispatch/<str:dispatch_id>"),
    )
    for route in (
        path(f"admin/{below}/branding/", edit, name=f"{kind}_branding"),
        path(f"admin/{below}/branding/change", change, name=f"{kind}_branding_change"),
        path(f"admin/{below}/branding/preview", preview, name=f"{kind}_branding_preview"),
    )
] + [path(f"admin/branding/{name}", file, {"name": name}) for name in FILES]
