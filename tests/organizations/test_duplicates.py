"""Users who are probably one person: who is suggested, to whom, and that it can be dismissed."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.organizations.assignments.test_assigning import signed_in
from tests.tenants import make_member

from heliograph.accounts import actions as accounts
from heliograph.accounts.merging import actions, duplicates
from heliograph.accounts.models import DismissedDuplicate, Membership, User
from heliograph.audit.models import Entry
from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.ui.undo import undo_of

ID = "01a2367d-31b7-74fa-9ccc-e2758d4d4a9c"
PAGE = "/admin/org/users/duplicates/"


def imported(tenant, email: str, name: str = "", role: str = "learner") -> Membership:
    user = User.objects.create(id=new_id(), email=email, password="!")
    return Membership.objects.create(
        organization=tenant.organization, user=user, name=name, role=role, joined_at=None
    )


def pairs(actor) -> set[tuple[str, str, tuple[str, ...]]]:
    return {
        (each.kept.user.email, each.merged.user.email, each.reasons) for each in duplicates.suggested(actor)
    }


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        (("ada.byron@a.example", ""), ("adabyron@a.example", ""), ("email",)),
        (("ada@a.example", ""), ("ada+news@a.example", ""), ("email",)),
        (("ada@a.example", "Ada Byron"), ("byron@b.example", "BYRON, Ada"), ("name",)),
        (("zoe@a.example", "Zoë Čapek"), ("z@b.example", "Zoe  Capek"), ("name",)),
        (("ada@a.example", "Ada Byron"), ("a.da@a.example", "ada byron"), ("email", "name")),
        (("ada@a.example", "Ada"), ("ada@b.example", "Ada"), ()),
        (("ada@a.example", "Ada Byron"), ("ada.b@a.example", "Ada Lovelace"), ()),
    ],
)
def test_spellings_of_an_address_or_a_name_are_one_persons(tenant, one, other, reasons):
    imported(tenant, *one)
    imported(tenant, *other)
    expected = {(one[0], other[0], reasons)} if reasons else set()
    assert pairs(tenant.owner) == expected


def test_who_joined_is_kept_and_the_actor_is_never_merged(tenant):
    imported(tenant, "owner2@a.example", "Olga Owner")
    imported(tenant, "rosa@a.example", "Rosa Reporter")
    make_member(tenant.owner, "rosa@b.example", Role.REPORTER, "Rosa Reporter")
    me = tenant.organization.memberships.get(role="owner")
    Membership.objects.filter(id=me.id).update(name="Owner, Olga")
    assert pairs(tenant.owner) == {
        ("rosa@b.example", "rosa@a.example", ("name",)),
        (me.user.email, "owner2@a.example", ("name",)),
    }
    assert pairs(tenant.actors[Role.ADMIN]) == {("rosa@b.example", "rosa@a.example", ("name",))}, (
        "nobody is offered what they may not do"
    )


def test_nothing_is_told_of_an_account_elsewhere_nor_of_another_organizations_people(tenant, stranger):
    elsewhere = stranger.organization.memberships.get(role="reporter").user
    User.objects.filter(id=elsewhere.id).update(name="Ada Byron")
    Membership.objects.create(
        organization=tenant.organization, user=elsewhere, role="learner", joined_at=None
    )
    imported(tenant, "ada@a.example", "Ada Byron")
    imported(stranger, "ad.a@a.example", "Ada Byron")
    assert pairs(tenant.owner) == set()


def test_namesakes_merged_and_deactivated_people_are_not_suggested(tenant):
    people = [imported(tenant, f"jo{n}@a.example", "Jo Kim") for n in range(duplicates.LARGEST + 1)]
    assert pairs(tenant.owner) == set(), "so many are namesakes"
    for person in people[2:-1]:
        accounts.set_member_active(tenant.owner, person, False)
    assert len(pairs(tenant.owner)) == 3
    actions.merge(tenant.owner, people[1], people[0])
    assert pairs(tenant.owner) == {("jo0@a.example", f"jo{duplicates.LARGEST}@a.example", ("name",))}


def test_the_page_leads_to_the_prefilled_dialog_and_a_dismissed_pair_is_gone(tenant, stranger):
    kept, merged = imported(tenant, "ada@a.example"), imported(tenant, "a.da@a.example")
    client = signed_in(tenant, "owner")
    page = client.get(PAGE).text
    link = f"/admin/org/users/{merged.id}/?merge_into=ada%40a.example"
    assert link in page
    dialog = client.get(link).text.partition('id="merge-user"')[2].partition("</dialog>")[0]
    assert "data-open" in dialog
    assert 'value="ada@a.example"' in dialog
    dismiss = f"/admin/org/users/{merged.id}/not-duplicate"
    theirs = stranger.organization.memberships.get(role="reporter")
    for other, status in ((theirs.id, 404), ("", 404), (merged.id, 422)):
        assert client.post(dismiss, {"other": other}).status_code == status
    for _ in range(2):
        answer = client.post(dismiss, {"other": kept.id}, follow=True)
        assert "No duplicates found" in answer.text
    assert undo_on(answer)["address"] in answer.text
    assert DismissedDuplicate.objects.count() == 1
    assert Entry.objects.filter(verb="dismissed duplicate of").count() == 1
    assert signed_in(tenant, "manager").get(PAGE).status_code == 403


def test_they_are_bounded_and_take_the_same_statements_however_many_there_are(tenant):
    counts = []
    for start, count in ((0, 2), (2, 2 * duplicates.MOST)):
        for n in range(start, start + count):
            imported(tenant, f"p{n}@a.example", f"Person {chr(97 + n // 2 % 26)}{n // 52}")
        with CaptureQueriesContext(connection) as queries:
            found = duplicates.suggested(tenant.owner)
        counts.append((len(found), len(queries)))
    assert counts == [(1, counts[0][1]), (duplicates.MOST, counts[0][1])]


def test_a_dismissal_is_undone_where_it_is_told(tenant, stranger):
    kept, merged = imported(tenant, "ada@a.example"), imported(tenant, "a.da@a.example")
    client = signed_in(tenant, "owner")
    told = client.post(f"/admin/org/users/{merged.id}/not-duplicate", {"other": kept.id}, follow=True)
    undo = undo_on(told)
    assert client.post(undo["address"], {"other": new_id()}).status_code == 404
    assert signed_in(stranger, "owner").post(undo["address"], dict(undo["fields"])).status_code == 404
    assert signed_in(tenant, "manager").post(undo["address"], dict(undo["fields"])).status_code == 403
    for _ in range(2):
        back = client.post(undo["address"], dict(undo["fields"]), follow=True)
        assert "a.da@a.example and ada@a.example are suggested again." in back.text
        assert pairs(tenant.owner) == {("ada@a.example", "a.da@a.example", ("email",))}
    entry = Entry.objects.get(verb="restored duplicate of")
    assert (entry.subject_id, entry.details) == (kept.id, {"other": "a.da@a.example"})


def test_programs_are_told_page_by_page_and_dismiss_and_restore(tenant, api_as):
    for n in range(4):
        imported(tenant, f"p{n}@a.example", f"Person {'ab'[n // 2]}")
    both = [imported(tenant, "ada@a.example", "Ada Byron"), imported(tenant, "a.da@a.example", "Ada Byron")]
    mail = [imported(tenant, "z@b.example"), imported(tenant, "z+news@b.example")]
    program = api_as(tenant, Role.ADMIN)
    path, listed = "/org/duplicate-users", []
    following = f"{path}?limit=1"
    while following:
        page = program("GET", following).json()
        listed += page["items"]
        following = (page["next"] or "").removeprefix("/api")
    assert [(row["keep"]["email"], row["merge"]["email"], row["reasons"]) for row in listed] == [
        ("ada@a.example", "a.da@a.example", ["email", "name"]),
        ("z@b.example", "z+news@b.example", ["email"]),
        ("p0@a.example", "p1@a.example", ["name"]),
        ("p2@a.example", "p3@a.example", ["name"]),
    ]
    assert program("GET", path).json() == {"items": listed, "next_cursor": None, "next": None}
    for pair in (both, mail):
        assert program("POST", f"{path}/dismiss", named(*pair)).status_code == 204
    assert program("GET", path).json()["items"] == listed[2:]
    [latest, _] = program("GET", f"{path}/dismissed").json()["items"]
    assert {latest["user"]["id"], latest["other"]["id"]} == {str(member.id) for member in mail}
    assert latest["dismissed_by"] == program("GET", "/org/meta").json()["actor"]
    assert program("POST", f"{path}/restore", named(*reversed(mail))).status_code == 204
    assert program("GET", path).json()["items"] == listed[1:]


def undo_on(answer: Any) -> dict[str, Any]:
    """What undoes what the only message of a page tells of."""
    [message] = answer.context["messages"]
    undo = undo_of(message)
    assert undo
    return undo


def named(user: Membership, other: Membership) -> dict[str, str]:
    return {"user": str(user.id), "other": str(other.id)}


@pytest.mark.parametrize("cursor", ["x", "email.1.2.3", f"email.3.{ID}.{ID}", f"email..{ID}.{ID}", ID])
def test_a_cursor_that_is_none_is_refused(tenant, api_as, cursor):
    refused = api_as(tenant, Role.ADMIN)("GET", f"/org/duplicate-users?cursor={cursor}")
    assert (refused.status_code, refused.json()["code"]) == (400, "cursor_invalid")


def test_programs_name_two_members_of_their_organization(tenant, stranger, api_as):
    mine, theirs = imported(tenant, "ada@a.example"), imported(stranger, "ada@b.example")
    program = api_as(tenant, Role.ADMIN)
    for act in ("dismiss", "restore"):
        path = f"/org/duplicate-users/{act}"
        assert program("POST", path, named(mine, theirs)).status_code == 404
        same = program("POST", path, named(mine, mine))
        assert (same.status_code, same.json()["field"]) == (422, "other")
        assert api_as(tenant, Role.MANAGER)("POST", path, named(mine, mine)).status_code == 403
    assert program("GET", "/org/duplicate-users/dismissed").json()["items"] == []
