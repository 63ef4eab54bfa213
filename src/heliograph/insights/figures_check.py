"""Proving the cohorts each night: what is stored against what the rows come to, a day at a time.

Every registration of a day is looked at again, and the figures of the day are summed up anew from all of its
contributions. What differs is put right and reported: something was then written past the triggers, or
counting has a fault.
"""

import logging
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from heliograph.core.database import change_queue
from heliograph.insights import contributions, course_cohorts, rollup

log = logging.getLogger(__name__)


class Differences(NamedTuple):
    """How many registrations contributed something else, and how many rows of figures differed."""

    registrations: int
    figures: int


def check() -> Differences:
    """Check and repair the cohorts of all days, of all organizations.

    Roll-ups of an organization wait for one day's check at most.
    """
    registrations = figures = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT organization_id, day FROM insights_contribution ORDER BY 1, 2")
        days = cursor.fetchall()
    for organization_id, day in days:
        differing = check_day(organization_id, day)
        if any(differing):
            log.error("cohorts of %s in organization %s were wrong: %s", day, organization_id, differing)
        registrations += differing.registrations
        figures += differing.figures
    return Differences(registrations, figures)


@transaction.atomic
def check_day(organization_id: UUID, day: date) -> Differences:
    """Check and repair those who were registered on a day."""
    of = {"organization": organization_id}
    rollup.locked(organization_id, wait=True)
    changes = contributions.update_day(of, day)
    # What waits in the queue is no difference: the next roll-up would have found it.
    unnoted = change_queue.not_waiting(organization_id, contributions.changed_registrations())
    rollup.add_to_cohorts(of, changes)
    return Differences(len(unnoted), _sum_again(of, day))


def _sum_again(of: dict[str, Any], day: date) -> int:
    """Sum the figures of a day up anew; how many rows differed. Where none did, nothing is written."""
    before = _figures(of, day)
    savepoint = transaction.savepoint()
    course_cohorts.sum_again(of, day)
    differing = len(before ^ _figures(of, day))
    if differing:
        transaction.savepoint_commit(savepoint)
    else:
        transaction.savepoint_rollback(savepoint)
    return differing


def _figures(of: dict[str, Any], day: date) -> set[bytes]:
    """A digest of each row of the figures of a day, without its number."""
    digests = set()
    with connection.cursor() as cursor:
        for table in course_cohorts.TABLES:
            cursor.execute(
                f"""
                SELECT sha256(convert_to(%(table)s || (to_jsonb(c) - 'id')::text, 'UTF8'))
                  FROM {table} c
                 WHERE c.organization_id = %(organization)s AND c.day = %(day)s
                """,
                {**of, "day": day, "table": table},
            )
            digests |= {bytes(digest) for (digest,) in cursor}
    return digests
