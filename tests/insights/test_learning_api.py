"""What programs are told of learning: the same figures as pages have, of one's own organization alone."""

import pytest
from tests.insights.learners import answer, many, opened, question, registered
from tests.insights.recounting import recount

from heliograph.core.roles import Role


@pytest.fixture
def api(tenant, api_as):
    return api_as(tenant, Role.ADMIN)


def test_all_figures_of_the_organization_come_as_json(tenant, api, course, dispatch):
    many(course, [dispatch, None], 60)
    counted = recount(tenant.organization.id)
    told = api("GET", "/org/analytics?period=90d").json()
    assert {step: told["outcomes"][step] for step in counted.steps} == counted.steps
    assert told["previous"]["registered"] == 0
    assert told["time_to_complete"]["learners"] == len(counted.seconds)
    ranges = told["time_to_complete"]["distribution"]
    assert sum(one["learners"] for one in ranges) == len(counted.seconds)
    assert [one["learners"] for one in ranges] == [
        sum(one["from_seconds"] <= seconds < (one["to_seconds"] or 1e12) for seconds in counted.seconds)
        for one in ranges
    ]
    middle = sorted(counted.seconds)[len(counted.seconds) // 2]
    assert told["time_to_complete"]["median_seconds"] == pytest.approx(middle, rel=0.2)
    assert sum(told["scores"]["distribution"]) == len(counted.scores)
    assert told["scores"]["median"] == pytest.approx(counted.scores[len(counted.scores) // 2], abs=0.05)
    assert sum(month["registered"] for month in told["months"]) == 60


def test_courses_and_customers_stand_beside_their_median(tenant, api, course, dispatch, import_course):
    other = import_course(tenant, key="other")
    registered(course, "anna", dispatch=dispatch, completion="completed")
    registered(course, "boris", dispatch=dispatch)
    registered(other, "anna", completion="completed")
    told = api("GET", "/org/analytics/courses").json()
    assert {row["id"]: row["completion_rate"] for row in told["items"]} == {
        str(course.id): 0.5,
        str(other.id): 1.0,
    }
    assert told["medians"] == {"completion_rate": 0.75, "pass_rate": 0.0, "average_score": None}
    customers = api("GET", "/org/analytics/customers").json()["items"]
    assert {(row["name"], row["registered"]) for row in customers} == {("", 1), ("Brandt Logistics", 2)}


def test_questions_and_paths_are_those_of_a_course(api, course):
    asked = question(course, "q1", text="Which one?")
    for place in range(4):
        made = registered(course, f"learner{place}")
        answer(made, asked, "a" if place else "b", bool(place))
        opened(made, "intro", "exam")
    [item] = api("GET", "/org/analytics/questions?course=course").json()["items"]
    assert (item["text"], item["answered"], item["difficulty"]) == ("Which one?", 4, 0.75)
    told = api("GET", f"/org/analytics/questions/{item['id']}").json()
    assert told["responses"] == [
        {"response": "a", "learners": 3, "correct": True},
        {"response": "b", "learners": 1, "correct": False},
    ]
    told = api("GET", "/org/analytics/paths?course=course").json()
    assert (told["learners"], told["activities"]) == (4, ["intro", "exam"])
    assert {"origin": ":exam", "target": "left", "learners": 4} in told["moves"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/org/analytics/questions", 400, "course_missing"),
        ("/org/analytics/paths", 400, "course_missing"),
        ("/org/analytics?period=5d", 400, "period_invalid"),
        ("/org/analytics?course=nowhere", 404, "course_not_found"),
        ("/org/analytics/questions/01a234c7-e590-7000-8000-000000000000", 404, "question_not_found"),
        ("/org/analytics/questions/what", 404, "question_not_found"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_sentence(api, path, status, code):
    answer = api("GET", path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_another_organizations_figures_are_not_told(tenant, stranger, api_as, course):
    asked = question(course, "q1")
    answer(registered(course, "anna"), asked, "a", True)
    theirs = api_as(stranger, Role.OWNER)
    assert theirs("GET", "/org/analytics").json()["outcomes"]["registered"] == 0
    assert theirs("GET", f"/org/analytics?course={course.id}").status_code == 404
    assert theirs("GET", f"/org/analytics/questions/{asked.id}").status_code == 404
