"""The figures that programs read: of a dispatch and of the organization, by period or by days, and nobody
else's.
"""

from datetime import timedelta

import pytest
from tests.insights.sessions import TODAY, at, complete, deployment, session

from heliograph.core.roles import Role
from heliograph.dispatch import actions as dispatching


@pytest.fixture
def used(dispatch):
    """A dispatch with a passed learner of yesterday, one who only looked a week ago, and one who was
    registered and never came.
    """
    session(
        dispatch,
        "anna",
        at(1),
        completion="completed",
        success="passed",
        score_scaled=0.75,
        centiseconds=12_345,
    )
    complete(dispatch, "anna", at(1, "12:30"), "passed")
    session(dispatch, "boris", at(8), "old.example")
    return dispatch


def test_a_dispatch_tells_its_figures_for_a_period(api, used):
    answer = api("GET", f"/dispatch/{used.key}/analytics?period=7d")
    assert answer.status_code == 200
    figures_of_answer = answer.json()
    figures = {"launches": 1, "learners": 1, "completions": 1, "average_score": 0.75, "seconds": 123.45}
    nothing = {"launches": 0, "learners": 0, "completions": 0, "average_score": None, "seconds": 0}
    assert (figures_of_answer["period"], figures_of_answer["from"], figures_of_answer["to"]) == (
        "7d",
        str(TODAY - timedelta(days=6)),
        str(TODAY),
    )
    assert figures_of_answer["summary"] == figures
    assert figures_of_answer["timeline"] == [
        {"day": str(TODAY - timedelta(days=ago)), **(figures if ago == 1 else nothing)}
        for ago in range(6, -1, -1)
    ]
    place = {
        "id": str(deployment(used).id),
        "name": "lms.brandt.example",
        "dispatch": str(used.id),
        "suspended": False,
    }
    assert figures_of_answer["deployments"] == [{**place, **figures}]
    assert figures_of_answer["states"] == {
        "not_attempted": 0,
        "incomplete": 0,
        "completed": 0,
        "passed": 1,
        "failed": 0,
    }
    assert figures_of_answer["funnel"] == {
        "registered": 2,
        "launched": 2,
        "in_progress": 1,
        "completed": 1,
        "passed": 1,
    }
    assert set(figures_of_answer) == {
        "period",
        "from",
        "to",
        "summary",
        "timeline",
        "deployments",
        "states",
        "funnel",
    }


def test_an_organization_tells_its_figures_by_course_and_destination_too(api, used):
    answer_of_month = api("GET", "/analytics?period=30d").json()
    assert (answer_of_month["summary"]["launches"], answer_of_month["summary"]["learners"]) == (2, 2)
    assert [(course["name"], course["launches"]) for course in answer_of_month["courses"]] == [
        ("Fire safety", 2)
    ]
    assert [
        (destination["id"], destination["name"], destination["completions"])
        for destination in answer_of_month["destinations"]
    ] == [(str(used.destination_id), "Brandt Logistics", 1)]
    assert sorted(deployment["name"] for deployment in answer_of_month["deployments"]) == [
        "lms.brandt.example",
        "old.example",
    ]


def test_any_range_can_be_asked_for(api, used):
    day = str(TODAY - timedelta(days=8))
    of_day = api("GET", f"/dispatch/{used.id}/analytics?from={day}&to={day}").json()
    assert (of_day["period"], of_day["from"], of_day["to"], len(of_day["timeline"])) == (
        "custom",
        day,
        day,
        1,
    )
    assert (of_day["summary"]["launches"], of_day["states"]["not_attempted"]) == (1, 1)
    assert api("GET", f"/analytics?from={day}").json()["to"] == str(TODAY)
    assert len(api("GET", "/analytics?to=2026-03-31").json()["timeline"]) == 30
    assert len(api("GET", "/analytics").json()["timeline"]) == 30


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("period=1y", "7d, 30d or 90d"),
        ("from=yesterday", "2026-03-31"),
        ("from=0001-01-01", "2026-03-31"),
        ("from=2026-02-02&to=2026-02-01", "must be before end date"),
        ("from=2000-01-01&to=2026-02-01", "3 years"),
    ],
)
def test_a_range_that_is_none_is_refused_with_what_to_do(api, asked, sentence):
    answer = api("GET", f"/analytics?{asked}")
    assert (answer.status_code, answer.json()["code"]) == (400, "period_invalid")
    assert sentence in answer.json()["detail"]


def test_figures_take_the_role_reporter(tenant, api_as, used):
    for path in (f"/dispatch/{used.id}/analytics", "/analytics"):
        assert api_as(tenant, Role.LEARNER)("GET", path).status_code == 403
        assert api_as(tenant, Role.REPORTER)("GET", path).status_code == 200


def test_strangers_see_nothing_of_it(stranger, api_as, used):
    theirs = api_as(stranger)
    for name in (used.id, used.key):
        assert theirs("GET", f"/dispatch/{name}/analytics").status_code == 404
    of_others = theirs("GET", "/analytics").json()
    assert (of_others["summary"]["launches"], of_others["funnel"]["registered"]) == (0, 0)
    assert of_others["courses"] == of_others["destinations"] == of_others["deployments"] == []


def test_figures_can_be_filtered_by_course_customer_and_lms(tenant, api, used, import_course):
    other = dispatching.create_dispatch(
        tenant.manager,
        import_course(tenant, key="other"),
        dispatching.create_destination(tenant.manager, "North Rail"),
    )
    session(other, "clara", at(1), "old.example")
    session(other, "clara", at(2), "")

    def figures(asked):
        summary = api("GET", f"/analytics?{asked}").json()["summary"]
        return summary["launches"], summary["learners"], summary["completions"]

    assert figures("") == (4, 3, 1)
    assert figures(f"course={used.course.key}") == figures(f"destination={used.destination_id}") == (2, 2, 1)
    assert figures("lms=old.example") == (2, 2, 0)
    assert figures("lms=-") == (1, 1, 0)
    assert figures(f"lms=old.example&course={other.course_id}&destination={other.destination.key}") == (
        1,
        1,
        0,
    )
    assert figures(f"course={used.course.key}&destination={other.destination_id}") == (0, 0, 0)
    answer = api("GET", "/analytics?lms=old.example").json()
    assert [course["launches"] for course in answer["courses"]] == [1, 1]
    assert {deployment["name"] for deployment in answer["deployments"]} == {"old.example"}


def test_no_filter_names_what_is_anothers(stranger, api_as, used):
    theirs = api_as(stranger)
    for asked in (f"course={used.course_id}", f"destination={used.destination.key}", "lms=old.example"):
        assert theirs("GET", f"/analytics?{asked}").status_code == 404, asked
