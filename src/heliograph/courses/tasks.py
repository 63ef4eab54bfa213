"""Background work of the courses part."""

from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app as jobs

from heliograph.courses.imports import importing

TRIES = 5


@jobs.task(
    name="courses.run_import",
    queue="imports",
    retry=RetryStrategy(max_attempts=TRIES, exponential_wait=2),
    pass_context=True,
)
def run_import(context: JobContext, import_id: str) -> None:
    """Carry out one import; safe to repeat. Whoever waits for it is told when the last try has failed."""
    if context.job.attempts > TRIES:  # it took its worker down, again and again
        importing.give_up(UUID(import_id))
        return
    try:
        importing.run(UUID(import_id))
    except Exception:
        if context.job.attempts >= TRIES:
            importing.give_up(UUID(import_id))
        raise
