"""Background work of the record store."""

from procrastinate.contrib.django import app as jobs

from heliograph.lrs import tallying


@jobs.periodic(cron="* * * * * */10")
@jobs.task(name="lrs.tally", queueing_lock="tally", lock="tally")
def tally(timestamp: int) -> None:
    """Count the statements of the last moments."""
    tallying.follow()
