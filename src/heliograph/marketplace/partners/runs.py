"""Runs: what a partner reports is read page by page or in slices of a file, each stored in one transaction
with how far the run is; so whoever is interrupted goes on from there. Then what was matched is completed.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F

from heliograph.core import clock
from heliograph.core.background.chores import alone_with
from heliograph.core.database.prepared import AWAY
from heliograph.core.errors import Problem
from heliograph.core.storage import LocalFile
from heliograph.core.translation import gettext
from heliograph.marketplace.models import Partner, PartnerRun
from heliograph.marketplace.partners import completing, rules, storing
from heliograph.marketplace.partners.adapters.choose import connector, file_connector
from heliograph.marketplace.partners.adapters.files import FileConnector, Refused
from heliograph.marketplace.partners.adapters.pull import ApiConnector
from heliograph.marketplace.partners.connectors import PartnerAway, PartnerBroken
from heliograph.marketplace.partners.events import every

log = logging.getLogger(__name__)
SLICE = 100_000  # rows of a file in one transaction
State = PartnerRun.State
OPEN = (State.WAITING, State.RUNNING)


def work(run_id: UUID) -> PartnerRun | None:
    """Do a run to its end, from where it stands; None where another one of its partner is at work.

    What goes wrong is noted at the run, and counts for the breaker.
    """
    run = PartnerRun.objects.select_related("partner__organization").get(id=run_id)
    with alone_with(f"partner {run.partner_id}", wait=False) as mine:
        if not mine:
            return None
        run.refresh_from_db()
        if run.state not in OPEN:
            return run
        run.state, run.started_at = State.RUNNING, run.started_at or clock.now()
        run.save(update_fields=["state", "started_at"])
        try:
            _work(run)
        except (PartnerAway, PartnerBroken, Refused) as reason:
            _end(run, str(reason), getattr(reason, "after", 0.0))
        except Problem as reason:
            _end(run, reason.sentence)
        except AWAY:
            raise  # whoever comes next goes on
        except Exception:
            log.exception("partner run %s", run.id)
            _end(run, gettext("Internal error. Try again or contact the operator."))
        else:
            _end(run, "")
    return run


def _work(run: PartnerRun) -> None:
    storing.match_again(run.partner)
    _complete(run)
    if run.digest:
        _read_file(run, file_connector(run.partner))
    elif isinstance(adapter := connector(run.partner), ApiConnector):
        _read_pages(run, adapter)
    _complete(run)


def _read_pages(run: PartnerRun, adapter: ApiConnector) -> None:
    """Store page by page; the cursor moves with each page's rows, in one transaction."""
    start = run.cursor or ("" if run.partner.settings.get("since_parameter") else run.partner.cursor)
    for page in adapter.fetch_results(start):
        with transaction.atomic():
            _note(run, storing.store(run.partner, run, page.events), 1, cursor=page.cursor)
            if page.cursor:
                Partner.objects.filter(id=run.partner_id).update(cursor=page.cursor)


def _read_file(run: PartnerRun, adapter: FileConnector) -> None:
    with local_file(run) as path:
        events = iter(adapter.parse_file(path))
        skipped = run.position
        next(islice(events, skipped - 1, skipped), None) if skipped else None
        while True:
            with transaction.atomic():
                counts = storing.store(run.partner, run, islice(events, SLICE))
                if not counts.received:
                    return
                _note(run, counts, counts.received)


def _note(run: PartnerRun, counts: storing.Counts, further: int, **others: str) -> None:
    """Note in the caller's transaction how far the run is."""
    changed = {name: F(name) + count for name, count in vars(counts).items()}
    PartnerRun.objects.filter(id=run.id).update(**changed, position=F("position") + further, **others)


def _complete(run: PartnerRun) -> None:
    claimed = completing.complete_matched(run.partner)
    PartnerRun.objects.filter(id=run.id).update(claimed=F("claimed") + claimed)


@transaction.atomic
def _end(run: PartnerRun, error: str, after: float = 0) -> None:
    """End a run: the partner's next one comes after its usual time, or as the breaker says."""
    moment = clock.now()
    run.refresh_from_db()
    run.state, run.error, run.ended_at = State.FAILED if error else State.DONE, error[:1000], moment
    run.save(update_fields=["state", "error", "ended_at"])
    partner = Partner.objects.select_for_update().get(id=run.partner_id)
    partner.last_run_at = moment
    if error:
        partner.failures += 1
        pause = rules.breaker_pause(partner.failures)
        partner.open_until = moment + pause if pause else partner.open_until
    else:
        partner.failures, partner.open_until, partner.alerted_at = 0, None, None
        partner.last_success_at = run.started_at
    following = rules.next_run(partner.failures, every(connector(partner).settings), moment)
    partner.next_run_at = max(following, moment + timedelta(seconds=after))
    partner.save()


@contextlib.contextmanager
def local_file(run: PartnerRun) -> Iterator[Path]:
    """The file of a run on this machine's disk."""
    try:
        yield Path(default_storage.path(stored_name(run)))
    except NotImplementedError:  # an object store
        with tempfile.NamedTemporaryFile() as copy, default_storage.open(stored_name(run)) as kept:
            for chunk in kept.chunks():
                copy.write(chunk)
            copy.flush()
            yield Path(copy.name)


def stored_name(run: PartnerRun) -> str:
    """Where the file of a run lies in the storage."""
    return f"{run.organization_id}/partners/{run.id}"


def keep_file(run: PartnerRun, path: Path) -> None:
    """Store the finished file at ``path``, which is gone from there."""
    default_storage.save(stored_name(run), LocalFile(path))


def too_soon(partner: Partner) -> str:
    """Why no run begins now, where the breaker is open; empty otherwise."""
    if partner.open_until and partner.open_until > clock.now():
        return gettext("The last runs failed. The next one begins at %(time)s UTC.") % {
            "time": f"{partner.open_until:%H:%M}"
        }
    return ""
