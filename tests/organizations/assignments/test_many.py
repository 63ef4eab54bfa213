"""A course for many people at once: those ticked in the list of users, and everybody in a group."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.organizations.assignments.test_assigning import DUE, signed_in

from heliograph.accounts import actions as accounts
from heliograph.accounts import roles
from heliograph.accounts.groups import actions as groups
from heliograph.accounts.models import Membership, User
from heliograph.audit.models import Entry
from heliograph.core.errors import Invalid
from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.delivery.models import Mail
from heliograph.organizations.assignments import actions
from heliograph.organizations.models import Assignment
from heliograph.runtime.models import Learner, Registration
from heliograph.webhooks import actions as webhooks
from heliograph.webhooks.models import Event


def many_members(tenant, count: int) -> list[Membership]:
    users = [User(id=new_id(), email=f"u{n}@many.example", password="!") for n in range(count)]
    User.objects.bulk_create(users)
    return Membership.objects.bulk_create(
        Membership(organization=tenant.organization, user=user, name=f"Person {n}", role="learner")
        for n, user in enumerate(users)
    )


@pytest.fixture
def group(tenant):
    made = groups.create(tenant.owner, "Sales")
    groups.add(
        tenant.owner, made, list(tenant.organization.memberships.filter(role__in=["learner", "admin"]))
    )
    return made


def emails() -> set[str]:
    return set(Assignment.objects.values_list("member__user__email", flat=True))


def test_whoever_is_ticked_in_the_list_of_users_gets_the_course(tenant, course):
    client = signed_in(tenant, "owner")
    assert course.title in client.get("/admin/org/users/").text.partition('id="bulk-assign"')[2]
    chosen = [tenant.organization.memberships.get(role=role) for role in ("reporter", "learner")]
    actions.assign(tenant.manager, course, chosen[:1])
    fields = {"course": course.id, "due_at": "2031-05-20", "notify": "on", "user": [row.id for row in chosen]}
    page = client.post("/admin/org/users/assign", fields, follow=True).text
    assert f"“{course.title}” assigned to 1 user. 1 user had it already." in page
    assert {row.due_at for row in Assignment.objects.all()} == {DUE}
    assert [mail.to for mail in Mail.objects.all()] == [["learner@northlight.example"]]


def test_nobody_gets_it_where_one_is_deactivated_or_a_stranger(tenant, stranger, course):
    client = signed_in(tenant, "owner")
    learner = tenant.organization.memberships.get(role="learner")
    accounts.set_member_active(tenant.owner, learner, False)
    fields = {"course": course.id, "user": [learner.id, tenant.organization.memberships.get(role="admin").id]}
    refused = client.post("/admin/org/users/assign", fields, headers={"X-Dialog": "1"})
    assert refused.json()["code"] == "user_deactivated"
    theirs = stranger.organization.memberships.get(role="learner")
    for fields, status in (
        ({"course": course.id, "user": theirs.id}, 404),
        ({"course": course.id}, 422),
        ({"user": learner.id}, 422),
        ({"course": new_id(), "user": learner.id}, 404),
    ):
        answer = client.post("/admin/org/users/assign", fields, headers={"X-Dialog": "1"})
        assert answer.status_code == status, fields
    assert not Assignment.objects.exists()


def test_everybody_active_in_a_group_gets_it_and_nobody_who_joins_later(tenant, course, group):
    client = signed_in(tenant, "owner")
    page = f"/admin/org/groups/{group.id}/"
    assert "All 2 users who are in the group now get the course." in " ".join(client.get(page).text.split())
    accounts.set_member_active(tenant.owner, tenant.organization.memberships.get(role="learner"), False)
    client.post(f"{page}assign", {"course": course.id})
    groups.add(tenant.owner, group, [tenant.organization.memberships.get(role="reporter")])
    assert emails() == {"admin@northlight.example"}


def test_a_manager_of_a_group_assigns_only_with_the_permission_and_in_their_groups(tenant, course, group):
    members = tenant.organization.memberships
    for role in ("reporter", "manager"):
        path = f"/admin/org/groups/{group.id}/"
        client = signed_in(tenant, role)
        assert client.post(f"{path}assign", {"course": course.id}).status_code in (403, 404)
        groups.set_manager(tenant.owner, group, members.get(role=role), True)
        may = role == "manager"
        assert ("Assign a course" in client.get(path).text) == may
        assert client.post(f"{path}assign", {"course": course.id}).status_code == (302 if may else 403)
        assert Assignment.objects.exists() == may


def test_whoever_manages_users_and_no_registrations_is_not_offered_it(tenant, course):
    member = tenant.organization.memberships.get(role="reporter")
    role = roles.create_role(tenant.owner, "People", ["users.manage", "organization.view"])
    accounts.change_role(tenant.owner, member, role)
    client = signed_in(tenant, role.word)
    assert "Assign a course" not in client.get("/admin/org/users/").text
    fields = {"course": course.id, "user": member.id}
    assert client.post("/admin/org/users/assign", fields).status_code == 403


def test_a_combobox_finds_courses_that_can_be_started(tenant, course):
    client = signed_in(tenant, "manager")
    find = "/admin/org/assignments/courses?course="
    assert course.title in client.get(f"{find}{course.title[:4]}").text
    assert course.title not in client.get(f"{find}nothing-like-it").text


def test_programs_assign_by_group_and_by_addresses(tenant, stranger, course, group, api_as):
    program = api_as(tenant, Role.ADMIN)
    body = {"course": course.key, "group": str(group.id), "emails": ["Learner@northlight.example"]}
    made = program("POST", "/org/assignments", body).json()["items"]
    assert (
        {row["email"] for row in made}
        == emails()
        == {
            "learner@northlight.example",
            "admin@northlight.example",
        }
    )
    unknown = program("POST", "/org/assignments", {"course": course.key, "emails": ["nobody@example.org"]})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "user_unknown")
    nobody = program("POST", "/org/assignments", {"course": course.key})
    assert (nobody.status_code, nobody.json()["code"]) == (422, "users_missing")
    theirs = groups.create(stranger.owner, "Theirs")
    for other in (str(theirs.id), "nothing"):
        body = {"course": course.key, "group": other}
        assert program("POST", "/org/assignments", body).json()["code"] == "group_not_found"
    manager = api_as(tenant, Role.MANAGER)  # a program manages no group, and may not see all of them
    body = {"course": course.key, "group": str(group.id)}
    assert manager("POST", "/org/assignments", body).status_code == 404


def test_the_number_of_statements_does_not_grow_with_the_people(tenant, course):
    members = many_members(tenant, 210)
    counts = []
    actions.assign(tenant.manager, course, members[:5], notify=True)
    for chosen in (members[5:10], members[10:]):
        with CaptureQueriesContext(connection) as queries:
            new = actions.assign(tenant.manager, course, chosen, due_at=DUE, notify=True)
        assert len(new) == len(chosen)
        counts.append(len(queries))
    assert counts[0] == counts[1] < 40
    assert Mail.objects.count() == Entry.objects.filter(verb="created", subject_kind="registration").count()
    assert Registration.objects.count() == 210


def test_what_is_registered_already_is_kept_and_names_follow(tenant, course):
    [member] = many_members(tenant, 1)
    [first] = actions.assign(tenant.manager, course, [member])
    actions.withdraw(tenant.manager, first)
    [second] = actions.assign(tenant.manager, course, [member])
    Membership.objects.filter(id=member.id).update(name="Another Name")
    assert actions.assign(tenant.manager, course, [member]) == []
    assert Learner.objects.get().name == "Another Name"
    assert Registration.objects.get() == second.registration


def test_webhooks_are_told_of_each(tenant, course):
    webhooks.create_endpoint(tenant.owner, "https://hooks.invalid/heliograph", ["*"])
    actions.assign(tenant.manager, course, many_members(tenant, 3))
    assert Event.objects.filter(topic="registration.created").count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_who_assign_the_same_people_at_once_make_one_assignment_each(tenant, course):
    members = many_members(tenant, 30)
    barrier, made, failed = threading.Barrier(4), [], []

    def assign(chosen) -> None:
        try:
            barrier.wait()
            made.extend(
                actions.assign(tenant.manager, course, chosen, due_at=datetime(2031, 1, 1, tzinfo=UTC))
            )
        except Exception as reason:  # what a thread raises would be lost
            failed.append(reason)
        finally:
            connection.close()

    orders = [members, members[::-1], members[10:], members[:20]]
    threads = [threading.Thread(target=assign, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(made) == len({row.id for row in made}) == 30 == Assignment.objects.count()
    assert Registration.objects.count() == Learner.objects.count() == 30


def test_too_many_are_refused(tenant, course, monkeypatch):
    monkeypatch.setattr(actions, "MOST_AT_ONCE", 2)
    with pytest.raises(Invalid) as refused:
        actions.assign(tenant.manager, course, many_members(tenant, 3))
    assert refused.value.problem_code == "too_many_users"
    assert "at most 2 people at once, and these are 3. Filter the list of users" in refused.value.sentence
