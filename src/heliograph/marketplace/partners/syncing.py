"""When runs begin: by a clock, by a person, by a file that arrived, by a message."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings as product
from django.db import IntegrityError, transaction
from django.db.models import Q

from heliograph.accounts import queries as accounts
from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.background import jobs
from heliograph.core.errors import Conflict
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.delivery import mail
from heliograph.marketplace.errors import FileKnown
from heliograph.marketplace.models import Partner, PartnerMessage, PartnerRun
from heliograph.marketplace.partners import completing, folder, rules, runs, storing
from heliograph.marketplace.partners.adapters.choose import connector, file_connector
from heliograph.marketplace.partners.adapters.webhook import WebhookConnector
from heliograph.marketplace.partners.events import every

RUN, MESSAGES = "marketplace.partner_run", "marketplace.partner_messages"
SYNCED = (Partner.Adapter.API, Partner.Adapter.FILE)
KEPT_MESSAGES = timedelta(days=30)
State = PartnerRun.State
Kind = PartnerRun.Kind


@transaction.atomic
def synchronize(actor: Actor, partner: Partner) -> PartnerRun:
    """Have a partner asked now, whether its time has come or not. Raises `Conflict` while a run is at work,
    and where the breaker is open.
    """
    actor.require(Permission.PROGRAMS_MANAGE)
    _refuse_inactive(partner)
    if said := runs.too_soon(partner):
        raise Conflict(said, code="partner_away")
    if partner.adapter == Partner.Adapter.FILE:
        for run in take_files(partner):
            return run
    run = begin(partner, Kind.MANUAL, actor.label)
    record(actor, "synchronized", "partner", partner.id, partner.name)
    return run


@transaction.atomic
def begin(partner: Partner, kind: str, by: str) -> PartnerRun:
    """A run that a worker does soon. Raises `Conflict` while another one waits or is at work."""
    Partner.objects.select_for_update().get(id=partner.id)
    if partner.runs.filter(state__in=runs.OPEN).exists():
        raise Conflict(gettext("A synchronization is running. Wait until it has ended."), code="partner_busy")
    made = PartnerRun.objects.create(
        organization_id=partner.organization_id, partner=partner, kind=kind, started_by=by[:200]
    )
    enqueue(made)
    return made


def enqueue(run: PartnerRun) -> None:
    """Have a worker do a run."""
    jobs.enqueue(RUN, only_one=f"partner run {run.id}", queue="imports", run_id=str(run.id))


def enqueue_messages(partner_id: UUID) -> None:
    """Have a worker work what a partner's webhook received."""
    jobs.enqueue(MESSAGES, only_one=f"partner messages {partner_id}", partner_id=str(partner_id))


def begin_due() -> None:
    """Begin the runs whose time has come, take files that arrived, and go on with what was interrupted."""
    moment = clock.now()
    for run in PartnerRun.objects.filter(state__in=runs.OPEN).order_by("id")[:100]:
        enqueue(run)  # a job of it that waits already stays the only one
    for partner_id in (
        PartnerMessage.objects.filter(done_at=None).values_list("partner_id", flat=True).distinct()
    ):
        enqueue_messages(partner_id)
    partners = Partner.objects.filter(is_active=True, adapter__in=SYNCED).select_related("organization")
    for partner in partners.filter(adapter=Partner.Adapter.FILE, settings__folder=True):
        take_files(partner)
    due = partners.filter(Q(next_run_at=None) | Q(next_run_at__lte=moment), adapter=Partner.Adapter.API)
    for partner in due.filter(Q(open_until=None) | Q(open_until__lte=moment)):
        try:
            begin(partner, Kind.SCHEDULED, "Heliograph")
        except Conflict:
            continue
    alert()


def take_files(partner: Partner) -> list[PartnerRun]:
    """Begin a run for each whole file in a partner's drop folder; what was read goes to its place."""
    if not partner.settings.get("folder"):
        return []
    begun = []
    for path in folder.finished(partner):
        copied = folder.copy_of(path)
        if copied is None:
            continue
        copy, digest = copied
        known = partner.runs.filter(digest=digest).exclude(state=State.DISCARDED).order_by("-id").first()
        if known is None:
            begun.append(take_over(partner, copy, path.name, digest, Kind.FOLDER, "Heliograph"))
            continue
        copy.unlink(missing_ok=True)
        if known.state in (State.DONE, State.FAILED):
            folder.put_away(path, folder.DONE if known.state == State.DONE else folder.FAILED)
    return begun


@transaction.atomic
def take_over(
    partner: Partner, path: Path, name: str, digest: str, kind: str, by: str, *, preview: bool = False
) -> PartnerRun:
    """A run of a file, which is gone from ``path``. Raises `FileKnown` for one that was read before, and
    `Conflict` where the partner's results do not come as files.
    """
    try:
        file_connector(partner)
    except Conflict:
        path.unlink(missing_ok=True)
        raise
    run = PartnerRun(
        organization_id=partner.organization_id,
        partner=partner,
        kind=kind,
        state=State.PREVIEW if preview else State.WAITING,
        file_name=name[-200:],
        digest=digest,
        started_by=by[:200],
    )
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:
        path.unlink(missing_ok=True)
        raise FileKnown(gettext("This file was imported before: nothing would change.")) from None
    runs.keep_file(run, path)
    if not preview:
        enqueue(run)
    return run


@transaction.atomic
def keep_message(partner: Partner, body: bytes, digest: str) -> None:
    """Keep a message that was verified and have it worked soon; one that was kept before is left."""
    _, made = PartnerMessage.objects.get_or_create(
        partner=partner, digest=digest, defaults={"organization_id": partner.organization_id, "body": body}
    )
    if made:
        enqueue_messages(partner.id)


def work_messages(partner: Partner) -> int:
    """Work the messages that a partner's webhook received, in their order; how many there were."""
    adapter, worked = connector(partner), 0
    if not isinstance(adapter, WebhookConnector):
        return 0
    while message := PartnerMessage.objects.filter(partner=partner, done_at=None).order_by("id").first():
        try:
            events = adapter.events(bytes(message.body))
            with transaction.atomic():
                storing.store(partner, None, events)
                message.done_at = clock.now()
                message.save(update_fields=["done_at"])
        except ValueError as reason:
            message.done_at, message.error = clock.now(), str(reason)[:1000]
            message.save(update_fields=["done_at", "error"])
        completing.complete_matched(partner)
        worked += 1
    completing.complete_matched(partner)
    return worked


def alert() -> None:
    """Mail those who manage programs once three runs of a partner in succession have not succeeded."""
    for partner in Partner.objects.filter(is_active=True, alerted_at=None, adapter__in=SYNCED):
        if is_late(partner) and Partner.objects.filter(id=partner.id, alerted_at=None).update(
            alerted_at=clock.now()
        ):
            _mail(partner)


def is_late(partner: Partner) -> bool:
    """Whether three runs of a partner were missed, or failed."""
    if partner.adapter == Partner.Adapter.FILE and not partner.settings.get("folder"):
        return False
    since = partner.last_success_at or partner.created_at
    period = every(connector(partner).settings)
    return (
        partner.failures >= rules.MISSED_TO_ALERT
        or rules.missed(since, period, clock.now()) >= rules.MISSED_TO_ALERT
    )


def forget() -> None:
    """Delete messages that were worked long ago."""
    PartnerMessage.objects.filter(done_at__lt=clock.now() - KEPT_MESSAGES).delete()


def _mail(partner: Partner) -> None:
    last = partner.runs.exclude(error="").order_by("-id").first()
    address = f"{product.HELIOGRAPH.url}/admin/marketplace/partners/{partner.id}/"
    text = f"No results from {partner.name} for three runs.\n\n{last.error if last else ''}\n\n{address}\n"
    to = accounts.addresses_of(partner.organization_id, Permission.PROGRAMS_MANAGE)[: mail.MOST_RECIPIENTS]
    if to:
        mail.send(
            partner.organization_id, to=to, subject=f"Partner not reached: {partner.name}"[:200], text=text
        )


def _refuse_inactive(partner: Partner) -> None:
    if not partner.is_active:
        raise Conflict(gettext("This partner is disabled. Enable it first."), code="partner_disabled")
    if partner.adapter not in SYNCED:
        raise Conflict(
            gettext("This partner sends its results itself: there is nothing to fetch."),
            code="partner_pushes",
        )
