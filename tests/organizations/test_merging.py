"""Merging two users who are one person: what moves, what stays, who may, and taking it back."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.test import Client
from tests.fixtures import APP
from tests.tenants import make_member

from heliograph.accounts import actions as accounts
from heliograph.accounts import queries
from heliograph.accounts.errors import LastOwner, MergeNotPossible
from heliograph.accounts.groups import actions as groups
from heliograph.accounts.groups import queries as in_groups
from heliograph.accounts.merging import actions
from heliograph.audit.models import Entry
from heliograph.core.clock import now
from heliograph.core.errors import Forbidden
from heliograph.core.roles import Role
from heliograph.runtime import actions as runtime


@pytest.fixture
def double(tenant):
    """The second address of the reporter, with a role, a group, a key and a view of its own."""
    member = make_member(tenant.owner, "r.porter@northlight.example", Role.MANAGER, "Reporter")
    sales = groups.create(tenant.owner, "Sales")
    groups.add(tenant.owner, sales, [member])
    admin = accounts.change_role(tenant.owner, member, Role.ADMIN)
    accounts.create_api_key(queries.actor_of_member(admin), "Nightly sync", Role.REPORTER)
    member.table_views.create(table="users", name="Mine", query="role=admin")
    return accounts.change_role(tenant.owner, member, Role.MANAGER)


@pytest.fixture
def kept(tenant):
    return tenant.organization.memberships.get(role="reporter")


@pytest.fixture
def owner(tenant):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="owner").user)
    return client


def has(member):
    member.refresh_from_db()
    return (member.groups.count(), member.api_keys.count(), member.table_views.count(), member.is_active)


def test_it_is_previewed_done_shown_and_undone_on_the_users_page(tenant, owner, double, kept, course):
    learner = runtime.ensure_learner(tenant.organization.id, UUID(int=0), "r-2", "R", double.user.email)
    registration, _ = runtime.register(tenant.manager, course, learner)
    at = f"/admin/org/users/{double.id}/"
    fields = {"email": kept.user.email.upper()}
    asked = " ".join(owner.post(f"{at}merge", fields).text.split())
    assert "1 groups, 0 groups as manager, 1 API keys, 1 saved views" in asked
    assert has(double) == (1, 1, 1, True), "nothing moves before it is confirmed"
    shown = owner.post(f"{at}merge", {**fields, "confirmed": "1"}, follow=True).text
    assert double.user.email in shown
    assert str(registration.id) in shown, "registrations of both addresses"
    assert (has(double), has(kept)) == ((0, 0, 0, False), (1, 1, 1, True))
    assert kept.role == "reporter"
    assert "Undo merge" in owner.get(at).text
    owner.post(f"{at}unmerge")
    assert (has(double), has(kept)) == ((1, 1, 1, True), (0, 0, 0, True))
    assert owner.post(f"{at}unmerge").status_code == 404


def test_what_the_kept_one_has_already_is_not_doubled_nor_lost(tenant, double, kept):
    groups.add(tenant.owner, in_groups.groups(tenant.organization.id).get(), [kept])
    kept.table_views.create(table="users", name="Mine", query="")
    merge = actions.merge(tenant.owner, double, kept)
    assert (has(double), has(kept)) == ((1, 0, 1, False), (1, 1, 1, True))
    actions.undo(tenant.owner, merge)
    assert (has(double), has(kept)) == ((1, 1, 1, True), (1, 0, 1, True))


def test_nobody_merges_somebody_above_themselves_or_the_last_owner(tenant, double, kept):
    last = tenant.organization.memberships.get(role="owner")
    with pytest.raises(Forbidden):
        actions.merge(tenant.actors[Role.ADMIN], last, kept)
    with pytest.raises(Forbidden):
        actions.merge(tenant.manager, double, kept)
    with pytest.raises(MergeNotPossible):
        actions.merge(tenant.owner, last, kept)
    other = make_member(tenant.owner, "second@northlight.example", Role.OWNER)
    accounts.set_member_active(tenant.owner, other, False)
    with pytest.raises(LastOwner):
        actions.merge(queries.actor_of_member(other), last, kept)
    assert has(last)[3]


def test_what_makes_no_sense_is_refused(tenant, owner, double, kept):
    for merged, into in ((kept, kept), (kept, accounts.set_member_active(tenant.owner, double, False))):
        with pytest.raises(MergeNotPossible):
            actions.merge(tenant.owner, merged, into)
    refused = owner.post(
        f"/admin/org/users/{kept.id}/merge", {"email": "x@y.example"}, headers={"X-Dialog": "1"}
    )
    assert refused.status_code == 422


def test_it_can_be_undone_for_thirty_days(tenant, double, kept):
    merge = actions.merge(tenant.owner, double, kept)
    with pytest.raises(MergeNotPossible):
        actions.merge(tenant.owner, double, kept)
    with time_machine.travel(now() + timedelta(days=31)), pytest.raises(MergeNotPossible):
        actions.undo(tenant.owner, merge)


def test_a_program_merges_and_both_are_in_the_audit_log(tenant, stranger, api_as, double, kept):
    program = api_as(tenant, Role.ADMIN)
    theirs = stranger.organization.memberships.get(role="learner")
    assert program("POST", f"/org/users/{double.id}/merge", {"into": str(theirs.id)}).status_code == 404
    answer = program("POST", f"/org/users/{double.id}/merge", {"into": str(kept.id)})
    assert answer.json()["id"] == str(kept.id)
    assert program("POST", f"/org/users/{double.id}/unmerge").json()["active"] is True
    assert program("POST", f"/org/users/{double.id}/unmerge").status_code == 404
    written = Entry.objects.filter(subject_id=double.id).order_by("-id").values_list("verb", flat=True)
    assert list(written[:4]) == ["undid merge of", "activated", "merged", "deactivated"]
