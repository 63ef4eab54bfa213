"""Versions of a course: published, gone back to, downloaded as they came, compared by file."""

import pytest
from tests.builders import Sco, build_package
from tests.fixtures import version_of

from heliograph.audit.models import Entry
from heliograph.core.caches import BoundedCache
from heliograph.core.errors import Forbidden, NotFound
from heliograph.core.roles import Role
from heliograph.courses import actions, queries
from heliograph.courses.imports import importing
from heliograph.courses.models import Course
from heliograph.runtime import queries as runtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_versions(tenant, import_course) -> Course:
    import_course(tenant, "fire", scos=[Sco("one", "One", "one.html"), Sco("two", "Two", "two.html")])
    return import_course(
        tenant,
        "fire",
        publish=False,
        scos=[Sco("one", "One, again", "one.html"), Sco("three", "Three", "three.html")],
    )


def number(api, course) -> int:
    return api("GET", f"/courses/{course.id}").json()["published_version"]


def test_a_new_version_waits_until_it_is_published_and_can_be_taken_back(api, two_versions):
    assert number(api, two_versions) == 1
    assert api("POST", f"/courses/{two_versions.id}/versions/2/publish").json()["published_version"] == 2
    assert number(api, two_versions) == 2
    assert api("POST", f"/courses/{two_versions.id}/versions/1/publish").status_code == 200
    assert number(api, two_versions) == 1


def test_publishing_is_in_the_journal_with_who_did_it(tenant, two_versions):
    actions.publish_version(tenant.manager, queries.version(two_versions, 2))
    entry = Entry.objects.filter(organization_id=tenant.organization.id).order_by("-id").first()
    assert entry is not None
    assert "publish" in entry.verb
    assert entry.actor_id == tenant.manager.id


def test_versions_are_listed_with_the_published_one_marked(api, two_versions):
    listed = {
        version["number"]: version["published"]
        for version in api("GET", f"/courses/{two_versions.id}/versions").json()
    }
    assert listed == {1: True, 2: False}


def test_a_version_is_downloaded_byte_for_byte_as_it_came(api, tenant, tmp_path):
    sent = tmp_path / "fire safety.zip"
    came = build_package(sent)
    job = importing.run(actions.start_import(tenant.manager, sent, sent.name, "fire", True, run_here=True).id)
    answer = api("GET", f"/courses/{version_of(job).course_id}/versions/1/package")
    assert b"".join(answer) == came
    assert 'filename="fire safety.zip"' in answer["Content-Disposition"]


def test_two_versions_are_compared_by_file(api, two_versions):
    changes = {
        change["path"]: change["change"]
        for change in api("GET", f"/courses/{two_versions.id}/versions/2/changes?since=1").json()
    }
    assert changes == {
        "imsmanifest.xml": "changed",
        "one.html": "changed",
        "two.html": "removed",
        "three.html": "added",
    }


def test_a_reporter_publishes_nothing(tenant, two_versions, api_as):
    with pytest.raises(Forbidden):
        actions.publish_version(tenant.actors[Role.REPORTER], queries.version(two_versions, 2))
    assert (
        api_as(tenant, Role.REPORTER)("POST", f"/courses/{two_versions.id}/versions/2/publish").status_code
        == 403
    )


def test_a_version_that_is_not_there_is_not_found(two_versions):
    with pytest.raises(NotFound):
        queries.version(two_versions, 9)


def test_structures_in_memory_are_bounded_by_their_bytes(tenant, import_course, monkeypatch):
    first, two = (import_course(tenant, key=key).published_id for key in ("one", "two"))
    weight = queries.structure_weight(queries.frozen(first).structure)
    for module, name in ((queries, "FROZEN"), (runtime, "TREES")):
        monkeypatch.setattr(module, name, BoundedCache(weight + weight // 2))
    for version in (first, two):
        assert runtime.tree(version).title == "Fire safety"
    assert (len(queries.FROZEN), len(runtime.TREES)) == (1, 1)
