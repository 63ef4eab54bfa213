"""The page that the AU of a cmi5 package opens, on the content origin or the destination's own host, and the
scripts it is made of.

It lies below the stub's doors, so that it is wherever they are. It is made when it is asked for: a change of
branding shows at the next opening.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from heliograph.core.errors import NotFound
from heliograph.dispatch import package_files, stub_keys
from heliograph.dispatch.branding import logos, texts
from heliograph.dispatch.branding import rules as branding
from heliograph.dispatch.branding.learner_brand import brand_of
from heliograph.dispatch.errors import DispatchNotFound, PackageReplaced
from heliograph.dispatch.models import Dispatch, Logo
from heliograph.dispatch.package import builder

SCRIPT, STYLE = "text/javascript; charset=utf-8", "text/css; charset=utf-8"


def page(request: HttpRequest, stub_key: str) -> HttpResponse:
    """The page; where there is no dispatch any more, one that has the launch refused and says so."""
    dispatch = _dispatch(stub_key)
    moved = dispatch.destination.redirect_origin if dispatch else ""
    if moved and urlsplit(moved).netloc != request.headers.get("Host", ""):
        return _as_it_is_now(HttpResponseRedirect(moved + request.get_full_path()))
    return _as_it_is_now(
        HttpResponse(builder.au_page(dispatch) if dispatch else builder.au_page_without(stub_key))
    )


def file(request: HttpRequest, stub_key: str, name: str) -> HttpResponse:
    """A script of the page, its style sheet, its texts or its logo."""
    if name == texts.MODULE:
        return _as_it_is_now(HttpResponse(texts.module(tuple(texts.catalog())), content_type=SCRIPT))
    if name in package_files.AU_FILES:
        return _as_it_is_now(
            HttpResponse(
                package_files.stub_file(name), content_type=SCRIPT if name.endswith(".js") else STYLE
            )
        )
    dispatch = _dispatch(stub_key)
    brand = brand_of(dispatch) if dispatch else {}
    if dispatch is None or not name or name != branding.logo_file(brand):
        raise NotFound("There is nothing at this address.")
    logo = Logo.objects.get(organization_id=dispatch.organization_id, name=brand["logo"])
    response = _as_it_is_now(
        HttpResponse(bytes(logo.content), content_type=logos.TYPES[name.rpartition(".")[2]])
    )
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"  # opened by itself, an SVG could hold more
    )
    return response


def _dispatch(stub_key: str) -> Dispatch | None:
    try:
        return stub_keys.dispatch_of_key_or_refuse(stub_key)
    except (DispatchNotFound, PackageReplaced):
        return None


def _as_it_is_now(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-cache"
    return response
