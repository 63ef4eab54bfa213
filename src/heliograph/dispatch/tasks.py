"""Background work of the dispatch part."""

from uuid import UUID

from procrastinate.contrib.django import app as jobs

from heliograph.dispatch import narrating, postbacks


@jobs.periodic(cron="* * * * * */10")
@jobs.task(name="dispatch.follow_postbacks", queueing_lock="follow postbacks", lock="follow postbacks")
def follow_postbacks(timestamp: int) -> None:
    """Tell of what learners did in the last moments, and try again what is due."""
    postbacks.follow()
    for dispatch_id in postbacks.due_dispatches():
        postbacks.begin(dispatch_id)


@jobs.periodic(cron="* * * * * */10")
@jobs.task(name="dispatch.narrate", queueing_lock="narrate events", lock="narrate events")
def narrate(timestamp: int) -> None:
    """Tell what happened in embedded packages as statements."""
    narrating.follow()


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="dispatch.sweep_postbacks", queueing_lock="sweep postbacks", lock="follow postbacks")
def sweep_postbacks(timestamp: int) -> None:
    """Tell of what the chore above has no eyes for."""
    postbacks.sweep()


@jobs.task(name="dispatch.send_postbacks")
def send_postbacks(dispatch_id: str) -> None:
    """Send what is due of one dispatch; safe to repeat."""
    postbacks.send_due(UUID(dispatch_id))


@jobs.periodic(cron="37 3 * * *")
@jobs.task(name="dispatch.forget_postbacks", queueing_lock="forget postbacks")
def forget_postbacks(timestamp: int) -> None:
    """Delete what was delivered long ago."""
    postbacks.forget_old()
