"""Where a dispatch is opened: LMSs that may and may not, how learners are known there, and what each opening
leaves behind.
"""

import hashlib
import json
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from tests.fixtures import CONTENT
from tests.runtime.test_commits import LOCATION, Player

from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.core.errors import Invalid
from heliograph.core.ids import new_id
from heliograph.dispatch import actions, admission, errors, rate_limits, stub_keys
from heliograph.dispatch.deployments import actions as deployments
from heliograph.dispatch.hosted import actions as launches
from heliograph.dispatch.hosted import relay, trust
from heliograph.dispatch.models import Deployment, Destination, Session
from heliograph.dispatch.releases import actions as releases
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Learner, Registration

pytestmark = pytest.mark.django_db
LMS = "https://lms.brandt.example"


@pytest.fixture
def launch(client, dispatch):
    """A stub's question, as a browser at ``origin`` sends it."""

    def post(
        origin: str | None = LMS, key: str = "", host: str = CONTENT, headers: dict | None = None, **said
    ):
        body = json.dumps(
            {
                "learner": "anna",
                "name": "Anna",
                "standard": "scorm12",
                "stub": "2",
                "sitting": str(new_id()),
                **said,
            }
        )
        sent = {**({"Origin": origin} if origin else {}), **(headers or {})}
        return client.post(
            f"/d/{key or dispatch.stub_key}/launch",
            body,
            content_type="text/plain",
            HTTP_HOST=host,
            headers=sent,
        )

    return post


def refused(answer) -> str:
    assert answer.status_code in (403, 404), answer.content
    return answer.json()["code"]


@pytest.mark.parametrize(
    "origin",
    ["https://brandt.example", LMS, "https://deep.lms.brandt.example:8443", "https://LMS.Brandt.Example"],
)
def test_an_allowed_domain_opens_for_itself_and_what_lies_below_it(tenant, dispatch, launch, origin):
    actions.change_dispatch(tenant.manager, dispatch, allowed_domains=["https://brandt.example/"])
    assert launch(origin).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "",
        "https://evil.example",
        "https://brandt.example.evil.example",
        "https://notbrandt.example",
        "brandt.example",
        "https://[",
    ],
)
def test_other_domains_are_refused_and_take_no_place(tenant, dispatch, launch, origin):
    actions.change_dispatch(tenant.manager, dispatch, allowed_domains=["brandt.example"])
    assert refused(launch(origin)) == "domain_not_allowed"
    dispatch.refresh_from_db()
    assert (dispatch.registrations_used, dispatch.refused_count, Registration.objects.count()) == (0, 1, 0)


@pytest.mark.parametrize(
    "name",
    [
        "Referer",
        "X-Forwarded-Host",
        "X-Forwarded-For",
        "Forwarded",
        "X-Original-Host",
        "Sec-Fetch-Site",
        "X-Origin",
    ],
)
def test_no_header_that_a_page_can_write_stands_in_for_the_browsers_own(tenant, dispatch, launch, name):
    actions.change_dispatch(tenant.manager, dispatch, allowed_domains=["brandt.example"])
    assert refused(launch("https://evil.example", headers={name: LMS})) == "domain_not_allowed"


@pytest.mark.parametrize(
    "domain", ["", "brandt example", "https://", "*", "a" * 300, "brandt.example/path?x", "☀.example"]
)
def test_what_is_no_host_name_is_refused_in_a_sentence(tenant, dispatch, api, domain):
    answer = api("PATCH", f"/dispatch/{dispatch.id}", {"allowed_domains": [domain]})
    if domain == "brandt.example/path?x":  # somebody copied an address: its host is meant
        assert answer.json()["allowed_domains"] == ["brandt.example"]
    else:
        assert (answer.status_code, answer.json()["code"]) == (422, "domain_invalid")


def test_a_deployment_appears_by_itself_and_counts_launches_and_learners(dispatch, launch):
    launch(folder="/mod/scorm/7/")
    launch()
    launch(learner="boris")
    launch("https://other.example", learner="boris")
    counted = {
        deployment.domain: (deployment.launches, deployment.learners, deployment.lms_course)
        for deployment in Deployment.objects.all()
    }
    assert counted == {"lms.brandt.example": (3, 2, "/mod/scorm/7/"), "other.example": (1, 1, "")}
    dispatch.refresh_from_db()
    assert dispatch.launch_count == 4
    assert Entry.objects.filter(verb="detected").count() == 2


def test_each_opening_is_a_session_with_what_the_lms_said_of_its_learner(launch):
    launch(email="anna@brandt.example")
    session = Session.objects.get()
    said = (session.learner_identifier, session.learner_name, session.learner_email, session.completion)
    assert said == ("anna", "Anna", "anna@brandt.example", "not attempted")


def test_the_same_sitting_that_asks_again_is_one_session(launch):
    sitting = str(new_id())
    assert launch(sitting=sitting).status_code == launch(sitting=sitting).status_code == 200
    assert Session.objects.count() == Deployment.objects.get().launches == 1


def test_another_learners_sitting_is_not_taken_over(launch):
    sitting = str(new_id())
    launch(sitting=sitting)
    assert launch(sitting=sitting, learner="boris").status_code == 200
    assert sorted(Session.objects.values_list("learner_identifier", flat=True)) == ["anna", "boris"]


def test_a_sitting_that_is_used_again_hides_nothing_that_was_said_with_it(launch):
    launch()
    runtime.open_launch(Registration.objects.get().id, "normal")
    sitting = str(new_id())
    launch(sitting=sitting, learner="mallory")
    said = {
        "sitting": sitting,
        "name": "Mallory",
        "email": "mallory@elsewhere.example",
        "folder": "/scorm/7",
        "stub": "3",
        "standard": "scorm2004",
    }
    launch(**said)
    session = Session.objects.exclude(id=sitting).latest("launched_at")
    assert (session.learner_identifier, session.unconfirmed) == ("anna", True)
    assert (session.learner_name, session.learner_email, session.folder) == (
        "Mallory",
        "mallory@elsewhere.example",
        "/scorm/7",
    )
    assert (session.deployment.stub_version, session.deployment.package_format) == ("3", "scorm2004")


def test_a_session_is_linked_to_the_opening_of_the_player(launch):
    launch()
    opened = runtime.open_launch(Registration.objects.get().id, "normal")
    assert Session.objects.get().launch_id == opened.id


def test_a_wrong_clock_in_a_browser_links_the_player_to_no_other_session(launch):
    ahead, behind = "ffffffff-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000001"
    launch(sitting=ahead)
    launch(sitting=behind)
    runtime.open_launch(Registration.objects.get().id, "normal")
    assert Session.objects.get(id=behind).launch_id
    assert Session.objects.get(id=ahead).launch_id is None


def test_without_tracking_a_session_keeps_no_name_and_no_address(tenant, dispatch, launch):
    actions.change_dispatch(tenant.manager, dispatch, tracking=False)
    launch(email="anna@brandt.example")
    session = Session.objects.get()
    assert (session.learner_name, session.learner_email) == ("", "")


def test_a_suspended_deployment_opens_nothing_until_it_is_resumed(tenant, launch):
    launch()
    deployment = Deployment.objects.get()
    deployments.change_deployment(tenant.manager, deployment, suspended=True)
    assert refused(launch()) == "deployment_suspended"
    assert launch("https://other.example").status_code == 200
    deployments.change_deployment(tenant.manager, deployment, suspended=False)
    assert launch().status_code == 200
    assert list(
        Entry.objects.filter(subject_id=deployment.id).order_by("id").values_list("verb", flat=True)
    ) == [
        "detected",
        "suspended",
        "resumed",
    ]


def identify(tenant, dispatch, identity: str) -> None:
    actions.change_destination(tenant.manager, dispatch.destination, identity=identity)


def test_hashed_learners_are_the_same_whether_the_browser_or_an_older_package_asks(tenant, dispatch, launch):
    identify(tenant, dispatch, Destination.Identity.HASHED)
    expected = hashlib.sha256(f"{dispatch.destination_id}:anna".encode()).hexdigest()
    launch(learner=expected, name="", hashed=True)
    launch(learner="anna", name="Anna Ahlberg", email="anna@brandt.example")
    learner = Learner.objects.get()
    assert (learner.identifier, learner.name, learner.email) == (expected, "", "")
    assert {
        (session.learner_identifier, session.learner_name, session.learner_email)
        for session in Session.objects.all()
    } == {(expected, "", "")}


@pytest.mark.parametrize("given", ["anna@brandt.example", "A" * 64, "a" * 63])
def test_what_only_claims_to_be_hashed_is_hashed(tenant, dispatch, launch, given):
    identify(tenant, dispatch, "hashed")
    launch(learner=given, hashed=True)
    assert Learner.objects.get().identifier == trust.hashed(dispatch.destination_id, given)


def test_anonymous_learners_are_known_again_by_what_their_lms_keeps(tenant, dispatch, launch):
    identify(tenant, dispatch, Destination.Identity.ANONYMOUS)
    first = launch(learner="anna", name="Anna Ahlberg").json()
    assert first["remembered"] is True
    launch(learner="anna", keepsake=first["keepsake"])
    learner = Learner.objects.get()
    assert learner.identifier.startswith("anonymous-")
    assert learner.name == ""


def test_a_package_whose_host_has_moved_is_sent_on(tenant, dispatch, launch):
    actions.change_destination(
        tenant.manager, dispatch.destination, redirect_origin="https://new.example.org/"
    )
    assert launch().json() == {"moved": "https://new.example.org"}
    assert Session.objects.count() == 0


@pytest.mark.parametrize(
    "host",
    [
        "https://new.example.org:99999",
        "https://[new",
        "https://me@new.example.org",
        "https://new.example.org/d",
    ],
)
def test_packages_are_sent_nowhere_but_to_an_origin(tenant, dispatch, host):
    with pytest.raises(Invalid, match="is not an origin"):
        actions.change_destination(tenant.manager, dispatch.destination, redirect_origin=host)


def test_a_stub_may_ask_at_a_host_name_of_the_customers_own(launch):
    assert launch(host="learn.brandt.example").status_code == 200


def test_packages_in_the_field_work_until_the_grace_of_a_new_key_is_over(
    tenant, dispatch, launch, time_machine
):
    time_machine.move_to(clock.now())
    old = dispatch.stub_key
    stub_keys.rekey(tenant.manager, dispatch, grace_days=7)
    assert dispatch.stub_key != old
    assert launch(key=old).status_code == launch(key=dispatch.stub_key).status_code == 200
    time_machine.shift(timedelta(days=8))
    assert refused(launch(key=old)) == "package_replaced"
    assert launch(key=dispatch.stub_key).status_code == 200


def test_a_stolen_package_can_be_stopped_at_once(tenant, dispatch, launch):
    old = dispatch.stub_key
    stub_keys.rekey(tenant.manager, dispatch, grace_days=0)
    assert refused(launch(key=old)) == "package_replaced"


def version_of(registration: Registration) -> int:
    return runtime.open_launch(registration.id, "normal").attempt.version.number


def test_a_new_version_reaches_chosen_destinations_first_and_then_all_or_none(
    tenant, course, dispatch, import_course
):
    import_course(tenant, "course", publish=False)
    other = actions.create_dispatch(
        tenant.manager, course, actions.create_destination(tenant.manager, "Ostrava")
    )
    second = course.versions.get(number=2)
    releases.release_to(tenant.manager, second, [dispatch.destination])
    anna = admission.admit(dispatch, "anna")
    assert (version_of(anna), version_of(admission.admit(other, "anna"))) == (2, 1)
    releases.take_back(tenant.manager, course)
    assert version_of(admission.admit(dispatch, "boris")) == 1
    assert version_of(anna) == 2, "who is in the middle stays there"


def test_many_dispatches_are_changed_at_once_and_each_for_itself(tenant, course, dispatch, api):
    used = actions.create_dispatch(tenant.manager, course, dispatch.destination)
    admission.admit(used, "anna")
    done = api("POST", "/dispatch/bulk", {"dispatches": [str(dispatch.id), used.key], "enabled": False})
    assert done.json() == {"changed": 2, "refused": []}
    assert api("GET", "/dispatch?state=disabled").json()["items"][1]["id"] == str(dispatch.id)
    gone = api(
        "POST", "/dispatch/bulk", {"dispatches": [str(dispatch.id), str(used.id)], "delete": True}
    ).json()
    assert (gone["changed"], gone["refused"][0]["code"]) == (1, "dispatch_in_use")
    assert api("POST", "/dispatch/bulk", {"dispatches": []}).status_code == 422


def test_an_lms_that_asks_too_often_is_told_to_wait_and_the_others_are_not(dispatch, launch, monkeypatch):
    monkeypatch.setattr(launches, "LAUNCHES", rate_limits.DeploymentRate(3 * settings.HELIOGRAPH.web_workers))
    assert [launch().status_code for _ in range(4)] == [200, 200, 200, 429]
    waiting = launch()
    assert waiting.json()["code"] == "rate_limited"
    assert int(waiting["Retry-After"]) >= 1
    assert launch("https://lms.other.example").status_code == 200
    assert Session.objects.filter(dispatch=dispatch).count() == 4


def test_names_that_are_made_up_do_not_lift_the_limit(launch, monkeypatch):
    monkeypatch.setattr(launches, "LAUNCHES", rate_limits.DeploymentRate(2 * settings.HELIOGRAPH.web_workers))
    statuses = [
        launch(f"https://made-up-{number}.example").status_code
        for number in range(2 * rate_limits.OF_A_DISPATCH + 1)
    ]
    assert statuses == [200] * 2 * rate_limits.OF_A_DISPATCH + [429]


def test_a_name_that_is_longer_than_any_costs_no_more_memory_than_the_longest(dispatch):
    rate = rate_limits.DeploymentRate(1 * settings.HELIOGRAPH.web_workers)
    rate.spend(dispatch.id, f"https://{'a' * rate_limits.LONGEST_HOST}")
    with pytest.raises(errors.RateLimited):
        rate.spend(dispatch.id, f"https://{'a' * 400_000}")


def test_receipts_are_limited_too(client, dispatch, launch, monkeypatch):
    monkeypatch.setattr(relay, "RECEIPTS", rate_limits.DeploymentRate(1 * settings.HELIOGRAPH.web_workers))
    report = json.dumps({"token": launch().json()["receipts"], "sitting": str(new_id()), "writes": []})
    answers = [
        client.post(f"/d/{dispatch.stub_key}/receipts", report, content_type="text/plain", HTTP_HOST=CONTENT)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 429]


def test_what_a_killed_sitting_owes_the_lms_is_told_once(client, launch):
    with time_machine.travel(clock.now(), tick=False) as passing:
        player = Player(
            client,
            Registration.objects.get(
                id=launch(learner="anna", total_time="0000:00:00").json()["registration"]
            ),
        )
        passing.shift(timedelta(minutes=30))
        player.commit(1, [LOCATION, "2"])  # the LMS heard nothing of it
        said = launch(learner="anna", entry="resume", total_time="0000:00:00").json()
        assert said["owed_centiseconds"] == 180_000
        again = Player(client, Registration.objects.get())
        passing.shift(timedelta(minutes=1))
        assert again.commit(1, [LOCATION, "3"]).json()["relay"]["session_centiseconds"] == 6_000


def test_time_spent_in_another_activity_or_lms_with_the_same_course_is_told_to_neither(client, launch):
    spent = 0

    def sit(minutes: int, sequence: int = 1) -> None:
        nonlocal spent
        player = Player(client, Registration.objects.get())
        passing.shift(timedelta(minutes=minutes))
        player.commit(sequence, [LOCATION, str(spent)])
        spent += minutes

    first, second, elsewhere = (
        {"folder": "/activity/1/"},
        {"folder": "/activity/2/"},
        {"folder": "/activity/1/", "origin": "https://other.example"},
    )
    with time_machine.travel(clock.now(), tick=False) as passing:
        launch(learner="anna", entry="ab-initio", total_time="0000:00:00", **first)
        sit(10)
        launch(learner="anna", entry="ab-initio", total_time="0000:00:00", **second)
        sit(20)
        assert (
            launch(learner="anna", entry="resume", total_time="0000:10:00", **first).json()[
                "owed_centiseconds"
            ]
            == 0
        )
        sit(5)
        assert (
            launch(learner="anna", entry="resume", total_time="0000:20:00", **second).json()[
                "owed_centiseconds"
            ]
            == 0
        )
        sit(1)  # and is killed
        assert (
            launch(learner="anna", entry="resume", total_time="0000:20:00", **second).json()[
                "owed_centiseconds"
            ]
            == 6_000
        )
        launch(learner="anna", entry="ab-initio", total_time="0000:00:00", **elsewhere)
        sit(40)
        assert (
            launch(learner="anna", entry="resume", total_time="0000:15:00", **first).json()[
                "owed_centiseconds"
            ]
            == 0
        )
