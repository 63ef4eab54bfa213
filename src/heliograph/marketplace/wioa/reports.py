"""Reports: asked for, made by a job of a snapshot, and given out with the same bytes for as long as it is
kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.background import jobs
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.permissions import Permission
from heliograph.core.storage import LocalFile
from heliograph.core.translation import gettext
from heliograph.marketplace.models import (
    Participant,
    ReportError,
    ReportLayout,
    ReportLayoutVersion,
    ReportRun,
    WioaSettings,
)
from heliograph.marketplace.wioa import aggregates, layouts, snapshots, writing
from heliograph.marketplace.wioa.checking import Checks
from heliograph.marketplace.wioa.errors import ReportNotReady, WioaOff

if TYPE_CHECKING:
    from heliograph.core.actor import Actor
    from heliograph.marketplace.models import Board

Kind, State = ReportRun.Kind, ReportRun.State
RUN = "marketplace.wioa_report"
LAID_OUT = frozenset({Kind.PROVIDER_FILE, Kind.BOARD_EXTRACT})
MOST_PARTICIPANTS = 500_000
LONGEST_PERIOD = 366 * 5  # days
LONGEST_DEFINITION = 200_000  # characters


@transaction.atomic
def save_layout(
    actor: Actor, name: str, definition: Any, layout: ReportLayout | None = None
) -> ReportLayoutVersion:
    """Save a layout, or another version of one; versions before it stay. Raises `Invalid` and `Conflict`."""
    actor.require(Permission.WIOA_MANAGE)
    refuse_too_long(ReportLayout, {"name": name})
    if not name.strip():
        raise Invalid(gettext("Enter a name."), field="name")
    if len(str(definition)) > LONGEST_DEFINITION:
        raise Invalid(gettext("This layout is too long."), field="definition")
    read = layouts.read(definition)
    unknown = set(read.rules) - set(layouts.RULES)
    if unknown:
        raise Invalid(
            gettext("There is no rule “%(rule)s”.") % {"rule": min(unknown)[:60]}, field="definition"
        )
    try:
        with transaction.atomic():
            if layout is None:
                layout = ReportLayout(organization_id=actor.organization_id)
            layout.name = name.strip()
            layout.save()
    except IntegrityError:
        raise Conflict(
            gettext("There is a layout of this name already."), code="layout_exists", field="name"
        ) from None
    held = ReportLayout.objects.select_for_update().get(id=layout.id)
    last = held.versions.order_by("-number").first()
    made = ReportLayoutVersion.objects.create(
        organization_id=actor.organization_id,
        layout=held,
        number=last.number + 1 if last else 1,
        definition=definition,
        created_by=actor.label[:200],
    )
    record(actor, "changed", "report layout", held.id, held.name, version=made.number)
    return made


@transaction.atomic
def order(
    actor: Actor,
    kind: str,
    since: date,
    until: date,
    *,
    layout: ReportLayoutVersion | None = None,
    board: Board | None = None,
) -> ReportRun:
    """Have a report made of what is known when the job takes its snapshot.

    Raises `WioaOff`, `Invalid`, and `Conflict` for aggregates of an organization that has not said which
    numbers are too small.
    """
    actor.require(Permission.WIOA_MANAGE)
    reports = WioaSettings.objects.filter(organization_id=actor.organization_id).first()
    if reports is None:
        raise WioaOff(gettext("Switch on WIOA reporting in its settings first."))
    if kind not in Kind.values:
        raise Invalid(gettext("Choose one of the options."), field="kind")
    if not 0 <= (until - since).days <= LONGEST_PERIOD:
        raise Invalid(
            gettext("Enter a period of at most five years that ends after it begins."), field="until"
        )
    if (kind in LAID_OUT) != (layout is not None):
        raise Invalid(gettext("Choose a layout for a file, and none for aggregates."), field="layout")
    if kind == Kind.BOARD_EXTRACT and board is None:
        raise Invalid(gettext("Choose a workforce board."), field="board")
    if kind not in LAID_OUT and reports.least_cell is None:
        raise Conflict(
            gettext("Say in the settings which numbers are too small to be published."),
            code="threshold_missing",
        )
    made = ReportRun.objects.create(
        organization_id=actor.organization_id,
        kind=kind,
        layout_version=layout,
        board=board if kind in (Kind.BOARD_EXTRACT, Kind.INDICATORS) else None,
        since=since,
        until=until,
        as_of=clock.now().date(),
        least_cell=reports.least_cell,
        created_by=actor.label[:200],
    )
    return _begin(actor, made)


@transaction.atomic
def again(actor: Actor, run: ReportRun) -> ReportRun:
    """Make a report again of the same snapshot: it has the same bytes. Raises `ReportNotReady`."""
    actor.require(Permission.WIOA_MANAGE)
    if not run.snapshot_sha256:
        raise ReportNotReady(gettext("This report has no snapshot yet."))
    made = ReportRun.objects.create(
        organization_id=run.organization_id,
        kind=run.kind,
        layout_version=run.layout_version,
        board=run.board,
        since=run.since,
        until=run.until,
        as_of=run.as_of,
        least_cell=run.least_cell,
        snapshot_of=run.snapshot_of or run,
        snapshot_sha256=run.snapshot_sha256,
        created_by=actor.label[:200],
    )
    return _begin(actor, made)


def _begin(actor: Actor, made: ReportRun) -> ReportRun:
    record(actor, "created", "WIOA report", made.id, str(made))
    jobs.enqueue(RUN, only_one=f"{RUN} {made.id}", run_id=str(made.id))
    return made


def work(run_id: UUID) -> None:
    """Take the snapshot of a report, make its file and check it; safe to repeat."""
    run = ReportRun.objects.filter(id=run_id, state=State.QUEUED).select_related("layout_version").first()
    if run is None:
        return
    if not run.snapshot_sha256:
        _take_snapshot(run)
    checks = _checks_of(run)
    digest = _Digest()
    with _snapshot(run) as file:
        for line in _lines(run, file, checks):
            digest.add(line)
    found, kept = checks.findings if checks else (0, [])
    with transaction.atomic():
        held = ReportRun.objects.select_for_update().get(id=run.id)
        if held.state != State.QUEUED:
            return
        held.state = State.REFUSED if found else State.DONE
        held.sha256, held.size, held.rows = digest.hex, digest.size, digest.rows - _headings(run)
        held.errors_found, held.finished_at = found, clock.now()
        held.save()
        ReportError.objects.bulk_create(
            ReportError(
                organization_id=run.organization_id,
                run=held,
                row=each.row,
                element=each.element,
                rule=each.rule,
                gate=each.gate,
                participant_number=each.participant,
            )
            for each in kept
        )


def fail(run_id: UUID) -> None:
    """Say that a report could not be made."""
    waiting = ReportRun.objects.filter(id=run_id, state=State.QUEUED)
    waiting.update(state=State.FAILED, finished_at=clock.now())


def open_file(actor: Actor, run: ReportRun) -> IO[bytes]:
    """The file of a report, made anew of its snapshot and compared with its hash; who asked is audited. It is
    gone when it is closed.

    Raises `ReportNotReady` for one that is not done, or was refused by the checks of its layout.
    """
    actor.require(Permission.WIOA_MANAGE)
    if run.state != State.DONE:
        raise ReportNotReady(gettext("This report has no file. Look at its errors, and make it again."))
    made, digest = NamedTemporaryFile(dir=settings.UPLOAD_FOLDER), _Digest()  # noqa: SIM115 - the caller's
    with _snapshot(run) as snapshot:
        for line in _lines(run, snapshot, None):
            made.write(digest.add(line))
    if digest.hex != run.sha256:
        made.close()
        raise ReportNotReady(
            gettext("This file would not be the one that was made. Make the report again."),
            code="report_changed",
        )
    record(actor, "downloaded", "WIOA report", run.id, str(run), sha256=run.sha256)
    made.seek(0)
    return made


def people_behind(run: ReportRun, indicator: str, part: str) -> list[UUID]:
    """The ids of the participants whom a number of a report of indicators counts: ``part`` is *part* or
    *whole*.
    """
    with _snapshot(run) as file:
        figures = aggregates.indicators(*snapshots.read(file))
    return [UUID(each) for each in getattr(figures[indicator], part)]


def figures_of(run: ReportRun) -> dict[str, aggregates.Figure]:
    """The indicators of a report."""
    with _snapshot(run) as file:
        return aggregates.indicators(*snapshots.read(file))


def _lines(run: ReportRun, snapshot: IO[bytes], checks: Checks | None) -> Iterable[str]:
    head, people = snapshots.read(snapshot)
    if run.kind == Kind.ETA_9171:
        return aggregates.eta_9171(head, people)
    if run.kind == Kind.INDICATORS:
        return aggregates.indicator_lines(head, people)
    return writing.lines(_layout(run), head, people, checks)


def _layout(run: ReportRun) -> layouts.Layout:
    assert run.layout_version is not None  # noqa: S101 - `order` saw to it
    return layouts.read(run.layout_version.definition)


def _checks_of(run: ReportRun) -> Checks | None:
    return Checks(_layout(run), run.as_of) if run.layout_version else None


def _headings(run: ReportRun) -> int:
    """The lines of a file that are no rows."""
    if run.layout_version is None:
        return 1
    layout = _layout(run)
    return int(layout.header and layout.format == "csv")


def _take_snapshot(run: ReportRun) -> None:
    """Keep what is known now, read in one transaction that sees one moment."""
    if Participant.objects.filter(organization_id=run.organization_id).count() > MOST_PARTICIPANTS:
        raise Invalid(gettext("There are more than 500,000 participants."))
    digest = _Digest()
    with NamedTemporaryFile(dir=settings.UPLOAD_FOLDER, delete=False) as made:
        path = Path(made.name)
        try:
            with _one_moment():
                for line in snapshots.lines(run):
                    made.write(digest.add(line))
            made.close()
            default_storage.save(_name(run), LocalFile(path))
        finally:
            path.unlink(missing_ok=True)
    run.snapshot_sha256 = digest.hex
    run.save(update_fields=["snapshot_sha256"])


@contextmanager
def _one_moment() -> Iterator[None]:
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


@contextmanager
def _snapshot(run: ReportRun) -> Iterator[IO[bytes]]:
    with default_storage.open(_name(run), "rb") as file:
        yield file


def _name(run: ReportRun) -> str:
    return f"{run.organization_id}/wioa-reports/{run.snapshot_of_id or run.id}"


class _Digest:
    """Counts lines and bytes, and hashes them."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.size = self.rows = 0

    def add(self, line: str) -> bytes:
        raw = line.encode()
        self._hash.update(raw)
        self.size += len(raw)
        self.rows += 1
        return raw

    @property
    def hex(self) -> str:
        return self._hash.hexdigest()
