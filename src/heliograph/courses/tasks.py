"""Background work of the courses part."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app as jobs

from heliograph.courses import importing


@jobs.task(name="courses.run_import", queue="imports", retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def run_import(import_id: str) -> None:
    """Carry out one import; safe to repeat."""
    importing.run(UUID(import_id))
