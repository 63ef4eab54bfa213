"""Downloading packages, counted and audited: one, or those of many dispatches in one zip.

What is large is streamed as it is made.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from django.db import transaction
from django.db.models import F
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.counters import measured
from heliograph.core.errors import Conflict, Invalid, Problem
from heliograph.core.ids import slug
from heliograph.core.translation import gettext, grouped
from heliograph.core.web.streamed_answers import Blocks
from heliograph.dispatch import states
from heliograph.dispatch.licenses import enforcement
from heliograph.dispatch.models import Destination, Dispatch
from heliograph.dispatch.package import builder, embedding
from heliograph.dispatch.package.bundle import bundle
from heliograph.dispatch.package.formats import format_called
from heliograph.dispatch.package.streaming import ZipStream

MOST_AT_ONCE = 1_000
LEFT_OUT = "LEFT OUT.txt"


def package(actor: Actor, dispatch: Dispatch, format: str, mode: str) -> HttpResponseBase:
    """The zip for the customer's LMS, named after the dispatch.

    Raises `FormatNotOffered`, `NotEmbeddable`.
    """
    kind = name_of(format, mode)
    with measured("download"):
        with measured("package"):
            built = build(dispatch, format, mode)
        record_download(actor, dispatch, kind, embedded=isinstance(built, ZipStream))
    response = (Blocks if isinstance(built, ZipStream) else HttpResponse)(
        built, content_type="application/zip"
    )
    response["Content-Length"] = str(len(built))
    response["Content-Disposition"] = f'attachment; filename="{slug(dispatch.name, dispatch.key)}-{kind}.zip"'
    return response


def packages(
    actor: Actor,
    destination: Destination | None,
    chosen: Iterable[Dispatch],
    format: str,
    mode: str,
    open_only: bool = False,
) -> HttpResponseBase:
    """The packages of these dispatches, perhaps all of a destination, in one zip, each made, counted and
    audited when its turn comes.

    A package that is refused (its license's downloads are used up, its course cannot travel in this mode or
    format) does not keep the others back: a text in the zip names it with the reason. Without a mode each has
    its dispatch's own. Raises `Conflict` where none is left, and `Invalid`.
    """
    format_called(format or "scorm12", mode or "hosted")
    dispatch = sorted(chosen, key=lambda dispatches: dispatches.key)
    if len(dispatch) > MOST_AT_ONCE:
        raise Invalid(
            gettext(
                "%(dispatch)s dispatches match. The maximum for one download is "
                "%(most_at_once)s. Narrow the search."
            )
            % {"dispatch": grouped(len(dispatch)), "most_at_once": grouped(MOST_AT_ONCE)},
            code="too_many_packages",
        )
    left_out: list[str] = []
    ready = _one_by_one(actor, dispatch, format, mode, open_only, left_out)
    first = next(ready, None)
    if first is None:
        raise Conflict(" ".join(left_out[:1]) or gettext("No packages to download."), code="no_package_left")
    response = StreamingHttpResponse(
        bundle(chain([first], ready, _explained(left_out))), content_type="application/zip"
    )
    name = f"{slug(destination.name, destination.key)}-packages" if destination else "packages"
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return response


def _one_by_one(
    actor: Actor, dispatches: list[Dispatch], format: str, mode: str, open_only: bool, left_out: list[str]
) -> Iterator[tuple[str, bytes | ZipStream]]:
    names: set[str] = {LEFT_OUT.casefold()}
    for dispatch in dispatches:
        own = mode or dispatch.mode
        kind = name_of(format, own)
        try:
            if open_only:
                refuse_closed(dispatch)
            with measured("package"):
                built = build(dispatch, format, own)
            record_download(actor, dispatch, kind, embedded=isinstance(built, ZipStream))
        except Problem as problem:
            left_out.append(f"{dispatch.key}: {problem.sentence}")
            continue
        yield _free_name(f"{dispatch.key}-{kind}", names), built


def _free_name(stem: str, taken: set[str]) -> str:
    """A name that also differs from the others where upper and lower case are the same."""
    name, number = f"{stem}.zip", 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}-{number}.zip"
    taken.add(name.casefold())
    return name


def _explained(left_out: list[str]) -> Iterator[tuple[str, bytes]]:
    """Asked for last, when it is known."""
    if left_out:
        yield LEFT_OUT, "\n".join(["Packages missing from this download:", "", *left_out, ""]).encode()


def refuse_closed(dispatch: Dispatch) -> None:
    """Raise `Conflict` for a dispatch whose package a customer would have no use for."""
    if states.state_of(dispatch) in ("disabled", "expired"):
        raise Conflict(
            gettext(
                "This course is disabled or its license has ended. Ask the sender of this link to renew it."
            )
        )


def build(dispatch: Dispatch, format: str, mode: str) -> bytes | ZipStream:
    """The package of this mode. Without a format: SCORM 1.2, or, for an embedded one, the course's own."""
    if mode == "embedded":
        return embedding.build(dispatch, format)
    return builder.build(dispatch, format or "scorm12", mode)


def name_of(format: str, mode: str) -> str:
    """What the audit log and the file's name call a package."""
    return format or {"hosted": "scorm12"}.get(mode, mode)


def record_download(actor: Actor, dispatch: Dispatch, package_format: str, embedded: bool = False) -> None:
    """Count and audit one download of a dispatch's package, which holds the content where it is ``embedded``.

    Raises `DownloadsUsedUp`.
    """
    with transaction.atomic():
        enforcement.count_download(dispatch)
        if embedded:
            Dispatch.objects.filter(id=dispatch.id, embedded_since=None).update(embedded_since=clock.now())
        Dispatch.objects.filter(id=dispatch.id).update(
            download_count=F("download_count") + 1, last_download_at=clock.now()
        )
        record(actor, "downloaded package of", "dispatch", dispatch.id, dispatch.name, format=package_format)
