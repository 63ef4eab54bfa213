"""Courses kept in order: folders, tags, and who answers for them."""

import csv
import io

import pytest
from django.test import Client
from tests.fixtures import APP

from heliograph.accounts import actions as accounts
from heliograph.audit.models import Entry
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.roles import Role
from heliograph.courses import organizing
from heliograph.courses.errors import FolderInUse, FolderNotFound
from heliograph.courses.models import Folder

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
