"""All users that match the list's filters get a role, a course, a group, or are kept out: as many as were
confirmed, all of them or nobody.
"""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.organizations.assignments.test_assigning import signed_in
from tests.organizations.assignments.test_many import many_members

from heliograph.accounts import actions
from heliograph.accounts import many_members as many
from heliograph.accounts.errors import LastOwner
from heliograph.accounts.groups import actions as groups
from heliograph.accounts.models import GroupMember, Membership
from heliograph.audit.models import Entry
from heliograph.core.errors import Forbidden
from heliograph.core.roles import Role
from heliograph.organizations.models import Assignment
from heliograph.ui import selection
from heliograph.webhooks import actions as webhooks
from heliograph.webhooks.models import Event

BULK = "/admin/org/users/bulk"
LEARNERS = "search=many.example&role=learner&page=2&sort=name"


@pytest.fixture
def people(tenant):
    return many_members(tenant, 60)


@pytest.fixture
def owner(tenant, people):
    return signed_in(tenant, "owner")


def everything(do: str, matching: str = LEARNERS, count: int = 60, **more):
    return {"do": do, "all": str(count), "matching": matching, **more}


def test_the_list_offers_all_that_match_where_there_is_more_than_a_page(owner):
    page = " ".join(owner.get("/admin/org/users/?search=many.example&role=learner").text.split())
    assert "Select all 60 that match" in page
    assert 'name="matching" value="search=many.example&amp;role=learner"' in page
    assert "Select all" not in owner.get("/admin/org/users/?search=u59@many").text.partition("selection")[2]


def test_it_asks_with_the_number_first_and_changes_nobody_who_does_not_match(tenant, owner, people):
    asked = owner.post(BULK, everything("role", count=3, role="reporter"), headers={"X-Dialog": "1"})
    assert asked["X-Question"] == "1"
    assert "Give 60 users the role Reporter?" in asked.text
    assert "Person 0, Person 1, Person 10, Person 11, Person 12 and 55 others" in asked.text
    assert re.findall(r'name="(all|matching|do|role)" value="([^"]*)"', asked.text) == [
        ("do", "role"),
        ("matching", LEARNERS.replace("&", "&amp;")),
        ("role", "reporter"),
        ("all", "60"),
    ]
    assert Membership.objects.filter(role="reporter").count() == 1
    done = owner.post(BULK, everything("role", role="reporter", confirmed="1"), follow=True)
    assert "60 users updated." in done.text
    assert tenant.organization.memberships.filter(role="reporter").count() == 61
    assert tenant.organization.memberships.filter(role="learner").count() == 1


def test_more_than_were_confirmed_are_refused_and_fewer_are_not(tenant, owner, people):
    refused = owner.post(BULK, everything("deactivate", count=59, confirmed="1"), headers={"X-Dialog": "1"})
    assert (refused.status_code, refused.json()["code"]) == (409, "selection_grew")
    assert "60 match now, and you confirmed 59." in refused.json()["detail"]
    assert not tenant.organization.memberships.filter(is_active=False).exists()
    owner.post(BULK, everything("deactivate", count=61, confirmed="1"))
    assert tenant.organization.memberships.filter(is_active=False).count() == 60
    owner.post(BULK, everything("activate", "state=deactivated", confirmed="1"))
    assert not tenant.organization.memberships.filter(is_active=False).exists()


def test_all_of_them_or_nobody(tenant, owner, people):
    refused = owner.post(
        BULK, everything("role", "", 65, role="learner", confirmed="1"), headers={"X-Dialog": "1"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    assert tenant.organization.memberships.filter(role="learner").count() == 61
    admin = signed_in(tenant, "admin")
    refused = admin.post(BULK, everything("deactivate", "", 65, confirmed="1"), headers={"X-Dialog": "1"})
    assert refused.status_code == 403
    assert not tenant.organization.memberships.filter(is_active=False).exists()
    asked = owner.post(BULK, everything("deactivate", "", 65)).text
    assert "You are one of them, and are signed out." in asked


def test_they_come_into_a_group_and_out_of_it(tenant, owner, people):
    group = groups.create(tenant.owner, "Cohort")
    asked = owner.post(BULK, everything("add to group", group=group.id)).text
    assert "Add 60 users to “Cohort”?" in asked
    owner.post(BULK, everything("add to group", group=group.id, confirmed="1"))
    assert GroupMember.objects.filter(group=group).count() == 60
    owner.post(
        BULK,
        everything(
            "remove from group", f"group={group.id}&search=person 1", 11, group=group.id, confirmed="1"
        ),
    )
    assert GroupMember.objects.filter(group=group).count() == 49
    assert Entry.objects.filter(verb="removed a group from", details__group="Cohort").count() == 11
    path = f"/admin/org/groups/{group.id}/people/remove"
    sent = {"all": "49", "matching": "search=person"}
    assert "Remove 49 users from “Cohort”?" in owner.post(path, sent).text
    owner.post(path, {**sent, "confirmed": "1"})
    assert GroupMember.objects.filter(group=group).count() == 0


def test_they_get_a_course_but_for_those_who_are_deactivated(tenant, owner, people, course):
    actions.set_member_active(tenant.owner, people[0], False)
    sent = {"course": course.id, "all": "60", "matching": LEARNERS}
    asked = owner.post("/admin/org/users/assign", sent).text
    assert f"Assign “{course.title}” to 59 users?" in asked
    assert "1 deactivated user is left out." in asked
    owner.post("/admin/org/users/assign", {**sent, "confirmed": "1"})
    assert Assignment.objects.count() == 59


@pytest.mark.parametrize(
    ("matching", "status"),
    [("role=nobody", 422), ("group=nothing", 404), ("since=yesterday", 422), ("search=no-one-at-all", 422)],
)
def test_what_no_list_asks_for_changes_nobody(tenant, owner, people, matching, status):
    sent = everything("deactivate", matching, 1000, confirmed="1")
    assert owner.post(BULK, sent, headers={"X-Dialog": "1"}).status_code == status
    assert not Membership.objects.filter(is_active=False).exists()


def test_another_organizations_users_never_match(tenant, stranger, owner, people):
    groups.create(stranger.owner, "Theirs")
    owner.post(BULK, everything("role", "role=reporter", role="learner", confirmed="1"))
    assert stranger.organization.memberships.filter(role="reporter").exists()
    assert not tenant.organization.memberships.filter(role="reporter").exists()


def test_too_many_are_refused_before_they_are_read(owner, people, monkeypatch):
    monkeypatch.setattr(selection, "MOST", 59)
    refused = owner.post(BULK, everything("activate"), headers={"X-Dialog": "1"})
    assert refused.json()["code"] == "selection_too_large"


def test_the_number_of_statements_does_not_grow_with_the_users(tenant, people):
    counts = []
    for chosen in (people[:5], people[5:]):
        with CaptureQueriesContext(connection) as queries:
            assert many.change_roles(tenant.owner, chosen, Role.MANAGER) == len(chosen)
            assert many.set_active(tenant.owner, chosen, False) == len(chosen)
        counts.append(len(queries))
    assert counts[0] == counts[1] < 25
    entry = Entry.objects.filter(verb="changed role of")[0]
    assert entry.details == {"before": "learner", "after": "manager"}


def test_webhooks_are_told_of_each(tenant, people):
    webhooks.create_endpoint(tenant.owner, "https://hooks.invalid/heliograph", ["*"])
    many.change_roles(tenant.owner, people[:2], Role.MANAGER)
    many.set_active(tenant.owner, people[:3], False)
    assert Event.objects.filter(topic="member.role_changed").count() == 2
    assert Event.objects.filter(topic="member.deactivated").count() == 3


def test_nobody_changes_who_is_above_them_and_an_owner_stays(tenant, people):
    members = list(tenant.organization.memberships.all())
    with pytest.raises(Forbidden):
        many.change_roles(tenant.actors[Role.ADMIN], members, Role.LEARNER)
    with pytest.raises(Forbidden):
        many.change_roles(tenant.actors[Role.ADMIN], people, Role.OWNER)
    with pytest.raises(LastOwner):
        many.set_active(tenant.owner, members, False)
    with pytest.raises(Forbidden):
        many.set_active(tenant.manager, people, False)
