"""Background work of the runtime."""

from procrastinate.contrib.django import app as jobs

from heliograph.core.background.chores import alone_with, often
from heliograph.runtime import actions, webhook_events
from heliograph.runtime.scorm_profile import emitter


@often("runtime.emit_statements", seconds=10)
def emit_statements() -> None:
    """Tell what happened in courses as statements."""
    emitter.follow()


EVENTS = "runtime.emit_events"


@often(EVENTS, seconds=5)
def emit_events() -> None:
    """Tell webhooks of what learners did in the last moments."""
    webhook_events.follow()


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="runtime.sweep_events", queueing_lock="sweep events")
def sweep_events(timestamp: int) -> None:
    """Tell webhooks of what the chore above has no eyes for."""
    with alone_with(EVENTS, wait=True):
        webhook_events.sweep()


@jobs.periodic(cron="41 * * * *")
@jobs.task(name="runtime.forget", queueing_lock="forget")
def forget(timestamp: int) -> None:
    """Delete launch links whose time is over, what previews left behind, and learners who are registered
    nowhere.
    """
    actions.forget_launch_tokens()
    actions.forget_previews()
    actions.forget_learners()
