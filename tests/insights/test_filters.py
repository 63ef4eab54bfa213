"""Figures of a course, a customer, an LMS, and of any combination, against a count by hand of sessions."""

from collections import defaultdict
from datetime import timedelta
from itertools import product
from random import Random
from uuid import UUID

import pytest
from tests.insights.sessions import TODAY, at, complete, session

from heliograph.core.errors import NotFound
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch import admission
from heliograph.dispatch.models import Dispatch, Session
from heliograph.insights import queries, rollup
from heliograph.insights.filters import Filters, chosen
from heliograph.insights.models import Completion
from heliograph.insights.periods import Days, days
from heliograph.runtime.models import Registration

DOMAINS = ("lms.brandt.example", "lms.other.example", "")
STATES = {"passed": "passed", "failed": "failed"}


@pytest.fixture
def used(tenant, dispatch, import_course):
    """Two courses for two customers, one of them dispatched twice to the same customer, opened by twelve
    learners on ten days in three LMSs.
    """
    first, second = dispatch.course, import_course(tenant, key="other")
    brandt = dispatch.destination
    north = dispatching.create_destination(tenant.manager, "North Rail")
    dispatches = [
        dispatch,
        *(
            dispatching.create_dispatch(tenant.manager, course, destination, name=name)
            for course, destination, name in (
                (first, brandt, "Once more"),
                (second, brandt, "Second"),
                (first, north, "First of North"),
                (second, north, "Second of North"),
            )
        ),
    ]
    random = Random(6)
    for _ in range(160):
        outcome = random.choice(
            (
                {},
                {"completion": "incomplete", "score_scaled": random.randrange(10) / 10},
                {"completion": "completed", "success": "passed", "score_scaled": 0.9},
                {"completion": "completed", "success": "failed", "score_scaled": 0.3},
            )
        )
        time = f"{random.randrange(24):02}:{random.randrange(60):02}:{random.randrange(60):02}"
        session(
            random.choice(dispatches),
            f"learner-{random.randrange(12)}",
            at(random.randrange(10), time),
            random.choice(DOMAINS),
            centiseconds=random.randrange(1_000),
            **outcome,
        )
    for number in range(6):
        complete(dispatches[number % 5], f"learner-{number}", at(number), "passed")
    admission.admit(dispatches[3], "nobody yet")
    Registration.objects.filter(id=complete(dispatches[4], "by hand", at(1)).id).update(manual_at=at(1))
    return dispatches


def by_hand(organization, asked, filters):
    """The same figures from the sessions themselves, in Python."""
    sessions = [
        row
        for row in Session.objects.filter(organization=organization)
        .select_related("dispatch", "deployment", "registration")
        .order_by("launched_at", "id")
        if _chosen(row.dispatch, filters)
    ]
    first_lms: dict[UUID, str] = {}
    for row in sessions:
        first_lms.setdefault(row.registration_id, row.deployment.domain)
    within = [
        row
        for row in sessions
        if asked.first <= row.launched_at.date() <= asked.last
        and filters.domain in (None, row.deployment.domain)
    ]
    completions = [
        row
        for row in Completion.objects.filter(organization=organization, day__range=(asked.first, asked.last))
        if _chosen(row.dispatch, filters)
        and (
            filters.domain is None or (row.deployment is not None and row.deployment.domain == filters.domain)
        )
    ]
    registered = [
        row
        for row in Registration.objects.filter(
            organization=organization,
            purpose="learning",
            created_at__date__range=(asked.first, asked.last),
        )
        if _chosen(Dispatch.objects.get(id=str(row.dispatch_id)), filters)
        and filters.domain in (None, first_lms.get(row.id))
    ]
    by_day = defaultdict(set)
    for row in within:
        by_day[row.launched_at.date()].add(row.registration.learner_id)
    last = {row.registration_id: row for row in _telling_last(within)}
    states: defaultdict[str, int] = defaultdict(int)
    for row in last.values():
        states[_state(row)] += 1
    scores = [round(10_000 * row.score_scaled) for row in last.values() if row.score_scaled is not None]
    return {
        "launches": len(within),
        "learners": len({row.registration.learner_id for row in within}),
        "centiseconds": sum(row.centiseconds for row in within),
        "completions": len(completions),
        "score": round(sum(scores) / 10_000 / len(scores), 4) if scores else None,
        "states": {state: states[state] for state in queries.STATES},
        "by day": {day: len(by_day[day]) for day in asked.all},
        "registered": len(registered),
        "launched": sum(
            row.id in first_lms or row.completion != "not attempted" or row.first_launched_at is not None
            for row in registered
        ),
        "courses": _people(within, lambda row: row.dispatch.course_id),
        "destinations": _people(within, lambda row: row.dispatch.destination_id),
        "dispatches": _people(within, lambda row: row.dispatch_id),
        "lms": _people(within, lambda row: row.deployment.domain),
    }


def _chosen(dispatch, filters):
    return (
        filters.dispatch_id in (None, dispatch.id)
        and filters.course_id in (None, dispatch.course_id)
        and filters.destination_id in (None, dispatch.destination_id)
    )


def _telling_last(sessions):
    """On a day, a session that has told nothing yet stands behind those that have."""
    return sorted(
        sessions,
        key=lambda row: (
            row.launched_at.date(),
            not (row.completion == "not attempted" and row.success == "unknown"),
            row.launched_at,
            row.id,
        ),
    )


def _state(row):
    if row.success in STATES:
        return row.success
    return row.completion


def _people(sessions, key):
    people = defaultdict(set)
    for row in sessions:
        people[key(row)].add(row.registration.learner_id)
    return {name: len(learners) for name, learners in people.items()}


def counted(organization, asked, filters):
    analytics = queries.analytics(organization.id, asked, filters, queries.GROUPS, most=None)
    summary = analytics.summary
    return {
        "launches": summary.launches,
        "learners": summary.learners,
        "centiseconds": summary.centiseconds,
        "completions": summary.completions,
        "score": None if summary.average_score is None else round(summary.average_score, 4),
        "states": analytics.states,
        "by day": {day.day: day.learners for day in analytics.timeline},
        "registered": analytics.funnel["registered"],
        "launched": analytics.funnel["launched"],
        **{
            group: {row.id: row.learners for row in rows if row.launches}
            for group, rows in analytics.groups.items()
        },
    }


def test_every_combination_of_filters_is_exact_in_every_range(tenant, used):
    rollup.roll_up()
    organization = tenant.organization
    ranges = [
        Days("custom", TODAY - timedelta(days=first), TODAY - timedelta(days=last))
        for first, last in ((9, 0), (6, 3), (2, 2), (4, 0))
    ]
    courses = (None, *{dispatch.course_id for dispatch in used})
    destinations = (None, *{dispatch.destination_id for dispatch in used})
    for course, destination, domain in product(courses, destinations, (None, *DOMAINS)):
        filters = Filters(course_id=course, destination_id=destination, domain=domain)
        for asked in ranges:
            assert counted(organization, asked, filters) == by_hand(organization, asked, filters), (
                filters,
                asked,
            )
    for domain in (None, DOMAINS[0]):
        one = Filters(dispatch_id=used[0].id, domain=domain)
        assert counted(organization, ranges[0], one) == by_hand(organization, ranges[0], one)


def test_the_period_before_follows_the_filters(tenant, dispatch):
    for ago, domain in ((1, DOMAINS[0]), (8, DOMAINS[0]), (9, DOMAINS[1]), (10, DOMAINS[0])):
        session(dispatch, f"learner-{ago}", at(ago), domain)
    analytics = queries.analytics(tenant.organization.id, days("7d"), Filters(domain=DOMAINS[0]))
    assert (analytics.summary.launches, analytics.before.launches) == (1, 2)
    assert [day.launches for day in analytics.timeline_before] == [0, 0, 0, 1, 0, 1, 0]


def test_a_registration_moves_to_the_lms_of_its_first_session_whenever_that_is_heard_of(tenant, dispatch):
    registration = admission.admit(dispatch, "anna")

    def registered(domain):
        rollup.roll_up()
        found = queries.analytics(tenant.organization.id, days("7d"), Filters(domain=domain))
        return found.funnel["registered"]

    session(dispatch, "anna", at(0), DOMAINS[0])
    assert (registered(DOMAINS[0]), registered(DOMAINS[1])) == (1, 0)
    earlier = session(dispatch, "anna", at(2), DOMAINS[1])
    assert (registered(DOMAINS[0]), registered(DOMAINS[1])) == (0, 1)
    earlier.delete()
    assert (registered(DOMAINS[0]), registered(DOMAINS[1]), registered(None)) == (1, 0, 1)
    assert registration.dispatch_id == dispatch.id


def test_filters_take_no_more_queries_for_more_dispatches(tenant, used, django_assert_num_queries):
    rollup.roll_up()
    filters = chosen(tenant.organization.id, {"course": str(used[0].course_id), "lms": DOMAINS[0]})
    with django_assert_num_queries(19):
        queries.analytics(tenant.organization.id, days("90d"), filters, queries.GROUPS)
    for number in range(10):
        made = dispatching.create_dispatch(
            tenant.manager, used[0].course, used[0].destination, name=f"Number {number}"
        )
        session(made, "anna", at(number))
    rollup.roll_up()
    with django_assert_num_queries(19):
        analytics = queries.analytics(tenant.organization.id, days("90d"), filters, queries.GROUPS)
    assert len(analytics.groups["dispatches"]) == 13


def test_filters_name_things_by_id_or_key_and_nobody_elses(tenant, stranger, used):
    named = chosen(
        tenant.organization.id,
        {"course": used[0].course.key, "destination": str(used[0].destination_id), "lms": "-"},
    )
    assert named == Filters(course_id=used[0].course_id, destination_id=used[0].destination_id, domain="")
    assert list(named.labels.values()) == ["Fire safety", "Brandt Logistics", "Unknown LMS or direct link"]
    for name, value in (
        ("course", used[0].course_id),
        ("destination", used[0].destination.key),
        ("lms", DOMAINS[0]),
        ("lms", "-"),
    ):
        with pytest.raises(NotFound):
            chosen(stranger.organization.id, {name: str(value)})
