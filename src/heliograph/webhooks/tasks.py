"""Background work of webhooks; `delivery` has the messages sent."""

from procrastinate.contrib.django import app as jobs

from heliograph.webhooks import actions


@jobs.periodic(cron="47 3 * * *")
@jobs.task(name="webhooks.forget", queueing_lock="forget events")
def forget(timestamp: int) -> None:
    """Delete old events."""
    actions.forget_old()
