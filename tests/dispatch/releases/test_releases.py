"""A new version goes to chosen destinations first, then to all, or back; page and API say who has it."""

import pytest
from django.test import Client

from heliograph.audit.models import Entry
from heliograph.core.errors import Invalid
from heliograph.courses import actions as courses
from heliograph.dispatch import actions, admission
from heliograph.dispatch.releases import actions as releases
from heliograph.runtime import actions as runtime


@pytest.fixture
def ostrava(tenant, course):
    return actions.create_dispatch(
        tenant.manager, course, actions.create_destination(tenant.manager, "Ostrava", "ostrava")
    )


@pytest.fixture
def second(course, import_course, tenant):
    import_course(tenant, "course", publish=False)
    return course.versions.get(number=2)


def version_of(dispatch, learner):
    return runtime.open_launch(admission.admit(dispatch, learner).id, "normal").attempt.version.number


def getting(course):
    course.refresh_from_db()
    return {
        assignment.destination.name: (
            assignment.version and assignment.version.number,
            assignment.first,
            assignment.learners,
        )
        for assignment in releases.version_assignments(course)
    }


def test_who_gets_which_version_and_where_their_learners_are(tenant, course, dispatch, ostrava, second):
    version_of(dispatch, "anna")
    releases.release_to(tenant.manager, second, [dispatch.destination])
    version_of(dispatch, "boris")
    version_of(ostrava, "carla")
    admission.admit(ostrava, "dora")
    assert getting(course) == {"Brandt Logistics": (2, True, {1: 1, 2: 1}), "Ostrava": (1, False, {1: 1})}


def test_one_destination_goes_back_and_the_other_stays_ahead(tenant, course, dispatch, ostrava, second):
    releases.release_to(tenant.manager, second, [dispatch.destination, ostrava.destination])
    releases.take_back(tenant.manager, course, [dispatch.destination])
    assert (version_of(dispatch, "anna"), version_of(ostrava, "anna")) == (1, 2)
    assert (
        Entry.objects.get(verb__startswith="rolled back early").details["destinations"] == "Brandt Logistics"
    )


def test_once_published_nobody_is_ahead_any_more_not_even_after_a_roll_back(tenant, course, dispatch, second):
    releases.release_to(tenant.manager, second, [dispatch.destination])
    courses.publish_version(tenant.manager, second)
    assert not releases.ahead(course).exists()
    courses.publish_version(tenant.manager, course.versions.get(number=1))
    assert version_of(dispatch, "anna") == 1


def test_who_got_a_still_newer_version_first_keeps_it(tenant, course, dispatch, second, import_course):
    import_course(tenant, "course", publish=False)
    releases.release_to(tenant.manager, course.versions.get(number=3), [dispatch.destination])
    courses.publish_version(tenant.manager, second)
    assert version_of(dispatch, "anna") == 3


def test_a_version_that_everybody_has_is_not_released_first(tenant, course, dispatch, second):
    with pytest.raises(Invalid, match="newer than the published one"):
        releases.release_to(tenant.manager, course.versions.get(number=1), [dispatch.destination])
    with pytest.raises(Invalid, match="at least one"):
        releases.release_to(tenant.manager, second, [])


def test_the_api_takes_one_destination_back(api, course, dispatch, ostrava, second):
    api("POST", f"/courses/{course.id}/versions/2/release", {"destinations": ["brandt", "ostrava"]})
    assert api("DELETE", f"/courses/{course.id}/releases?destination=brandt").status_code == 204
    assert api("GET", f"/courses/{course.id}/releases").json() == [
        {"destination": str(ostrava.destination_id), "version": 2}
    ]
    assert api("DELETE", f"/courses/{course.id}/releases?destination=nowhere").status_code == 404


def test_the_page_releases_takes_back_and_publishes(tenant, course, dispatch, ostrava, second):
    client = Client()
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    page = f"/admin/courses/{course.id}/releases/"
    assert "Publish version 2" in client.get(page).content.decode()
    assert client.post(f"{page}new", {"version": "2"}).status_code == 422
    client.post(f"{page}new", {"version": "2", "destination": str(dispatch.destination_id)})
    assert "Early release" in client.get(page).content.decode()
    assert "(early release)" in client.get(f"/admin/courses/{course.id}/versions/").content.decode()
    assert client.post(f"{page}back").status_code == 422
    client.post(f"{page}back", {"destination": str(dispatch.destination_id), "confirmed": "1"})
    assert "Early release" not in client.get(page).content.decode()
    assert Entry.objects.filter(verb="started early release of").count() == 1


def test_the_page_asks_as_often_for_many_destinations_as_for_few(
    tenant, course, dispatch, second, django_assert_max_num_queries
):
    client = Client()
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    for number in range(20):
        actions.create_dispatch(
            tenant.manager, course, actions.create_destination(tenant.manager, f"Customer {number}")
        )
    with django_assert_max_num_queries(14):
        assert client.get(f"/admin/courses/{course.id}/releases/").status_code == 200
