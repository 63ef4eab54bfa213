"""AUs as the LMS opens and hears them: what is written before, what is taken, and what follows from it for
the course.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from urllib.parse import unquote, urlsplit

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone
from tests.builders import Au, Block, cmi5_course
from tests.fixtures import APP
from tests.insights.sessions import session
from tests.running import until
from tests.runtime.cmi5.au import TokenXapi, Window, changed

from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.courses import actions as courses
from heliograph.courses.imports import importing
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch import admission
from heliograph.dispatch.hosted.silent_sessions import refresh_and_end_silent_sessions
from heliograph.dispatch.models import Postback, Session
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.lrs import hooks
from heliograph.lrs.models import Statement
from heliograph.lrs.statements import counts
from heliograph.runtime import actions, corrections, queries
from heliograph.runtime.cmi5.table import RULES
from heliograph.runtime.models import Attempt, AuSession, Registration
from heliograph.runtime.xapi_identifiers import course_iri

pytestmark = pytest.mark.django_db(transaction=True)
ONE, TWO, THREE = (f"https://example.com/fire/au-{number}" for number in (1, 2, 3))
LESSON = "https://example.com/lesson"
INNER, OUTER = "https://example.com/fire/inner", "https://example.com/fire/outer"
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
EXTENSIONS = "https://w3id.org/xapi/cmi5/context/extensions/"


def standing(window) -> Registration:
    return Registration.objects.get(id=window.registration.id)


def alone(work, *given):
    """What ``work`` answers, on a connection of its thread."""
    try:
        return work(*given)
    finally:
        connections.close_all()


def test_an_au_is_launched_heard_and_completes_the_registration(open_course, verbs):
    window = open_course()
    au = window.au().start().finish("completed")
    assert standing(window).completion == "completed"
    assert standing(window).completed_at is not None
    assert standing(window).total_centiseconds == 6000
    assert verbs(registration=au.registration) == [
        "launched",
        "initialized",
        "completed",
        "satisfied",
        "terminated",
    ]
    answer = window.progress().json()
    assert answer["relay"]["completion"] == "completed"
    assert answer["relay"]["session_centiseconds"] == 6000
    assert AuSession.objects.get().verbs == ["initialized", "completed", "terminated"]


def test_what_an_au_is_launched_with(open_course):
    window = open_course(Au(url="lesson/au.html?shown=1#part"))
    au = window.au()
    address = urlsplit(au.delivery["url"])
    assert address.fragment == "part"
    assert au.launched_with.keys() == {"shown", "endpoint", "fetch", "actor", "registration", "activityId"}
    assert au.launched_with["endpoint"] == f"{address.scheme}://{address.netloc}/xapi/"
    assert au.registration == str(Attempt.objects.get().id)
    assert au.launched_with["activityId"] != ONE
    assert au.actor["account"]["name"] == "anna"


def test_the_state_and_the_statement_that_an_au_finds(open_course, store):
    unit = Au(
        mastery_score="0.8",
        launch_parameters="fast=1",
        entitlement_key="key-1",
        move_on="Passed",
        activity_type="https://example.com/lesson",
        url="a.html?b=1",
    )
    window = open_course(unit)
    au = window.au().start()
    session = str(AuSession.objects.get().id)
    context = {
        "contextActivities": {"grouping": au.data["contextTemplate"]["contextActivities"]["grouping"]},
        "extensions": {SESSION: session},
    }
    assert {"id": ONE} in context["contextActivities"]["grouping"]
    assert au.data.pop("returnURL").endswith(f"/play/returned#{session}")
    assert au.data == {
        "contextTemplate": context, "launchMode": "Normal", "launchMethod": "AnyWindow",
        "moveOn": "Passed", "masteryScore": 0.8,
        "launchParameters": "fast=1", "entitlementKey": {"courseStructure": "key-1"},
    }  # fmt: skip
    [launched] = store.statements(verb="http://adlnet.gov/expapi/verbs/launched")
    extensions = launched["context"]["extensions"]
    assert extensions.pop(f"{EXTENSIONS}launchurl").endswith("/a.html?b=1")
    assert extensions == {
        SESSION: session, f"{EXTENSIONS}masteryscore": 0.8, f"{EXTENSIONS}launchmode": "Normal",
        f"{EXTENSIONS}moveon": "Passed", f"{EXTENSIONS}launchparameters": "fast=1",
    }  # fmt: skip
    assert launched["object"]["id"] == au.launched_with["activityId"]
    assert launched["object"]["definition"]["type"] == LESSON
    assert launched["context"]["contextActivities"]["category"] == [
        {"id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"}
    ]


def test_an_au_that_does_not_read_forms_reads_its_address(open_course, import_cmi5):
    au = open_course().au()
    query = urlsplit(au.delivery["url"]).query
    assert "+" not in query
    told = dict(part.split("=", 1) for part in query.split("&"))
    assert json.loads(unquote(told["actor"]))["name"] == "Anna Šimková"


def test_the_token_is_given_once(open_course, client):
    au = open_course().au()
    assert au.fetch().keys() == {"auth-token"}
    assert au.fetch()["error-code"] == "1"
    address = urlsplit(au.launched_with["fetch"])
    host = address.netloc.partition(":")[0]
    assert client.get(address.path, HTTP_HOST=host).status_code == 405
    preflight = client.options(address.path, HTTP_HOST=host)
    assert (preflight.status_code, preflight["Access-Control-Allow-Origin"]) == (204, "*")
    elsewhere = {
        "Origin": "https://au.example",
        "Access-Control-Request-Headers": "x-requested-with",
        "Access-Control-Request-Private-Network": "true",
    }
    preflight = client.options(address.path, headers=elsewhere, HTTP_HOST=host)
    assert preflight["Access-Control-Allow-Headers"] == "x-requested-with"
    assert preflight["Access-Control-Allow-Private-Network"] == "true"
    for answer in (preflight, client.post(address.path, headers=elsewhere, HTTP_HOST=host)):
        assert (answer["Access-Control-Allow-Origin"], answer["Access-Control-Allow-Credentials"]) == (
            "https://au.example",
            "true",
        )
    odd = client.post("/cmi5/nothing/fetch", HTTP_HOST=host)
    assert (odd.status_code, odd["Content-Type"], odd.json()["error-code"]) == (200, "application/json", "2")
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert au.fetch()["error-code"] == "1"


def test_blocks_are_satisfied_from_the_inside_out_then_the_course_each_once_and_at_once(open_course, store):
    inner = Block(
        INNER,
        "Inner",
        [Au(ONE, url="1.html", move_on="Completed"), Au(TWO, url="2.html", move_on="NotApplicable")],
    )
    window = open_course(Block(OUTER, "Outer", [inner]), Au(THREE, url="3.html", move_on="Passed"))
    au = window.au().start().finish("completed")
    satisfied = "https://w3id.org/xapi/adl/verbs/satisfied"

    def told():
        return store.statements(verb=satisfied, ascending=True)

    assert [statement["context"]["contextActivities"]["grouping"][1]["id"] for statement in told()] == [
        INNER,
        OUTER,
    ]
    assert [statement["object"]["definition"]["type"].rsplit("/", 1)[1] for statement in told()] == [
        "block",
        "block",
    ]
    assert {statement["context"]["extensions"][SESSION] for statement in told()} == {au.delivery["session"]}
    assert standing(window).completion == "incomplete"
    window.au(window.navigate("choice", THREE)).start().finish("passed")
    assert [statement["object"]["definition"]["type"].rsplit("/", 1)[1] for statement in told()] == [
        "block",
        "block",
        "course",
    ]
    assert told()[-1]["context"]["contextActivities"]["grouping"] == [{"id": "https://example.com/fire"}]
    assert told()[-1]["object"]["id"] != "https://example.com/fire"
    assert (standing(window).completion, standing(window).success) == ("completed", "passed")


def test_all_that_is_said_is_counted_and_shown_under_the_course_by_its_name(open_course, api, client, tenant):
    window = open_course(Au(ONE, url="1.html"))
    window.au().start().finish("completed")
    counts.follow()
    [counted] = api("GET", "/org/xapi-summary").json()["by_course"]
    assert (counted["id"], counted["name"]) == (course_iri(window.registration.course_id), "Fire safety")
    assert counted["statements"] == Statement.objects.count() > 3
    client.post(
        "/sign-in/", {"login": "manager@northlight.example", "password": "long enough"}, HTTP_HOST=APP
    )
    page = client.get(f"/records/?registration={Attempt.objects.get().id}", HTTP_HOST=APP).content.decode()
    assert page.count(">Fire safety</a>") == counted["statements"]


def test_a_registration_is_found_by_the_id_that_its_statements_name(open_course, api, api_as, stranger):
    window = open_course()
    named = f"/registrations/{Attempt.objects.get().id}"
    assert api("GET", named).json()["id"] == str(window.registration.id)
    assert api_as(stranger)("GET", named).status_code == 404


def test_the_log_names_what_a_lesson_is_about_from_where_the_lesson_is(open_course, client):
    window = open_course()
    au = window.au().start()
    au.say("experienced", object={"id": f"{au.launched_with['activityId']}/slide/1"})
    client.post(
        "/sign-in/", {"login": "manager@northlight.example", "password": "long enough"}, HTTP_HOST=APP
    )
    log = client.get(f"/admin/registrations/{window.registration.id}/log", HTTP_HOST=APP).content.decode()
    assert "initialized" in log
    assert "/slide/1" in log
    assert au.launched_with["activityId"] not in log


def test_what_needs_nothing_is_satisfied_before_it_is_launched(open_course, verbs, store):
    window = open_course(
        Block(
            OUTER,
            "All",
            [Au(ONE, url="1.html", move_on="NotApplicable"), Au(TWO, url="2.html", move_on="NotApplicable")],
        )
    )
    assert verbs() == ["satisfied", "satisfied", "launched"]
    first, second, launched = store.statements(ascending=True)
    sessions = [statement["context"]["extensions"][SESSION] for statement in (first, second, launched)]
    assert sessions[0] == sessions[1] != sessions[2]
    assert standing(window).completion == "completed"
    assert window.opened["delivery"]["activity"] == ONE


def test_the_score_of_a_course_is_the_mean_of_its_aus(open_course):
    window = open_course(Au(ONE, url="1.html"), Au(TWO, url="2.html"))
    first = window.au().start()
    assert first.say("passed", {"scaled": 0.8, "raw": 8, "min": 0, "max": 10}).status == 204
    second = window.au(window.navigate("continue")).start()
    assert second.say("failed", {"scaled": 0.4}).status == 204
    registration = standing(window)
    assert (registration.completion, registration.success) == ("incomplete", "failed")
    assert registration.score_scaled == pytest.approx(0.6)
    again = window.au(window.navigate("choice", TWO)).start()
    assert again.say("passed", {"scaled": 0.6}).status == 204
    registration = standing(window)
    assert (registration.completion, registration.success) == ("completed", "passed")
    assert registration.score_scaled == pytest.approx(0.7)


def test_progress_that_is_said_is_kept(open_course):
    window = open_course()
    au = window.au().start()
    au.say(
        "experienced", result={"extensions": {"https://w3id.org/xapi/cmi5/result/extensions/progress": 40}}
    )
    assert standing(window).progress == 0.4
    assert standing(window).completion == "incomplete"


@pytest.mark.parametrize(
    ("verb", "changes", "rule"),
    [
        ("completed", {"result": {"completion": False, "duration": "PT1S"}}, "completion"),
        ("passed", {"timestamp": "2026-05-04T10:11:12-06:00"}, "timestamp.utc"),
        (
            "experienced",
            {"object": {"id": "https://example.org/elsewhere"}, "context": {}},
            "context.template",
        ),
    ],
)
def test_what_breaks_a_rule_is_refused_with_it_and_changes_nothing(open_course, verbs, verb, changes, rule):
    window = open_course()
    au = window.au().start()
    answer = au.say(verb, **changes)
    assert (answer.status, answer.code, answer.rule) == (403, "cmi5_refused", rule)
    assert "cmi5, section" in answer.json()["detail"]
    assert verbs() == ["launched", "initialized"]
    assert standing(window).completion == "incomplete"


def test_of_a_batch_nothing_is_stored_where_one_breaks_a_rule(open_course, verbs):
    au = open_course().au().start()
    answer = au.xapi.post("statements", [au.statement("completed"), au.statement("completed")])
    assert (answer.status, answer.rule, answer.json()["statement"]) == (403, "verb.twice", 2)
    assert verbs() == ["launched", "initialized"]


def test_a_batch_is_judged_in_its_order_and_satisfied_follows_it(open_course, verbs):
    au = open_course().au().start()
    batch = [
        au.statement("experienced"),
        au.statement("completed"),
        au.statement("passed"),
        au.statement("terminated"),
    ]
    assert au.xapi.post("statements", batch).status == 200
    assert verbs() == [
        "launched",
        "initialized",
        "experienced",
        "completed",
        "passed",
        "terminated",
        "satisfied",
    ]


AT_THE_DOOR = [
    (rule, example)
    for rule in RULES.values()
    for example in rule.examples
    if not example.at.startswith("session.")
]


def test_every_bad_example_of_the_rules_is_refused_at_the_stores_door_and_not_as_bad_xapi(open_course, verbs):
    au = open_course(Au(mastery_score="0.8")).au().start()
    for rule, example in AT_THE_DOOR:
        bad = str(new_id()) if example.bad == "registration-2" else example.bad
        score = {"passed": {"scaled": 0.9}, "failed": {"scaled": 0.2}}.get(example.verb)
        said = changed(au.statement(example.verb, score), example.at, bad)
        answer = au.xapi.post("statements", said)
        assert answer.status == 403, (rule.code, example, answer.body)
        assert answer.rule in (rule.code, ""), (example, answer.body)
    assert verbs() == ["launched", "initialized"]


def test_a_statement_without_an_id_and_a_voiding_one_are_refused(open_course):
    au = open_course().au().start()
    said = au.statement("experienced")
    assert au.send(said).status == 204
    nameless = au.statement("experienced")
    nameless.pop("id")
    assert au.xapi.post("statements", nameless).rule == "statement.id"
    void = au.statement("voided", object={"objectType": "StatementRef", "id": said["id"]})
    assert au.send(void).status == 403


def test_a_statement_that_is_sent_again_because_its_answer_was_lost_is_taken_again(open_course, verbs):
    au = open_course().au().start()
    said = au.statement("completed")
    assert [au.send(said).status for _ in range(3)] == [204, 204, 204]
    assert verbs().count("completed") == 1


def test_an_id_that_was_only_referred_to_is_judged_when_its_statement_comes(open_course):
    au = open_course().au().start()
    later = au.statement("completed", result={"completion": False, "duration": "PT1S"})
    assert au.say("experienced", object={"objectType": "StatementRef", "id": later["id"]}).status == 204
    assert au.send(later).rule == "completion"


def test_an_au_reads_the_preferences_before_it_speaks(open_course):
    au = open_course().au()
    au.xapi = TokenXapi(au.fetch()["auth-token"])
    au.data = au.state("LMS.LaunchData").json()
    assert au.say("initialized").rule == "session.preferences"
    assert au.xapi.get("agents/profile", agent=au.actor, profileId="cmi5LearnerPreferences").status == 404
    assert au.say("initialized").status == 204


def test_preferences_are_written_as_cmi5_has_them_or_not_at_all(open_course):
    au = open_course().au().start()
    good = {"languagePreference": "en-US,fr-FR,fr-BE", "audioPreference": "on"}

    def write(body, headers=None, **query):
        asked = {"agent": au.actor, "profileId": "cmi5LearnerPreferences", **query}
        return au.xapi.request(
            "PUT",
            "agents/profile",
            body,
            {"If-None-Match": "*", **(headers or {})},
            **{k: v for k, v in asked.items() if v},
        )

    refused = [
        write(good, agent={"mbox": "mailto:other@example.com"}), write(good, {"Content-Type": "text/plain"}),
        write(b"just text", {"Content-Type": "text/plain"}),
        write({"audioPreference": "on"}), write({"languagePreference": "en"}),
        write({**good, "languagePreference": "not comma separated"}),
        write({**good, "languagePreference": ""}),
        write({**good, "audioPreference": "loud"}), write([good]),
    ]  # fmt: skip
    assert [answer.status for answer in refused] == [403] * 9
    assert (
        au.xapi.request("DELETE", "agents/profile", agent=au.actor, profileId="cmi5LearnerPreferences").status
        == 403
    )
    assert write(good).status == 204
    assert au.xapi.get("agents/profile", agent=au.actor, profileId="cmi5LearnerPreferences").json() == good


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_what_lacks_a_parameter_of_xapi_is_told_so_and_not_that_it_breaks_a_rule_of_cmi5(open_course, method):
    au = open_course().au().start()
    about = {"activityId": au.launched_with["activityId"], "agent": au.actor, "registration": au.registration}
    for answer in (
        au.xapi.request(
            method, "agents/profile", {"audioPreference": "on"}, profileId="cmi5LearnerPreferences"
        ),
        au.xapi.request(method, "activities/state", {"a": 1}, **about),
    ):
        assert (answer.status, answer.code) == (400, "parameter_missing")


def test_the_launch_data_is_not_the_aus_to_change(open_course):
    au = open_course().au().start()
    assert [au.state("LMS.LaunchData", method, {"a": 1}).status for method in ("PUT", "POST", "DELETE")] == [
        403
    ] * 3
    about = {"activityId": au.launched_with["activityId"], "agent": au.actor, "registration": au.registration}
    assert au.xapi.request("DELETE", "activities/state", **about).status == 403
    assert au.state("LMS.LaunchData").status == 200
    assert [au.state("bookmark", method, {"page": 2}).status for method in ("PUT", "POST", "DELETE")] == [
        204
    ] * 3


def test_after_terminated_nothing_is_taken_but_a_state_that_was_on_its_way(open_course):
    au = open_course().au().start().finish("completed")
    assert au.say("experienced").status == 401
    assert au.state("LMS.LaunchData").status == 401
    assert au.xapi.get("agents/profile", agent=au.actor, profileId="cmi5LearnerPreferences").status == 401
    assert au.state("bookmark", "PUT", {"page": 2}).status == 204
    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        assert au.state("bookmark", "PUT", {"page": 3}).status == 401


def test_a_second_session_of_an_au_resumes_and_may_not_repeat_the_first(open_course, verbs):
    window = open_course()
    first = window.au().start()
    first.state("bookmark", "PUT", {"page": 2})
    first.finish("passed")
    second = Window(window.client, window.registration).au().start()
    assert second.registration == first.registration
    assert second.launched_with["activityId"] == first.launched_with["activityId"]
    assert second.data["contextTemplate"] != first.data["contextTemplate"]
    assert second.state("bookmark").json() == {"page": 2}
    assert second.say("passed").rule == "passed.once"
    assert second.say("failed").rule == "failed.after_passed"
    second.finish("completed")
    assert standing(window).total_centiseconds == 12000
    assert verbs().count("satisfied") == 1


def test_opened_on_another_device_the_older_session_is_abandoned_and_refused(open_course, verbs, store):
    with time_machine.travel("2026-05-04T10:00:00Z", tick=True) as clock:
        window = open_course()
        older = window.au().start()
        clock.shift(90)
        assert older.say("experienced").status == 204
        clock.shift(3600)
        newer = Window(window.client, window.registration).au()
        assert older.say("completed").status == 401
        assert older.state("LMS.LaunchData").status == 401
        assert verbs() == ["launched", "initialized", "experienced", "abandoned", "launched"]
        assert newer.start().say("completed").status == 204
        assert window.progress().json()["code"] == "opened_elsewhere"
    [abandoned] = store.statements(verb="https://w3id.org/xapi/adl/verbs/abandoned")
    assert abandoned["context"]["extensions"][SESSION] == older.delivery["session"]
    assert 90 <= float(abandoned["result"]["duration"][2:-1]) < 95
    assert 9000 <= standing(window).total_centiseconds < 9500


def test_another_au_of_the_course_abandons_the_one_before(open_course, verbs):
    window = open_course(Au(ONE, url="1.html"), Au(TWO, url="2.html"))
    first = window.au().start()
    second = window.au(window.navigate("continue")).start()
    assert first.say("completed").status == 401
    assert second.say("completed").status == 204
    assert verbs().count("abandoned") == 1


@pytest.mark.parametrize(("mode", "word"), [("review", "Review"), ("browse", "Browse")])
def test_review_and_preview_record_nothing(client, import_cmi5, register, mode, word):
    registration = register(import_cmi5(), **({"purpose": "browse"} if mode == "browse" else {}))
    window = Window(client, registration, "normal" if mode == "browse" else mode)
    au = window.au().start()
    assert au.data["launchMode"] == word
    assert [au.say(verb).rule for verb in ("completed", "passed", "failed")] == ["launch_mode"] * 3
    au.finish()
    kept = Registration.objects.get(id=registration.id)
    assert kept.completion != "completed"
    assert kept.total_centiseconds == 0


def test_a_new_attempt_is_a_new_registration_of_cmi5(open_course, tenant):
    window = open_course()
    first = window.au().start()
    actions.new_attempt(tenant.manager, window.registration)
    assert first.say("passed").status == 204
    assert standing(window).success == "unknown"
    second = Window(window.client, window.registration).au().start()
    assert second.registration != first.registration
    second.finish("passed")
    assert standing(window).success == "passed"
    assert [attempt.success for attempt in Attempt.objects.order_by("number")] == ["passed", "passed"]


@pytest.mark.parametrize("gone", ["deleted", "reset"])
def test_of_a_registration_that_is_gone_nothing_is_taken(open_course, tenant, gone):
    window = open_course()
    au = window.au().start()
    if gone == "deleted":
        actions.delete_registration(tenant.actors[Role.ADMIN], window.registration)
    else:
        corrections.reset(tenant.manager, window.registration)
    assert au.say("completed").status == 401
    assert au.fetch()["error-code"] == "1"


@pytest.mark.parametrize("gone", ["course", "registration"])
def test_what_an_au_is_just_saying_is_stored_before_its_course_is_deleted(
    open_course, tenant, verbs, monkeypatch, gone
):
    window = open_course()
    au = window.au().start()
    heard, resume = threading.Event(), threading.Event()

    def linger(access, batch):
        heard.set()
        assert resume.wait(20)

    def delete():
        assert heard.wait(20)
        if gone == "course":
            courses.delete_course(tenant.owner, window.registration.course)
        else:
            actions.delete_registration(tenant.owner, window.registration)

    monkeypatch.setattr(hooks.before_store, "connected", [*hooks.before_store.connected, linger])
    with ThreadPoolExecutor(2) as pool:
        said, deleted = pool.submit(alone, au.say, "completed"), pool.submit(alone, delete)
        assert heard.wait(20)
        until(somebody_waits_for_a_lock, "the deletion waits for what is being said")
        resume.set()
    deleted.result()
    assert said.result().status == 204
    assert verbs()[2:] == ["completed", "satisfied"]
    assert not Registration.objects.exists()
    assert au.say("experienced").status == 401


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*)
              FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        )
        return bool(cursor.fetchone()[0])


def test_what_a_page_said_and_says_once_more_while_it_goes_is_taken_with_its_last_words(
    open_course, verbs, monkeypatch
):
    """Browsers tell a page that goes that its request failed, while the request is still on its way."""
    au = open_course().au().start()
    completed = au.statement("completed")
    heard, resume = threading.Event(), threading.Event()

    def linger(access, not_there):
        heard.set()
        assert resume.wait(20)

    monkeypatch.setattr(hooks.before_store, "connected", [*hooks.before_store.connected, linger])
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(alone, au.send, completed)
        assert heard.wait(20)
        last = pool.submit(
            alone, au.xapi.post, "statements", [completed, au.statement("passed"), au.statement("terminated")]
        )
        until(somebody_waits_for_a_lock, "the second request waits for the first one")
        resume.set()
    assert (first.result().status, last.result().status) == (204, 200), last.result().body
    assert verbs()[1:] == ["initialized", "completed", "satisfied", "passed", "terminated"]


def test_what_was_set_by_hand_stands_and_the_attempt_keeps_what_the_au_said(open_course, tenant):
    window = open_course()
    au = window.au().start()
    corrections.complete(tenant.manager, standing(window), "Shown on paper", "passed", 70)
    au.say("failed", {"scaled": 0.1})
    assert (standing(window).success, standing(window).score_scaled) == ("passed", 0.7)
    assert (Attempt.objects.get().success, Attempt.objects.get().score_scaled) == ("failed", 0.1)
    assert window.progress().json()["relay"]["success"] == "passed"


def test_the_runtime_log_shows_what_an_au_said(open_course):
    au = open_course().au().start()
    au.say("passed", {"scaled": 0.9})
    calls = list(queries.calls(Attempt.objects.get()))
    assert [call["method"] for call in calls] == ["initialized", "passed"]
    assert calls[1]["arguments"][0] == au.launched_with["activityId"]
    assert json.loads(calls[1]["arguments"][1])["score"] == {"scaled": 0.9}


def test_the_runtime_log_shows_what_was_refused_and_why(open_course):
    au = open_course().au().start()
    au.say("failed", {"scaled": -1})
    au.xapi.post("statements", b"{")
    au.xapi.post("statements", [au.statement("experienced"), au.statement("initialized")])
    calls = list(queries.calls(Attempt.objects.get()))[1:]
    assert [(call["method"], call["error"], call["applied"]) for call in calls] == [
        ("failed", 403, False),
        ("statement", 400, False),
        ("initialized", 403, False),
    ]
    assert calls[0]["arguments"][-1].endswith("(cmi5, section 9.5.1).")


def test_a_customer_is_told_by_postback_of_what_an_au_completed(client, import_cmi5, tenant):
    course = import_cmi5()
    customer = dispatching.create_destination(tenant.manager, "Brandt Logistics", "brandt")
    dispatch = dispatching.create_dispatch(
        tenant.manager, course, customer, postback_url="https://brandt.example/hook"
    )
    window = Window(client, admission.admit(dispatch, "anna", "Anna"))
    postbacks.follow()
    before = Postback.objects.count()
    window.au().start().finish("completed")
    assert postbacks.follow() == 1
    assert Postback.objects.count() > before


def test_the_session_of_a_dispatch_has_what_an_au_said_and_how_long_it_took(client, import_cmi5, tenant):
    customer = dispatching.create_destination(tenant.manager, "Brandt Logistics", "brandt")
    dispatch = dispatching.create_dispatch(tenant.manager, import_cmi5(), customer)
    window = Window(client, admission.admit(dispatch, "anna", "Anna"))
    row = session(dispatch, "anna", timezone.now())
    Session.objects.filter(id=row.id).update(launch_id=window.opened["launch"], embedded=False)

    def reached():
        refresh_and_end_silent_sessions(dispatch.organization_id, dispatch.id)
        current = Session.objects.get(id=row.id)
        return current.completion, current.success, current.score_scaled, current.centiseconds

    au = window.au().start()
    assert reached() == ("incomplete", "unknown", None, 0)
    au.say("passed", {"scaled": 0.9})
    assert reached() == ("completed", "passed", 0.9, 0)
    au.finish("completed")
    assert reached() == ("completed", "passed", 0.9, 6000)
    window.navigate("exit")
    assert reached() == ("completed", "passed", 0.9, 6000)
    assert window.navigate("choice", ONE)["sequence"] == 2


def test_a_players_commit_and_an_aus_statement_never_undo_each_other(open_course):
    window = open_course(Au(ONE, url="1.html"), Au(TWO, url="2.html"))
    window.navigate("exit")
    au = window.au(window.navigate("choice", ONE)).start()
    for _ in range(3):
        au.say("experienced")
        window.navigate("exit")
    au.say("completed")
    window.navigate("exit")
    assert Attempt.objects.get().tree["activities"][ONE][0] == "completed"


def test_two_windows_that_say_the_same_at_once_are_told_apart(open_course):
    window = open_course()
    au = window.au().start()
    said = [au.statement("completed") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(answer.status for answer in pool.map(partial(alone, au.send), said))
    assert statuses == [204, 403, 403, 403]


def test_a_course_of_a_thousand_aus_is_played(open_course):
    def units(block):
        return [Au(f"https://example.com/au-{block}-{number}", url=f"{block}.html") for number in range(40)]

    nodes = [
        Block(f"https://example.com/block-{block}", f"Part {block}", units(block)) for block in range(25)
    ]
    window = open_course(*nodes)
    window.au().start().finish("completed")
    assert standing(window).completion == "incomplete"


def test_a_new_version_leaves_a_session_in_peace(open_course, import_cmi5, tenant, tmp_path):
    window = open_course()
    au = window.au().start()
    course = window.registration.course
    path = tmp_path / "two.zip"
    cmi5_course(path, nodes=[Au(TWO, url="2.html")])
    job = importing.run(
        courses.start_import(tenant.manager, path, "course.zip", course.key, True, run_here=True).id
    )
    assert job.version
    assert au.say("completed").status == 204
    assert standing(window).completion == "completed"
