"""A POST with an Idempotency-Key is done once, however often it is sent, by whomever at once, and its answer
is nobody else's.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from tests.builders import build_package
from tests.fixtures import APP

from heliograph.accounts import idempotency, tasks
from heliograph.accounts.models import ApiKey, IdempotentResponse
from heliograph.config.api import api as heliograph_api
from heliograph.core.clock import now
from heliograph.core.roles import Role
from heliograph.courses.models import Import
from heliograph.dispatch.models import Destination
from heliograph.runtime import hooks


def keyed(key="one"):
    return {"headers": {"Idempotency-Key": key}}


def test_the_same_request_again_gets_the_same_answer_and_is_done_once(api):
    first = api("POST", "/destinations", {"name": "Brandt"}, **keyed())
    again = api("POST", "/destinations", {"name": "Brandt"}, **keyed())
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert Destination.objects.count() == 1
    assert api("POST", "/destinations", {"name": "Brandt"}, **keyed("two")).json()["id"] != first.json()["id"]
    assert api("POST", "/destinations", {"name": "Brandt"}).status_code == 201
    assert Destination.objects.count() == 3


@pytest.mark.parametrize(
    ("path", "body"),
    [("/destinations", {"name": "Other"}), ("/destinations/{id}/licenses", {"name": "Brandt"})],
)
def test_the_same_key_for_another_request_is_refused(api, path, body):
    made = api("POST", "/destinations", {"name": "Brandt"}, **keyed()).json()
    answer = api("POST", path.format(id=made["id"]), body, **keyed())
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Destination.objects.count() == 1


def test_a_refusal_is_not_remembered_and_what_was_refused_may_be_asked_again(api):
    assert api("POST", "/destinations", {"name": ""}, **keyed()).status_code == 422
    api("POST", "/destinations", {"name": "Brandt", "key": "brandt"})
    taken = api("POST", "/destinations", {"name": "Second", "key": "brandt"}, **keyed())
    assert (taken.status_code, taken.json()["code"]) == (409, "key_taken")
    api("DELETE", "/destinations/brandt")
    assert api("POST", "/destinations", {"name": "Second", "key": "brandt"}, **keyed()).status_code == 201
    assert not IdempotentResponse.objects.exclude(status=201).exists()


def test_each_credential_has_its_own_keys(tenant, stranger, api_as):
    programs = [api_as(tenant), api_as(tenant), api_as(stranger)]
    answers = [
        program("POST", "/destinations", {"name": "Brandt"}, **keyed()).json()["id"] for program in programs
    ]
    assert len(set(answers)) == 3


def test_without_signing_in_nothing_is_kept_and_nothing_told(api, client):
    api("POST", "/destinations", {"name": "Brandt"}, **keyed())
    answer = client.post(
        "/api/destinations",
        {"name": "Brandt"},
        "application/json",
        headers={"Idempotency-Key": "one"},
        HTTP_HOST=APP,
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert IdempotentResponse.objects.count() == 1


def test_a_page_of_somebody_elses_gets_no_answer_through_a_persons_session(tenant):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(tenant.organization.memberships.get(role="manager").user)
    answer = browser.post(
        "/api/destinations",
        {"name": "x"},
        "application/json",
        headers={"Idempotency-Key": "one"},
        HTTP_HOST=APP,
    )
    assert answer.status_code == 403
    assert not IdempotentResponse.objects.exists()


def test_after_a_day_the_key_is_new_again_and_the_answer_forgotten(api):
    first = api("POST", "/destinations", {"name": "Brandt"}, **keyed()).json()["id"]
    with time_machine.travel(now() + timedelta(hours=23)):
        tasks.forget_answers(0)
        assert api("POST", "/destinations", {"name": "Brandt"}, **keyed()).json()["id"] == first
    with time_machine.travel(now() + timedelta(hours=25)):
        assert api("POST", "/destinations", {"name": "Other"}, **keyed()).status_code == 201
        assert IdempotentResponse.objects.count() == 1
    with time_machine.travel(now() + timedelta(hours=50)):
        assert idempotency.forget_old() == 1
    assert not IdempotentResponse.objects.exists()


@pytest.mark.parametrize("key", ["", "two words", "ä", "x" * 256])
def test_what_is_no_key_is_refused(api, key):
    answer = api("POST", "/destinations", {"name": "Brandt"}, **keyed(key))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")
    assert not Destination.objects.exists()


def test_an_answer_that_holds_a_secret_is_given_again_and_lies_sealed(tenant, api_as):
    owner = api_as(tenant, Role.OWNER)
    first = owner("POST", "/org/api-keys", {"name": "another"}, **keyed()).json()
    assert owner("POST", "/org/api-keys", {"name": "another"}, **keyed()).json() == first
    kept = bytes(IdempotentResponse.objects.get().body)
    assert first["secret"].encode() not in kept
    assert b"another" not in kept
    assert ApiKey.objects.filter(name="another").count() == 1


def test_a_fault_of_ours_undoes_all_and_the_request_may_come_again(api, dispatch, monkeypatch):
    monkeypatch.setattr(hooks.registration_changed, "connected", [lambda registration: 1 / 0])
    body = {"course": str(dispatch.course_id), "learner": {"id": "anna"}}
    assert api("POST", "/registrations", body, **keyed()).status_code == 500
    monkeypatch.undo()
    assert api("POST", "/registrations", body, **keyed()).status_code == 201
    assert api("POST", "/registrations", body, **keyed()).status_code == 201


def test_an_upload_is_taken_once_and_another_file_is_another_request(tenant, api, tmp_path):
    build_package(tmp_path / "one.zip", standard="scorm_12")
    build_package(tmp_path / "two.zip", standard="scorm_12", title="Other")

    def upload(name):
        file = SimpleUploadedFile("course.zip", (tmp_path / name).read_bytes())
        headers = {"Authorization": f"Bearer {api.secret}", **keyed()["headers"]}
        return api.client.post(
            "/api/imports", {"file": file, "course": "fire"}, headers=headers, HTTP_HOST=APP
        )

    first, again, other = upload("one.zip"), upload("one.zip"), upload("two.zip")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Import.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_done_once_and_all_get_the_same_answer(api):
    def send(_):
        try:
            answer = type(api)(Client(), api.secret)("POST", "/destinations", {"name": "Brandt"}, **keyed())
            return answer.status_code, answer.json()["id"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(16)))
    assert len(answers) == 1
    assert Destination.objects.count() == 1


def test_every_post_of_the_api_says_that_it_takes_a_key():
    for path, methods in heliograph_api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            names = [parameter["name"] for parameter in operation.get("parameters", [])]
            assert ("Idempotency-Key" in names) == (method == "post" and bool(operation.get("security"))), (
                method,
                path,
            )
