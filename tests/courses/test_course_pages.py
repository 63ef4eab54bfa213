"""The pages of a course: what waits to be published, and the report of each version beside that version."""

from collections.abc import Callable

import pytest
from django.test import Client

from heliograph.core.ids import new_id
from heliograph.courses import actions, queries
from heliograph.courses.models import Course, CourseVersion
from heliograph.dispatch import actions as dispatching
from heliograph.runtime import actions as runtime


@pytest.fixture
def signed_in(tenant) -> Callable[[str], Client]:
    def sign_in(role: str) -> Client:
        client = Client()
        client.force_login(tenant.organization.memberships.get(role=role).user)
        return client

    return sign_in


@pytest.fixture
def waiting(tenant, course, import_course) -> Course:
    """A course with a second version that is not published."""
    import_course(tenant, publish=False, title="Fire safety, second edition")
    return course


def finding(version: CourseVersion, *levels: str) -> None:
    """Give a version findings, one of each level."""
    version.findings = [
        {"level": level, "code": f"a_{level}", "sentence": f"Something {level}.", "where": f"{level}.html"}
        for level in levels
    ]
    version.save(update_fields=["findings"])


def words(page: str) -> str:
    return " ".join(page.split())


TABS = ("", "versions/", "report/", "dispatches/", "releases/", "settings/", "activity/")


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_has_the_next_action_of_the_course(signed_in, waiting, tab):
    page = words(signed_in("manager").get(f"/admin/courses/{waiting.id}/{tab}").text)
    assert "Publish version 2 </button>" in page.replace("2</button>", "2 </button>")
    assert page.count('aria-current="page">') == 2, "the tab, and the link of the navigation"
    assert "Publish version 2" not in signed_in("reporter").get(f"/admin/courses/{waiting.id}/{tab}").text


def test_without_a_version_that_waits_the_next_is_a_dispatch(signed_in, course):
    page = signed_in("manager").get(f"/admin/courses/{course.id}/").text
    assert "Publish version" not in page
    assert f'class="do" href="/admin/dispatch/?new={course.key}"' in page
    assert "Create a dispatch for a customer" in page


def test_an_older_version_does_not_wait(tenant, signed_in, waiting):
    actions.publish_version(tenant.manager, queries.version(waiting, 2))
    assert "Publish version" not in signed_in("manager").get(f"/admin/courses/{waiting.id}/").text


def test_a_version_that_nobody_could_play_is_not_offered_to_be_published(signed_in, waiting):
    version = queries.version(waiting, 2)
    version.findings = [{"level": "missing", "code": "nothing_playable", "sentence": "None.", "where": ""}]
    version.save(update_fields=["findings"])
    page = signed_in("manager").get(f"/admin/courses/{waiting.id}/").text
    assert "Publish version 2" not in page
    assert "View import report" in page


def test_the_report_is_of_one_version(signed_in, waiting):
    finding(queries.version(waiting, 1), "missing")
    finding(queries.version(waiting, 2), "repaired", "advice")
    manager = signed_in("manager")
    newest = words(manager.get(f"/admin/courses/{waiting.id}/report/").text)
    assert "Something repaired." in newest
    assert newest.index("Something advice.") < newest.index("Something repaired."), "the worst first"
    assert "Something missing." not in newest
    first = manager.get(f"/admin/courses/{waiting.id}/report/?version=1").text
    assert "Something missing." in first
    assert "upload a new version" in first, "what to do"
    assert "Something repaired." not in first
    assert manager.get(f"/admin/courses/{waiting.id}/report/?version=9").status_code == 404


def test_what_to_do_next_begins_with_what_is_missing(signed_in, waiting):
    finding(queries.version(waiting, 2), "missing")
    page = words(signed_in("manager").get(f"/admin/courses/{waiting.id}/").text)
    assert page.index("1 file is missing") < page.index("Version 2 is not published")


def test_the_activity_tells_of_versions_too(signed_in, waiting):
    page = words(signed_in("manager").get(f"/admin/courses/{waiting.id}/activity/").text)
    assert "version 2" in page
    assert "imported" in page
    csv = signed_in("manager").get(f"/admin/courses/{waiting.id}/activity/?csv=1")
    assert csv["Content-Type"].startswith("text/csv")


def test_the_list_counts_dispatches_and_learners(tenant, signed_in, course, dispatch):
    for learner in ("anna", "bela"):
        runtime.register(
            tenant.manager,
            course,
            runtime.ensure_learner(tenant.organization.id, tenant.organization.id, learner),
        )
    row = signed_in("reporter").get("/admin/courses/").context["table"].rows[0]
    assert row.usage == {"dispatches": 1, "learners": 2}


@pytest.mark.parametrize(
    ("state", "titles"), [("published", ["Fire safety"]), ("waiting", []), ("unpublished", [])]
)
def test_the_list_is_narrowed_by_status(signed_in, course, state, titles):
    table = signed_in("reporter").get(f"/admin/courses/?state={state}").context["table"]
    assert [row.title for row in table.rows] == titles


def test_a_version_that_waits_is_in_the_list(signed_in, waiting):
    page = signed_in("reporter").get("/admin/courses/?state=waiting").text
    assert "Version 2 not published" in page


def test_the_list_asks_as_often_for_many_courses_as_for_few(
    tenant, signed_in, course, django_assert_max_num_queries
):
    for number in range(15):
        copy = Course.objects.create(
            id=new_id(), organization=tenant.organization, key=f"c{number}", title=f"Course {number}"
        )
        dispatching.create_destination(tenant.manager, f"Customer {copy.key}")
    reporter = signed_in("reporter")
    reporter.get("/admin/courses/")
    with django_assert_max_num_queries(14):
        assert reporter.get("/admin/courses/").status_code == 200
