"""Messages to other people's servers, whatever they are: claimed one at a time, tried again, given up, sent
again.

A message is a row, written in the transaction of the change it tells of (`models.Delivery`). A job sends what
is due of one **shard**: messages that go to the same server, and wait together while it is away. Nobody else
sends a message while its try is leased, and only the latest try may note what came of it; so a message may
arrive twice, under the same id, and is never lost.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from heliograph.core import clock
from heliograph.core.background import jobs
from heliograph.core.background.backoff import GIVEN_UP_AFTER, next_try
from heliograph.core.background.chores import alone_with
from heliograph.delivery.models import Delivery

log = logging.getLogger(__name__)
MOST_AT_ONCE: Final = 100  # messages of one job; another one takes the rest
Row = TypeVar("Row", bound=Delivery)


@dataclass(frozen=True)
class SendResult:
    """What came of a try.

    After one that failed ``for_good`` no other is made; ``columns`` are written with it.
    """

    delivered: bool
    answer: str = ""
    status: int | None = None
    for_good: bool = False
    columns: dict[str, Any] = field(default_factory=dict)


class ReceiverAway(Exception):
    """The server does not answer at all, so the next message of the shard would fare no better; the text says
    why.
    """


@dataclass(frozen=True)
class Channel(Generic[Row]):
    """One kind of messages: its table, how one is sent, and what belongs together.

    ``send`` says what came of a try, or raises `ReceiverAway`; it takes no longer than ``lease``. ``shard``
    is the column whose messages go to one server, none where all do. Messages with the same value in
    ``in_order`` arrive in the order they were written in, unless one is given up.
    """

    name: str
    model: type[Row]
    send: Callable[[Row], SendResult]
    lease: timedelta
    kept_for: timedelta
    shard: str = ""
    in_order: str = ""

    @property
    def rows(self) -> QuerySet[Row]:
        return self.model._default_manager.all()

    def columns_of_new(self) -> dict[str, Any]:
        """The columns of a message that is written now, and due at once."""
        moment = clock.now()
        return {"created_at": moment, "next_try_at": moment, "give_up_at": moment + GIVEN_UP_AFTER}

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
        jobs.enqueue("delivery.send", only_one=self._job(shard), channel=self.name, shard=str(shard))

    def send_due(self, shard: object = "") -> None:
        """Send what is due of a shard, oldest first; a server that is away is left alone for a while."""
        with alone_with(self._job(shard), wait=False) as mine:
            more = mine and self._send_some(shard)
        if more:
            self.enqueue(shard)

    def send_again(self, row: Row) -> None:
        """Send a message from the beginning, under its old id, whatever became of it."""
        moment = clock.now()
        row.state, row.tries, row.next_try_at = Delivery.State.WAITING, 0, moment
        row.give_up_at = moment + GIVEN_UP_AFTER
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

    def _send_some(self, shard: object) -> bool:
        """Send the next; whether there may be more."""
        for _ in range(MOST_AT_ONCE):
            row = self._claim(shard)
            if row is None or not self._try(row):
                return False
        return True

    @transaction.atomic
    def _claim(self, shard: object) -> Row | None:
        """The oldest message that is due and follows none that must arrive before it; nobody else sends it
        meanwhile.
        """
        moment = clock.now()
        due = self._waiting(shard).filter(next_try_at__lte=moment)
        if self.in_order:
            same = {self.in_order: OuterRef(self.in_order), "id__lt": OuterRef("id")}
            due = due.exclude(Exists(self.rows.filter(state=Delivery.State.WAITING, **same)))
        row = due.order_by("id").select_for_update(skip_locked=True, of=("self",)).first()
        if row:
            row.tries += 1
            row.next_try_at = moment + self.lease
            row.save(update_fields=["tries", "next_try_at"])
        return row

    def _try(self, row: Row) -> bool:
        """Send one message and note what came of it. False where its server is away."""
        try:
            outcome = self.send(row)
        except ReceiverAway as reason:
            retry_at = self._retry_later_or_give_up(row, SendResult(False, str(reason)))
            self._waiting(self._shard_of(row)).filter(next_try_at__lt=retry_at).update(next_try_at=retry_at)
            return False
        if outcome.delivered:
            self._note(row, outcome, state=Delivery.State.DELIVERED, delivered_at=clock.now())
        else:
            self._retry_later_or_give_up(row, outcome)
        return True

    def _retry_later_or_give_up(self, row: Row, outcome: SendResult) -> datetime:
        moment = clock.now()
        retry_at = next_try(row.tries, moment)
        if outcome.for_good or row.give_up_at is None or row.give_up_at <= moment:
            log.warning("%s %s was given up at try %s", self.name, row.pk, row.tries)
            self._note(row, outcome, state=Delivery.State.GIVEN_UP)
        else:
            self._note(row, outcome, state=Delivery.State.WAITING, next_try_at=retry_at)
        return retry_at

    def _note(self, row: Row, outcome: SendResult, **columns: Any) -> None:
        """Only the latest try may say what came of it: not one whose lease ran out, nor one from before a
        replay.
        """
        latest = self.rows.filter(id=row.pk, tries=row.tries, state=Delivery.State.WAITING)
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
