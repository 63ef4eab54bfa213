"""What a manager puts right by hand stands against whatever a window still sends, can be taken back, and
leaves its trace in the audit log.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test import Client
from tests.fixtures import CONTENT

from heliograph.audit.models import Entry
from heliograph.core.clock import now
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.dispatch import admission
from heliograph.dispatch.completion_receipts import actions as completion_receipts
from heliograph.dispatch.embedded import callback
from heliograph.dispatch.hosted import actions as launching
from heliograph.dispatch.hosted.launch_request import LaunchRequest
from heliograph.dispatch.licenses import actions as licensing
from heliograph.dispatch.models import Dispatch, EmbeddedProgress, Session
from heliograph.runtime import actions, corrections
from heliograph.runtime.errors import NotByHand, ReasonMissing
from heliograph.runtime.models import Attempt, Launch, Registration, RuntimeCall

STATUS, LOCATION, RAW = "cmi.core.lesson_status", "cmi.core.lesson_location", "cmi.core.score.raw"
LMS = "https://lms.brandt.example"


class Player:
    """A browser's side of the protocol, by hand."""

    def __init__(self, client, registration, mode="normal"):
        self.client = client
        self.session = actions.player_address(registration, mode).rstrip("/").rsplit("/", 1)[1]
        self.opened = self.post("open", {}, self.session).json()
        self.token = self.opened["token"]

    def post(self, door, body, token=None):
        return self.client.post(
            f"/play/{token or self.token}/{door}",
            json.dumps(body),
            content_type="text/plain",
            HTTP_HOST=CONTENT,
        )

    def commit(self, sequence, *values):
        body = {
            "sequence": sequence,
            "activity": self.opened["delivery"]["activity"],
            "values": values,
            "calls": [[0, "LMSCommit", [""], "true", 0]],
        }
        return self.post("commit", {"commits": [body]})


@pytest.fixture
def registration(dispatch):
    return admission.admit(dispatch, "anna", "Anna Šimková")


@pytest.fixture
def player(client, registration):
    return Player(client, registration)


def now_of(registration):
    return Registration.objects.get(id=registration.id)


def stands(registration):
    now = now_of(registration)
    return now.completion, now.success, now.score_raw


def test_it_is_completed_with_a_reason_that_the_audit_log_keeps_with_what_was_before(
    tenant, registration, player
):
    player.commit(1, [STATUS, "failed"], [RAW, "40"])
    corrections.complete(tenant.manager, registration, " Repeated on paper. ", "passed", 90)
    now = now_of(registration)
    assert stands(registration) == ("completed", "passed", 90)
    assert (now.score_scaled, now.score_max, now.progress) == (0.9, 100, 1)
    assert now.completed_at is not None
    assert (now.manual_by, now.manual_reason) == (tenant.manager.label, "Repeated on paper.")
    entry = Entry.objects.get(verb="recorded completion of")
    assert (entry.subject_id, entry.details["reason"]) == (registration.id, "Repeated on paper.")
    assert (entry.details["before"]["success"], entry.details["before"]["score_raw"]) == ("failed", 40)
    assert (entry.details["after"]["success"], entry.details["after"]["score_raw"]) == ("passed", 90)


def test_what_is_not_given_stays_as_it_is(tenant, registration, player):
    player.commit(1, [STATUS, "incomplete"], [RAW, "40"])
    corrections.complete(tenant.manager, registration, "Seen in class")
    assert stands(registration) == ("completed", "unknown", 40)


@pytest.mark.parametrize(
    "wrong", [{"success": "brilliant"}, {"points": 101}, {"points": float("nan")}, {"reason": "x" * 1001}]
)
def test_what_is_not_an_outcome_is_refused(tenant, registration, wrong):
    with pytest.raises(Invalid):
        corrections.complete(tenant.manager, registration, **{"reason": "Seen in class", **wrong})


def test_it_takes_a_reason_a_manager_and_somebody_who_learns(tenant, dispatch, registration):
    with pytest.raises(ReasonMissing):
        corrections.complete(tenant.manager, registration, "  ")
    with pytest.raises(Forbidden):
        corrections.complete(tenant.actors[Role.REPORTER], registration, "Because")
    with pytest.raises(Invalid):
        corrections.complete(tenant.manager, admission.preview(dispatch), "Because")
    assert not Entry.objects.filter(verb="recorded completion of").exists()


def test_an_open_player_is_told_with_its_next_commit_and_nothing_it_sends_changes_the_outcome(
    tenant, registration, player
):
    player.commit(1, [LOCATION, "1"])
    corrections.complete(tenant.manager, registration, "Seen in class", "passed")
    answer = player.commit(2, [STATUS, "failed"], [RAW, "10"], [LOCATION, "2"]).json()
    assert (answer["relay"]["completion"], answer["relay"]["success"]) == ("completed", "passed")
    assert player.commit(3, [STATUS, "incomplete"]).json()["relay"]["success"] == "passed"
    assert stands(registration) == ("completed", "passed", None)
    assert (Attempt.objects.get().success, Attempt.objects.get().score_raw) == ("failed", 10)


def test_the_place_and_the_time_of_a_completed_learner_are_kept_as_ever(tenant, registration, player):
    corrections.complete(tenant.manager, registration, "Seen in class")
    answer = player.commit(1, [LOCATION, "7"], ["cmi.core.session_time", "00:05:00"]).json()
    assert answer["relay"]["location"] == "7"
    assert now_of(registration).total_centiseconds == 30_000


def test_the_customers_lms_gets_it_at_the_next_launch_also_of_somebody_who_was_never_here(
    client, tenant, dispatch, registration
):
    corrections.complete(tenant.manager, registration, "Seen in class", "passed", 80)
    answer = launching.launch(dispatch.stub_key, LaunchRequest(learner="anna"), LMS, "x")
    assert (answer["relay"]["completion"], answer["relay"]["success"], answer["relay"]["score_raw"]) == (
        "completed",
        "passed",
        80,
    )
    player = Player(client, registration)
    assert player.opened["relay"]["success"] == "passed"
    assert stands(registration) == ("completed", "passed", 80)
    assert Attempt.objects.get().completion == "incomplete"


def test_a_receipt_says_that_it_was_by_hand(tenant, registration):
    corrections.complete(tenant.manager, registration, "Seen in class")
    assert (
        completion_receipts.check(completion_receipts.issue(now_of(registration))).claims["completed_by_hand"]
        is True
    )


def test_taken_back_it_stands_where_the_learner_has_come_meanwhile(tenant, registration, player):
    player.commit(1, [STATUS, "incomplete"])
    corrections.complete(tenant.manager, registration, "The wrong Anna", "passed")
    player.commit(2, [STATUS, "failed"], [RAW, "30"])
    corrections.take_back(tenant.manager, registration)
    assert stands(registration) == ("completed", "failed", 30)
    assert now_of(registration).manual_at is None
    assert player.commit(3, [STATUS, "passed"]).json()["relay"]["success"] == "passed"
    assert Entry.objects.get(verb="took back the completion of").details["before"]["success"] == "passed"
    with pytest.raises(NotByHand):
        corrections.take_back(tenant.manager, registration)


def test_taken_back_from_somebody_who_was_never_here_nothing_is_left(tenant, registration):
    corrections.complete(tenant.manager, registration, "The wrong Anna", "passed", 90)
    corrections.take_back(tenant.manager, registration)
    assert stands(registration) == ("not attempted", "unknown", None)
    assert now_of(registration).completed_at is None


def test_a_new_attempt_ends_what_was_set_by_hand(client, tenant, registration, player):
    corrections.complete(tenant.manager, registration, "Seen in class")
    actions.new_attempt(tenant.manager, registration)
    assert stands(registration) == ("not attempted", "unknown", None)
    assert player.commit(1, [STATUS, "failed"]).json()["relay"]["success"] == "failed"
    assert stands(registration) == ("not attempted", "unknown", None)
    Player(client, registration).commit(1, [STATUS, "passed"])
    assert stands(registration)[1] == "passed"


def test_a_reset_forgets_progress_and_log_and_keeps_the_registration(client, tenant, registration, player):
    player.commit(1, [STATUS, "passed"], [LOCATION, "5"])
    corrections.reset(tenant.manager, registration, "Practiced with it")
    assert stands(registration) == ("not attempted", "unknown", None)
    assert not Attempt.objects.exists()
    assert not Launch.objects.exists()
    assert not RuntimeCall.objects.exists()
    entry = Entry.objects.get(verb="reset")
    assert (entry.details["reason"], entry.details["before"]["success"], entry.details["attempts"]) == (
        "Practiced with it",
        "passed",
        1,
    )
    again = Player(client, registration)
    assert again.opened["delivery"]["seed"]["cmi.core.entry"] == "ab-initio"
    assert again.opened["delivery"]["data"] == {}
    assert now_of(registration).attempt_number == 2


def test_a_window_from_before_the_reset_is_told_to_open_the_course_again(
    client, tenant, registration, player
):
    player.commit(1, [LOCATION, "5"])
    corrections.reset(tenant.manager, registration)
    late = player.commit(2, [STATUS, "completed"])
    assert (late.status_code, late.json()["code"]) == (404, "launch_not_found")
    replayed = player.post(
        "replay", {"launch": player.opened["launch"], "commits": [{"sequence": 2}]}, player.session
    )
    assert (replayed.status_code, replayed.json()["code"]) == (404, "launch_not_found")
    assert stands(registration) == ("not attempted", "unknown", None)
    assert Player(client, registration).commit(1, [LOCATION, "1"]).status_code == 200


def test_who_was_reset_keeps_their_place_on_a_full_license_and_the_days_of_their_access(
    client, tenant, dispatch
):
    license = licensing.attach(tenant.manager, dispatch, registration_limit=1, access_days=10)
    registration = admission.admit(dispatch, "anna")
    Player(client, registration)
    corrections.reset(tenant.manager, registration)
    assert admission.admit(dispatch, "anna").id == registration.id
    license.refresh_from_db()
    assert license.registrations_used == 1
    with (
        time_machine.travel(now() + timedelta(days=11)),
        pytest.raises(Exception, match="access to this course has ended"),
    ):
        admission.admit(dispatch, "anna")


def embedded_session(dispatch, registration):
    Dispatch.objects.update(embedded_since=now())
    opening = LaunchRequest(
        learner="anna", mode_of_package="embedded", page_load_id=str(new_id()), scos=["a.html"]
    )
    answer = launching.launch(dispatch.stub_key, opening, LMS, "x")
    return answer["callback"]


def tell(token, sequence, **state):
    event = callback.StateEvent(sequence=sequence, body=callback.State(sco="a.html", **state))
    return callback.take(callback.Message(token=token, events=[event]))


def test_embedded_what_is_reported_leaves_an_outcome_by_hand_alone_and_counts_again_when_it_is_taken_back(
    tenant, dispatch, registration
):
    token = embedded_session(dispatch, registration)
    corrections.complete(tenant.manager, registration, "Seen in class", "passed", 90)
    tell(token, 1, completion="completed", success="failed", score_raw=20, centiseconds=500)
    assert stands(registration) == ("completed", "passed", 90)
    assert now_of(registration).total_centiseconds == 500
    assert Session.objects.get().success == "failed"
    corrections.take_back(tenant.manager, registration)
    assert stands(registration) == ("completed", "failed", 20)


@pytest.mark.parametrize("anew", [corrections.reset, actions.new_attempt])
def test_embedded_a_session_from_before_a_new_beginning_stays_by_itself(tenant, dispatch, registration, anew):
    old = embedded_session(dispatch, registration)
    tell(old, 1, completion="incomplete", score_raw=20, centiseconds=500)
    anew(tenant.manager, registration)
    tell(old, 2, completion="completed", success="passed", centiseconds=900)
    assert stands(registration) == ("not attempted", "unknown", None)
    assert now_of(registration).total_centiseconds == 0
    assert Session.objects.get().completion == "completed"
    new = embedded_session(dispatch, registration)
    tell(old, 3, completion="completed", success="failed")
    tell(new, 1, completion="completed", success="passed", centiseconds=100)
    tell(old, 4, completion="completed", success="failed")
    assert stands(registration) == ("completed", "passed", None)
    assert now_of(registration).total_centiseconds == 100
    assert [sco["success"] for sco in EmbeddedProgress.objects.get().scos["a.html"].values()] == ["passed"]


def test_the_api_completes_takes_back_and_resets(api, registration):
    door = f"/registrations/{registration.id}"
    answer = api("POST", f"{door}/completion", {"reason": "Exam on paper", "success": "passed", "points": 90})
    assert (answer.status_code, answer.json()["manual"]["reason"], answer.json()["score"]["raw"]) == (
        200,
        "Exam on paper",
        90,
    )
    assert api("GET", door).json()["manual"]["by"]
    assert api("DELETE", f"{door}/completion").json()["manual"] is None
    again = api("DELETE", f"{door}/completion")
    assert (again.status_code, again.json()["code"]) == (409, "not_completed_by_hand")
    assert api("POST", f"{door}/completion", {"reason": ""}).status_code == 422
    assert api("POST", f"{door}/completion", {"reason": " "}).json()["code"] == "reason_missing"
    assert api("POST", f"{door}/reset", {}).json()["completion"] == "not attempted"


def test_the_learners_page_says_so_and_has_the_remedies(tenant, registration):
    manager, reporter = Client(), Client()
    for client, role in ((manager, "manager"), (reporter, "reporter")):
        client.force_login(tenant.organization.memberships.get(role=role).user)
    page = f"/admin/registrations/{registration.id}/"
    manager.post(f"{page}complete", {"reason": "Exam on paper", "success": "passed", "points": "87,5"})
    assert stands(registration) == ("completed", "passed", 87.5)
    shown = reporter.get(page).content.decode()
    assert "Marked complete" in shown
    assert "Exam on paper" in shown
    assert f"{page}reset" not in shown
    assert f"{page}reset" in manager.get(page).content.decode()
    manager.post(f"{page}take-back")
    assert "Marked complete" not in manager.get(page).content.decode()
    assert manager.post(f"{page}complete", {"reason": "x", "points": "many"}).status_code == 422
    manager.post(f"{page}reset", {"reason": "Practiced", "confirmed": "1"})
    assert "reset this registration <small>Practiced</small>" in " ".join(
        manager.get(page).content.decode().split()
    )


@pytest.mark.django_db(transaction=True)
def test_of_commits_and_corrections_at_the_same_moment_the_outcome_by_hand_always_stands(
    client, tenant, registration, player
):
    def work():
        try:
            return [
                player.commit(number, [STATUS, "failed"], [RAW, str(number)]).status_code
                for number in range(1, 30)
            ]
        finally:
            connections.close_all()

    def correct():
        try:
            corrections.complete(tenant.manager, registration, "Seen in class", "passed", 90)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        codes, _ = pool.submit(work), pool.submit(correct).result()
        assert set(codes.result()) == {200}
    assert stands(registration) == ("completed", "passed", 90)
    assert player.commit(30, [RAW, "1"]).json()["relay"]["score_raw"] == 90


@pytest.mark.django_db(transaction=True)
def test_a_reset_amid_commits_openings_and_embedded_reports_breaks_nothing(
    client, tenant, dispatch, registration
):
    def safely(do):
        try:
            return do()
        finally:
            connections.close_all()

    def work():
        for _ in range(6):
            opened = Client()
            answer = opened.post(
                f"/play/{actions.player_address(registration).rstrip('/').rsplit('/', 1)[1]}/open",
                "{}",
                content_type="text/plain",
                HTTP_HOST=CONTENT,
            )
            assert answer.status_code in (200, 404), answer.content
            if answer.status_code == 200:
                body = {
                    "commits": [
                        {
                            "sequence": 1,
                            "activity": answer.json()["delivery"]["activity"],
                            "values": [[STATUS, "passed"]],
                        }
                    ]
                }
                done = opened.post(
                    f"/play/{answer.json()['token']}/commit",
                    json.dumps(body),
                    content_type="text/plain",
                    HTTP_HOST=CONTENT,
                )
                assert done.status_code in (200, 404, 409), done.content

    def report():
        for _ in range(6):
            tell(embedded_session(dispatch, registration), 1, completion="completed", success="passed")

    def forget():
        for _ in range(8):
            corrections.reset(tenant.manager, registration)

    with ThreadPoolExecutor(3) as pool:
        for future in [pool.submit(safely, do) for do in (work, report, forget)]:
            future.result()
    corrections.reset(tenant.manager, registration)
    assert stands(registration) == ("not attempted", "unknown", None)
