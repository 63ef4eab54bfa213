"""Files of completions: read, looked at, and done in the background.

Each student is one transaction of their own. A worker that dies leaves whole rows; whoever goes on finds the
rows that are still to do.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from heliograph.accounts import queries as accounts
from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.background import jobs
from heliograph.core.background.chores import alone_with
from heliograph.core.errors import Conflict, Forbidden, Problem
from heliograph.core.translation import gettext
from heliograph.marketplace.completion_lists import checking, queries, reading
from heliograph.marketplace.holder_portal import marking
from heliograph.marketplace.models import CompletionList, CompletionListRow

if TYPE_CHECKING:
    from heliograph.core.actor import Actor

TASK = "marketplace.completion_list"
KEPT = timedelta(days=90)
State = CompletionList.State
Row = CompletionListRow.State


def from_file(actor: Actor, path: Path, name: str) -> CompletionList:
    """A list of the rows of a file, to be looked at. Raises `Invalid` and `Forbidden`."""
    mine = queries.markable(actor)
    rows = checking.check(mine, reading.read(path, name))
    return _keep(actor, rows, name)


@transaction.atomic
def apply(actor: Actor, held: CompletionList) -> CompletionList:
    """Have the rows done that can be. Raises `Conflict` where it was begun before."""
    locked = CompletionList.objects.select_for_update().get(id=held.id)
    if locked.state != State.CHECKED:
        raise Conflict(gettext("This list was begun already. Load the page again."), code="list_begun")
    ready = locked.rows.filter(state=Row.READY)
    if not ready.exists():
        raise Conflict(gettext("There is nobody to mark complete in this list."), code="nothing_to_mark")
    locked.state = State.RUNNING
    locked.save(update_fields=["state"])
    record(actor, "marked complete by", "completion list", locked.id, str(locked), students=ready.count())
    enqueue(locked)
    return locked


def discard(held: CompletionList) -> None:
    """Delete a list that was not begun. Raises `Conflict`."""
    deleted, _ = CompletionList.objects.filter(id=held.id, state=State.CHECKED).delete()
    if not deleted:
        raise Conflict(gettext("This list was begun already. Load the page again."), code="list_begun")


def enqueue(held: CompletionList) -> None:
    """Have a worker do a list, or go on with it."""
    jobs.enqueue(TASK, only_one=f"completion list {held.id}", queue="imports", list_id=str(held.id))


def work(list_id: UUID) -> CompletionList:
    """Do what is left of a list, student by student."""
    with alone_with(f"completion list {list_id}", wait=False) as mine:
        held = CompletionList.objects.select_related("member__user", "member__organization").get(id=list_id)
        if mine and held.state == State.RUNNING:
            _work(held)
    return held


def go_on() -> None:
    """Have lists done that a worker left behind."""
    for held in CompletionList.objects.filter(state=State.RUNNING).order_by("id")[:100]:
        enqueue(held)


def forget() -> None:
    """Delete lists that were not looked at for long: they name people."""
    CompletionList.objects.filter(created_at__lt=clock.now() - KEPT).exclude(state=State.RUNNING).delete()


def _work(held: CompletionList) -> None:
    member = held.member
    signs_in = member.is_active and member.user.is_active
    actor = accounts.actor_of_member(member)
    while row := held.rows.filter(state=Row.READY).order_by("number").first():
        with transaction.atomic():
            locked = CompletionListRow.objects.select_for_update().get(id=row.id)
            if locked.state == Row.READY:
                _mark(actor if signs_in else None, locked)
    held.state, held.finished_at = State.DONE, clock.now()
    held.save(update_fields=["state", "finished_at"])


def _mark(actor: Actor | None, row: CompletionListRow) -> None:
    assert row.completed_at is not None  # noqa: S101 - or the row would not be ready
    try:
        if actor is None:
            raise Forbidden(gettext("Whoever began this list may no longer sign in."))
        with transaction.atomic():
            marking.mark_complete(
                actor,
                str(row.enrollment_id),
                row.completed_at,
                certificate_url=row.certificate_url,
                notes=row.notes,
            )
        row.state = Row.DONE
    except Problem as reason:
        row.state, row.problem = Row.REFUSED, reason.sentence[:300]
    row.save(update_fields=["state", "problem"])


@transaction.atomic
def _keep(actor: Actor, rows: list[CompletionListRow], name: str) -> CompletionList:
    member = accounts.members(actor.organization_id).get(user=actor.id)
    made = CompletionList.objects.create(
        organization_id=actor.organization_id, member=member, file_name=name[-200:]
    )
    for row in rows:
        row.list = made
    CompletionListRow.objects.bulk_create(rows, batch_size=500)
    return made
