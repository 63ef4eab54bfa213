"""Jobs that the worker runs once, soon.

They are named, so that whoever asks for one does not import the module of tasks, which imports them.
"""

from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from heliograph.core import clock


def enqueue(task: str, *, only_one: str, queue: str = "default", **arguments: Any) -> None:
    """Have the worker run a task as soon as the caller's transaction is committed; of the jobs named
    ``only_one``, one waits at a time. Nothing while the clock is set (`core.clock.at`): whoever tells of
    another time does what the worker did then.
    """
    if clock.set_moment():
        return
    try:
        with transaction.atomic():
            app.configure_task(task, queueing_lock=only_one, queue=queue).defer(**arguments)
    except AlreadyEnqueued:
        return
