"""Courses that an organization assigns to its members: due dates, reminders, and pages of their own."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from tests.fixtures import APP

from heliograph.accounts import actions as accounts
from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.roles import Role
from heliograph.courses.errors import NothingPublished
from heliograph.delivery.models import Mail
from heliograph.organizations.assignments import actions, queries
from heliograph.organizations.models import Assignment
from heliograph.runtime import corrections
from heliograph.runtime.models import Registration

DUE = datetime(2031, 5, 20, 23, 59, 59, tzinfo=UTC)


def signed_in(tenant, role: str) -> Client:
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role=role).user)
    return client


@pytest.fixture
def learner(tenant):
    return tenant.organization.memberships.select_related("user").get(role="learner")


@pytest.fixture
def assignment(tenant, course, learner):
    [made] = actions.assign(tenant.manager, course, [learner], due_at=DUE)
    return made


def subjects() -> list[str]:
    return list(Mail.objects.order_by("id").values_list("subject", flat=True))


def test_a_learner_finds_the_course_and_nothing_else(tenant, course, assignment):
    client = signed_in(tenant, "learner")
    assert client.get("/").headers["Location"] == "/lms/"
    page = client.get("/lms/").text
    assert course.title in page
    assert 'datetime="2031-05-20' in page
    assert 'href="/admin/' not in page
    assert 'href="/api/docs"' not in page
    assert client.get(f"/lms/courses/{course.id}/").status_code == 200
    for path in ("/admin/courses/", "/admin/org/", f"/admin/courses/{course.id}/assignments/"):
        assert client.get(path).status_code == 403, path


def test_opening_it_leads_to_the_player_of_their_own_registration(tenant, course, assignment):
    answer = signed_in(tenant, "learner").post(f"/lms/courses/{course.id}/launch")
    opened = Client(HTTP_HOST=APP).get(answer.headers["Location"])
    assert "/play/" in opened.headers["Location"]
    assert queries.way_back(assignment.registration).endswith(f"/lms/courses/{course.id}/")


def test_nobody_opens_what_is_not_assigned_to_them(tenant, stranger, course, assignment):
    for client in (signed_in(tenant, "reporter"), signed_in(stranger, "learner")):
        for method in (client.get, client.post):
            path = f"/lms/courses/{course.id}/" + ("launch" if method == client.post else "")
            assert method(path).status_code == 404
    assert Client(HTTP_HOST=APP).get("/lms/").headers["Location"].startswith("/sign-in/")


def test_users_are_assigned_by_their_addresses_or_nobody_is(tenant, course):
    client = signed_in(tenant, "manager")
    path = f"/admin/courses/{course.id}/assign"
    emails = "learner@northlight.example, REPORTER@northlight.example;\nlearner@northlight.example"
    refused = client.post(path, {"users": f"{emails} nobody@example.org"}, headers={"X-Dialog": "1"})
    assert refused.json()["code"] == "user_unknown"
    assert not Assignment.objects.exists()
    page = client.post(path, {"users": emails, "due_at": "2031-05-20", "notify": "on"}, follow=True).text
    assert "Assigned to 2 users." in page
    assert {row.due_at for row in Assignment.objects.all()} == {DUE}
    assert subjects() == [f"New course: {course.title}"] * 2
    again = client.post(path, {"users": emails, "due_at": "2031-06-01", "notify": "on"}, follow=True).text
    assert "Assigned to 0 users." in again
    assert len(subjects()) == 2, "nobody is told twice"
    assert set(Assignment.objects.values_list("due_at__day", flat=True)) == {1}


def test_reminders_go_out_once_each_and_stop_with_the_course(tenant, course, assignment):
    told = []
    for days in (-8, -7, -7, -1, 1, 1, 9):
        with clock.at(DUE + timedelta(days=days, minutes=1)):
            actions.send_reminders()
        told.append(len(subjects()))
    assert told == [0, 1, 1, 2, 3, 3, 3]
    assert subjects() == [
        f"Due May 20, 2031: {course.title}",
        f"Due May 20, 2031: {course.title}",
        f"Overdue: {course.title}",
    ]
    mail = Mail.objects.order_by("id")[0]
    assert f"/lms/courses/{course.id}/" in mail.text
    assert mail.to == ["learner@northlight.example"]


def test_whoever_completed_it_or_is_out_is_not_reminded(tenant, course, assignment):
    corrections.complete(tenant.manager, assignment.registration, "Shown on paper")
    with clock.at(DUE - timedelta(days=7)):
        actions.send_reminders()
    other = tenant.organization.memberships.get(role="reporter")
    actions.assign(tenant.manager, course, [other], due_at=DUE)
    accounts.set_member_active(tenant.owner, other, False)
    with clock.at(DUE - timedelta(days=7)):
        actions.send_reminders()
    assert subjects() == []


def test_a_changed_due_date_is_reminded_of_anew(tenant, assignment):
    actions.change_due(tenant.manager, assignment, DUE + timedelta(days=30))
    with clock.at(DUE):
        actions.send_reminders()
    assert subjects() == []
    actions.change_due(tenant.manager, assignment, None)
    assignment.refresh_from_db()
    assert (assignment.due_at, assignment.next_reminder_at) == (None, None)
    assert Entry.objects.filter(verb="changed due date of").count() == 2


def test_withdrawing_keeps_results_and_takes_the_course_away(tenant, course, assignment):
    client = signed_in(tenant, "manager")
    path = f"/admin/org/assignments/{assignment.id}/withdraw"
    assert "Their results are kept." in client.post(path).text
    corrections.complete(tenant.manager, assignment.registration, "Shown on paper")
    client.post(path, {"confirmed": "1"})
    assert Registration.objects.filter(id=assignment.registration_id).exists()
    assert signed_in(tenant, "learner").get(f"/lms/courses/{course.id}/").status_code == 404
    assert "No courses yet" in signed_in(tenant, "learner").get("/lms/").text


def test_programs_assign_list_change_and_withdraw(tenant, stranger, course, learner, api_as):
    program = api_as(tenant, Role.MANAGER)
    body = {"course": course.key, "users": [str(learner.id)], "due_at": "2031-05-20T12:00:00Z"}
    [made] = program("POST", "/org/assignments", body).json()["items"]
    assert (made["state"], made["email"]) == ("open", "learner@northlight.example")
    assert program("POST", "/org/assignments", body).json()["items"] == []
    assert len(program("GET", f"/org/assignments?user={learner.id}&state=open").json()["items"]) == 1
    changed = program("PATCH", f"/org/assignments/{made['id']}", {"due_at": "2001-05-20T12:00:00Z"}).json()
    assert changed["state"] == "overdue"
    assert len(program("GET", "/org/assignments?state=overdue").json()["items"]) == 1
    theirs = api_as(stranger, Role.OWNER)
    assert theirs("DELETE", f"/org/assignments/{made['id']}").status_code == 404
    assert theirs("POST", "/org/assignments", body).status_code == 404
    member = stranger.organization.memberships.get(role="learner")
    assert program("POST", "/org/assignments", {**body, "users": [str(member.id)]}).status_code == 404
    assert program("DELETE", f"/org/assignments/{made['id']}").status_code == 204
    assert not Registration.objects.exists(), "a registration that was never opened goes"


def test_what_nobody_could_learn_is_refused(tenant, course, learner):
    with pytest.raises(Forbidden):
        actions.assign(tenant.actors[Role.REPORTER], course, [learner])
    with pytest.raises(Invalid):
        actions.assign(tenant.manager, course, [learner], due_at=datetime(9999, 1, 1, tzinfo=UTC))
    accounts.set_member_active(tenant.owner, learner, False)
    with pytest.raises(Invalid) as refused:
        actions.assign(tenant.manager, course, [learner])
    assert refused.value.problem_code == "user_deactivated"
    course.published = None
    with pytest.raises(NothingPublished):
        actions.assign(tenant.manager, course, [])
