"""What a stub in a customer's LMS may ask of us, and what it is answered."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.conf import settings
from django.db import connections
from tests.fixtures import CONTENT

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.core.secrets import tokens
from heliograph.dispatch import actions, rules
from heliograph.dispatch.deployments import actions as deployments
from heliograph.dispatch.hosted import relay
from heliograph.dispatch.licenses import actions as licensing
from heliograph.dispatch.models import Deployment, LmsResult, RelayReceipt, Session
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Learner, Registration


@pytest.fixture
def ask(client, dispatch):
    def post(door: str, body, key: str = ""):
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return client.post(
            f"/d/{key or dispatch.stub_key}/{door}", text, content_type="text/plain", HTTP_HOST=CONTENT
        )

    return post


def launch(ask, **said):
    return ask("launch", {"learner": "anna", "name": "Anna", **said})


def test_a_learner_is_launched_and_any_lms_may_read_the_answer(ask):
    answer = launch(ask)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer
    document = answer.json()
    assert document["url"].startswith("http://127.0.0.1:8000/play/")
    assert document["reporting"] is True
    assert document["relay"] is None


@pytest.mark.parametrize("door", ["launch", "receipts", "events"])
@pytest.mark.parametrize("private", ["true", None])
def test_an_lms_on_the_internet_may_ask_a_host_inside_a_network(client, dispatch, door, private):
    asked = {"Origin": "https://lms.example", "Access-Control-Request-Method": "POST"}
    asked |= {"Access-Control-Request-Private-Network": private} if private else {}
    answer = client.options(f"/d/{dispatch.stub_key}/{door}", HTTP_HOST=CONTENT, headers=asked)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (204, "https://lms.example")
    assert answer.get("Access-Control-Allow-Private-Network") == private


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"enabled": False}, "dispatch_disabled"),
        ({"expires_at": now() - timedelta(days=1)}, "dispatch_expired"),
        ({"new_learners_allowed": False}, "new_learners_not_allowed"),
    ],
)
def test_each_refusal_has_its_code_and_a_sentence_for_the_learner(tenant, dispatch, ask, limits, code):
    actions.change_dispatch(tenant.manager, dispatch, **limits)
    answer = launch(ask)
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer.json()["detail"].endswith((".", "fault."))


def test_a_package_of_a_dispatch_that_is_gone_is_told_so(ask):
    answer = ask("launch", {"learner": "anna"}, key="nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "dispatch_not_found")


def test_an_lms_that_only_previews_takes_no_place_and_is_asked_to_write_nothing(dispatch, ask):
    assert launch(ask, mode="browse").json()["reporting"] is False
    dispatch.refresh_from_db()
    assert dispatch.registrations_used == 0
    assert Registration.objects.get().purpose == "browse"


@pytest.mark.parametrize(
    ("term", "code"), [(timedelta(days=1), "licence_not_started"), (-timedelta(days=1), "dispatch_expired")]
)
def test_a_preview_opens_nothing_before_or_after_the_license(tenant, dispatch, ask, term, code):
    licensing.attach(
        tenant.manager, dispatch, starts_at=now() + term - timedelta(hours=1), expires_at=now() + term
    )
    answer = launch(ask, mode="browse")
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert not Registration.objects.exists()


def test_previews_are_counted_for_a_day_and_leave_nothing_behind(ask, monkeypatch):
    monkeypatch.setattr(rules, "MOST_PREVIEWS", 2)
    assert [launch(ask, mode="browse").status_code for _ in range(3)] == [200, 200, 429]
    launch(ask)
    with time_machine.travel(now() + timedelta(hours=25)):
        runtime.forget_previews()
        assert [registration.purpose for registration in Registration.objects.all()] == ["learning"]
        assert Learner.objects.get().identifier == "anna"
        assert launch(ask, mode="browse").status_code == 200


def test_a_full_dispatch_is_previewed_by_whoever_looks_and_nobody_teaches_a_class_with_it(
    tenant, dispatch, ask
):
    actions.change_dispatch(tenant.manager, dispatch, registration_limit=1, new_learners_allowed=False)
    assert [launch(ask, mode="browse").status_code for _ in range(26)] == [200] * 25 + [429]
    assert Registration.objects.count() == 25, "what was refused left nothing"


@pytest.mark.django_db(transaction=True)
def test_previews_at_once_are_as_few(ask, monkeypatch):
    monkeypatch.setattr(rules, "MOST_PREVIEWS", 3)

    def look(_):
        try:
            return launch(ask, mode="browse").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(look, range(8))) == [200] * 3 + [429] * 5


def test_who_may_not_open_the_course_may_not_preview_it(tenant, dispatch, ask, client):
    def look(domain="https://lms.brandt.example"):
        said = json.dumps({"learner": "anna", "mode": "browse"})
        address = f"/d/{dispatch.stub_key}/launch"
        return (
            client.post(address, said, content_type="text/plain", HTTP_HOST=CONTENT, HTTP_ORIGIN=domain)
            .json()
            .get("code", "open")
        )

    actions.change_dispatch(tenant.manager, dispatch, allowed_domains=["brandt.example"])
    assert [look(), look("https://elsewhere.example")] == ["open", "domain_not_allowed"]
    launch_of_learner = json.dumps({"learner": "anna"})
    client.post(
        f"/d/{dispatch.stub_key}/launch",
        launch_of_learner,
        content_type="text/plain",
        HTTP_HOST=CONTENT,
        HTTP_ORIGIN="https://lms.brandt.example",
    )
    deployments.change_deployment(tenant.manager, Deployment.objects.get(), suspended=True)
    assert look() == "deployment_suspended"
    deployments.change_deployment(tenant.manager, Deployment.objects.get(), suspended=False)
    for limits, code in (
        ({"enabled": False}, "dispatch_disabled"),
        ({"enabled": True, "expires_at": now()}, "dispatch_expired"),
    ):
        actions.change_dispatch(tenant.manager, dispatch, **limits)
        assert look() == code


def test_an_lms_that_hides_the_learner_knows_them_again_by_its_keepsake(ask):
    first = launch(ask, learner="").json()
    again = launch(ask, learner="", keepsake=first["keepsake"]).json()
    other = launch(ask, learner="").json()
    assert first["registration"] == again["registration"] != other["registration"]


def test_a_keepsake_of_another_dispatch_or_of_ones_own_making_names_nobody(tenant, course, ask):
    other = actions.create_dispatch(
        tenant.manager, course, actions.create_destination(tenant.manager, "Elsewhere")
    )
    stolen = ask("launch", {"learner": "boris"}, key=other.stub_key).json()
    for keepsake in (stolen["keepsake"], "A" * 50, "ü"):
        assert launch(ask, learner="", keepsake=keepsake).json()["registration"] != stolen["registration"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '{"learner": 1}',
        b"\xff",
        '{"learner": "' + "x" * 300_000 + '"}',
        '{"learner": "a\\u0000b"}',
    ],
)
def test_whatever_else_is_sent_gets_a_sentence(ask, body):
    answer = ask("launch", body)
    assert answer.status_code in (200, 413, 422)
    assert answer.status_code == 200 or answer.json()["code"]


def test_the_doors_take_post_alone(client, dispatch):
    assert client.get(f"/d/{dispatch.stub_key}/launch", HTTP_HOST=CONTENT).status_code == 400
    assert client.options(f"/d/{dispatch.stub_key}/launch", HTTP_HOST=CONTENT).status_code == 204


def test_the_doors_are_not_on_the_origin_with_the_cookies(client, dispatch):
    assert client.post(f"/d/{dispatch.stub_key}/launch", "{}", content_type="text/plain").status_code == 404


SITTING = new_id()
WRITE = {
    "sequence": 1,
    "element": "cmi.core.lesson_status",
    "written": "passed",
    "kept": "passed",
    "accepted": True,
}


def report(ask, token: str, *writes, sitting=None):
    return ask("receipts", {"token": token, "sitting": str(sitting or SITTING), "writes": list(writes)})


def test_a_receipt_is_stored_once_however_often_it_is_sent(ask):
    token = launch(ask, sitting=str(SITTING)).json()["receipts"]
    for _ in range(3):
        assert report(ask, token, WRITE, {**WRITE, "sequence": 2}).json() == {"stored": 2}
    assert RelayReceipt.objects.count() == 2


def test_receipts_belong_to_the_session_whose_token_they_bring(ask):
    """The first stubs name no sitting when they launch, one of their own when they report; and others may
    name what they like.
    """
    token = launch(ask).json()["receipts"]
    launch(ask, sitting=str(SITTING))
    for sitting in (SITTING, new_id()):
        assert report(ask, token, WRITE, sitting=sitting).json() == {"stored": 1}
    assert RelayReceipt.objects.get().page_load_id == Session.objects.exclude(id=SITTING).get().id


def test_receipts_that_wait_with_a_token_of_an_earlier_release_arrive(dispatch, ask):
    registration = UUID(launch(ask, sitting=str(SITTING)).json()["registration"])
    expires = int((now() + timedelta(days=30)).timestamp())
    token = tokens.sign(
        settings.HELIOGRAPH.secret_key.encode(), f"receipt:{dispatch.id}", registration, expires
    )
    for sitting in (SITTING, new_id()):
        assert report(ask, token, WRITE, sitting=sitting).json() == {"stored": 1}
    assert RelayReceipt.objects.get().page_load_id == SITTING


def test_a_sitting_keeps_so_many_receipts_and_the_result_however_many_there_are(ask, monkeypatch):
    monkeypatch.setattr(relay, "MOST_RECEIPTS", 3)
    token = launch(ask).json()["receipts"]
    for first in (1, 3):
        writes = [
            {**WRITE, "sequence": number, "written": f"{number}", "kept": f"{number}"}
            for number in range(first, first + 2)
        ]
        assert report(ask, token, *writes).json() == {"stored": first + 1}
    assert report(ask, token, {**WRITE, "sequence": 5}).json() == {"stored": 5}
    assert RelayReceipt.objects.count() == 3
    assert LmsResult.objects.get().values == {"cmi.core.lesson_status": ["passed", True]}


def test_whose_lms_has_what_no_unconfirmed_package_says(ask, client):
    first = launch(ask).json()
    player = first["url"].partition("8000")[2]
    client.post(f"{player}open", "{}", content_type="text/plain", HTTP_HOST=CONTENT)
    report(ask, first["receipts"], WRITE)
    stranger = launch(ask).json()
    assert report(ask, stranger["receipts"], {**WRITE, "written": "failed", "kept": "failed"}).json() == {
        "stored": 1
    }
    assert LmsResult.objects.get().values == {"cmi.core.lesson_status": ["passed", True]}
    assert RelayReceipt.objects.count() == 2, "the ledger shows it"


@pytest.mark.parametrize("mode", ["browse", "review"])
def test_where_nothing_is_written_nothing_can_be_reported(ask, mode):
    assert launch(ask, mode=mode).json()["receipts"] == ""
    assert report(ask, "", WRITE).status_code == 401


@pytest.mark.parametrize(
    ("write", "agrees"),
    [
        ({}, True),
        ({"kept": "completed"}, False),
        ({"accepted": False, "error": "403"}, False),
        ({"element": "cmi.core.score.raw", "written": "80", "kept": "80.00"}, True),
        ({"element": "cmi.core.score.raw", "written": "80", "kept": "8"}, False),
        ({"element": "cmi.core.session_time", "written": "0000:00:05.00", "kept": ""}, None),
        ({"element": "cmi.core.lesson_status", "written": "passed", "kept": "", "error": "read 404"}, None),
    ],
)
def test_a_receipt_says_whether_the_lms_has_what_it_was_given(ask, write, agrees):
    report(ask, launch(ask).json()["receipts"], {**WRITE, **write})
    assert RelayReceipt.objects.get().agrees is agrees


def test_a_receipt_needs_the_token_of_a_launch_of_this_dispatch(tenant, course, ask):
    other = actions.create_dispatch(
        tenant.manager, course, actions.create_destination(tenant.manager, "Elsewhere")
    )
    foreign = ask("launch", {"learner": "boris"}, key=other.stub_key).json()["receipts"]
    for token in (foreign, "", "A" * 50):
        assert report(ask, token, WRITE).status_code == 401
    assert not RelayReceipt.objects.exists()


def test_receipts_may_wait_in_a_browser_for_days_but_not_for_ever(ask):
    token = launch(ask).json()["receipts"]
    with time_machine.travel(now() + timedelta(days=29)):
        assert report(ask, token, WRITE).status_code == 200
    with time_machine.travel(now() + timedelta(days=31)):
        assert report(ask, token, WRITE).status_code == 401


@pytest.mark.parametrize(
    "broken",
    [{"sequence": -1}, {"sequence": 2**70}, {"written": "a\x00b"}, {"element": "x" * 5000}, {"ago": -5}],
)
def test_a_receipt_with_odd_content_never_breaks_anything(ask, broken):
    answer = report(ask, launch(ask).json()["receipts"], {**WRITE, **broken})
    assert answer.status_code in (200, 422)


def test_a_new_version_reaches_the_packages_that_are_out_already(tenant, course, import_course, client, ask):
    def content_of(learner):
        address = launch(ask, learner=learner).json()["url"].partition("8000")[2]
        opened = client.post(f"{address}open", "{}", content_type="text/plain", HTTP_HOST=CONTENT).json()
        return opened["delivery"]["url"].split("/")[2]

    first = content_of("anna")
    import_course(tenant, key=course.key, standard="scorm_12", title="The second")
    assert content_of("boris") != first
    assert content_of("anna") == first  # who is in the middle goes on with what they began
