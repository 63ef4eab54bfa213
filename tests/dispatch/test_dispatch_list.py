"""The list of dispatches: states that count licenses too, bars of what is used, bulk work, and the same
questions for any number.
"""

import io
import itertools
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from heliograph.core.clock import now
from heliograph.dispatch import actions, admission, downloads, states
from heliograph.dispatch.licenses import actions as licensing
from heliograph.dispatch.licenses import usage
from heliograph.dispatch.models import Destination, Dispatch, License


@pytest.fixture
def manager(tenant):
    client = Client()
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    return client


@pytest.fixture
def make(tenant, course):
    """More dispatches, each for a destination of its own."""

    def made(count, name="Customer", **settings):
        return [
            actions.create_dispatch(
                tenant.manager,
                course,
                actions.create_destination(tenant.manager, f"{name} {number}"),
                **settings,
            )
            for number in range(count)
        ]

    return made


def fresh(dispatch):
    return Dispatch.objects.get(id=dispatch.id)


def state(dispatch):
    return states.state_of(fresh(dispatch))


def test_a_used_up_license_makes_a_dispatch_full_and_the_next_one_opens_it_again(tenant, dispatch):
    licensing.attach(tenant.manager, dispatch, registration_limit=1)
    admission.admit(dispatch, "anna")
    assert state(dispatch) == "full"
    licensing.attach(tenant.manager, dispatch, registration_limit=5)
    assert state(dispatch) == "active"


def test_ended_licenses_make_it_expired(tenant, dispatch):
    license = licensing.attach(tenant.manager, dispatch)
    licensing.end(tenant.manager, license)
    assert state(dispatch) == "expired"


def test_a_destinations_license_counts_for_dispatches_that_have_none_of_their_own(tenant, dispatch):
    ended = licensing.attach(tenant.manager, dispatch.destination)
    licensing.end(tenant.manager, ended)
    assert state(dispatch) == "expired"
    licensing.attach(tenant.manager, dispatch, registration_limit=5)
    assert state(dispatch) == "active"


LICENSES: dict[str, dict[str, Any] | None] = {
    "none": None,
    "open": {},
    "room": {"registration_limit": 5, "registrations_used": 4},
    "full": {"registration_limit": 5, "registrations_used": 5},
    "grace": {"learner_limit": 10, "learners_used": 10, "grace_share": 10},
    "launched": {"launch_limit": 10, "launches_used": 11, "grace_share": 10},
    "downloaded": {"download_limit": 1, "downloads_used": 1},
    "ended": {"ended_at": now()},
    "over": {"expires_at": now() - timedelta(days=2)},
    "to come": {"starts_at": now() + timedelta(days=2)},
    "late": {"expires_at": now() - timedelta(days=2), "grace_days": 3},
}


OWN_LIMITS: list[dict[str, Any]] = [
    {},
    {"enabled": False},
    {"expires_at": now() - timedelta(days=1)},
    {"registration_limit": 1, "registrations_used": 1},
]


def test_the_database_and_the_rules_agree_on_every_state(tenant, course):
    """Every pair of own licenses, every one beside each of the destination's, and each of the dispatch's own
    limits.
    """
    pairs = itertools.product(LICENSES, LICENSES)
    cases: list[tuple[str, str, str, dict[str, Any]]] = [
        *((own, other, "none", {}) for own, other in pairs),
        *itertools.product(LICENSES, ["none"], LICENSES, OWN_LIMITS),
    ]
    for number, (own, second, theirs, limits) in enumerate(cases):
        destination = Destination.objects.create(
            organization=tenant.organization, key=str(number), name=f"{own} {second} {theirs} {limits}"
        )
        dispatch = Dispatch.objects.create(
            organization=tenant.organization,
            key=str(number),
            name=destination.name,
            course=course,
            destination=destination,
            **limits,
        )
        for name, owner in (
            (own, {"dispatch": dispatch}),
            (second, {"dispatch": dispatch}),
            (theirs, {"destination": destination}),
        ):
            license = LICENSES[name]
            if license is not None:
                License.objects.create(organization=tenant.organization, name=name, **owner, **license)
    by_the_rules = {
        dispatch.name: states.state_of(dispatch) for dispatch in usage.load(Dispatch.objects.all())
    }
    by_the_database = {
        dispatch.name: word
        for word in states.STATES
        for dispatch in states.dispatches(tenant.organization.id, state=word)
    }
    assert by_the_database == by_the_rules
    assert sum(
        states.dispatches(tenant.organization.id, state=word).count() for word in states.STATES
    ) == len(cases)
    assert set(by_the_rules.values()) == set(states.STATES)


def test_the_states_are_counted_and_each_dispatch_is_in_one(tenant, dispatch, make):
    more = make(4)
    actions.change_dispatch(tenant.manager, more[0], enabled=False)
    actions.change_dispatch(tenant.manager, more[1], expires_at=now() - timedelta(days=1))
    licensing.end(tenant.manager, licensing.attach(tenant.manager, more[2]))
    licensing.attach(tenant.manager, more[3], registration_limit=1)
    admission.admit(more[3], "anna")
    assert states.state_counts(tenant.organization.id) == {
        "": 5,
        "active": 1,
        "full": 1,
        "upcoming": 0,
        "disabled": 1,
        "expired": 2,
    }


def test_a_dispatch_whose_license_has_not_begun_is_not_open_yet_and_one_that_waits_for_the_next_is_full(
    tenant, dispatch, make
):
    licensing.attach(tenant.manager, dispatch, name="Spring", learner_limit=1)
    licensing.attach(tenant.manager, dispatch, name="Summer", starts_at=now() + timedelta(days=30))
    assert state(dispatch) == "active"
    admission.admit(dispatch, "anna")
    assert state(dispatch) == "full"
    [another] = make(1)
    licensing.attach(tenant.manager, another, starts_at=now() + timedelta(days=30))
    assert state(another) == "upcoming"


def test_the_bar_shows_what_is_fullest_of_the_license_and_the_own_places(tenant, dispatch):
    assert usage.uses(fresh(dispatch)) == []
    actions.change_dispatch(tenant.manager, dispatch, registration_limit=100)
    licensing.attach(tenant.manager, dispatch, name="Basic", registration_limit=10, launch_limit=4)
    admission.admit(dispatch, "anna")
    admission.admit(dispatch, "anna")
    uses = usage.uses(fresh(dispatch))
    assert [(use.what, use.used, use.limit, use.license) for use in uses] == [
        ("launches", 2, 4, "Basic"),
        ("registrations", 1, 10, "Basic"),
        ("learners", 1, 100, ""),
    ]


def test_a_dispatch_ends_with_its_last_license_or_before(tenant, dispatch):
    soon, later = now() + timedelta(days=5), now() + timedelta(days=50)
    licensing.attach(tenant.manager, dispatch, expires_at=soon)
    assert usage.ends_at(fresh(dispatch)) == soon
    licensing.attach(tenant.manager, dispatch, expires_at=later)
    assert usage.ends_at(fresh(dispatch)) == later
    actions.change_dispatch(tenant.manager, dispatch, expires_at=soon)
    assert usage.ends_at(fresh(dispatch)) == soon
    actions.change_dispatch(tenant.manager, dispatch, expires_at=None)
    licensing.attach(tenant.manager, dispatch)
    assert usage.ends_at(fresh(dispatch)) is None


def asked(client, address):
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as queries_made:
        answer = client.get(address)
        assert answer.status_code == 200
        assert b"".join(answer) if answer.streaming else answer.content
    return len(queries_made)


@pytest.mark.parametrize(
    "address", ["/admin/dispatch/", "/admin/dispatch/?csv=1", "/admin/dispatch/?state=active&search=cust"]
)
def test_the_list_asks_as_often_for_fifty_dispatches_as_for_five(tenant, manager, make, address):
    for dispatch in make(5):
        licensing.attach(tenant.manager, dispatch, registration_limit=10)
    few = asked(manager, address)
    for dispatch in make(45, "More customers"):
        licensing.attach(tenant.manager, dispatch.destination, registration_limit=10)
    assert asked(manager, address) == few
    assert few <= 14


def test_the_apis_list_does_too(tenant, api, make):
    def asked_by_api():
        with CaptureQueriesContext(connection) as made:
            assert api("GET", "/dispatch?limit=200").status_code == 200
        return len(made)

    make(5)
    api("GET", "/dispatch")
    few = asked_by_api()
    for dispatch in make(45, "More customers"):
        licensing.attach(tenant.manager, dispatch, registration_limit=10)
    assert asked_by_api() == few


def test_the_pages_of_the_list_follow_each_other(manager, make):
    made = {str(dispatch.id) for dispatch in make(55)}
    first, second = (manager.get(f"/admin/dispatch/?page={page}").text for page in (1, 2))
    ids = [re.findall(r'name="dispatch"\s+value="([^"]+)"', page) for page in (first, second)]
    assert [len(page) for page in ids] == [50, 5]
    assert {*ids[0], *ids[1]} == made
    assert "1–50 of 55" in first
    assert "51–55 of 55" in second


def test_what_is_ticked_is_switched_extended_and_deleted(tenant, manager, make):
    three = make(3)
    chosen = [str(dispatch.id) for dispatch in three[:2]]
    manager.post("/admin/dispatch/bulk", {"dispatch": chosen, "do": "off"})
    assert [fresh(dispatch).enabled for dispatch in three] == [False, False, True]
    manager.post("/admin/dispatch/bulk", {"dispatch": chosen, "do": "on"})
    manager.post("/admin/dispatch/bulk", {"dispatch": chosen, "do": "extend", "expires_at": "2031-05-01"})
    assert [fresh(dispatch).expires_at and fresh(dispatch).expires_at.year for dispatch in three] == [
        2031,
        2031,
        None,
    ]
    admission.admit(three[0], "anna")
    answer = manager.post(
        "/admin/dispatch/bulk", {"dispatch": chosen, "do": "delete", "confirmed": "1"}, follow=True
    ).content.decode()
    assert "1 dispatch deleted" in answer
    assert "Disable it instead" in answer
    assert Dispatch.objects.filter(id__in=chosen).count() == 1
    assert manager.post("/admin/dispatch/bulk", {"dispatch": chosen[:1], "do": "paint"}).status_code == 422


def unzipped(answer):
    return zipfile.ZipFile(io.BytesIO(b"".join(answer)))


def test_the_packages_of_what_is_ticked_come_in_one_zip_and_each_counts_as_a_download(tenant, manager, make):
    hosted, embedded, full = make(3)
    actions.change_dispatch(tenant.manager, embedded, mode="embedded")
    licensing.attach(tenant.manager, full, download_limit=1)
    downloads.record_download(tenant.manager, full, "scorm12")
    chosen = [str(dispatch.id) for dispatch in (hosted, embedded, full)]
    archive = unzipped(manager.post("/admin/dispatch/bulk", {"dispatch": chosen, "do": "download"}))
    assert archive.testzip() is None
    assert archive.namelist() == [f"{hosted.key}-scorm12.zip", f"{embedded.key}-embedded.zip", "LEFT OUT.txt"]
    assert (
        "imsmanifest.xml" in zipfile.ZipFile(io.BytesIO(archive.read(f"{hosted.key}-scorm12.zip"))).namelist()
    )
    assert (
        "heliograph/course.html"
        in zipfile.ZipFile(io.BytesIO(archive.read(f"{embedded.key}-embedded.zip"))).namelist()
    )
    assert full.key in archive.read("LEFT OUT.txt").decode()
    assert [fresh(dispatch).download_count for dispatch in (hosted, embedded, full)] == [1, 1, 1]


def test_the_api_downloads_many_packages(tenant, api, make):
    first, second = make(2)
    archive = unzipped(
        api("GET", f"/dispatch/packages?dispatch={first.key}&dispatch={second.id}&format=scorm2004-4th")
    )
    assert len(archive.namelist()) == 2
    assert api("GET", "/dispatch/packages").json()["code"] == "no_package_left"
    assert api("GET", f"/dispatch/packages?dispatch={first.key}&format=fax").status_code == 400
    assert api("GET", "/dispatch/packages?dispatch=nothing").status_code == 404
