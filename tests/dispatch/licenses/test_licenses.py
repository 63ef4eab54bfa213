"""Licenses: what each limit lets in, that none is ever passed, and what the organization is told in time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.delivery.models import Mail
from heliograph.dispatch import actions, admission, downloads, errors
from heliograph.dispatch.licenses import actions as licensing
from heliograph.dispatch.licenses import enforcement
from heliograph.dispatch.licenses import rules as license_rules
from heliograph.dispatch.models import Admission, Dispatch, License, LicenseLearner, Postback, Seat
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Registration

pytestmark = pytest.mark.django_db


@pytest.fixture
def licensed(tenant, dispatch):
    """Attaches a license to the dispatch."""

    def attach(**limits) -> License:
        return licensing.attach(tenant.manager, dispatch, **limits)

    return attach


@pytest.fixture
def calendar(time_machine):
    """Time that can be moved on: ``calendar.shift(timedelta(days=3))``."""
    time_machine.move_to(clock.now())
    return time_machine


def used(license: License) -> dict[str, int]:
    license.refresh_from_db()
    return {count: getattr(license, f"{count}_used") for count in license_rules.COUNTS}


def admit(dispatch: Dispatch, *learners: str) -> None:
    for learner in learners:
        admission.admit(dispatch, learner)


def said(license: License) -> list[tuple[str, int]]:
    entries = (
        Entry.objects.filter(subject_id=license.id, verb__startswith="used ")
        .exclude(verb__startswith="used up")
        .order_by("id")
    )
    return [(entry.details["what"], entry.details["share"]) for entry in entries]


@pytest.mark.parametrize(
    ("limit", "refusal"),
    [
        ("registration_limit", "registration_limit_reached"),
        ("learner_limit", "learner_limit_reached"),
        ("launch_limit", "launch_limit_reached"),
    ],
)
def test_a_full_license_refuses_the_next_new_learner_and_leaves_nothing_of_them_behind(
    dispatch, licensed, limit, refusal
):
    license = licensed(**{limit: 2})
    admit(dispatch, "anna", "boris")
    with pytest.raises(errors.LaunchRefused) as refused:
        admission.admit(dispatch, "carla")
    assert refused.value.problem_code == refusal
    assert used(license) == {"registrations": 2, "learners": 2, "launches": 2, "downloads": 0}
    assert (
        Registration.objects.filter(dispatch_id=dispatch.id).count()
        == Admission.objects.count()
        == LicenseLearner.objects.count()
        == 2
    )
    dispatch.refresh_from_db()
    assert (dispatch.registrations_used, dispatch.refused_count) == (2, 1)


@pytest.mark.parametrize("limit", ["registration_limit", "learner_limit", "launch_limit"])
def test_a_full_license_lets_those_in_who_were_here_before(dispatch, licensed, limit):
    license = licensed(**{limit: 1})
    admit(dispatch, "anna", "anna", "anna")
    assert used(license)["launches"] == 3
    assert used(license)["registrations"] == 1


def test_a_learner_on_two_courses_is_one_learner_and_two_registrations(tenant, dispatch, import_course):
    license = licensing.attach(tenant.manager, dispatch.destination, learner_limit=1)
    other = actions.create_dispatch(tenant.manager, import_course(tenant, "other"), dispatch.destination)
    admit(dispatch, "anna")
    admit(other, "anna")
    assert used(license) == {"registrations": 2, "learners": 1, "launches": 2, "downloads": 0}
    with pytest.raises(errors.LearnersUsedUp):
        admission.admit(other, "boris")


def test_a_dispatch_with_its_own_license_takes_nothing_from_its_destinations(tenant, dispatch, licensed):
    shared = licensing.attach(tenant.manager, dispatch.destination, registration_limit=1)
    own = licensed(registration_limit=5)
    admit(dispatch, "anna", "boris")
    assert used(shared)["registrations"] == 0
    assert used(own)["registrations"] == 2


def test_when_a_license_is_used_up_the_next_one_follows(dispatch, licensed):
    first, renewal = licensed(registration_limit=1), licensed(registration_limit=1)
    admit(dispatch, "anna", "boris")
    assert (used(first)["registrations"], used(renewal)["registrations"]) == (1, 1)
    assert first.ended_at
    with pytest.raises(errors.LimitReached):
        admission.admit(dispatch, "carla")
    admit(dispatch, "anna")
    assert used(renewal)["launches"] == 2


def test_when_a_term_is_over_the_next_license_follows_and_after_the_last_nobody_enters(
    dispatch, licensed, calendar
):
    first = licensed(expires_at=clock.now() + timedelta(days=30))
    second = licensed(expires_at=clock.now() + timedelta(days=60))
    admit(dispatch, "anna")
    calendar.shift(timedelta(days=31))
    admit(dispatch, "boris")
    assert (used(first)["registrations"], used(second)["registrations"]) == (1, 1)
    calendar.shift(timedelta(days=31))
    for learner in ("anna", "carla"):
        with pytest.raises(errors.Expired):
            admission.admit(dispatch, learner)


def test_a_grace_keeps_the_door_open_after_the_term_and_beyond_the_count(dispatch, licensed, calendar):
    licensed(expires_at=clock.now() + timedelta(days=1), grace_days=7, registration_limit=10, grace_share=20)
    admit(dispatch, *(f"learner-{number}" for number in range(12)))
    with pytest.raises(errors.LimitReached):
        admission.admit(dispatch, "one too many")
    calendar.shift(timedelta(days=7))
    admit(dispatch, "learner-1")
    calendar.shift(timedelta(days=2))
    with pytest.raises(errors.Expired):
        admission.admit(dispatch, "learner-1")


def test_a_license_that_begins_later_opens_nothing_before(dispatch, licensed, calendar):
    licensed(starts_at=clock.now() + timedelta(days=3))
    with pytest.raises(errors.NotStarted):
        admission.admit(dispatch, "anna")
    calendar.shift(timedelta(days=4))
    admit(dispatch, "anna")


def test_each_learners_access_lasts_from_their_own_first_launch(dispatch, licensed, calendar):
    licensed(access_days=10)
    anna = admission.admit(dispatch, "anna")
    runtime.open_launch(anna.id, "normal")
    calendar.shift(timedelta(days=9))
    boris = admission.admit(dispatch, "boris")
    runtime.open_launch(boris.id, "normal")
    admit(dispatch, "anna")
    calendar.shift(timedelta(days=2))
    with pytest.raises(errors.AccessEnded):
        admission.admit(dispatch, "anna")
    admit(dispatch, "boris")
    with pytest.raises(errors.AccessEnded):
        runtime.open_launch(anna.id, "normal")


def test_seats_are_for_those_who_learn_at_this_moment_and_free_again_when_nothing_is_heard_of_them(
    dispatch, licensed, calendar
):
    license = licensed(seat_limit=2)
    admit(dispatch, "anna", "boris", "anna")
    assert enforcement.seats_taken(license) == 2
    for newcomer in ("carla", "carla"):
        with pytest.raises(errors.NoSeatFree):
            admission.admit(dispatch, newcomer)
    assert used(license)["registrations"] == 2
    calendar.shift(timedelta(minutes=10))
    # A commit arrives.
    Registration.objects.filter(learner__identifier="anna").update(last_activity_at=clock.now())
    calendar.shift(timedelta(minutes=6))
    admit(dispatch, "carla")
    assert {str(seat.registration_id) for seat in Seat.objects.all()} == {
        str(registration.id)
        for registration in Registration.objects.filter(learner__identifier__in=["anna", "carla"])
    }
    with pytest.raises(errors.NoSeatFree):
        admission.admit(dispatch, "boris")


def test_a_seat_is_free_as_soon_as_its_learner_has_left(dispatch, licensed):
    licensed(seat_limit=1)
    launch = runtime.open_launch(admission.admit(dispatch, "anna").id, "normal")
    with pytest.raises(errors.NoSeatFree):
        admission.admit(dispatch, "boris")
    launch.ended_at = clock.now()
    launch.save()
    admit(dispatch, "boris")


def test_downloads_are_counted_and_end_with_the_license(tenant, dispatch, licensed):
    license = licensed(download_limit=1)
    downloads.record_download(tenant.manager, dispatch, "scorm12")
    with pytest.raises(Forbidden) as refused:
        downloads.record_download(tenant.manager, dispatch, "scorm12")
    assert refused.value.problem_code == "download_limit_reached"
    assert used(license)["downloads"] == 1
    dispatch.refresh_from_db()
    assert dispatch.download_count == 1


def test_each_share_of_a_count_is_said_once_and_only_the_loudest_of_several(dispatch, licensed):
    license = licensed(registration_limit=20)
    admit(dispatch, *(f"learner-{number}" for number in range(20)))
    admit(dispatch, "learner-1", "learner-2")
    assert said(license) == [
        ("registrations", 75),
        ("registrations", 90),
        ("registrations", 95),
        ("registrations", 100),
    ]
    small = licensed(registration_limit=1)
    admit(dispatch, "one more")
    assert said(small) == [("registrations", 100)]


def test_those_who_manage_licenses_are_written_to_once_for_each_share(dispatch, licensed):
    licensed(name="License 2026", registration_limit=4)
    admit(dispatch, "anna", "boris", "carla", "carla")
    [letter] = Mail.objects.all()
    assert sorted(letter.to) == [
        "admin@northlight.example",
        "manager@northlight.example",
        "owner@northlight.example",
    ]
    assert letter.subject == "License 2026: 75% of registrations used"
    assert f"/admin/dispatch/{dispatch.id}/" in letter.text


def test_the_organizations_server_is_told_of_each_share_once(tenant, dispatch, licensed):
    postbacks.set_address(tenant.manager, dispatch, "https://office.northlight.example/heliograph")
    license = licensed(registration_limit=4)
    admit(dispatch, "anna", "boris", "carla", "carla")
    [told] = Postback.objects.filter(dispatch=dispatch, kind="license.warning")
    assert told.body["data"]["license"] == {"id": str(license.id), "name": license.name}
    assert (told.body["data"]["what"], told.body["data"]["share"]) == ("registrations", 75)
    assert told.body["data"]["dispatch"]["id"] == str(dispatch.id)


def test_a_destinations_license_is_told_to_each_address_once(tenant, dispatch, import_course):
    other = actions.create_dispatch(tenant.manager, import_course(tenant, "other"), dispatch.destination)
    for either in (dispatch, other):
        postbacks.set_address(tenant.manager, either, "https://office.northlight.example/heliograph")
    licensing.attach(tenant.manager, dispatch.destination, registration_limit=1)
    admit(dispatch, "anna")
    assert [told.body["data"]["share"] for told in Postback.objects.filter(kind="license.warning")] == [100]


def test_the_shares_of_a_term_are_said_by_the_chore(licensed, calendar):
    license = licensed(starts_at=clock.now(), expires_at=clock.now() + timedelta(days=100))
    for days in (74, 2, 0, 15, 5, 5):
        calendar.shift(timedelta(days=days))
        enforcement.warn_of_terms()
    assert said(license) == [("term", 75), ("term", 90), ("term", 95), ("term", 100)]
    license.refresh_from_db()
    assert license.ended_at


def test_counters_can_be_reset_and_history_stays(tenant, dispatch, licensed):
    license = licensed(registration_limit=2, learner_limit=2)
    admit(dispatch, "anna", "boris")
    licensing.reset_counters(tenant.manager, license)
    assert used(license)["registrations"] == 0
    admit(dispatch, "carla", "dora")
    assert said(license).count(("registrations", 100)) == 2
    assert sorted(Admission.objects.values_list("period", flat=True)) == [1, 1, 2, 2]
    reset = Entry.objects.get(subject_id=license.id, verb="reset usage of")
    assert reset.details["counted"]["registrations"] == 2


def test_a_raised_limit_brings_a_used_up_license_back(tenant, dispatch, licensed):
    first = licensed(registration_limit=1)
    licensed(registration_limit=1)
    admit(dispatch, "anna", "boris")
    licensing.change(tenant.manager, first, registration_limit=5)
    admit(dispatch, "carla")
    assert used(first)["registrations"] == 2


def test_the_dispatchs_own_switch_and_expiry_still_come_first(tenant, dispatch, licensed):
    licensed(registration_limit=5)
    actions.change_dispatch(tenant.manager, dispatch, enabled=False)
    with pytest.raises(errors.Disabled):
        admission.admit(dispatch, "anna")


@pytest.mark.parametrize(
    "limits",
    [
        {"registration_limit": 0},
        {"registration_limit": True},
        {"seat_limit": 1_000_000},
        {"grace_share": 101},
        {"grace_days": -1},
        {"color": "red"},
        {"starts_at": clock.now(), "expires_at": clock.now() - timedelta(days=1)},
    ],
)
def test_limits_that_make_no_sense_are_refused_in_a_sentence(licensed, limits):
    with pytest.raises(Invalid) as refused:
        licensed(**limits)
    assert refused.value.sentence.endswith(".")


def test_a_reporter_changes_no_license(tenant, dispatch, licensed):
    license = licensed()
    reporter = tenant.actors[Role.REPORTER]
    for forbidden in (
        lambda: licensing.attach(reporter, dispatch),
        lambda: licensing.change(reporter, license, registration_limit=1),
        lambda: licensing.reset_counters(reporter, license),
        lambda: licensing.end(reporter, license),
    ):
        with pytest.raises(Forbidden):
            forbidden()


def test_the_page_says_when_a_new_license_starts_and_what_has_no_limit(tenant, dispatch):
    client = Client()
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    add = f"/admin/dispatch/{dispatch.id}/licenses"
    answer = client.post(add, {"name": "2026", "registration_limit": "5"}, follow=True).text
    assert "License “2026” added.<" in answer.replace("\n", "").replace(" <", "<")
    assert "Unlimited: learners (0), launches (0), downloads (0)" in answer
    answer = client.post(add, {"name": "2027"}, follow=True).text
    assert "License “2027” added. It starts when “2026” ends." in answer
    assert "Scheduled next" in answer


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", ["registration_limit", "learner_limit", "seat_limit"])
def test_200_first_launches_at_once_pass_no_limit(tenant, dispatch, licensed, limit):
    license = licensed(**{limit: 50})

    def first_launch(number: int) -> bool:
        try:
            admission.admit(dispatch, f"learner-{number}-{new_id()}")
        except errors.LaunchRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(20) as pool:
        admitted = sum(pool.map(first_launch, range(200)))
    assert (
        admitted
        == used(license)["registrations"]
        == Registration.objects.filter(dispatch_id=dispatch.id).count()
        == 50
    )
