"""The background worker: carries out queued jobs, rescues those whose worker died, and does the chores of the minute and the day."""

import asyncio
import contextlib
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from procrastinate import App, Blueprint, JobContext
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from psycopg import OperationalError

from heliograph.core import clock
from heliograph.core.embedded_postgres import DatabaseUnavailable
from heliograph.core.partitions import ensure_months
from heliograph.dispatch import licensing
from heliograph.insights.rolling import roll_up

log = logging.getLogger(__name__)
PARTITIONED = ["journal_entry", "runtime_runtimecall", "dispatch_sessionevent", "lrs_statement", "lrs_key"]
HEARTBEAT = 3
WORKER_SILENT_AFTER = 15
PIPES, PIPES_AT_ONCE = "pipes", 4
FORGOTTEN_UPLOAD_AFTER = timedelta(days=2)
chores = Blueprint()


def prepare(app: App) -> None:
    """Called when Django is ready: adds the chores to the jobs."""
    app.add_tasks_from(chores, namespace="chores")


@chores.periodic(cron="* * * * * */10")
@chores.task(name="rescue", queueing_lock="rescue", pass_context=True)
async def rescue(context: JobContext, timestamp: int) -> None:
    """Queue again what a worker was doing when it died; a chore is dropped, because it comes again by itself."""
    manager = context.app.job_manager
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
    """Warn of licences whose term runs out, and end those whose term is over."""
    licensing.warn_of_terms()


@chores.periodic(cron="* * * * *")
@chores.task(name="figures", queueing_lock="figures", lock="figures")  # a long one never takes both places of a worker
def figures(timestamp: int) -> None:
    """Count again whatever sessions were touched since the last minute."""
    roll_up()


def sweep_uploads(folder: Path) -> None:
    """Delete what interrupted uploads and imports left in the folder for temporary files."""
    oldest = (clock.now() - FORGOTTEN_UPLOAD_AFTER).timestamp()
    for file in folder.glob("*"):
        if file.is_file() and file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)


def run() -> None:
    """Work until told to stop. Raises `DatabaseUnavailable` where the database goes away: the next start finds it again."""
    from procrastinate.contrib.django import app

    try:
        _work(app)
    except (ConnectorException, OperationalError):
        raise DatabaseUnavailable("The worker ends, because the database does not answer.") from None


def _work(app: App) -> None:
    with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
        asyncio.run(_both(worker))


async def _both(app: App) -> None:
    """Two workers in one process, until one ends: pipes mostly wait for other people's servers, and keep nobody else's job waiting."""
    async with app.open_async():
        app.perform_import_paths()  # type: ignore[no-untyped-call]
        others = sorted({task.queue for task in app.tasks.values()} - {PIPES})
        workers = [
            asyncio.create_task(_worker(app, queues=others, concurrency=2, install_signal_handlers=True)),
            asyncio.create_task(_worker(app, queues=[PIPES], concurrency=PIPES_AT_ONCE, install_signal_handlers=False)),
        ]
        try:
            await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in workers:
                one.cancel()
            ended = await asyncio.gather(*workers, return_exceptions=True)
        for reason in ended:
            if isinstance(reason, Exception):
                raise reason


async def _worker(app: App, **options: Any) -> None:
    await app.run_worker_async(wait=True, delete_jobs="successful", update_heartbeat_interval=HEARTBEAT, **options)
