"""Courses kept in order: folders, tags, and who answers for them."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.fixtures import APP

from heliograph.accounts import actions as accounts
from heliograph.audit.models import Entry
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.roles import Role
from heliograph.core.scope import Scope
from heliograph.courses import organizing
from heliograph.courses.errors import FolderInUse, FolderNotFound
from heliograph.courses.models import Course, Folder

LIST = "/admin/courses/"


@pytest.fixture
def manager(tenant):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    return client


def labels(tenant):
    return [place.label for place in organizing.places(tenant.organization.id)]


def listed(client, query: str = ""):
    text = b"".join(client.get(f"{LIST}?csv=1{query}")).decode().removeprefix("\ufeff")
    return [
        (row["key"], row["folder"], row["tags"], row["owner"]) for row in csv.DictReader(io.StringIO(text))
    ]


def test_whoever_imports_a_course_owns_it(tenant, course, manager):
    assert course.owner.user.email == "manager@northlight.example"
    assert listed(manager) == [(course.key, "", "", "Manager")]


def test_a_course_is_found_in_its_folder_and_in_those_above(tenant, course, manager):
    top = organizing.create_folder(tenant.manager, "Safety")
    below = organizing.create_folder(tenant.manager, "Fire", top)
    other = organizing.create_folder(tenant.manager, "Office")
    organizing.organize(tenant.manager, [course], folder=below, tags=["Annual", "annual", " New  hires "])
    row = (course.key, "Safety / Fire", "Annual, New hires", "Manager")
    assert listed(manager, f"&folder={below.id}") == [row]
    assert listed(manager, f"&folder={top.id}") == [row]
    assert listed(manager, f"&folder={other.id}") == []
    assert listed(manager, "&tag=Annual") == [row]
    assert manager.get(f"{LIST}?folder={course.id}").status_code == 422


def test_many_courses_are_moved_tagged_and_given_away_at_once(tenant, import_course, manager):
    first, second = import_course(tenant, key="one"), import_course(tenant, key="two")
    folder = organizing.create_folder(tenant.manager, "Safety")
    admin = tenant.organization.memberships.get(role="admin")
    ticked = [str(first.id), str(second.id)]
    for act in (
        {"do": "folder", "folder": folder.id},
        {"do": "tag", "tag": "Annual"},
        {"do": "owner", "owner_id": admin.id},
    ):
        answer = manager.post(f"{LIST}bulk", {"course": ticked, **act}, follow=True)
        assert "2 courses updated." in answer.text
    assert listed(manager) == [("two", "Safety", "Annual", "Admin"), ("one", "Safety", "Annual", "Admin")]
    transferred = Entry.objects.filter(subject_id=first.id, details__after__has_key="owner").get()
    assert transferred.details == {"before": {"owner": "Manager"}, "after": {"owner": "Admin"}}


def test_a_course_is_not_given_to_somebody_who_could_not_change_it(tenant, course):
    reporter = tenant.organization.memberships.get(role="reporter")
    gone = tenant.organization.memberships.get(role="admin")
    accounts.set_member_active(tenant.owner, gone, False)
    for member in (reporter, gone):
        with pytest.raises(Invalid) as refused:
            organizing.organize(tenant.manager, [course], owner=member)
        assert refused.value.problem_code == "owner_invalid"


def test_a_strangers_folders_owners_and_courses_are_not_there(tenant, stranger, course, api_as):
    theirs = organizing.create_folder(stranger.manager, "Theirs")
    member = stranger.organization.memberships.get(role="manager")
    program = api_as(tenant, Role.OWNER)
    assert program("PATCH", f"/courses/{course.id}", {"folder": str(theirs.id)}).status_code == 404
    assert program("PATCH", f"/courses/{course.id}", {"owner": str(member.id)}).status_code == 404
    assert program("POST", "/folders", {"name": "In theirs", "parent": str(theirs.id)}).status_code == 404
    assert program("GET", f"/courses?folder={theirs.id}").status_code == 404
    with pytest.raises(Invalid):
        organizing.organize(tenant.manager, [course], owner=member)
    with pytest.raises(FolderNotFound):
        organizing.organize(tenant.manager, [course], folder=theirs)
    organizing.organize(stranger.manager, [course], tags=["Mine"])
    course.refresh_from_db()
    assert course.tags == [], "another organization's course is left alone"


def test_programs_keep_courses_in_order(tenant, course, api_as):
    program = api_as(tenant, Role.MANAGER)
    made = program("POST", "/folders", {"name": "Safety"}).json()
    assert (made["path"], made["courses"]) == (["Safety"], 0)
    changed = program(
        "PATCH", f"/courses/{course.key}", {"folder": made["id"], "tags": ["Annual"], "title": "Fire safety"}
    ).json()
    assert (changed["folder"], changed["tags"], changed["title"]) == (made["id"], ["Annual"], "Fire safety")
    assert program("GET", "/folders").json()["items"][0]["courses"] == 1
    assert [found["id"] for found in program("GET", "/courses?tag=Annual").json()["items"]] == [
        str(course.id)
    ]
    assert program("PATCH", f"/courses/{course.key}", {"folder": "", "owner": ""}).json()["owner"] is None


def test_a_refused_change_leaves_the_rest_of_it_undone(tenant, course, api_as):
    program = api_as(tenant, Role.MANAGER)
    refused = program("PATCH", f"/courses/{course.key}", {"title": "Changed", "tags": ["x" * 41]})
    assert (refused.status_code, refused.json()["code"]) == (422, "tag_too_long")
    course.refresh_from_db()
    assert course.title != "Changed"


def test_folders_are_renamed_moved_and_deleted_with_what_is_in_them(tenant, course, manager):
    top = organizing.create_folder(tenant.manager, "Safety")
    below = organizing.create_folder(tenant.manager, "Fire", top)
    organizing.organize(tenant.manager, [course], folder=below)
    manager.post(f"{LIST}folders/{below.id}/change", {"name": "Fire safety", "parent": str(top.id)})
    assert labels(tenant) == ["Safety", "Safety / Fire safety"]
    with pytest.raises(FolderInUse):
        organizing.delete_folder(tenant.manager, top)
    question = manager.post(f"{LIST}folders/{below.id}/delete").text
    assert "1 course moves to the folder above." in question
    manager.post(f"{LIST}folders/{below.id}/delete", {"confirmed": "1"})
    course.refresh_from_db()
    assert course.folder == top


def test_the_tree_stays_a_tree(tenant):
    chain = [organizing.create_folder(tenant.manager, "1")]
    for number in range(2, organizing.DEEPEST + 1):
        chain.append(organizing.create_folder(tenant.manager, str(number), chain[-1]))
    with pytest.raises(Invalid):
        organizing.create_folder(tenant.manager, "too deep", chain[-1])
    with pytest.raises(Invalid) as refused:
        organizing.change_folder(tenant.manager, chain[0], parent=chain[2])
    assert refused.value.problem_code == "folder_in_itself"
    other = organizing.create_folder(tenant.manager, "other")
    with pytest.raises(Invalid) as refused:
        organizing.change_folder(tenant.manager, chain[0], parent=other)
    assert refused.value.problem_code == "folder_too_deep"


@pytest.mark.parametrize("name", ["", "  ", "SAFETY", "x" * 81])
def test_names_of_folders_are_told_apart(tenant, name):
    organizing.create_folder(tenant.manager, "Safety")
    with pytest.raises(Invalid):
        organizing.create_folder(tenant.manager, name)
    assert Folder.objects.count() == 1


def test_reporters_look_and_do_not_touch(tenant, course):
    organizing.create_folder(tenant.manager, "Safety")
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="reporter").user)
    assert "New folder" not in client.get(f"{LIST}folders/").text
    assert client.post(f"{LIST}folders/new", {"name": "Mine"}).status_code == 403
    assert client.post(f"{LIST}{course.id}/place", {"tags": "Mine"}).status_code == 403
    reporter = tenant.actors[Role.REPORTER]
    with pytest.raises(Forbidden):
        organizing.organize(reporter, [course], tags=["Mine"])


@pytest.fixture
def sixty(tenant):
    """More courses than a page of the list has."""
    organization = tenant.organization
    return Course.objects.bulk_create(
        Course(organization=organization, key=f"c{number:02}", title=f"Lesson {number:02}")
        for number in range(60)
    )


def everything(do: str, count: int = 60, matching: str = "search=Lesson&page=2&sort=title", **more):
    return {"do": do, "all": str(count), "matching": matching, **more}


def test_all_that_match_are_asked_for_and_changed_and_no_others(tenant, course, sixty, manager):
    page = " ".join(manager.get(f"{LIST}?search=Lesson").text.split())
    assert "Select all 60 that match" in page
    folder = organizing.create_folder(tenant.manager, "Safety")
    admin = tenant.organization.memberships.get(role="admin")
    for asked, button, act in (
        ("Move 60 courses to “Safety”?", "Move", everything("folder", folder=folder.id)),
        ("Add the tag “Annual” to 60 courses?", "Add", everything("tag", tag="Annual")),
        ("Make Admin the owner of 60 courses?", "Save", everything("owner", owner_id=admin.id)),
    ):
        question = manager.post(f"{LIST}bulk", act, headers={"X-Dialog": "1"})
        assert question["X-Question"] == "1"
        assert asked in question.text
        assert (
            "“Lesson 00”, “Lesson 01”, “Lesson 02”, “Lesson 03”, “Lesson 04” and 55 others" in question.text
        )
        assert f">{button}</button>" in question.text
        done = manager.post(f"{LIST}bulk", {**act, "confirmed": "1"}, follow=True)
        assert "60 courses updated." in done.text
    changed = tenant.organization.course_set.filter(folder=folder, tags=["Annual"], owner=admin)
    assert set(changed) == set(sixty)
    assert "Take 60 courses out of their folders?" in manager.post(f"{LIST}bulk", everything("folder")).text
    assert "Leave 60 courses without an owner?" in manager.post(f"{LIST}bulk", everything("owner")).text


def test_more_courses_than_were_confirmed_are_refused_and_fewer_are_not(tenant, sixty, manager):
    act = everything("tag", 59, tag="Annual", confirmed="1")
    refused = manager.post(f"{LIST}bulk", act, headers={"X-Dialog": "1"})
    assert (refused.status_code, refused.json()["code"]) == (409, "selection_grew")
    assert "60 match now, and you confirmed 59." in refused.json()["detail"]
    assert not Course.objects.exclude(tags=[]).exists()
    manager.post(f"{LIST}bulk", everything("tag", 61, tag="Annual", confirmed="1"))
    assert Course.objects.filter(tags=["Annual"]).count() == 60


@pytest.mark.parametrize(
    ("matching", "status"), [("state=nothing", 422), ("since=yesterday", 422), ("search=no-such-course", 422)]
)
def test_what_no_list_asks_for_changes_no_course(sixty, manager, matching, status):
    act = everything("tag", 60, matching, tag="Annual", confirmed="1")
    assert manager.post(f"{LIST}bulk", act, headers={"X-Dialog": "1"}).status_code == status
    assert not Course.objects.exclude(tags=[]).exists()


def test_another_organizations_courses_never_match(tenant, stranger, sixty):
    theirs = Client(HTTP_HOST=APP)
    theirs.force_login(stranger.organization.memberships.get(role="manager").user)
    act = everything("tag", tag="Annual", confirmed="1")
    assert theirs.post(f"{LIST}bulk", act).status_code == 422
    assert not Course.objects.exclude(tags=[]).exists()


def test_all_that_match_are_those_within_the_limits_of_a_role(tenant, sixty, manager):
    folder = organizing.create_folder(tenant.manager, "Safety")
    organizing.organize(tenant.manager, sixty[:3], folder=folder)
    author = tenant.organization.memberships.get(role="manager")
    accounts.change_role(tenant.owner, author, Role.MANAGER, Scope(folders=(folder.id,)))
    asked = manager.post(f"{LIST}bulk", everything("tag", 60, "", tag="Annual"))
    assert "Add the tag “Annual” to 3 courses?" in asked.text
    assert "Lesson 03" not in asked.text
    manager.post(f"{LIST}bulk", everything("tag", 3, "", tag="Annual", confirmed="1"))
    assert set(Course.objects.filter(tags=["Annual"])) == set(sixty[:3])
    out = manager.post(f"{LIST}bulk", everything("folder", 3, "", confirmed="1"), headers={"X-Dialog": "1"})
    assert (out.status_code, out.json()["code"]) == (403, "outside_limits")
    assert Course.objects.filter(folder=folder).count() == 3


def test_a_change_of_many_takes_the_same_statements_however_many_they_are(tenant, sixty):
    folder, counts = organizing.create_folder(tenant.manager, "Safety"), []
    for chosen in (sixty[:5], sixty[5:]):
        with CaptureQueriesContext(connection) as statements:
            organizing.organize(tenant.manager, chosen, folder=folder, add_tags=["Annual"])
        counts.append(len(statements))
    assert counts[0] == counts[1] < 15
    assert Entry.objects.filter(verb="changed", details__after={"folder": "Safety"}).count() == 60
    assert {course.folder for course in sixty} == {folder}, "those that were handed in are current"
