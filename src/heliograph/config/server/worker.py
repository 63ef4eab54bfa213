"""The background worker: carries out queued jobs, rescues those whose worker died, and does the chores of the
minute and the day.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from procrastinate import App, Blueprint, PsycopgConnector
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.periodic import PeriodicRegistry
from psycopg import AsyncConnection, OperationalError
from psycopg.abc import RV, PQGen

from heliograph.config.database import PARTITIONED
from heliograph.core import clock
from heliograph.core.background.chores import CHORES, do
from heliograph.core.database.embedded_postgres import DatabaseUnavailable
from heliograph.core.database.partitions import ensure_months
from heliograph.courses.imports.scratch import remove_abandoned
from heliograph.dispatch.licenses import enforcement
from heliograph.insights import figures_check
from heliograph.insights.rollup import roll_up

log = logging.getLogger(__name__)
HEARTBEAT = 5
UNHEARD = 10.0  # PostgreSQL tells of new jobs; this is for those of which it could not
RESCUE_SECONDS = 10
CHORES_AT_ONCE = 2
WORKER_SILENT_AFTER = 15
# Queues whose jobs mostly wait for other people's servers, each with a worker that keeps nobody else waiting,
# and how many of their jobs run at once.
WAITING_QUEUES = {"pipes": 4, "webhooks": 4}
FORGOTTEN_UPLOAD_AFTER = timedelta(days=2)
chores = Blueprint()


def prepare(app: App) -> None:
    """Called when Django is ready: adds the chores to the jobs."""
    app.add_tasks_from(chores, namespace="upkeep")


async def rescue(manager: JobManager) -> None:
    """Queue again what a worker was doing when it died; a chore is dropped, as it comes again by itself."""
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=WORKER_SILENT_AFTER):
        with contextlib.suppress(ConnectorException):  # another worker's rescue was first
            if job.queueing_lock:
                await manager.finish_job(job, Status.FAILED, delete_job=True)
            else:
                await manager.retry_job(job)
                log.warning("job %s was left by a dead worker; it is queued again", job.id)


@chores.periodic(cron="17 3 * * *")
@chores.task(name="daily", queueing_lock="daily")
def daily(timestamp: int) -> None:
    """Make the coming months' partitions, delete uploads that were never taken over."""
    ensure_months(PARTITIONED)
    sweep_uploads(settings.UPLOAD_FOLDER)


@chores.periodic(cron="23 * * * *")
@chores.task(name="hourly", queueing_lock="hourly")
def hourly(timestamp: int) -> None:
    """Warn of licenses whose term runs out, end those whose term is over; delete what killed imports left."""
    enforcement.warn_of_terms()
    remove_abandoned(settings.UPLOAD_FOLDER)


@chores.periodic(cron="* * * * *")
@chores.task(
    name="figures", queueing_lock="figures", lock="figures"
)  # a long one never takes both places of a worker
def figures(timestamp: int) -> None:
    """Count again whatever sessions were touched since the last minute."""
    roll_up()


@chores.periodic(cron="5 1 * * *")
@chores.task(name="check-figures", queueing_lock="check-figures", lock="check-figures")
def check_figures(timestamp: int) -> None:
    """Compare the cohorts with what their rows come to; what differs is put right and logged."""
    figures_check.check()


def sweep_uploads(folder: Path) -> None:
    """Delete what interrupted uploads left in the folder for temporary files; folders of imports are locked
    while in use."""
    remove_abandoned(folder)
    oldest = (clock.now() - FORGOTTEN_UPLOAD_AFTER).timestamp()
    for file in folder.glob("*"):
        if file.is_file() and file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)


def run() -> None:
    """Work until told to stop.

    Raises `DatabaseUnavailable` where the database goes away: the next start finds it again.
    """
    from procrastinate.contrib.django import app

    try:
        _work(app)
    except (ConnectorException, OperationalError):
        raise DatabaseUnavailable("The worker ends, because the database does not answer.") from None


class _Listening(AsyncConnection[Any]):
    """A connection that an event loop watches.

    psycopg would look ten times a second whether somebody pressed Ctrl-C, which the loop sees by itself.
    """

    async def wait(self, gen: PQGen[RV], interval: float = UNHEARD, timeout: float | None = None) -> RV:
        return await super().wait(gen, interval, timeout)


def _work(app: App) -> None:
    connector = PsycopgConnector(kwargs=connector_params(), connection_class=_Listening)
    with app.replace_connector(connector) as worker:
        asyncio.run(_both(worker))


async def _both(app: App) -> None:
    """Several workers in one process, until one ends: one for each queue whose jobs wait for other people's
    servers, and one for everything else.
    """
    async with app.open_async():
        app.perform_import_paths()  # type: ignore[no-untyped-call]
        others = sorted({task.queue for task in app.tasks.values()} - set(WAITING_QUEUES))
        workers = [
            asyncio.create_task(_worker(app, queues=others, concurrency=2, install_signal_handlers=True)),
            *(
                asyncio.create_task(
                    _worker(
                        _without_chores(app), queues=[queue], concurrency=most, install_signal_handlers=False
                    )
                )
                for queue, most in WAITING_QUEUES.items()
            ),
            asyncio.create_task(_often(app.job_manager)),
        ]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in workers:
                task.cancel()
            ended = await asyncio.gather(*workers, return_exceptions=True)
        for reason in ended:
            if isinstance(reason, Exception):
                raise reason


def _without_chores(app: App) -> App:
    """The same jobs for a worker beside another one, which queues the chores for all."""
    beside = app.with_connector(app.connector)
    beside.periodic_registry = PeriodicRegistry()  # type: ignore[no-untyped-call]
    return beside


async def _often(manager: JobManager) -> None:
    """Rescue jobs, and do the chores that look for something to do; a long one leaves a thread for the
    others.
    """
    with ThreadPoolExecutor(CHORES_AT_ONCE, thread_name_prefix="chores") as threads:
        every = [_every(RESCUE_SECONDS, lambda: rescue(manager))]
        every += [
            _every(chore.seconds, partial(asyncio.get_running_loop().run_in_executor, threads, do, chore))
            for chore in CHORES
        ]
        await asyncio.gather(*every)


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await work()
        await asyncio.sleep(seconds)


async def _worker(app: App, **options: Any) -> None:
    await app.run_worker_async(
        wait=True,
        delete_jobs="successful",
        update_heartbeat_interval=HEARTBEAT,
        fetch_job_polling_interval=UNHEARD,
        **options,
    )
