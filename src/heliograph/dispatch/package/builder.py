"""Building the hosted package of a dispatch: a manifest, a page that names the dispatch, and the stub."""

import json
from functools import cache
from html import escape
from importlib import resources
from typing import Any

from django.conf import settings

from heliograph.dispatch.models import Destination, Dispatch
from heliograph.dispatch.package import manifest
from heliograph.dispatch.package.formats import format_called
from heliograph.dispatch.package.zipping import Member, archive

STUB_VERSION = "2"
STUB_FILES = ("stub.js", "lms.js", "mapping.js", "receipts.js", "stub.css")


def build(dispatch: Dispatch, format_name: str, mode: str = "hosted") -> bytes:
    """The zip for the customer's LMS, the same bytes each time. Raises `FormatNotOffered`."""
    wanted = format_called(format_name, mode)
    title = dispatch.course.title
    config: dict[str, Any] = {
        "host": content_origin(dispatch),
        "dispatch": dispatch.stub_key,
        "standard": wanted.standard,
        "format": wanted.name,
        "stub": STUB_VERSION,
        "title": title,
        **({"salt": str(dispatch.destination_id)} if dispatch.destination.identity == Destination.Identity.HASHED else {}),
        **({"anonymous": True} if dispatch.destination.identity == Destination.Identity.ANONYMOUS else {}),
    }
    files = ["index.html", *STUB_FILES]
    return archive(
        [
            Member.of("imsmanifest.xml", manifest.write(wanted, dispatch.stub_key, title, files), deflate=False),
            Member.of("index.html", _page(title, config), deflate=False),
            *_stub(),
        ]
    )


def content_origin(dispatch: Dispatch) -> str:
    """Where the stub asks for a launch: the destination's own host name, or ours."""
    if dispatch.destination.host:
        return dispatch.destination.host
    return settings.HELIOGRAPH.content_url.replace("*", dispatch.course_id.hex)


def _page(title: str, config: dict[str, Any]) -> bytes:
    # In a script element only "<" could end it early.
    data = json.dumps(config, ensure_ascii=False).replace("<", "\\u003c")
    before, between, after = _page_parts()
    return b"".join((before, escape(title).encode(), between, data.encode(), after))


@cache
def _page_parts() -> tuple[bytes, bytes, bytes]:
    page = _stub_file("index.html")
    before, rest = page.split(b"__TITLE__")
    between, after = rest.split(b"__CONFIG__")
    return before, between, after


@cache
def _stub() -> tuple[Member, ...]:
    return tuple(Member.of(name, _stub_file(name)) for name in STUB_FILES)


def _stub_file(name: str) -> bytes:
    return (resources.files(__package__) / "stub" / name).read_bytes()
