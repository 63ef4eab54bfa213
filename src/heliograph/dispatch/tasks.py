"""Background work of the dispatch part."""

from uuid import UUID

from procrastinate.contrib.django import app as jobs

from heliograph.core.chores import alone_with, often
from heliograph.dispatch.embedded import statements
from heliograph.dispatch.postbacks import actions as postbacks

FOLLOWING = "dispatch.follow_postbacks"


@often(FOLLOWING, seconds=10)
def follow_postbacks() -> None:
    """Tell of what learners did in the last moments, and try again what is due."""
    postbacks.follow()
    for dispatch_id in postbacks.due_dispatches():
        postbacks.enqueue(dispatch_id)


@often("dispatch.emit_statements", seconds=10)
def narrate() -> None:
    """Tell what happened in embedded packages as statements."""
    statements.follow()


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="dispatch.sweep_postbacks", queueing_lock="sweep postbacks")
def sweep_postbacks(timestamp: int) -> None:
    """Tell of what the chore above has no eyes for."""
    with alone_with(FOLLOWING, wait=True):
        postbacks.sweep()


@jobs.task(name="dispatch.send_postbacks")
def send_postbacks(dispatch_id: str) -> None:
    """Send what is due of one dispatch; safe to repeat."""
    postbacks.send_due(UUID(dispatch_id))


@jobs.periodic(cron="37 3 * * *")
@jobs.task(name="dispatch.forget_postbacks", queueing_lock="forget postbacks")
def forget_postbacks(timestamp: int) -> None:
    """Delete what was delivered or given up long ago."""
    postbacks.forget_old()
