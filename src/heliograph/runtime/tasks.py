"""Background work of the runtime."""

from procrastinate.contrib.django import app as jobs

from heliograph.runtime.narrating import following


@jobs.periodic(cron="* * * * * */10")
@jobs.task(name="runtime.narrate", queueing_lock="narrate", lock="narrate")
def narrate(timestamp: int) -> None:
    """Tell what happened in courses as statements."""
    following.follow()
