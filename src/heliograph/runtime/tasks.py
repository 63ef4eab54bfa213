"""Background work of the runtime."""

from procrastinate.contrib.django import app as jobs

from heliograph.core.background.chores import often
from heliograph.runtime import actions
from heliograph.runtime.scorm_profile import emitter


@often("runtime.emit_statements", seconds=10)
def emit_statements() -> None:
    """Tell what happened in courses as statements."""
    emitter.follow()


@jobs.periodic(cron="41 * * * *")
@jobs.task(name="runtime.forget", queueing_lock="forget")
def forget(timestamp: int) -> None:
    """Delete launch links whose time is over, what previews left behind, and learners who are registered
    nowhere.
    """
    actions.forget_launch_tokens()
    actions.forget_previews()
    actions.forget_learners()
