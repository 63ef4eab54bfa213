"""Building the hosted package of a dispatch: a manifest, a page that names the dispatch, and the stub."""

import json
from functools import cache
from html import escape
from importlib import resources
from typing import Any

from django.conf import settings

from heliograph.dispatch.models import Destination, Dispatch
from heliograph.dispatch.package import manifest
from heliograph.dispatch.package.formats import Format, format_called
from heliograph.dispatch.package.zipping import Member, archive

STUB_VERSION = "2"
STUB_FILES = ("stub.js", "identity.js", "lms.js", "mapping.js", "note.js", "receipts.js", "sitting.js", "stub.css")


def build(dispatch: Dispatch, format_name: str, mode: str = "hosted") -> bytes:
    """The zip for the customer's LMS, the same bytes each time. Raises `FormatNotOffered`."""
    wanted = format_called(format_name, mode)
    title = dispatch.course.title
    files = ["index.html", *STUB_FILES]
    return archive(
        [
            Member.of("imsmanifest.xml", manifest.write(wanted, dispatch.stub_key, title, files), deflate=False),
            Member.of("index.html", page(_stub_file("index.html"), title, config_of(dispatch, wanted)), deflate=False),
            *_stub(),
        ]
    )


def content_origin(dispatch: Dispatch) -> str:
    """Where the stub asks for a launch: the destination's own host name, or ours."""
    if dispatch.destination.host:
        return dispatch.destination.host
    return settings.HELIOGRAPH.content_url.replace("*", dispatch.course_id.hex)


def config_of(dispatch: Dispatch, wanted: Format) -> dict[str, Any]:
    """What a package's page knows: whom to ask, for what, and how much of its learner it may say."""
    identity = dispatch.destination.identity
    return {
        "host": content_origin(dispatch),
        "dispatch": dispatch.stub_key,
        "standard": wanted.standard,
        "format": wanted.name,
        "stub": STUB_VERSION,
        "title": dispatch.course.title,
        **({"salt": str(dispatch.destination_id)} if identity == Destination.Identity.HASHED else {}),
        **({"anonymous": True} if identity == Destination.Identity.ANONYMOUS else {}),
    }


def page(template: bytes, title: str, config: dict[str, Any]) -> bytes:
    """A package's page with its title and what it knows."""
    # In a script element only "<" could end it early.
    data = json.dumps(config, ensure_ascii=False).replace("<", "\\u003c")
    before, between, after = _parts(template)
    return b"".join((before, escape(title).encode(), between, data.encode(), after))


@cache
def _parts(template: bytes) -> tuple[bytes, bytes, bytes]:
    before, rest = template.split(b"__TITLE__")
    between, after = rest.split(b"__CONFIG__")
    return before, between, after


@cache
def _stub() -> tuple[Member, ...]:
    return tuple(Member.of(name, _stub_file(name)) for name in STUB_FILES)


@cache
def _stub_file(name: str) -> bytes:
    return (resources.files(__package__) / "stub" / name).read_bytes()
