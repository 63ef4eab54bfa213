"""Background work of the dispatch part."""

from procrastinate.contrib.django import app as jobs

from heliograph.core.background.chores import alone_with, often
from heliograph.dispatch import webhook_events
from heliograph.dispatch.embedded import statements
from heliograph.dispatch.postbacks import actions as postbacks

FOLLOWING = "dispatch.follow_postbacks"


@often(FOLLOWING, seconds=10)
def follow_postbacks() -> None:
    """Tell of what learners did in the last moments."""
    postbacks.follow()


@often("dispatch.emit_statements", seconds=10)
def emit_statements() -> None:
    """Tell what happened in embedded packages as statements."""
    statements.follow()


@jobs.periodic(cron="* * * * *")
@jobs.task(name="dispatch.tell_expired", queueing_lock="tell of expired dispatches")
def tell_expired(timestamp: int) -> None:
    """Tell webhooks of dispatches whose end date has passed."""
    webhook_events.tell_expired()


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="dispatch.sweep_postbacks", queueing_lock="sweep postbacks")
def sweep_postbacks(timestamp: int) -> None:
    """Tell of what the chore above has no eyes for."""
    with alone_with(FOLLOWING, wait=True):
        postbacks.sweep()
