"""Users who are probably one person: who is suggested, to whom, and that it can be dismissed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.fixtures import make_member
from tests.organizations.assignments.test_assigning import signed_in

from heliograph.accounts import actions as accounts
from heliograph.accounts.merging import actions, duplicates
from heliograph.accounts.models import DismissedDuplicate, Membership, User
from heliograph.audit.models import Entry
from heliograph.core.ids import new_id
from heliograph.core.roles import Role

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
