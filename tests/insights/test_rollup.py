"""Figures are counted from sessions by their day, exactly, again whenever one of them changes, and to the
same end however often.
"""

from datetime import timedelta

import pytest
from django.db import connection
from tests.insights.sessions import TODAY, at, complete, deployment, session

from heliograph.core.models import ChangeQueue
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch import admission
from heliograph.dispatch.models import Session
from heliograph.insights import queries, rollup
from heliograph.insights.filters import Filters
from heliograph.insights.models import Cohort, Completion, DailyLearner, DailyState, DailyTotals
from heliograph.insights.periods import days
from heliograph.runtime import actions as runtime

COUNTED = (DailyTotals, Completion, DailyLearner, DailyState, Cohort)


def everything():
    """All that was counted, without the names of rows."""
    return [
        sorted(str({k: v for k, v in row.items() if k != "id"}) for row in table.objects.values())
        for table in COUNTED
    ]


def of(dispatch, period="7d", **asked):
    return queries.analytics(
        dispatch.organization_id,
        days(period if not asked else "", **asked),
        Filters(dispatch_id=dispatch.id),
    )


def on(analytics, days_ago):
    return next(day for day in analytics.timeline if day.day == TODAY - timedelta(days=days_ago))


def test_a_day_counts_launches_learners_time_scores_and_states(dispatch):
    session(dispatch, "anna", at(1, "08:00"), completion="incomplete", score_scaled=0.2, centiseconds=1_000)
    session(
        dispatch,
        "anna",
        at(1, "09:00"),
        completion="completed",
        success="passed",
        score_scaled=0.9,
        centiseconds=2_000,
    )
    session(
        dispatch, "boris", at(1), completion="completed", success="failed", score_scaled=0.3, centiseconds=500
    )
    session(dispatch, "clara", at(1), completion="incomplete")
    session(dispatch, "dora", at(1), completion="completed")
    session(dispatch, "emil", at(1))
    complete(dispatch, "anna", at(1, "09:30"), "passed")
    rollup.roll_up()
    day = DailyTotals.objects.get()
    assert (day.day, day.deployment, day.launches, day.learners) == (
        TODAY - timedelta(days=1),
        deployment(dispatch),
        6,
        5,
    )
    assert (day.completions, day.centiseconds) == (1, 3_500)
    assert day.score_count == 2
    assert day.score_sum == pytest.approx(1.2)
    assert (day.not_attempted, day.incomplete, day.completed, day.passed, day.failed) == (1, 1, 1, 1, 1)


def test_rolling_up_again_changes_nothing(dispatch):
    for learner, days_ago in (("anna", 3), ("anna", 1), ("boris", 1)):
        session(dispatch, learner, at(days_ago), completion="incomplete", score_raw=50)
    complete(dispatch, "anna", at(1))
    rollup.roll_up()
    before = everything()
    rollup.roll_up()
    assert everything() == before
    for row in Session.objects.all():  # everything is touched, and nothing is different
        Session.objects.filter(id=row.id).update(centiseconds=1)
        Session.objects.filter(id=row.id).update(centiseconds=0)
    assert ChangeQueue.objects.exists()
    rollup.roll_up()
    assert everything() == before


def test_a_session_that_is_heard_of_late_lands_on_its_own_day(dispatch):
    session(dispatch, "anna", at(0), completion="completed")
    assert on(of(dispatch), 0).launches == 1
    session(dispatch, "anna", at(3), completion="incomplete")
    analytics = of(dispatch)
    assert [on(analytics, ago).launches for ago in (0, 1, 2, 3)] == [1, 0, 0, 1]
    assert analytics.states["completed"] == 1, (
        "where a learner stands is told by the last day, not by the last message"
    )
    assert (analytics.summary.learners, analytics.states["incomplete"]) == (1, 0)


def test_what_happens_before_midnight_utc_counts_on_that_day_whatever_the_database_calls_it(dispatch):
    session(dispatch, "anna", at(2, "23:59:59"))
    session(dispatch, "boris", at(1, "00:00"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Pacific/Kiritimati'")
    analytics = of(dispatch)
    assert [on(analytics, ago).launches for ago in (2, 1, 0)] == [1, 1, 0]
    assert (
        on(
            of(dispatch, first=str(TODAY - timedelta(days=2)), last=str(TODAY - timedelta(days=2))), 2
        ).learners
        == 1
    )


def test_learners_of_a_range_are_counted_once_whatever_the_range(dispatch):
    for learner, visits in {"anna": (0, 1, 2, 5), "boris": (2,), "clara": (5, 4)}.items():
        for days_ago in visits:
            session(dispatch, learner, at(days_ago))

    def learners(first, last):
        analytics = of(
            dispatch, first=str(TODAY - timedelta(days=first)), last=str(TODAY - timedelta(days=last))
        )
        return analytics.summary.learners

    assert [on(of(dispatch), ago).learners for ago in (0, 1, 2, 3, 4, 5)] == [1, 1, 2, 0, 1, 2]
    for first in range(7):
        for last in range(first + 1):
            between = {
                name
                for name, visits in {"anna": (0, 1, 2, 5), "boris": (2,), "clara": (5, 4)}.items()
                if {*visits} & {*range(last, first + 1)}
            }
            assert learners(first, last) == len(between), (first, last)


def test_a_learner_of_two_courses_is_one_learner_of_the_customer(tenant, dispatch, import_course):
    other = dispatching.create_dispatch(
        tenant.manager, import_course(tenant, key="other"), dispatch.destination
    )
    session(dispatch, "anna", at(1))
    session(other, "anna", at(0))
    analytics = queries.analytics(tenant.organization.id, days("7d"))
    assert (analytics.summary.learners, analytics.summary.launches) == (1, 2)
    assert [destination.learners for destination in analytics.destinations] == [1]
    assert [course.learners for course in analytics.courses] == [1, 1]
    assert sum(analytics.states.values()) == 2, "states are those of a learner in a course"


def test_the_range_tells_the_last_score_of_each_learner(dispatch):
    session(dispatch, "anna", at(3), score_scaled=0.1)
    session(dispatch, "anna", at(1), score_scaled=0.8)
    session(dispatch, "boris", at(1), score_raw=15, score_min=10, score_max=20)
    session(dispatch, "clara", at(1), score_raw=60)
    session(dispatch, "dora", at(1))
    assert of(dispatch).summary.average_score == pytest.approx((0.8 + 0.5 + 0.6) / 3, abs=1e-4)


def test_a_completion_counts_on_its_own_day_where_the_learner_was(dispatch):
    session(dispatch, "anna", at(4), "first.example", completion="incomplete")
    session(dispatch, "anna", at(2, "23:50"), "second.example", completion="completed")
    session(dispatch, "anna", at(0), "first.example", completion="completed")
    complete(dispatch, "anna", at(1, "00:10"))
    analytics = of(dispatch)
    assert [on(analytics, ago).completions for ago in (4, 2, 1, 0)] == [0, 0, 1, 0]
    assert {deployment.name: deployment.completions for deployment in analytics.deployments} == {
        "first.example": 0,
        "second.example": 1,
    }


def test_a_completion_by_hand_of_somebody_who_never_came_is_counted_too(dispatch):
    complete(dispatch, "anna", at(1))
    analytics = of(dispatch)
    assert analytics.summary.completions == 1
    assert [
        (deployment.name, deployment.completions, deployment.launches) for deployment in analytics.deployments
    ] == [("Marked complete manually", 1, 0)]
    assert list(analytics.funnel.values()) == [1, 1, 1, 1, 0]


def test_beginning_again_unmakes_no_completion_and_completing_again_is_another_one(tenant, dispatch):
    session(dispatch, "anna", at(5))
    registration = complete(dispatch, "anna", at(5))
    assert of(dispatch).summary.completions == 1
    runtime.new_attempt(tenant.manager, registration)
    assert of(dispatch).summary.completions == 1
    complete(dispatch, "anna", at(1))
    assert of(dispatch).summary.completions == 2


def test_the_funnel_tells_how_far_those_have_come_who_were_registered_within_the_range(dispatch):
    for learner in ("anna", "boris", "clara", "dora", "emil"):
        admission.admit(dispatch, learner)
    for learner in ("boris", "clara", "dora", "emil"):
        session(dispatch, learner, at(0))
    registration = admission.admit(dispatch, "clara")
    registration.completion = "incomplete"
    registration.save()
    complete(dispatch, "dora", at(0))
    complete(dispatch, "emil", at(0), "passed")
    assert of(dispatch).funnel == {
        "registered": 5,
        "launched": 4,
        "in_progress": 3,
        "completed": 2,
        "passed": 1,
    }
    before = str(TODAY - timedelta(days=1))
    assert of(dispatch, first=before, last=before).funnel["registered"] == 0


def test_what_is_deleted_is_no_longer_counted(tenant, dispatch):
    session(dispatch, "boris", at(2))
    session(dispatch, "anna", at(3))
    session(dispatch, "anna", at(1))
    registration = complete(dispatch, "anna", at(2))
    assert of(dispatch).summary.learners == 2
    runtime.delete_registration(tenant.owner, registration)
    analytics = of(dispatch)
    assert (
        analytics.summary.learners,
        analytics.summary.launches,
        analytics.summary.completions,
        analytics.funnel["registered"],
    ) == (1, 1, 0, 1)


def test_a_session_that_moves_to_another_day_leaves_the_first(dispatch):
    moved = session(dispatch, "anna", at(4))
    assert on(of(dispatch), 4).launches == 1
    Session.objects.filter(id=moved.id).update(launched_at=at(2))
    analytics = of(dispatch)
    assert [on(analytics, ago).launches for ago in (4, 2)] == [0, 1]


def test_previews_are_no_learning(dispatch):
    preview = admission.preview(dispatch)
    made = session(dispatch, "anna", at(1))
    Session.objects.filter(id=made.id).update(registration=preview)
    analytics = of(dispatch)
    assert (analytics.summary.launches, analytics.summary.learners, analytics.funnel["registered"]) == (
        0,
        0,
        1,
    )


def test_a_dispatch_is_rolled_up_alone_where_only_it_is_asked_for(tenant, dispatch, import_course):
    other = dispatching.create_dispatch(
        tenant.manager, import_course(tenant, key="other"), dispatch.destination
    )
    session(dispatch, "anna", at(1))
    session(other, "anna", at(1))
    rollup.roll_up_soon(tenant.organization.id, dispatch.id)
    assert {day.dispatch_id for day in DailyTotals.objects.all()} == {dispatch.id}
    rollup.roll_up()
    assert {day.dispatch_id for day in DailyTotals.objects.all()} == {dispatch.id, other.id}
    assert not ChangeQueue.objects.exists()


def test_no_figure_takes_more_queries_for_more_dispatches(
    tenant, dispatch, import_course, django_assert_num_queries
):
    session(dispatch, "anna", at(1))
    rollup.roll_up()
    with django_assert_num_queries(18):
        queries.analytics(tenant.organization.id, days("90d"))
    course = import_course(tenant, key="other")
    for number in range(20):
        made = dispatching.create_dispatch(
            tenant.manager, course, dispatch.destination, name=f"Number {number}"
        )
        session(made, "anna", at(number), f"lms{number}.example")
    rollup.roll_up()
    with django_assert_num_queries(18):
        analytics = queries.analytics(tenant.organization.id, days("90d"))
    assert len(analytics.deployments) == 21


def test_figures_stand_beside_those_of_as_many_days_before(dispatch):
    for ago in (1, 2, 8, 9, 10, 40):
        session(dispatch, f"learner{ago}", at(ago))
    analytics = queries.analytics(dispatch.organization_id, days("7d"), Filters(dispatch_id=dispatch.id))
    assert (analytics.summary.launches, analytics.before.launches) == (2, 3)
    assert (analytics.summary.learners, analytics.before.learners) == (2, 3)
