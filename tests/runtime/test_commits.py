"""The commit protocol's server side: applied once, acknowledged as often as asked, judged again, never mixed,
never lost.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import builders
from tests.fixtures import CONTENT

from heliograph.core.clock import now
from heliograph.core.database.prepared import PreparedStatement
from heliograph.dispatch import admission
from heliograph.runtime import actions, commits, queries, sessions
from heliograph.runtime.commit_cache import CommitCache
from heliograph.runtime.models import ActivityState, Attempt, Launch, Registration, RuntimeCall

STATUS, LOCATION = "cmi.core.lesson_status", "cmi.core.lesson_location"


class Player:
    """A browser's side of the protocol, by hand."""

    def __init__(self, client, registration, mode="normal"):
        self.client = client
        self.session = actions.player_address(registration, mode).rstrip("/").rsplit("/", 1)[1]
        self.opened = self.post("open", {}, self.session).json()
        self.token = self.opened["token"]

    def post(self, door, body, token=None):
        text = body if isinstance(body, bytes) else json.dumps(body)
        return self.client.post(
            f"/play/{token or self.token}/{door}", text, content_type="text/plain", HTTP_HOST=CONTENT
        )

    @property
    def activity(self):
        return self.opened["delivery"]["activity"]

    def commit(self, sequence, *values, event=None, terminated=False, activity=None, calls=()):
        body = {
            "sequence": sequence,
            "activity": activity or self.activity,
            "values": values,
            "calls": calls,
            "terminated": terminated,
        }
        return self.post("commit", {"commits": [body | ({"event": event} if event else {})]})


@pytest.fixture
def registration(dispatch):
    return admission.admit(dispatch, "anna", "Anna Šimková")


@pytest.fixture
def player(client, registration):
    return Player(client, registration)


def now_of(registration):
    return Registration.objects.get(id=registration.id)


def test_what_a_launch_opens_with(player):
    delivery = player.opened["delivery"]
    assert delivery["url"].startswith("/c/")
    assert delivery["seed"]["cmi.core.student_name"] == "Anna Šimková"
    assert delivery["seed"]["cmi.core.entry"] == "ab-initio"
    assert player.opened["relay"]["completion"] == "incomplete"


def test_a_commit_is_applied_and_acknowledged(player, registration):
    answer = player.commit(1, [STATUS, "completed"], [LOCATION, "5"]).json()
    assert answer["sequence"] == 1
    assert answer["relay"]["completion"] == "completed"
    assert answer["relay"]["location"] == "5"
    assert now_of(registration).completion == "completed"
    assert now_of(registration).completed_at is not None


def test_the_same_commit_again_changes_nothing_and_gets_the_same_answer(player, registration):
    first = player.commit(1, [LOCATION, "5"], calls=[[10, "LMSSetValue", [LOCATION, "5"], "true", 0]]).json()
    for _ in range(3):
        assert player.commit(1, [LOCATION, "9"]).json() == first
    assert ActivityState.objects.get().data[LOCATION] == "5"
    assert RuntimeCall.objects.count() == 1


def test_what_was_added_after_another_window_sent_a_commit_is_applied_too_and_once(player, registration):
    first, then = [LOCATION, "5"], [LOCATION, "6"]
    set_first, set_then = ([10, "LMSSetValue", value, "true", 0] for value in (first, then))
    kept = {"sequence": 1, "activity": player.activity, "values": [first], "calls": [set_first]}
    sent_by_another = player.post(
        "replay", {"launch": player.opened["launch"], "commits": [kept]}, player.session
    )
    assert sent_by_another.json()["sequence"] == 1
    for _ in range(2):
        answer = player.commit(
            1, first, then, [STATUS, "completed"], calls=[set_first, set_then], event={"kind": "exit"}
        ).json()
        assert (answer["sequence"], answer["menu"], answer["relay"]["completion"]) == (1, True, "completed")
    assert ActivityState.objects.get().data[LOCATION] == "6"
    assert [call["arguments"] for call in queries.calls(Attempt.objects.get())] == [first, then]
    assert player.commit(2, [LOCATION, "7"]).json()["sequence"] == 2


def test_what_was_added_to_it_is_kept_in_the_log_once_another_window_has_opened_the_course(
    client, player, registration
):
    kept = {"sequence": 1, "activity": player.activity, "values": [[LOCATION, "5"]]}
    player.post("replay", {"launch": player.opened["launch"], "commits": [kept]}, player.session)
    Player(client, registration)
    grown = {**kept, "values": [[LOCATION, "5"], [LOCATION, "6"]]}
    further = {**kept, "sequence": 2, "values": [[LOCATION, "7"]]}
    for sent in ([further], [grown, further], [grown]):
        late = player.post("commit", {"commits": sent})
        assert (late.status_code, late.json()["code"]) == (409, "opened_elsewhere")
    assert player.commit(1, [LOCATION, "5"]).json()["sequence"] == 1
    unapplied = RuntimeCall.objects.filter(applied=False).order_by("sequence")
    assert [[call[2][1] for call in batch.calls] for batch in unapplied] == [["6"], ["7"]]
    assert ActivityState.objects.get().data[LOCATION] == "5"


def test_a_log_that_the_last_word_of_a_page_left_out_comes_with_the_next_try(player):
    call = [10, "LMSSetValue", [LOCATION, "5"], "true", 0]
    player.commit(1, [LOCATION, "5"])
    player.commit(1, [LOCATION, "5"], calls=[call])
    assert [logged["arguments"] for logged in queries.calls(Attempt.objects.get())] == [[LOCATION, "5"]]


def test_all_that_was_not_acknowledged_may_come_at_once(player):
    player.commit(1, [LOCATION, "1"])
    commits = [
        {"sequence": number, "activity": player.activity, "values": [[LOCATION, str(number)]]}
        for number in (1, 2, 3)
    ]
    assert player.post("commit", {"commits": commits}).json()["sequence"] == 3
    assert ActivityState.objects.get().data[LOCATION] == "3"


def test_a_gap_is_refused_and_says_where_to_go_on(player):
    player.commit(1, [LOCATION, "1"])
    answer = player.commit(3, [LOCATION, "3"])
    assert (answer.status_code, answer.json()["code"], answer.json()["expected"]) == (409, "sequence_gap", 2)


def test_values_are_judged_again_here(player):
    answer = player.commit(
        1, [STATUS, "excellent"], ["cmi.core.student_id", "boris"], ["cmi.nothing", "1"], [LOCATION, "7"]
    ).json()
    assert {element for element, _ in answer["rejected"]} == {STATUS, "cmi.core.student_id", "cmi.nothing"}
    data = ActivityState.objects.get().data
    assert data[LOCATION] == "7"
    assert data["cmi.core.student_id"] == "anna"


def test_opened_elsewhere_the_earlier_window_is_told_and_its_words_are_kept_in_the_log(
    client, player, registration
):
    player.commit(1, [LOCATION, "1"])
    other = Player(client, registration)
    for _ in range(2):
        late = player.commit(2, [STATUS, "completed"])
        assert (late.status_code, late.json()["code"]) == (409, "opened_elsewhere")
    assert player.commit(1).json()["sequence"] == 1
    assert other.commit(1, [LOCATION, "2"]).status_code == 200
    assert now_of(registration).completion == "incomplete"
    unapplied = RuntimeCall.objects.get(applied=False)
    assert unapplied.calls == [[0, "SetValue", [STATUS, "completed"], "", 0]]


def test_all_that_a_replaced_window_had_gathered_is_kept_whole(client, player, registration):
    Player(client, registration)
    long = "x" * 4000
    gathered = [
        {"sequence": number, "activity": player.activity, "values": [["cmi.suspend_data", f"{number}{long}"]]}
        for number in (1, 2, 3)
    ]
    for _ in range(2):
        answer = player.post(
            "replay", {"launch": player.opened["launch"], "commits": gathered}, player.session
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "opened_elsewhere")
    kept = [batch.calls[0][2][1] for batch in RuntimeCall.objects.filter(applied=False).order_by("sequence")]
    assert kept == [f"{number}{long}" for number in (1, 2, 3)]


def test_a_log_longer_than_any_is_cut_and_the_result_beside_it_is_kept(player, registration):
    calls = [[number, "LMSGetValue", [LOCATION], "", 0] for number in range(commits.MOST_CALLS + 10)]
    assert player.commit(1, [STATUS, "completed"], calls=calls).status_code == 200
    assert now_of(registration).completion == "completed"
    assert len(RuntimeCall.objects.get().calls) == commits.MOST_CALLS


def test_what_a_killed_browser_kept_is_replayed_before_the_next_launch(client, player, registration):
    player.commit(1, [LOCATION, "1"])
    kept = [{"sequence": 2, "activity": player.activity, "values": [["cmi.suspend_data", "all of it"]]}]
    assert (
        player.post(
            "replay", {"launch": player.opened["launch"], "commits": kept}, player.session
        ).status_code
        == 200
    )
    delivery = Player(client, registration).opened["delivery"]
    assert delivery["data"]["cmi.suspend_data"] == "all of it"
    assert delivery["data"]["cmi.core.entry"] == "resume"


def test_nobody_replays_into_another_learners_launch(client, dispatch, player):
    other = Player(client, admission.admit(dispatch, "boris"))
    kept = {
        "launch": player.opened["launch"],
        "commits": [{"sequence": 1, "activity": player.activity, "values": [[STATUS, "completed"]]}],
    }
    assert other.post("replay", kept, other.session).status_code == 404


def test_time_is_counted_here_once_for_each_session(client, player, registration):
    player.commit(1, ["cmi.core.session_time", "00:01:00"])
    player.commit(2, ["cmi.core.session_time", "00:02:00"])
    assert (
        player.commit(3, ["cmi.core.exit", "suspend"], terminated=True).json()["relay"][
            "session_centiseconds"
        ]
        == 12_000
    )
    player.commit(4)
    assert now_of(registration).total_centiseconds == 12_000
    again = Player(client, registration)
    assert again.opened["delivery"]["data"]["cmi.core.total_time"] == "0000:02:00.00"
    again.commit(1, ["cmi.core.session_time", "00:00:30"])
    assert now_of(registration).total_centiseconds == 15_000


def test_a_session_that_was_cut_off_still_counts(client, player, registration):
    player.commit(1, ["cmi.core.session_time", "00:01:00"])
    Player(client, registration).commit(1, ["cmi.core.session_time", "00:00:30"])
    assert now_of(registration).total_centiseconds == 9_000


def test_a_score_and_a_mastery_score_decide_where_content_does_not(client, tenant, import_course):
    sco = builders.Sco(inside="<adlcp:masteryscore>80</adlcp:masteryscore>")
    course = import_course(tenant, key="mastery", standard="scorm_12", scos=[sco])
    learner = actions.ensure_learner(tenant.organization.id, tenant.organization.id, "anna")
    registration, _ = actions.register(tenant.manager, course, learner)
    player = Player(client, registration)
    player.commit(1, ["cmi.core.score.raw", "85"], terminated=True)
    assert (now_of(registration).completion, now_of(registration).success) == ("completed", "passed")


def test_content_that_only_begins_and_ends_has_completed(player, registration):
    player.commit(1, terminated=True)
    assert now_of(registration).completion == "completed"


def test_in_review_nothing_is_recorded(client, player, registration):
    player.commit(1, [STATUS, "completed"], [LOCATION, "5"])
    review = Player(client, registration, "review")
    assert review.opened["delivery"]["seed"]["cmi.core.lesson_mode"] == "review"
    review.commit(1, [STATUS, "failed"], [LOCATION, "1"], terminated=True)
    assert now_of(registration).success == "unknown"
    assert ActivityState.objects.get().data[LOCATION] == "5"


@pytest.fixture
def three(tenant, import_course):
    scos = [
        builders.Sco(identifier=name, title=name.capitalize(), href=f"{name}.html")
        for name in ("one", "two", "three")
    ]
    course = import_course(tenant, key="three", standard="scorm_2004", scos=scos)
    learner = actions.ensure_learner(tenant.organization.id, tenant.organization.id, "anna")
    return actions.register(tenant.manager, course, learner)[0]


def test_a_learner_moves_freely_and_resumes_where_they_left(client, three):
    player = Player(client, three)
    assert player.activity == "one"
    answer = player.commit(
        1, ["cmi.completion_status", "completed"], terminated=True, event={"kind": "continue"}
    ).json()
    assert answer["delivery"]["activity"] == "two"
    assert answer["valid"]["previous"] is True
    answer = player.commit(2, event={"kind": "choice", "target": "three"}, activity="two").json()
    assert answer["delivery"]["activity"] == "three"
    assert answer["valid"]["continue"] is False
    assert player.commit(3, event={"kind": "suspend_all"}, activity="three").json()["ended"] is True
    assert Player(client, three).activity == "three"
    assert now_of(three).progress == pytest.approx(1 / 3)


def test_the_course_is_rolled_up_from_its_scos(client, three):
    player = Player(client, three)
    verdicts = [("passed", "0.9"), ("passed", "0.7"), ("passed", "0.8")]
    for number, (name, (success, score)) in enumerate(
        zip(("one", "two", "three"), verdicts, strict=True), start=1
    ):
        values = [
            ["cmi.completion_status", "completed"],
            ["cmi.success_status", success],
            ["cmi.score.scaled", score],
        ]
        player.commit(number, *values, activity=name, terminated=True, event={"kind": "continue"})
    outcome = now_of(three)
    assert (outcome.completion, outcome.success, outcome.score_scaled) == (
        "completed",
        "passed",
        pytest.approx(0.8),
    )


def test_a_request_that_cannot_be_met_is_refused_in_a_sentence(client, three):
    player = Player(client, three)
    answer = player.commit(1, event={"kind": "previous"}).json()
    assert answer["refusal"].endswith(".")
    assert answer.get("delivery") is None


def test_a_lesson_that_was_browsed_opens_what_waits_for_that(client, tenant, import_course):
    asks = '<adlcp:prerequisites type="aicc_script">one="browsed"</adlcp:prerequisites>'
    scos = [builders.Sco("one", "One", "one.html"), builders.Sco("two", "Two", "two.html", inside=asks)]
    course = import_course(tenant, key="tour", standard="scorm_12", scos=scos)
    learner = actions.ensure_learner(tenant.organization.id, tenant.organization.id, "anna")
    player = Player(client, actions.register(tenant.manager, course, learner)[0])
    answer = player.commit(1, [STATUS, "incomplete"], event={"kind": "continue"}).json()
    assert answer["refusal"] == "“Two” opens when “One” is browsed."
    answer = player.commit(2, [STATUS, "browsed"], terminated=True, event={"kind": "continue"}).json()
    assert answer["delivery"]["activity"] == "two"
    assert answer["activities"]["one"] == ["incomplete", "unknown"]


def test_the_log_has_every_call_in_order(player, registration):
    for number in (1, 2):
        player.commit(
            number,
            calls=[
                [number * 10, "LMSGetValue", [LOCATION], "", 0],
                [number * 10 + 1, "LMSCommit", [""], "true", 0],
            ],
        )
    calls = list(queries.calls_of(registration, 1))
    assert [call["milliseconds"] for call in calls] == [10, 11, 20, 21]


def test_a_watched_attempt_is_told_to_send_sooner(player, registration):
    assert player.commit(1).json()["watched"] is False
    attempt = queries.current_attempt(now_of(registration))
    assert attempt is not None
    actions.watch(attempt)
    assert player.commit(2).json()["watched"] is True


def test_a_new_attempt_gets_the_published_version_and_keeps_the_old_one(
    client, tenant, course, import_course, player, registration
):
    player.commit(1, [STATUS, "completed"])
    import_course(tenant, key=course.key, standard="scorm_12", title="The second")
    assert (
        Player(client, registration).opened["delivery"]["url"].split("/")[2]
        == player.opened["delivery"]["url"].split("/")[2]
    )
    actions.new_attempt(tenant.manager, registration)
    assert now_of(registration).completion == "not attempted"
    assert (
        Player(client, registration).opened["delivery"]["url"].split("/")[2]
        != player.opened["delivery"]["url"].split("/")[2]
    )
    assert [attempt.completion for attempt in registration.attempts.order_by("number")] == [
        "completed",
        "incomplete",
    ]


def test_what_an_open_window_still_says_of_an_earlier_attempt_stays_with_that_attempt(
    tenant, player, registration
):
    player.commit(1, [LOCATION, "5"])
    actions.new_attempt(tenant.manager, registration)
    assert player.commit(2, [STATUS, "completed"], terminated=True).status_code == 200
    assert (now_of(registration).completion, now_of(registration).total_centiseconds) == ("not attempted", 0)
    assert registration.attempts.get(number=1).completion == "completed"


def test_a_player_that_opens_while_a_new_attempt_begins_brings_no_earlier_outcome_back(
    tenant, player, registration
):
    player.commit(1, [STATUS, "completed"])
    opening = actions.open_launch(registration.id, "normal")
    actions.new_attempt(tenant.manager, registration)
    assert sessions.begin(opening)["relay"]["completion"] == "completed"
    assert (now_of(registration).completion, now_of(registration).completed_at) == ("not attempted", None)
    assert registration.attempts.get(number=1).completion == "completed"


@pytest.mark.parametrize(
    "body",
    [
        b'{"commits": [{"sequence": 0}]}',
        b'{"commits": [{"sequence": 99999999999999999999}]}',
        b"",
        b"{",
        b"[]",
        b'{"commits": []}',
        b'{"commits": [{"sequence": "1"}]}',
        b'{"commits": [{"sequence": 1, "x": 1}]}',
        b"\xff",
    ],
)
def test_what_is_no_commit_gets_a_sentence(player, body):
    answer = player.post("commit", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "commit_unreadable")


def test_a_commit_larger_than_5_mb_is_refused(player):
    assert player.post("commit", b" " * (5 * 2**20 + 10)).status_code == 413


def test_a_long_session_gets_a_new_token_in_time(player):
    assert "token" not in player.commit(1).json()
    with time_machine.travel(now() + timedelta(hours=13)):
        player.token = player.commit(2).json()["token"]
    with time_machine.travel(now() + timedelta(hours=30)):
        assert player.commit(3).status_code == 200


def test_a_commit_token_opens_nothing_else(player):
    assert player.post("open", {}, player.token).status_code == 401
    assert player.post("commit", {"commits": []}, player.session).status_code == 401


values = st.tuples(
    st.sampled_from(
        [
            STATUS,
            LOCATION,
            "cmi.suspend_data",
            "cmi.core.score.raw",
            "cmi.comments",
            "cmi.core.exit",
            "cmi.interactions.0.id",
            "cmi",
        ]
    ),
    st.sampled_from(["completed", "incomplete", "passed", "5", "suspend", ""]) | st.text(max_size=30),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(values, max_size=6), st.booleans())
def test_any_values_and_any_order_are_taken_without_a_fault(client, registration, given_values, terminated):
    player = Player(client, registration)
    answer = player.commit(1, *given_values, terminated=terminated)
    assert answer.status_code == 200
    assert answer.json()["relay"]["completion"] in ("incomplete", "completed")


@pytest.mark.django_db(transaction=True)
def test_a_commit_and_an_opening_at_the_same_moment_do_not_wait_for_each_other(client, player, registration):
    """A launch locks the registration, then the attempt.

    A commit that held the attempt while it waits here would lock both for good.
    """

    def commit():
        try:
            return player.commit(1, [LOCATION, "5"]).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as sending:
        with transaction.atomic():
            actions.lock(registration.id)
            sent = sending.submit(commit)
            wait_until_somebody_waits()
            Attempt.objects.filter(registration=registration).update(revision=F("revision") + 1)
        assert sent.result(timeout=20) == 200
    assert ActivityState.objects.get().data[LOCATION] == "5"


def wait_until_somebody_waits():
    with connections["default"].cursor() as cursor:
        for _ in range(500):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits")


@pytest.mark.slow
def test_a_sitting_that_moves_between_processes_loses_nothing(player, registration, monkeypatch):
    """Each process remembers what it wrote last for a launch; the other one's commits are never overwritten
    by that.
    """
    memories: list[CommitCache[Any]] = [CommitCache(), CommitCache()]
    for sequence, memory in enumerate([0, 0, 1, 0, 1, 1, 0], start=1):
        monkeypatch.setattr(commits, "_RECENT", memories[memory])
        answer = player.commit(
            sequence,
            [f"cmi.interactions.{sequence - 1}.id", f"question-{sequence}"],
            [LOCATION, str(sequence)],
        )
        assert answer.json()["sequence"] == sequence
    data = ActivityState.objects.get(attempt__registration=registration).data
    assert [data[f"cmi.interactions.{n}.id"] for n in range(7)] == [f"question-{n}" for n in range(1, 8)]


def test_a_process_reads_a_sitting_once_and_only_writes_from_then_on(player, monkeypatch):
    statements = []
    asked = PreparedStatement.row

    def ask_and_note(statement, values):
        statements.append(statement)
        return asked(statement, values)

    monkeypatch.setattr(PreparedStatement, "row", ask_and_note)
    for sequence in (1, 2, 3):
        player.commit(sequence, [LOCATION, str(sequence)])
    assert statements == [commits._READ, commits._WRITE, commits._WRITE, commits._WRITE]


@pytest.mark.django_db(transaction=True)
def test_the_same_commits_from_many_windows_at_once_are_applied_once(client, player, registration):
    from django.test import Client

    def send(_):
        window = Client()
        try:
            body = {
                "commits": [
                    {
                        "sequence": n,
                        "activity": player.activity,
                        "values": [[f"cmi.interactions.{n - 1}.id", f"q{n}"]],
                    }
                    for n in (1, 2, 3)
                ]
            }
            return window.post(
                f"/play/{player.token}/commit", json.dumps(body), content_type="text/plain", HTTP_HOST=CONTENT
            ).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as sending:
        assert set(sending.map(send, range(24))) == {200}
    data = ActivityState.objects.get().data
    assert [data[f"cmi.interactions.{n}.id"] for n in range(3)] == ["q1", "q2", "q3"]
    assert RuntimeCall.objects.count() == 3
    assert Launch.objects.get().last_sequence == 3


def test_shared_data_travels_from_one_sco_to_the_next(client, tenant, import_course):
    shares = '<adlcp:data><adlcp:map targetID="notes"/></adlcp:data>'
    scos = [
        builders.Sco(identifier=name, title=name, href=f"{name}.html", inside=shares)
        for name in ("one", "two")
    ]
    course = import_course(tenant, key="sharing", standard="scorm_2004", scos=scos)
    learner = actions.ensure_learner(tenant.organization.id, tenant.organization.id, "anna")
    player = Player(client, actions.register(tenant.manager, course, learner)[0])
    assert player.opened["delivery"]["seed"]["adl.data.0.id"] == "notes"
    answer = player.commit(1, ["adl.data.0.store", "remember the milk"], event={"kind": "continue"}).json()
    assert answer["rejected"] == []
    assert answer["delivery"]["seed"]["adl.data.0.store"] == "remember the milk"


def test_what_the_author_wrote_in_the_manifest_is_seeded(client, tenant, import_course):
    sequencing = (
        '<imsss:sequencing><imsss:limitConditions attemptAbsoluteDurationLimit="PT1H"/><imsss:objectives>'
        '<imsss:primaryObjective objectiveID="knowledge" satisfiedByMeasure="true">'
        "<imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure>"
        "</imsss:primaryObjective></imsss:objectives></imsss:sequencing>"
    )
    threshold = '<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.5"/>'
    inside = f"<adlcp:dataFromLMS>level=2</adlcp:dataFromLMS>{threshold}{sequencing}"
    course = import_course(tenant, key="seeded", standard="scorm_2004", scos=[builders.Sco(inside=inside)])
    learner = actions.ensure_learner(tenant.organization.id, tenant.organization.id, "anna")
    seed = Player(client, actions.register(tenant.manager, course, learner)[0]).opened["delivery"]["seed"]
    assert {
        name: seed[f"cmi.{name}"]
        for name in ("launch_data", "scaled_passing_score", "completion_threshold", "max_time_allowed")
    } == {
        "launch_data": "level=2",
        "scaled_passing_score": "0.8",
        "completion_threshold": "0.5",
        "max_time_allowed": "PT1H",
    }
    assert seed["cmi.objectives.0.id"] == "knowledge"


def test_after_its_end_a_session_changes_nothing(player, registration):
    player.commit(1, [LOCATION, "1"], terminated=True)
    player.commit(2, [LOCATION, "2"])
    assert ActivityState.objects.get().data[LOCATION] == "1"


def test_the_answer_to_many_commits_at_once_tells_the_lms_the_place_that_an_earlier_one_of_them_set(player):
    placed, silent = (
        {"sequence": 1, "activity": player.activity, "values": [[LOCATION, "5"]]},
        {"sequence": 2, "activity": player.activity},
    )
    for _ in range(2):
        assert player.post("commit", {"commits": [placed, silent]}).json()["relay"]["location"] == "5"


def test_a_place_the_standard_refuses_is_not_relayed(client, tenant, import_course):
    course = import_course(tenant, key="strict", standard="scorm_12")
    course.strict = True
    course.save()
    learner = actions.ensure_learner(tenant.organization.id, tenant.organization.id, "anna")
    player = Player(client, actions.register(tenant.manager, course, learner)[0])
    answer = player.commit(1, [LOCATION, "x" * 300]).json()
    assert answer["rejected"] == [[LOCATION, 405]]
    assert answer["relay"]["location"] is None
