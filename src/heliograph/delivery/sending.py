"""Messages to other people's servers, whatever they are: claimed one at a time, tried again, given up, sent
again.

A message is a row, written in the transaction of the change it tells of (`models.Delivery`). A job sends what
is due of one **shard**: messages that go to the same server, and wait together while it is away. Nobody else
sends a message while its try is leased, and only the latest try may note what came of it; so a message may
arrive twice, under the same id, and is never lost.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import SimpleQueue
from threading import Event
from typing import Any, Final, Generic, TypeVar

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from heliograph.core import clock
from heliograph.core.background import jobs
from heliograph.core.background.backoff import GIVEN_UP_AFTER, next_try
from heliograph.core.background.chores import alone_with, one_of
from heliograph.delivery.models import Delivery

log = logging.getLogger(__name__)
MOST_OF_A_JOB: Final = 100  # messages, for each that is sent at once; another job takes the rest
CLAIMED_FOR_EACH: Final = 5  # messages that are claimed together, for each that is sent at once
Row = TypeVar("Row", bound=Delivery)


@dataclass(frozen=True)
class SendResult:
    """What came of a try.

    After one that failed ``for_good`` no other is made; where the server is ``away``, the next message of the
    shard would fare no better. ``columns`` are written with it; ``detail`` is for the channel's ``noted``.
    """

    delivered: bool
    answer: str = ""
    status: int | None = None
    for_good: bool = False
    away: bool = False
    columns: dict[str, Any] = field(default_factory=dict)
    detail: Any = None


class ReceiverAway(Exception):
    """The server does not answer at all, so the next message of the shard would fare no better; the text says
    why.
    """


@dataclass(frozen=True)
class Channel(Generic[Row]):
    """One kind of messages: its table, how one is sent, and what belongs together.

    ``send`` says what came of a try, or raises `ReceiverAway`; it takes no longer than ``lease``. ``shard``
    is the column whose messages go to one server, none where all do. Messages of a shard with the same value
    in ``in_order`` arrive in the order they were written in, unless one is given up.

    With ``at_once``, so many messages of a shard are on their way at a time, each in a thread: then ``send``
    asks no database, and what it needs of other tables is named in ``related``; several are claimed for each
    thread, and ``lease`` is long enough for `CLAIMED_FOR_EACH` tries. With ``connect``, it is also
    given what that opens, which stays open from one message to the next. ``noted`` is called with the tries
    whose results were just written, in the same transaction; ``hold`` before them, with the shard: it locks
    what others lock before they change the shard's messages.

    ``shares`` says of a shard of which jobs it is one, and how many of each may send at once, over all
    workers: so shards whose server hangs leave places for others. Whoever finds no place ends; the next one
    of ``beside``, the shards that share with one that is done, is enqueued then.
    """

    name: str
    model: type[Row]
    send: Callable[..., SendResult]
    lease: timedelta
    kept_for: timedelta
    shard: str = ""
    in_order: str = ""
    at_once: int = 1
    related: tuple[str, ...] = ()
    connect: Callable[[], AbstractContextManager[Any]] | None = None
    noted: Callable[[list[tuple[Row, SendResult]]], None] | None = None
    hold: Callable[[Any], object] | None = None
    shares: Callable[[Any], dict[str, int]] | None = None
    beside: Callable[[Any], Iterable[object]] | None = None
    given_up_after: timedelta = GIVEN_UP_AFTER
    queue: str = "default"

    @property
    def rows(self) -> QuerySet[Row]:
        return self.model._default_manager.all()

    def columns_of_new(self) -> dict[str, Any]:
        """The columns of a message that is written now, and due at once."""
        moment = clock.now()
        return {"created_at": moment, "next_try_at": moment, "give_up_at": moment + self.given_up_after}

    def due_shards(self) -> list[str]:
        """The shards that have something to send now."""
        due = self.rows.filter(state=Delivery.State.WAITING, next_try_at__lte=clock.now()).order_by()
        if not self.shard:
            return [""] if due.exists() else []
        return [str(shard) for shard in due.values_list(self.shard, flat=True).distinct()]

    def enqueue(self, shard: object = "") -> None:
        """Have what is due of a shard sent soon; one job for each waits at a time.

        The job has no lock of the queue's: one that waits for a lock is only found at the next poll.
        """
        jobs.enqueue(
            "delivery.send",
            only_one=self._job(shard),
            queue=self.queue,
            channel=self.name,
            shard=str(shard),
        )

    def send_due(self, shard: object = "") -> None:
        """Send what is due of a shard, oldest first; a server that is away is left alone for a while."""
        with alone_with(self._job(shard), wait=False) as mine, self._place(shard, mine) as free:
            more = free and self._send_some(shard)
        if free and self.beside:
            for other in self.beside(shard):
                self.enqueue(other)
        if more:  # behind those beside it
            self.enqueue(shard)

    def send_again(self, row: Row) -> None:
        """Send a message from the beginning, under its old id, whatever became of it."""
        moment = clock.now()
        row.state, row.tries, row.next_try_at = Delivery.State.WAITING, 0, moment
        row.give_up_at = moment + self.given_up_after
        row.save(update_fields=["state", "tries", "next_try_at", "give_up_at"])
        self.enqueue(self._shard_of(row))

    def give_up(self, shard: object, why: str) -> None:
        """Send nothing more of what waits in a shard."""
        self._waiting(shard).update(state=Delivery.State.GIVEN_UP, next_try_at=None, answer=why)

    def forget_old(self) -> None:
        """Delete what was delivered, or given up, long ago: it names people."""
        over = clock.now() - self.kept_for
        self.rows.filter(state=Delivery.State.DELIVERED, delivered_at__lt=over).delete()
        given_up = self.rows.filter(state=Delivery.State.GIVEN_UP)
        given_up.filter(give_up_at__lt=over).delete()
        given_up.filter(give_up_at=None, created_at__lt=over).delete()

    @contextmanager
    def _place(self, shard: object, mine: bool) -> Iterator[bool]:
        """Take a place of each share of a shard; False where it is not mine, or all are taken."""
        shares = self.shares(shard) if mine and self.shares else {}
        with ExitStack() as taken:
            yield mine and all(taken.enter_context(one_of(name, most)) for name, most in shares.items())

    def _send_some(self, shard: object) -> bool:
        """Send the next; whether there may be more."""
        sent = 0
        with self._sender() as send_all:
            while sent < MOST_OF_A_JOB * self.at_once:
                rows = self._claim(shard)
                if not rows or not self._note_all(send_all(rows)):
                    return False
                sent += len(rows)
        return True

    @contextmanager
    def _sender(self) -> Iterator[Callable[[list[Row]], list[tuple[Row, SendResult | None]]]]:
        """What sends some messages and says what came of each, over connections that stay open meanwhile:
        nothing of those that were left when the server turned out to be away.
        """
        away = Event()
        idle: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
        with ExitStack() as opened:
            for _ in range(self.at_once):
                idle.put((opened.enter_context(self.connect()),) if self.connect else ())
            if self.at_once == 1:
                yield lambda rows: [self._try(row, idle, away) for row in rows]
                return
            threads = opened.enter_context(ThreadPoolExecutor(self.at_once, self.name))
            yield lambda rows: list(threads.map(lambda row: self._try(row, idle, away), rows))

    def _try(
        self, row: Row, idle: "SimpleQueue[tuple[Any, ...]]", away: Event
    ) -> tuple[Row, SendResult | None]:
        if away.is_set():
            return row, None
        connection = idle.get()
        try:
            outcome = self.send(row, *connection)
        except ReceiverAway as reason:
            outcome = SendResult(False, str(reason), away=True)
        finally:
            idle.put(connection)
        if outcome.away:
            away.set()
        return row, outcome

    @transaction.atomic
    def _claim(self, shard: object) -> list[Row]:
        """The oldest messages that are due and follow none that must arrive before them, as many as are sent
        at once; nobody else sends them meanwhile.
        """
        moment = clock.now()
        due = self._waiting(shard).filter(next_try_at__lte=moment).select_related(*self.related)
        if self.in_order:
            same = {name: OuterRef(name) for name in (self.in_order, self.shard) if name}
            earlier = self.rows.filter(state=Delivery.State.WAITING, id__lt=OuterRef("id"), **same)
            due = due.exclude(Exists(earlier))
        locked = due.order_by("id").select_for_update(skip_locked=True, of=("self",))
        rows = list(locked[: self.at_once * CLAIMED_FOR_EACH if self.at_once > 1 else 1])
        if rows:
            leased = {"tries": F("tries") + 1, "next_try_at": moment + self.lease}
            self.rows.filter(id__in=[row.pk for row in rows]).update(**leased)
        for row in rows:
            row.tries += 1
        return rows

    @transaction.atomic
    def _note_all(self, claimed: list[tuple[Row, SendResult | None]]) -> bool:
        """Write what came of some messages. False where their server is away."""
        if self.hold:
            self.hold(self._shard_of(claimed[0][0]))
        tries = [(row, outcome) for row, outcome in claimed if outcome]
        self._unclaim([row for row, outcome in claimed if not outcome])
        arrived: dict[tuple[int, int | None, str], list[Row]] = {}
        away: list[datetime] = []
        for row, outcome in tries:
            if outcome.delivered and not outcome.columns:
                alike = (row.tries, outcome.status, outcome.answer[:500])
                arrived.setdefault(alike, []).append(row)
            elif outcome.delivered:
                self._note([row], outcome, state=Delivery.State.DELIVERED, delivered_at=clock.now())
            else:
                retry_at = self._retry_later_or_give_up(row, outcome)
                away += [retry_at] if outcome.away else []
        for (_, status, answer), rows in arrived.items():
            outcome = SendResult(True, answer, status)
            self._note(rows, outcome, state=Delivery.State.DELIVERED, delivered_at=clock.now())
        if away:
            later, shard = max(away), self._shard_of(tries[0][0])
            self._waiting(shard).filter(next_try_at__lt=later).update(next_try_at=later)
        if self.noted:
            self.noted(tries)
        return not away

    def _unclaim(self, rows: list[Row]) -> None:
        """Let messages that were claimed and not tried wait again."""
        for row in rows:
            mine = self.rows.filter(id=row.pk, tries=row.tries, state=Delivery.State.WAITING)
            mine.update(tries=F("tries") - 1, next_try_at=clock.now())

    def _retry_later_or_give_up(self, row: Row, outcome: SendResult) -> datetime:
        moment = clock.now()
        retry_at = next_try(row.tries, moment)
        if outcome.for_good or row.give_up_at is None or row.give_up_at <= moment:
            log.warning("%s %s was given up at try %s", self.name, row.pk, row.tries)
            self._note([row], outcome, state=Delivery.State.GIVEN_UP)
        else:
            self._note([row], outcome, state=Delivery.State.WAITING, next_try_at=retry_at)
        return retry_at

    def _note(self, rows: list[Row], outcome: SendResult, **columns: Any) -> None:
        """Only the latest try may say what came of it: not one whose lease ran out, nor one from before a
        replay. All of ``rows`` had as many tries.
        """
        ids = [row.pk for row in rows]
        latest = self.rows.filter(id__in=ids, tries=rows[0].tries, state=Delivery.State.WAITING)
        changes = {"status": outcome.status, "answer": outcome.answer[:500], "next_try_at": None}
        latest.update(**{**changes, **columns, **outcome.columns})

    def _waiting(self, shard: object) -> QuerySet[Row]:
        waiting = self.rows.filter(state=Delivery.State.WAITING)
        return waiting.filter(**{self.shard: shard}) if self.shard else waiting

    def _shard_of(self, row: Row) -> object:
        return getattr(row, self.shard) if self.shard else ""

    def _job(self, shard: object) -> str:
        return f"{self.name} of {shard}" if self.shard else self.name


CHANNELS: dict[str, Channel[Any]] = {}


def register(channel: Channel[Any]) -> None:
    """Have a channel's messages sent; a part calls it when Django is ready."""
    CHANNELS[channel.name] = channel
