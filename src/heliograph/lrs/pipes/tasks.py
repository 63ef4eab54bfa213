"""Background work of pipes."""

from uuid import UUID

from procrastinate.contrib.django import app as jobs

from heliograph.core.background.chores import often
from heliograph.lrs.pipes import lease, undelivered


@often("lrs.begin_pipes", seconds=2)
def begin_pipes() -> None:
    """Begin the turns of pipes that have something to do."""
    for pipe_id in lease.due():
        lease.enqueue(pipe_id)


@jobs.task(name="lrs.run_pipe", queue="pipes")
def run_pipe(pipe_id: str) -> None:
    """One turn at a pipe; safe to repeat.

    Where there is more, another turn follows after those of other pipes.
    """
    # Here, because its libraries cost every process a tenth of a second to load.
    from heliograph.lrs.pipes import (
        worker,
    )

    if worker.run(UUID(pipe_id)):
        lease.enqueue(UUID(pipe_id))


@jobs.periodic(cron="47 3 * * *")
@jobs.task(name="lrs.forget_undelivered", queueing_lock="forget undelivered")
def forget_undelivered(timestamp: int) -> None:
    """Delete what pipes set aside long ago."""
    undelivered.forget_old()
