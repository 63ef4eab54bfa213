"""Embedded packages talk to us: the handshake that opens a session, and the events that are told of it, in
whatever order they come.
"""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook
from tests.builders import Sco
from tests.fixtures import APP, CONTENT

from heliograph.core.clock import epoch_seconds, now
from heliograph.core.ids import new_id
from heliograph.core.secrets import tokens
from heliograph.dispatch import actions, downloads, rules
from heliograph.dispatch import rate_limits as rates
from heliograph.dispatch.embedded import actions as embedded
from heliograph.dispatch.embedded import callback
from heliograph.dispatch.hosted.trust import hashed
from heliograph.dispatch.licenses import actions as licensing
from heliograph.dispatch.models import (
    Deployment,
    Destination,
    Dispatch,
    EmbeddedProgress,
    LateAdmission,
    RelayReceipt,
    Session,
    SessionEvent,
)
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.dispatch.results import agreement
from heliograph.runtime.models import Registration

LMS = "https://lms.brandt.example"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes....").decode()


@pytest.fixture(autouse=True)
def _fresh():
    rates.CALLBACKS.forget()
    callback._routes.clear()


@pytest.fixture
def dispatch(dispatch):
    """One whose packages hold the content."""
    dispatch.embedded_since = now()
    dispatch.save()
    return dispatch


@pytest.fixture
def shake(client, dispatch):
    """A handshake: ``shake(sitting=…, learner=…)``; its answer."""

    def post(key: str = "", origin: str = LMS, **said):
        said = {
            "learner": "anna",
            "name": "Anna",
            "mode_of_package": "embedded",
            "sitting": str(new_id()),
            "scos": ["sco-1.html"],
            **said,
        }
        door = f"/d/{key or dispatch.stub_key}/launch"
        return client.post(
            door, json.dumps(said), content_type="text/plain", HTTP_HOST=CONTENT, HTTP_ORIGIN=origin
        )

    return post


@pytest.fixture
def tell(client, dispatch):
    """Events by a token, at the door that packages use."""

    def post(token: str, *events, door: str = "content"):
        body = json.dumps({"token": token, "events": events})
        if door == "content":
            return client.post(
                f"/d/{dispatch.stub_key}/events",
                body,
                content_type="text/plain",
                HTTP_HOST=CONTENT,
                HTTP_ORIGIN=LMS,
            )
        return client.post(
            "/api/dispatch/callback", body, content_type="application/json", HTTP_HOST=APP, HTTP_ORIGIN=LMS
        )

    return post


def state(sequence: int, ago: int = 0, **body):
    return {
        "sequence": sequence,
        "kind": "state",
        "ago": ago,
        "body": {"completion": "incomplete", "sco": "sco-1.html", **body},
    }


def end(sequence: int, ago: int = 0):
    return {"sequence": sequence, "kind": "end", "ago": ago, "body": {}}


def test_a_handshake_opens_a_session_that_is_named_as_the_package_named_it(dispatch, shake):
    sitting = new_id()
    answer = shake(sitting=str(sitting), stub="1", standard="scorm12")
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == LMS
    assert "Set-Cookie" not in answer
    assert answer.json()["session"] == str(sitting)
    assert answer.json()["reporting"] is True
    session = Session.objects.get()
    assert (session.id, session.embedded, session.learner_identifier, session.learner_name) == (
        sitting,
        True,
        "anna",
        "Anna",
    )
    deployment = Deployment.objects.get()
    assert (deployment.domain, deployment.launches, deployment.learners) == ("lms.brandt.example", 1, 1)
    registration = Registration.objects.get()
    assert registration.launch_count == 1
    dispatch.refresh_from_db()
    assert (dispatch.registrations_used, dispatch.launch_count) == (1, 1)


def test_the_same_handshake_again_is_the_same_session_with_a_fresh_token_whatever_the_limits_say_now(
    tenant, dispatch, shake
):
    sitting = str(new_id())
    first = shake(sitting=sitting).json()
    actions.change_dispatch(tenant.manager, dispatch, enabled=False)
    with time_machine.travel(now() + timedelta(minutes=5)):
        again = shake(sitting=sitting).json()
    assert again["session"] == first["session"] == sitting
    assert again["callback"] != first["callback"]
    assert Session.objects.count() == 1
    assert Registration.objects.get().launch_count == 1


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"enabled": False}, "dispatch_disabled"),
        ({"expires_at": now() - timedelta(days=1)}, "dispatch_expired"),
        ({"new_learners_allowed": False}, "new_learners_not_allowed"),
    ],
)
def test_who_is_not_let_in_is_told_at_the_beginning_and_is_recorded_when_nobody_could_tell_them(
    tenant, dispatch, shake, limits, code
):
    actions.change_dispatch(tenant.manager, dispatch, **limits)
    refused = shake()
    assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert not Session.objects.exists()
    late = shake(began_ago=90_000)
    assert late.status_code == 200
    session = Session.objects.get()
    assert timedelta(seconds=89) < now() - session.launched_at < timedelta(seconds=120)
    assert Registration.objects.get().first_launched_at == session.launched_at
    dispatch.refresh_from_db()
    assert dispatch.registrations_used == 1


def test_another_learning_system_is_refused_whenever_it_comes(dispatch, shake):
    Dispatch.objects.update(allowed_domains=["brandt.example"])
    assert shake().status_code == 200
    assert shake(origin="https://elsewhere.example").json()["code"] == "domain_not_allowed"
    Deployment.objects.update(suspended=True)
    assert shake().json()["code"] == "deployment_suspended"
    assert shake(origin="https://elsewhere.example", began_ago=1000).json()["code"] == "domain_not_allowed"
    assert {deployment.domain for deployment in Deployment.objects.all()} == {"lms.brandt.example"}


def test_a_host_that_moved_says_where_to(dispatch, shake):
    Destination.objects.update(redirect_origin="https://new.example")
    assert shake().json() == {"moved": "https://new.example"}


def test_a_destination_that_wants_hashes_is_given_nothing_else(dispatch, shake):
    Destination.objects.update(identity="hashed")
    shake()
    session = Session.objects.get()
    assert (session.learner_identifier, session.learner_name) == (hashed(dispatch.destination_id, "anna"), "")


@pytest.mark.parametrize("mode", ["browse", "review"])
def test_an_lms_that_previews_or_reviews_reports_nothing(shake, mode):
    shake()
    answer = shake(mode=mode).json()
    assert (answer["reporting"], answer["callback"]) == (False, "")
    assert Session.objects.count() == 1


def test_a_course_is_not_previewed_after_its_license(tenant, dispatch, shake):
    licensing.attach(
        tenant.manager, dispatch, starts_at=now() - timedelta(days=2), expires_at=now() - timedelta(days=1)
    )
    assert shake(mode="browse").json()["code"] == "dispatch_expired"


def test_a_switched_off_course_is_not_previewed_either(tenant, dispatch, shake):
    actions.change_dispatch(tenant.manager, dispatch, enabled=False)
    assert shake(mode="browse").json()["code"] == "dispatch_disabled"


def test_a_session_is_nobody_elses(tenant, course, shake):
    sitting = str(new_id())
    shake(sitting=sitting)
    assert shake(sitting=sitting, learner="boris").json()["code"] == "sitting_taken"
    other = actions.create_dispatch(
        tenant.manager, course, actions.create_destination(tenant.manager, "Elsewhere")
    )
    downloads.record_download(tenant.manager, other, "scorm12", embedded=True)
    assert shake(sitting=sitting, key=other.stub_key).json()["code"] == "sitting_taken"
    assert shake(sitting="mine").json()["code"] == "sitting_invalid"


def test_a_learner_whom_the_lms_hides_is_known_again_by_the_keepsake(shake):
    first = shake(learner="").json()
    shake(learner="", keepsake=first["keepsake"])
    shake(learner="")
    assert Registration.objects.count() == 2


def test_the_apps_door_lets_a_page_of_any_origin_send_any_header_also_into_a_private_network(client):
    asked = {
        "Origin": LMS,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-requested-with",
        "Access-Control-Request-Private-Network": "true",
    }
    answer = client.options("/api/dispatch/callback", HTTP_HOST=APP, headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Allow-Headers"] == "content-type,x-requested-with"
    assert answer["Access-Control-Allow-Private-Network"] == "true"
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize("door", ["content", "app"])
def test_a_state_reaches_the_session_and_the_registration(shake, tell, door):
    answer = shake().json()
    body: dict[str, Any] = {
        "completion": "completed",
        "success": "passed",
        "score_scaled": 0.9,
        "score_raw": 90,
        "score_min": 0,
        "score_max": 100,
    }
    told = tell(
        answer["callback"],
        state(
            1,
            **body,
            progress=1,
            centiseconds=3000,
            measured=False,
            elements={"cmi.core.lesson_location": "3"},
        ),
        end(2),
        door=door,
    )
    assert (told.status_code, told.json()) == (200, {"stored": 2})
    assert told["Access-Control-Allow-Origin"] == (LMS if door == "content" else "*")
    assert "Set-Cookie" not in told
    for row in (Session.objects.get(), Registration.objects.get()):
        assert {name: getattr(row, name) for name in body} == body
    session, registration = Session.objects.get(), Registration.objects.get()
    assert session.data == {"sco-1.html": {"cmi.core.lesson_location": "3"}}
    assert session.ended_at is not None
    assert (session.centiseconds, registration.total_centiseconds, registration.progress) == (3000, 3000, 1)
    assert registration.completed_at is not None
    assert registration.first_launched_at is not None
    assert registration.last_activity_at is not None
    assert registration.last_activity_at >= registration.first_launched_at
    assert {event.kind for event in SessionEvent.objects.all()} == {"state", "end"}


def test_events_lie_in_the_month_of_their_session(shake, tell):
    sitting = new_id()
    tell(shake(sitting=str(sitting)).json()["callback"], state(1))
    event = SessionEvent.objects.get()
    assert event.id.bytes[:6] == sitting.bytes[:6]
    assert event.id.version == 7
    assert event.id == callback.event_id(sitting, 1) != callback.event_id(sitting, 2)


def test_the_same_event_again_changes_nothing(shake, tell):
    token = shake().json()["callback"]
    for _ in range(3):
        assert tell(token, state(1, completion="completed", centiseconds=500)).json()["stored"] == 1
    assert SessionEvent.objects.count() == 1
    assert Registration.objects.get().total_centiseconds == 500


def test_a_late_event_is_kept_with_its_own_time_and_takes_nothing_back(shake, tell):
    token = shake().json()["callback"]
    tell(token, state(5, completion="completed", success="passed", centiseconds=900))
    tell(token, state(3, ago=3_600_000, completion="incomplete", centiseconds=100))
    session, registration = Session.objects.get(), Registration.objects.get()
    assert (session.completion, session.sequence, registration.completion, registration.success) == (
        "completed",
        5,
        "completed",
        "passed",
    )
    assert registration.total_centiseconds == 900
    late = SessionEvent.objects.get(sequence=3)
    assert now() - late.happened_at > timedelta(minutes=59)


def test_the_end_of_a_session_does_not_keep_its_last_state_out(shake, tell):
    token = shake().json()["callback"]
    tell(token, end(2))
    tell(token, state(1, completion="completed"))
    assert Session.objects.get().completion == "completed"


def test_an_earlier_sitting_that_reports_later_changes_its_session_and_not_the_outcome(shake, tell):
    first, second = shake().json()["callback"], shake().json()["callback"]
    tell(second, state(1, completion="completed", success="passed", centiseconds=200))
    tell(first, state(1, ago=86_400_000, completion="incomplete", centiseconds=100))
    registration = Registration.objects.get()
    assert (registration.completion, registration.success, registration.total_centiseconds) == (
        "completed",
        "passed",
        300,
    )
    assert {session.completion for session in Session.objects.all()} == {"completed", "incomplete"}
    assert registration.launch_count == 2
    assert Deployment.objects.get().learners == 1


def test_an_lms_that_begins_an_attempt_anew_takes_no_result_back(shake, tell):
    first, second = shake().json()["callback"], shake().json()["callback"]
    tell(first, state(1, ago=86_400_000, completion="completed", success="passed", score_raw=90))
    tell(second, state(1, completion="incomplete"))
    registration = Registration.objects.get()
    assert (registration.completion, registration.success, registration.score_raw) == (
        "completed",
        "passed",
        90,
    )
    tell(second, state(2, completion="completed", success="failed", score_raw=20))
    registration = Registration.objects.get()
    assert (registration.completion, registration.success, registration.score_raw) == (
        "completed",
        "failed",
        20,
    )


def test_however_often_a_learner_comes_back_what_is_kept_of_it_stays_small(shake, tell):
    tell(
        shake().json()["callback"],
        state(1, ago=40 * 86_400_000, completion="completed", success="passed", score_raw=90),
    )
    for days in range(30, 0, -1):
        tell(
            shake().json()["callback"],
            state(1, ago=days * 86_400_000, completion="incomplete", score_raw=days if days == 20 else None),
        )
    registration = Registration.objects.get()
    assert (registration.completion, registration.success, registration.score_raw) == (
        "completed",
        "passed",
        20,
    )
    assert len(EmbeddedProgress.objects.get().scos["sco-1.html"]) <= 2 * embedded.SESSIONS_APART + 1


def test_a_course_with_two_scos_is_completed_with_the_second(tenant, import_course, shake, tell):
    course = import_course(tenant, key="two", scos=(Sco("a", "A", "a.html"), Sco("b", "B", "b.html")))
    dispatch = actions.create_dispatch(
        tenant.manager, course, actions.create_destination(tenant.manager, "Two")
    )
    downloads.record_download(tenant.manager, dispatch, "scorm12", embedded=True)
    seen = []
    for sco, score in (("a.html", 0.5), ("b.html", 1.0)):
        token = shake(key=dispatch.stub_key, scos=["a.html", "b.html"]).json()["callback"]
        tell(
            token,
            state(1, completion="completed", success="passed", score_scaled=score, sco=sco, centiseconds=100),
        )
        registration = Registration.objects.get(dispatch_id=dispatch.id)
        seen.append(
            (
                registration.completion,
                registration.success,
                registration.progress,
                registration.score_scaled,
                registration.total_centiseconds,
            )
        )
    assert seen == [("incomplete", "unknown", 0.5, 0.5, 100), ("completed", "passed", 1, 0.75, 200)]
    token = shake(key=dispatch.stub_key, scos=["a.html", "b.html"]).json()["callback"]
    tell(token, state(1, completion="completed", success="failed", sco="a.html"))
    assert Registration.objects.get(dispatch_id=dispatch.id).success == "failed"


def test_what_a_former_version_of_the_course_had_no_longer_counts(shake, tell):
    tell(
        shake(scos=["old.html", "sco-1.html"]).json()["callback"],
        state(1, completion="completed", sco="old.html"),
    )
    shake(scos=["sco-1.html"])
    assert EmbeddedProgress.objects.get().scos == {}


def test_without_tracking_nothing_is_kept_beyond_the_outcome(dispatch, shake, tell):
    Dispatch.objects.update(tracking=False)
    tell(
        shake().json()["callback"], state(1, completion="completed", elements={"cmi.suspend_data": "secret"})
    )
    session = Session.objects.get()
    assert (session.learner_name, session.data, session.completion) == ("", {}, "completed")
    assert SessionEvent.objects.get().body["elements"] == {}


def test_a_token_is_renewed_by_an_answer_when_it_is_half_spent_and_lasts_for_a_day(shake, tell):
    token = shake().json()["callback"]
    assert "token" not in tell(token, state(1)).json()
    with time_machine.travel(now() + timedelta(hours=13)):
        fresh = tell(token, state(2)).json()["token"]
    with time_machine.travel(now() + timedelta(hours=25)):
        refused = tell(token, state(3))
        assert (refused.status_code, refused.json()["code"]) == (401, "token_expired")
        assert tell(fresh, state(3)).status_code == 200


def test_a_course_that_says_nothing_for_an_hour_is_heard_when_it_speaks(shake, tell):
    token = shake().json()["callback"]
    with time_machine.travel(now() + timedelta(minutes=65)):
        assert tell(token, state(1, success="passed")).status_code == 200


@pytest.mark.parametrize("by", [{"measured": True}, {"elements": {"cmi.core.lesson_status": "passed"}}])
def test_a_clock_that_was_moved_ahead_makes_no_sitting_longer_than_it_was(shake, tell, by):
    opened = shake().json()
    tell(opened["callback"], state(1, centiseconds=720_000, **by))
    assert Session.objects.get(id=opened["session"]).centiseconds < 60_00
    assert Registration.objects.get().total_centiseconds < 60_00


def test_the_time_that_a_course_reports_itself_is_the_courses(shake, tell):
    tell(shake().json()["callback"], state(1, centiseconds=720_000, measured=False))
    assert Registration.objects.get().total_centiseconds == 720_000


def test_a_result_that_the_lms_was_not_asked_to_save_is_not_yet_written(shake, tell):
    token = shake().json()["callback"]
    shown = []
    for sequence, unsaved in enumerate([[], ["cmi.core.lesson_status"], ["cmi.suspend_data"]], 1):
        tell(token, state(sequence, success="passed", unsaved=unsaved))
        registration_in_lms: Any = agreement.with_state(Registration.objects.all()).get()
        shown.append(registration_in_lms.lms_state)
    assert shown == ["confirmed", "not_written", "confirmed"]


def test_a_token_of_another_door_session_or_dispatch_tells_nothing(
    tenant, course, dispatch, shake, tell, settings
):
    answer = shake().json()
    session = UUID(answer["session"])
    secret = settings.HELIOGRAPH.secret_key.encode()
    other = actions.create_dispatch(
        tenant.manager, course, actions.create_destination(tenant.manager, "Elsewhere")
    )
    later = epoch_seconds() + 100
    made_up = [
        "", "x", "ü", "A" * 50, answer["keepsake"],
        tokens.sign(secret, f"callback:{other.id}", session, later),
        tokens.sign(secret, "callback:", session, later),
        tokens.sign(b"another secret", f"callback:{dispatch.id}", session, later),
    ]  # fmt: skip
    for token in made_up[1:]:
        refused = tell(token, state(1))
        assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid"), token
    assert tell("", state(1), door="app").json()["code"] == "signature_missing"
    assert tell("", state(1)).json()["code"] == "token_invalid"
    assert not SessionEvent.objects.exists()


def test_a_session_that_was_deleted_says_so(shake, tell):
    token = shake().json()["callback"]
    tell(token, state(1))
    Registration.objects.get().delete()
    assert tell(token, state(2)).json()["code"] == "session_not_found"
    assert not SessionEvent.objects.exists()  # what it had told went with it


BROKEN = [
    b"", b"[]", b"{}", b'{"token": 1, "events": []}', b'{"events": [], "token": "x"}',
    b'{"events": [{"sequence": 0, "kind": "state", "body": {}}]}',
    b'{"events": [{"sequence": 1, "kind": "other", "body": {}}]}',
    b'{"events": [{"sequence": 1, "kind": "state", "body": {"completion": "done"}}]}',
    b'{"events": [{"sequence": 1, "kind": "state", "body": {"score_raw": 1e999}}]}',
    b'{"events": [{"sequence": 1, "kind": "state"}]}',
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN)
@pytest.mark.parametrize(("door", "host"), [("/d/any/events", CONTENT), ("/api/dispatch/callback", APP)])
def test_what_cannot_be_read_is_refused_with_a_code(client, db, body, door, host):
    answer = client.post(door, body, content_type="text/plain", HTTP_HOST=host)
    assert (answer.status_code, answer.json()["code"]) == (422, "events_unreadable")


def test_a_nul_in_an_element_is_stored_as_the_sign_for_what_cannot_be_shown(shake, tell):
    tell(shake().json()["callback"], state(1, elements={"cmi.comments": "a\x00b"}))
    assert Session.objects.get().data["sco-1.html"]["cmi.comments"] == "a\ufffdb"


def test_what_the_lms_refused_or_changed_is_in_the_ledger_once(dispatch, shake, tell):
    session = shake().json()
    refused = {"element": "cmi.core.lesson_status", "written": "passed", "kept": "", "error": "405"}
    for _ in range(2):
        tell(session["callback"], state(1, unkept=[refused]))
    [receipt] = RelayReceipt.objects.filter(dispatch=dispatch)
    assert (receipt.written, receipt.error, receipt.agrees, str(receipt.page_load_id)) == (
        "passed",
        "405",
        False,
        session["session"],
    )
    assert receipt.deployment is not None
    assert (receipt.deployment.domain, receipt.registration.learner.identifier) == (
        "lms.brandt.example",
        "anna",
    )


def test_without_tracking_the_ledger_keeps_no_word_of_the_course(tenant, dispatch, shake, tell):
    actions.change_dispatch(tenant.manager, dispatch, tracking=False)
    tell(
        shake().json()["callback"],
        state(1, unkept=[{"element": "cmi.comments", "written": "my address is …"}]),
    )
    assert not RelayReceipt.objects.exists()
    assert not SessionEvent.objects.get().body["unkept"]


def test_a_learner_nobody_could_refuse_is_counted_by_the_license_beyond_its_limit(tenant, dispatch, shake):
    license = licensing.attach(tenant.manager, dispatch, registration_limit=1, learner_limit=1)
    assert shake(learner="anna").status_code == 200
    assert shake(learner="boris").status_code == 403
    assert shake(learner="boris", began_ago=90_000).status_code == 200
    assert shake(learner="boris", began_ago=80_000).status_code == 200
    license.refresh_from_db()
    assert (license.registrations_used, license.learners_used, license.launches_used) == (2, 2, 3)


def test_who_was_admitted_late_is_no_known_learner_and_is_shown(tenant, dispatch, shake, api):
    actions.change_dispatch(tenant.manager, dispatch, registration_limit=1)
    shake(learner="anna")
    late = shake(learner="boris", began_ago=90_000).json()
    assert late["reporting"] is True
    assert shake(learner="boris").json()["code"] == "registration_limit_reached"
    assert LateAdmission.objects.get().refusal == "registration_limit_reached"
    assert api("GET", f"/dispatch/{dispatch.id}").json()["late_admissions"] == 1
    actions.change_dispatch(tenant.manager, Dispatch.objects.get(), registration_limit=3)
    assert shake(learner="boris").status_code == 200  # now there is a place
    counted = Dispatch.objects.get()
    assert (counted.registrations_used, counted.late_admissions, LateAdmission.objects.count()) == (2, 0, 0)


def test_so_many_are_admitted_late_and_no_more(tenant, dispatch, shake, monkeypatch):
    monkeypatch.setattr(rules, "MOST_LATE", 3)
    actions.change_dispatch(tenant.manager, dispatch, enabled=False)
    answers = [shake(learner=f"learner-{number}", began_ago=1).status_code for number in range(5)]
    assert sorted(answers) == [200, 200, 200, 403, 403]
    assert shake(learner="learner-0", began_ago=1).status_code == 200  # whose result is here already
    assert Registration.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_learner_whose_windows_come_online_together_is_admitted_late_once(tenant, dispatch, shake):
    actions.change_dispatch(tenant.manager, dispatch, enabled=False)
    together = Barrier(6)

    def work(_):
        try:
            together.wait()
            return shake(learner="boris", began_ago=1).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(work, range(6))) == {200}
    counted = Dispatch.objects.get()
    assert (counted.late_admissions, counted.registrations_used, LateAdmission.objects.count()) == (1, 1, 1)


def test_a_dispatch_whose_packages_never_held_the_content_takes_no_word_of_one_that_does(tenant, shake):
    # It is to be one, and no package was made yet.
    Dispatch.objects.update(embedded_since=None, mode="embedded")
    for lie in ({}, {"began_ago": 1}, {"began_ago": 1, "mode": "review"}, {"mode": "browse"}):
        assert shake(**lie).json()["code"] == "package_not_embedded"
    assert not Registration.objects.exists()


def test_making_a_package_that_holds_the_content_is_what_lets_it_speak(tenant, dispatch, shake, api):
    Dispatch.objects.update(embedded_since=None)
    api("GET", f"/dispatch/{dispatch.id}/package?mode=hosted")
    assert shake().status_code == 403
    b"".join(api("GET", f"/dispatch/{dispatch.id}/package?mode=embedded").streaming_content)
    assert shake().status_code == 200


def test_the_organizations_server_is_told_of_what_came_late_too(tenant, dispatch, shake, tell):
    token = shake().json()["callback"]
    postbacks.set_address(tenant.manager, dispatch, "https://office.northlight.example/heliograph")
    tell(token, state(1, completion="completed", ago=3 * 86_400_000))
    assert postbacks.follow() == 1
    assert dispatch.postbacks.get().kind == "registration.completed"


def test_a_deployment_that_sends_too_much_is_told_when_to_come_again(shake, tell, monkeypatch):
    monkeypatch.setattr(
        callback, "CALLBACKS", rates.RefusingRateLimit(3 * django_settings.HELIOGRAPH.web_workers)
    )
    token, elsewhere = shake().json()["callback"], shake(origin="https://other.example").json()["callback"]
    statuses = [tell(token, state(number + 1)).status_code for number in range(4)]
    refused = tell(token, state(9))
    assert statuses == [200, 200, 200, 429]
    assert refused.json()["code"] == "rate_limited"
    assert 1 <= int(refused["Retry-After"]) <= 20
    assert refused["Access-Control-Expose-Headers"] == "Retry-After"
    assert tell(elsewhere, state(1)).status_code == 200


def sign(
    body: bytes, secret: str = SECRET, moment: datetime | None = None, identifier: str = "msg_1"
) -> dict[str, str]:
    moment = moment or datetime.now(UTC)
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(identifier, moment, body.decode()),
    }


@pytest.fixture
def signed(client, dispatch, shake):
    """A signed message of a server; headers may be replaced."""
    Dispatch.objects.update(signing_secret=SECRET)
    session = shake().json()["session"]

    def post(headers=None, **changed):
        message = {
            "dispatch": str(dispatch.id),
            "session": session,
            "events": [state(1, completion="completed")],
            **changed,
        }
        body = json.dumps(message).encode()
        headers = headers(body) if callable(headers) else sign(body) if headers is None else headers
        return client.post(
            "/api/dispatch/callback", body, content_type="application/json", headers=headers, HTTP_HOST=APP
        )

    return post


def test_a_server_that_signs_its_message_needs_no_token(signed):
    assert signed().json() == {"stored": 1}
    assert Registration.objects.get().completion == "completed"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "signature_missing"),
        ({"webhook-id": "msg_1", "webhook-timestamp": "1"}, "signature_missing"),
        (lambda body: sign(body, "whsec_" + base64.b64encode(b"another").decode()), "signature_invalid"),
        (lambda body: sign(body + b" "), "signature_invalid"),
        (lambda body: sign(body, moment=datetime.now(UTC) - timedelta(minutes=6)), "signature_invalid"),
        (lambda body: sign(body, moment=datetime.now(UTC) + timedelta(minutes=6)), "signature_invalid"),
        (lambda body: {**sign(body), "webhook-timestamp": str(epoch_seconds() - 1)}, "signature_invalid"),
        (lambda body: {**sign(body), "webhook-signature": "v1"}, "signature_invalid"),
        (lambda body: {**sign(body), "webhook-signature": "v1,ü"}, "signature_invalid"),
    ],
)
def test_a_wrong_missing_or_old_signature_is_refused(signed, headers, code):
    answer = signed(headers)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert not SessionEvent.objects.exists()


def test_a_signature_opens_no_other_dispatchs_sessions_and_none_without_a_secret(tenant, course, signed):
    other = actions.create_dispatch(
        tenant.manager, course, actions.create_destination(tenant.manager, "Elsewhere")
    )
    assert signed(dispatch=str(other.id)).json()["code"] == "signature_invalid"
    Dispatch.objects.filter(id=other.id).update(signing_secret=SECRET)
    assert signed(dispatch=str(other.id)).json()["code"] == "session_not_found"
    assert signed(session="nothing").json()["code"] == "session_not_found"
    assert signed(dispatch="nothing").json()["code"] == "signature_invalid"


@pytest.mark.django_db(transaction=True)
def test_messages_of_many_sessions_at_once_neither_wait_for_each_other_for_ever_nor_lose_anything(
    dispatch, shake, tell
):
    """One learner in several windows, on several devices: handshakes and events of all of them in parallel
    threads.
    """
    scos = [f"{n}.html" for n in range(4)]
    answers = [shake(scos=scos).json() for _ in range(8)]

    def work(which: int) -> list[int]:
        try:
            codes = []
            for n in range(10):
                body: dict[str, Any] = {
                    "sco": scos[which % 4],
                    "completion": "completed",
                    "success": "passed",
                    "centiseconds": (n + 1) * 10,
                }
                codes.append(tell(answers[which]["callback"], state(n + 1, **body)).status_code)
                if n == 5:
                    codes.append(shake(scos=scos).status_code)
            return codes
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert {code for codes in pool.map(work, range(8)) for code in codes} == {200}
    registration = Registration.objects.get()
    assert (registration.completion, registration.success, registration.total_centiseconds) == (
        "completed",
        "passed",
        800,
    )
    assert registration.launch_count == 16
    assert SessionEvent.objects.count() == 80


COMPLETIONS, SUCCESSES = ["incomplete", "completed"], ["unknown", "passed", "failed"]
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(COMPLETIONS),
        st.sampled_from(SUCCESSES),
        st.none() | st.integers(0, 100),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.tuples(EVENTS, EVENTS), data=st.data())
def test_any_interleaving_duplication_loss_and_reordering_ends_in_the_state_of_the_last_events(
    db, shake, tell, told, data
):
    """Two sittings send their events in batches, in any order, again and again; each event arrives at least
    once.
    """
    rates.CALLBACKS.forget()
    learner = str(new_id())
    sittings = [shake(learner=learner).json(), shake(learner=learner).json()]
    messages = []
    for which, answer in enumerate(sittings):
        events = [
            state(
                n + 1,
                ago=(2 - which) * 10_000_000 - n * 1000,
                completion=completion,
                success=success,
                score_raw=score,
                centiseconds=n * 10,
            )
            for n, (completion, success, score, _) in enumerate(told[which])
        ] + [end(len(told[which]) + 1)]
        messages += [(answer["callback"], [event]) for event in events]
        batch = data.draw(st.lists(st.sampled_from(events), min_size=1, max_size=5))
        messages.append((answer["callback"], batch))
    repeated = data.draw(st.lists(st.sampled_from(messages), max_size=8))
    for token, events in data.draw(st.permutations([*messages, *repeated])):
        assert tell(token, *events).status_code == 200

    for answer, events in zip(sittings, told, strict=True):
        session = Session.objects.get(id=answer["session"])
        assert (session.completion, session.success, session.score_raw) == events[-1][:3]
        assert (session.sequence, session.ended_at is not None) == (len(events), True)
        assert SessionEvent.objects.filter(session_id=session.id).count() == len(events) + 1
    earlier, later = (events[-1] for events in told)
    registration = Registration.objects.get(learner__identifier=learner)
    assert registration.completion == ("completed" if "completed" in (earlier[0], later[0]) else "incomplete")
    assert registration.success == (later[1] if later[1] != "unknown" else earlier[1])
    assert registration.score_raw == (later[2] if later[2] is not None else earlier[2])
    assert registration.total_centiseconds == sum(len(events) - 1 for events in told) * 10
    if registration.completion == "completed":
        assert registration.completed_at
