"""Building the hosted package of a dispatch: a manifest, a page that names the dispatch, and the stub."""

import json
import re
from functools import cache, lru_cache
from html import escape
from typing import Any
from uuid import UUID

from django.conf import settings

from heliograph.dispatch.branding import rules as branding
from heliograph.dispatch.branding import texts
from heliograph.dispatch.branding.learner_brand import brand_of
from heliograph.dispatch.models import Destination, Dispatch, Logo
from heliograph.dispatch.package import course_structure, manifest
from heliograph.dispatch.package.formats import Format, format_called
from heliograph.dispatch.package.zipping import Member, archive
from heliograph.dispatch.package_files import STUB_FILES, stub_file

STUB_VERSION = "3"


def build(dispatch: Dispatch, format_name: str, mode: str = "hosted") -> bytes:
    """The zip for the customer's LMS, the same bytes each time. Raises `FormatNotOffered`."""
    format = format_called(format_name, mode)
    if format.standard == "cmi5":
        return archive(
            [Member.of(course_structure.NAME, course_structure.write(dispatch, content_origin(dispatch)))]
        )
    title = dispatch.course.title
    brand = brand_of(dispatch)
    logo = branding.logo_file(brand)
    files = ["index.html", *STUB_FILES, texts.MODULE, *([logo] if logo else [])]
    return archive(
        [
            Member.of(
                "imsmanifest.xml", manifest.write(format, dispatch.stub_key, title, files), deflate=False
            ),
            Member.of(
                "index.html",
                page(stub_file("index.html"), title, config_of(dispatch, format, brand), brand),
                deflate=False,
            ),
            *_stub(),
            *style_and_texts(dispatch, brand, ""),
        ]
    )


def style_and_texts(dispatch: Dispatch, brand: dict[str, Any], folder: str) -> list[Member]:
    """The members that differ from branding to branding: the texts and the logo."""
    words = _words(folder, texts.languages(brand))
    return [words, _logo(folder, dispatch.organization_id, brand["logo"])] if "logo" in brand else [words]


def content_origin(dispatch: Dispatch) -> str:
    """Where the stub asks for a launch: the destination's own host name, or ours."""
    if dispatch.destination.host:
        return dispatch.destination.host
    return settings.HELIOGRAPH.content_url.replace("*", dispatch.course_id.hex)


def config_of(dispatch: Dispatch, format: Format, brand: dict[str, Any]) -> dict[str, Any]:
    """What a package's page knows: whom to ask, for what, how much of its learner it may say, and how it
    looks.
    """
    identity = dispatch.destination.identity
    branding_config = branding.in_package(brand)
    return {
        "host": content_origin(dispatch),
        "dispatch": dispatch.stub_key,
        "standard": format.standard,
        "format": format.name,
        "stub": STUB_VERSION,
        "title": dispatch.course.title,
        **({"salt": str(dispatch.destination_id)} if identity == Destination.Identity.HASHED else {}),
        **({"anonymous": True} if identity == Destination.Identity.ANONYMOUS else {}),
        **({"brand": branding_config} if branding_config else {}),
    }


def au_page(dispatch: Dispatch) -> bytes:
    """The page that the AU of a cmi5 package opens, as it is now: the stub in other clothes, which asks the
    host it came from.
    """
    brand = brand_of(dispatch)
    return page(
        _au_template(),
        dispatch.course.title,
        {**config_of(dispatch, format_called("cmi5"), brand), "host": ""},
        brand,
    )


def au_page_without(stub_key: str) -> bytes:
    """The same page where the dispatch is gone: it asks, and says what it hears."""
    return page(
        _au_template(),
        "",
        {"host": "", "dispatch": stub_key, "standard": "cmi5", "format": "cmi5", "stub": STUB_VERSION},
        {},
    )


@cache
def _au_template() -> bytes:
    return stub_file("index.html").replace(b'"stub.js"', b'"au.js"')


def page(template: bytes, title: str, config: dict[str, Any], brand: dict[str, Any]) -> bytes:
    """A package's page with its title, its seller, what it knows, and what it says where no script runs.

    What its seller looks like stands in the markup, so that a learner sees it before any script was loaded.
    """
    # In a script element only "<" could end it early. The order of the keys is the database's or the
    # caller's; the bytes are the same.
    data = json.dumps(config, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    filled = {
        b"LOOK": _declarations(branding.in_package(brand).get("look", {})),
        b"TITLE": escape(title).encode(),
        b"EMBLEM": _emblem(brand.get("name", ""), branding.logo_file(brand)),
        b"CONFIG": data.encode(),
        b"NO_SCRIPT": texts.no_script(brand),
    }
    return b"".join(filled.get(part, part) for part in _parts(template))


def _declarations(look: dict[str, str]) -> bytes:
    return ";".join(f"{name}:{value}" for name, value in look.items()).encode()


def _emblem(name: str, logo: str) -> bytes:
    """Whose course it is, as `messages.js` shows it too."""
    shown = (f'<img src="{logo}" alt="">' if logo else "") + (
        f'<span dir="auto">{escape(name)}</span>' if name else ""
    )
    return f'<div class="emblem">{shown}</div>'.encode() if shown else b""


@cache
def _parts(template: bytes) -> tuple[bytes, ...]:
    """The template cut at its places; the name of each stands between."""
    return tuple(re.split(rb"__([A-Z_]+)__", template))


@cache
def _words(folder: str, tags: tuple[str, ...]) -> Member:
    return Member.of(folder + texts.MODULE, texts.module(tags))


@lru_cache(maxsize=64)
def _logo(folder: str, organization_id: UUID, name: str) -> Member:
    """The logo's member; what a name stands for never changes."""
    content = bytes(Logo.objects.get(organization_id=organization_id, name=name).content)
    return Member.of(folder + branding.logo_file({"logo": name}), content, deflate=name.endswith(".svg"))


@cache
def _stub() -> tuple[Member, ...]:
    return tuple(Member.of(name, stub_file(name)) for name in STUB_FILES)
