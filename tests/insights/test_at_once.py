"""Many count at once, while others write and delete: every figure is exact in the end, and no page waits for
the worker.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import wraps

import pytest
from django.db import connection, connections, transaction
from tests.insights.sessions import at, complete, deployment, session
from tests.running import PATIENCE, until

from heliograph.core.models import ChangeQueue
from heliograph.dispatch import admission
from heliograph.dispatch.models import Session
from heliograph.insights import queries, rollup
from heliograph.insights.filters import Filters
from heliograph.insights.models import DailyState, DailyTotals
from heliograph.insights.periods import days
from heliograph.runtime import actions as runtime

pytestmark = pytest.mark.django_db(transaction=True)


def of_its_own(work):
    """``work`` on a connection of its thread."""

    @wraps(work)
    def done(*given):
        try:
            return work(*given)
        finally:
            connections.close_all()

    return done


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*)
              FROM pg_locks
             WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
            """
        )
        return bool(cursor.fetchone()[0])


def test_openings_by_many_while_many_look_are_each_counted_once(dispatch):
    place = deployment(dispatch)
    registrations = [admission.admit(dispatch, f"learner-{number}") for number in range(10)]

    @of_its_own
    def learn(number):
        for visit in range(6):
            Session.objects.create(
                organization=dispatch.organization, dispatch=dispatch, deployment=place,
                registration=registrations[number], embedded=True, learner_identifier=str(number),
                launched_at=at(visit % 3), last_activity_at=at(), completion="incomplete",
            )  # fmt: skip

    @of_its_own
    def look(_):
        for _ in range(5):
            queries.analytics(dispatch.organization_id, days("7d"), Filters(dispatch_id=dispatch.id))
            rollup.roll_up()

    with ThreadPoolExecutor(13) as pool:
        done = [pool.submit(learn, number) for number in range(10)] + [
            pool.submit(look, number) for number in range(3)
        ]
    assert not [future.exception() for future in done if future.exception()]
    rollup.roll_up()
    analytics = queries.analytics(dispatch.organization_id, days("7d"), Filters(dispatch_id=dispatch.id))
    assert (analytics.summary.launches, analytics.summary.learners, analytics.states["incomplete"]) == (
        60,
        10,
        10,
    )
    assert [day.learners for day in analytics.timeline][-3:] == [10, 10, 10]
    assert (DailyTotals.objects.count(), ChangeQueue.objects.count()) == (3, 0)
    assert DailyState.objects.filter(scope="dispatch", state="").count() == 3


def test_a_page_does_not_wait_for_the_worker(dispatch):
    session(dispatch, "anna", at(1))

    look = of_its_own(queries.analytics)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        assert rollup.locked(dispatch.organization_id, wait=True)
        # While the lock is held.
        pool.submit(look, dispatch.organization_id, days("7d"), Filters(dispatch_id=dispatch.id)).result(
            PATIENCE
        )
    assert ChangeQueue.objects.exists(), "the worker has it"
    rollup.roll_up()
    assert DailyTotals.objects.get().launches == 1


def test_a_completion_that_is_deleted_while_it_is_counted_is_waited_for(tenant, dispatch):
    session(dispatch, "boris", at(1))
    session(dispatch, "anna", at(1))
    registration = complete(dispatch, "anna", at(1))
    roll_up = of_its_own(rollup.roll_up)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            runtime.delete_registration(tenant.owner, registration)
            counting = pool.submit(roll_up)
            until(somebody_waits_for_us, "the count waits for the deletion")
        counting.result(PATIENCE)
    rollup.roll_up()
    analytics = queries.analytics(dispatch.organization_id, days("7d"), Filters(dispatch_id=dispatch.id))
    assert (
        analytics.summary.launches,
        analytics.summary.learners,
        analytics.summary.completions,
        analytics.funnel["registered"],
    ) == (1, 1, 0, 1)
