"""Whoever has a stub key and somebody's id is not that learner: nothing stored is told to a stub or replaced by one.

Who comes back brings what their LMS keeps.
"""

import json
from datetime import timedelta

import pytest
import time_machine
from tests.fixtures import CONTENT

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.dispatch import actions, rules
from heliograph.dispatch.models import Deployment, Session
from heliograph.runtime.models import Learner, Registration


@pytest.fixture
def ask(client, dispatch):
    def post(**said):
        body = json.dumps({"learner": "anna", "name": "Anna Šimková", "email": "anna@brandt.example", "sitting": str(new_id()), **said})
        origin = said.pop("origin", "https://lms.brandt.example")
        return client.post(f"/d/{dispatch.stub_key}/launch", body, content_type="text/plain", HTTP_HOST=CONTENT, HTTP_ORIGIN=origin)

    return post


@pytest.fixture
def play(client):
    def post(answer):
        path = answer["url"].partition("8000")[2]
        return client.post(f"{path}open", "{}", content_type="text/plain", HTTP_HOST=CONTENT).json()

    return post


def test_a_learner_who_brings_what_the_lms_keeps_is_confirmed_and_may_have_a_new_name(ask, play):
    first = ask().json()
    assert first["unconfirmed"] is False
    again = ask(name="Anna Nováková", keepsake=first["keepsake"]).json()
    assert again["unconfirmed"] is False
    assert play(again)["delivery"]["seed"]["cmi.core.student_name"] == "Anna Nováková"
    assert not Session.objects.filter(unconfirmed=True).exists()


def test_a_stub_without_it_hears_no_stored_name_and_replaces_none(ask, play):
    ask()
    stranger = ask(name="Mallory", email="mallory@elsewhere.example").json()
    assert stranger["unconfirmed"] is True
    assert "cmi.core.student_name" not in play(stranger)["delivery"]["seed"]
    assert "Anna" not in json.dumps([stranger, play(stranger)])
    learner = Learner.objects.get()
    assert (learner.name, learner.email) == ("Anna Šimková", "anna@brandt.example")
    assert Session.objects.filter(unconfirmed=True).count() == 1


def test_the_name_stays_untold_when_the_next_lesson_opens(client, tenant, import_course, ask, play):
    from tests.packages import Sco

    course = import_course(tenant, key="two", standard="scorm_12", scos=[Sco("one", "One", "1.html"), Sco("two", "Two", "2.html")])
    destination = actions.create_destination(tenant.manager, "Ostrava", "ostrava")
    dispatch = actions.create_dispatch(tenant.manager, course, destination)
    address = f"/d/{dispatch.stub_key}/launch"
    launch = {"learner": "anna", "name": "Anna Šimková"}
    for name in ("Anna Šimková", "Mallory"):
        answer = client.post(address, json.dumps({**launch, "name": name}), content_type="text/plain", HTTP_HOST=CONTENT).json()
    opened = play(answer)
    commit = {"sequence": 1, "activity": "one", "event": {"kind": "choice", "target": "two"}}
    door = f"/play/{opened['token']}/commit"
    said = client.post(door, json.dumps({"commits": [commit]}), content_type="text/plain", HTTP_HOST=CONTENT).json()
    assert said["delivery"]["activity"] == "two"
    assert "Anna" not in json.dumps(said)


@pytest.mark.parametrize("keepsake", ["", "nonsense", "another learner's"])
def test_a_dispatch_may_refuse_who_is_not_confirmed(tenant, dispatch, ask, keepsake):
    ask()
    if keepsake == "another learner's":
        keepsake = ask(learner="boris").json()["keepsake"]
    actions.change_dispatch(tenant.manager, dispatch, confirmed_only=True)
    refused = ask(keepsake=keepsake)
    assert (refused.status_code, refused.json()["code"]) == (403, "learner_unconfirmed")
    assert ask(learner="clara").status_code == 200  # a new learner is nobody yet


def test_the_mark_outlives_everything_but_the_registration(ask):
    first = ask().json()
    with time_machine.travel(now() + timedelta(days=900)):
        assert ask(keepsake=first["keepsake"]).json()["unconfirmed"] is False
    Registration.objects.all().delete()
    assert ask(keepsake=first["keepsake"]).json()["unconfirmed"] is False  # a new learner again


def test_origins_that_are_made_up_fill_no_list(ask, monkeypatch):
    monkeypatch.setattr(rules, "MOST_DEPLOYMENTS", 3)
    for number in range(8):
        assert ask(origin=f"https://lms-{number}.example").status_code == 200
    assert ask(origin="https://lms-1.example").status_code == 200
    assert Deployment.objects.count() == 4  # and one without a place
    assert Deployment.objects.get(domain="").launches == 5
