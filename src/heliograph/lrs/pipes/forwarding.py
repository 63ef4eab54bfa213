"""Forwarding: what is stored here is sent to another store, in the order in which it was stored, each
statement until it is there or refused.

The statements are their own outbox, because they are only ever added to: a pipe remembers the position up to
which everything is dealt with, and moves it in the transaction that records what became of the last request.
A request whose answer was lost is sent again; its statements have ids, so the other store knows them.
"""

import time
from dataclasses import dataclass
from itertools import islice

from django.db import transaction

from heliograph.core import clock, counters
from heliograph.core.database.consistency import consistent_through
from heliograph.core.http_client import Reply, TooLong
from heliograph.core.ids import lowest_id
from heliograph.lrs.models import Pipe, Undelivered
from heliograph.lrs.pipes import backlog, lease, rules
from heliograph.lrs.pipes.backlog import Waiting
from heliograph.lrs.pipes.client import Other, Parts, extra_seconds, wait_for
from heliograph.lrs.pipes.lease import Wait
from heliograph.lrs.pipes.rules import NextStep
from heliograph.lrs.rules import equality

AGAIN_AT_ONCE = 100


@dataclass(frozen=True)
class Refusal:
    """Why the other store will not have a statement."""

    reason: str
    status: int | None


def work(pipe: Pipe, other: Other, seconds: float) -> bool:
    """Send what is there, for about so long; whether there is more. Raises `Wait`, `TurnOver`."""
    more = _Turn(pipe, other, time.monotonic() + seconds).work()
    lease.release(pipe, next_try_at=clock.now(), **lease.succeeded(0, pipe))
    return more


class _Turn:
    """One turn at a forwarding pipe."""

    def __init__(self, pipe: Pipe, other: Other, until: float) -> None:
        self.pipe, self.other, self.until = pipe, other, until
        self.filter, self.origin = rules.passing(pipe.filter), rules.origin_key(pipe.endpoint)
        self.takes_ours = (
            False  # the other store was asked something harmless in the same way, and did not refuse it
        )

    def work(self) -> bool:
        self.send_again()
        while not self.late:
            before = lowest_id(consistent_through())
            waiting = backlog.after(self.pipe.organization_id, self.pipe.cursor, before)
            if not waiting:
                return False
            self.carry(waiting)
        return True

    @property
    def late(self) -> bool:
        """Whether it is another pipe's turn."""
        return time.monotonic() >= self.until

    def carry(self, statements: list[Waiting]) -> None:
        """Send those that the filter takes, and pass the others over."""
        taken = backlog.passed(self.pipe.organization_id, statements, self.filter, self.origin)
        backlog.note_files(self.pipe.organization_id, taken)
        following = iter(taken)
        for count in rules.batches(statement.size for statement in taken):
            self.deliver(list(islice(following, count)))
            if self.late:  # the cursor is behind what was dealt with; the rest is read again
                return
        if self.pipe.cursor != statements[-1].position:
            lease.note(self.pipe, cursor=statements[-1].position)

    def deliver(self, some: list[Waiting]) -> None:
        """Send some together; one by one where the other store does not take them so."""
        parts = self.parts(some)
        reply = self.other.post([self.in_version(statement) for statement in some], parts)
        match rules.verdict(reply.status):
            case NextStep.TAKEN:
                if not rules.has_ids(reply.body, [statement.id for statement in some]):
                    raise Wait(
                        "Not an LRS: the response contains no statement IDs.",
                        reply.status,
                    )
                self.record(some, len(some))
            case NextStep.WAIT:
                raise wait_for(reply)
            case NextStep.CLOSER:
                for statement in some:
                    self.deliver_one(statement)
                    if self.late:
                        return

    def deliver_one(self, statement: Waiting) -> None:
        refused = self.put(statement)
        self.record([statement], 0 if refused else 1, refused)

    def put(self, statement: Waiting) -> Refusal | None:
        """Send one statement; why it was refused, if it was."""
        reply = self.other.put(statement.id, self.in_version(statement), self.parts([statement]))
        match rules.verdict(reply.status):
            case NextStep.TAKEN:
                return None
            case NextStep.WAIT:
                raise wait_for(reply)
        if reply.status == 409:
            return self.compared(statement, reply)
        self.refuse_to_blame()
        return Refusal(rules.sentence(reply.status, reply.text), reply.status)

    def compared(self, statement: Waiting, reply: Reply) -> Refusal | None:
        """What a conflict means: nothing, where the statement that is there is the same."""
        try:
            theirs = self.other.statement(statement.id)
        except TooLong:
            theirs = None
        if theirs is None:
            return Refusal(rules.sentence(reply.status, reply.text), reply.status)
        try:
            same = equality.digest(theirs) == equality.digest(statement.statement)
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
            same = False
        return (
            None
            if same
            else Refusal("The other LRS has a different statement with this ID (409).", reply.status)
        )

    def refuse_to_blame(self) -> None:
        """Raise `Wait` where the other store refuses everything that is asked as we ask it, and not just a
        statement.
        """
        if self.takes_ours:
            return
        try:
            reply = self.other.get("statements", {"limit": "1"})
        except TooLong:
            reply = None
        if reply and reply.status not in (200, 401, 403):  # a key that may only write is one we can send with
            raise wait_for(reply)
        self.takes_ours = True

    def record(self, some: list[Waiting], moved: int, refused: Refusal | None = None) -> None:
        """Move the cursor behind these, together with what became of them."""
        with transaction.atomic():
            lease.note(self.pipe, cursor=some[-1].position, **lease.succeeded(moved, self.pipe))
            if refused:
                lease.set_aside(
                    self.pipe, some[-1].id, refused.reason, refused.status, position=some[-1].position
                )
        _count(moved, refused)

    def send_again(self) -> None:
        """Send what was refused before and somebody wants sent once more."""
        rows = Undelivered.objects.filter(pipe=self.pipe, state=Undelivered.State.AGAIN).order_by("position")[
            :AGAIN_AT_ONCE
        ]
        for row in rows:
            statement = backlog.at(self.pipe.organization_id, row.position) if row.position else None
            refused = (
                self.put(statement)
                if statement
                else Refusal("The statement no longer exists in this LRS.", None)
            )
            with transaction.atomic():
                lease.note(self.pipe, **lease.succeeded(0 if refused else 1, self.pipe))
                if refused:
                    lease.set_aside(self.pipe, row.statement_id, refused.reason, refused.status)
                else:
                    row.delete()
            _count(0 if refused else 1, refused)

    def parts(self, some: list[Waiting]) -> Parts:
        """The files of what is sent next; the pipe is held for as long as they may take."""
        lease.extend(self.pipe, extra_seconds(sum(statement.size for statement in some)))
        return backlog.parts_of(self.pipe.organization_id, some)

    def in_version(self, statement: Waiting) -> str:
        return rules.in_version(statement.text, statement.statement, self.pipe.version)


def _count(moved: int, refused: Refusal | None) -> None:
    counters.count("forward_done", times=moved)
    if refused:
        counters.count("forward_refused")
