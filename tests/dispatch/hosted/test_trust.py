"""Whoever has a stub key and somebody's id is not that learner: nothing stored is told to a stub or replaced
by one.

Who comes back brings what their LMS keeps.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import connections
from tests.builders import Sco, cmi5_course
from tests.fixtures import CONTENT, version_of
from tests.runtime.cmi5.au import Au

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.courses import actions as courses
from heliograph.courses.imports import importing
from heliograph.dispatch import actions, admission, rules
from heliograph.dispatch.models import Deployment, Dispatch, EmbeddedProgress, Session
from heliograph.runtime.models import Learner, Registration


@pytest.fixture
def ask(client, dispatch):
    def post(**said):
        body = json.dumps(
            {
                "learner": "anna",
                "name": "Anna Šimková",
                "email": "anna@brandt.example",
                "sitting": str(new_id()),
                **said,
            }
        )
        origin = said.pop("origin", "https://lms.brandt.example")
        key = said.pop("key", dispatch.stub_key)
        return client.post(
            f"/d/{key}/launch", body, content_type="text/plain", HTTP_HOST=CONTENT, HTTP_ORIGIN=origin
        )

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
    play(ask().json())
    stranger = ask(name="Mallory", email="mallory@elsewhere.example").json()
    assert stranger["unconfirmed"] is True
    assert "cmi.core.student_name" not in play(stranger)["delivery"]["seed"]
    assert "Anna" not in json.dumps([stranger, play(stranger)])
    learner = Learner.objects.get()
    assert (learner.name, learner.email) == ("Anna Šimková", "anna@brandt.example")
    assert Session.objects.filter(unconfirmed=True).count() == 1


def test_the_name_stays_untold_when_the_next_lesson_opens(client, tenant, import_course, ask, play):
    course = import_course(
        tenant,
        key="two",
        standard="scorm_12",
        scos=[Sco("one", "One", "1.html"), Sco("two", "Two", "2.html")],
    )
    destination = actions.create_destination(tenant.manager, "Ostrava", "ostrava")
    dispatch = actions.create_dispatch(tenant.manager, course, destination)
    address = f"/d/{dispatch.stub_key}/launch"
    launch = {"learner": "anna", "name": "Anna Šimková"}
    for name in ("Anna Šimková", "Mallory"):
        answer = client.post(
            address, json.dumps({**launch, "name": name}), content_type="text/plain", HTTP_HOST=CONTENT
        ).json()
    opened = play(answer)
    commit = {"sequence": 1, "activity": "one", "event": {"kind": "choice", "target": "two"}}
    door = f"/play/{opened['token']}/commit"
    said = client.post(
        door, json.dumps({"commits": [commit]}), content_type="text/plain", HTTP_HOST=CONTENT
    ).json()
    assert said["delivery"]["activity"] == "two"
    assert "Anna" not in json.dumps(said)


@pytest.mark.parametrize("keepsake", ["", "nonsense", "another learner's"])
def test_a_dispatch_may_refuse_who_is_not_confirmed(tenant, dispatch, ask, play, keepsake):
    play(ask().json())
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


def test_origins_that_are_made_up_take_no_place_of_those_that_are_allowed(tenant, dispatch, ask, monkeypatch):
    monkeypatch.setattr(rules, "MOST_DEPLOYMENTS", 2)
    for number in range(4):
        ask(origin=f"https://lms-{number}.example")
    actions.change_dispatch(tenant.manager, dispatch, allowed_domains=["brandt.example", "ostrava.example"])
    for host in (
        "a.brandt.example",
        "b.brandt.example",
        "c.brandt.example",
        "brandt.example",
        "ostrava.example",
    ):
        ask(origin=f"https://{host}")
    seen = Deployment.objects.exclude(domain__startswith="lms-").values_list("domain", flat=True)
    assert sorted(seen) == ["", "a.brandt.example", "b.brandt.example", "brandt.example", "ostrava.example"]


@pytest.mark.django_db(transaction=True)
def test_origins_that_are_made_up_at_once_fill_no_list_either(ask, monkeypatch):
    monkeypatch.setattr(rules, "MOST_DEPLOYMENTS", 3)

    def go(number):
        try:
            ask(origin=f"https://lms-{number}.example", learner=f"learner-{number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(go, range(16)))
    assert Deployment.objects.exclude(domain="").count() == 3


def test_whoever_comes_without_the_mark_is_never_given_one(ask, play):
    first = ask().json()
    play(first)
    for _ in range(2):
        stranger = ask(name="Mallory").json()
        assert (stranger["keepsake"], stranger["unconfirmed"]) == ("", True)
        play(stranger)
    assert ask(keepsake=first["keepsake"]).json()["keepsake"] == first["keepsake"]


def test_a_package_that_asks_again_while_it_opens_is_still_the_first(ask, play):
    first = ask(sitting="018f0000-0000-7000-8000-000000000001").json()
    play(first)
    again = ask(sitting="018f0000-0000-7000-8000-000000000001").json()
    assert again["keepsake"]
    assert not Session.objects.filter(unconfirmed=True).exists()
    assert ask(keepsake=again["keepsake"]).json()["keepsake"] == again["keepsake"]


def test_whoever_knows_the_id_of_an_older_session_is_not_its_learner(tenant, dispatch, ask, play):
    sitting = str(new_id())
    play(ask(sitting=sitting).json())
    with time_machine.travel(now() + timedelta(hours=2)):
        stranger = ask(sitting=sitting, name="Mallory").json()
        assert (stranger["keepsake"], stranger["unconfirmed"]) == ("", True)
        assert Session.objects.get(unconfirmed=True).learner_name == "Mallory", "nor is it flagged less"
        actions.change_dispatch(tenant.manager, dispatch, confirmed_only=True)
        assert ask(sitting=sitting).json()["code"] == "learner_unconfirmed"


def test_what_waited_in_an_embedded_package_is_taken_without_the_mark(tenant, dispatch, ask):
    dispatch.embedded_since = now()
    dispatch.save()
    actions.change_dispatch(tenant.manager, dispatch, confirmed_only=True)
    said = {"mode_of_package": "embedded", "scos": ["a.html"], "sitting": str(new_id())}
    assert ask(**said).json()["keepsake"]
    with time_machine.travel(now() + timedelta(days=9)):
        late = ask(**said, began_ago=9 * 86_400_000).json()
        assert (late["session"], bool(late["callback"]), late["keepsake"]) == (said["sitting"], True, "")


def test_an_answer_that_was_lost_on_its_way_shuts_nobody_out(tenant, dispatch, ask):
    ask()  # and the course was never opened
    actions.change_dispatch(tenant.manager, dispatch, confirmed_only=True)
    assert ask().json()["keepsake"]


def test_a_review_without_the_mark_hears_no_name(ask, play):
    play(ask().json())
    review = ask(mode="review", name="").json()
    opened = play(review)
    assert (opened["mode"], opened["delivery"]["seed"].get("cmi.core.student_name")) == ("review", None)
    assert "Anna" not in json.dumps([review, opened])


@pytest.fixture
def second(tenant, import_course, dispatch):
    """Another course for the same customer."""
    return actions.create_dispatch(
        tenant.manager, import_course(tenant, key="second", standard="scorm_12"), dispatch.destination
    )


@pytest.mark.parametrize("form", ["hosted", "embedded"])
def test_another_course_of_the_same_customer_tells_and_changes_no_name(ask, play, second, form):
    ask()
    second.embedded_since = now()
    second.save()
    keepsake = ""
    for _ in range(2):
        said = {
            "key": second.stub_key,
            "name": "Mallory",
            "email": "mallory@elsewhere.example",
            "keepsake": keepsake,
        }
        answer = ask(**said, mode_of_package=form, scos=["sco-1.html"]).json()
        keepsake = answer["keepsake"]
        assert keepsake
        if form == "hosted":
            assert answer["unconfirmed"] is True, "the package itself names its learner to the course"
            assert "Anna" not in json.dumps([answer, play(answer)])
    learner = Learner.objects.get()
    assert (learner.name, learner.email) == ("Anna Šimková", "anna@brandt.example")
    assert not Session.objects.filter(unconfirmed=True).exists(), "a first launch of a course is no mismatch"


def test_a_learner_admitted_late_is_nobody_elses_either(tenant, dispatch, ask, play):
    dispatch.embedded_since = now()
    dispatch.registration_limit = 1
    dispatch.save()
    ask(learner="boris")
    late = ask(mode_of_package="embedded", began_ago=60_000, scos=["sco-1.html"])
    assert late.status_code == 200
    actions.change_dispatch(tenant.manager, dispatch, registration_limit=5)
    ask(name="Mallory", email="mallory@elsewhere.example")
    assert Learner.objects.get(identifier="anna").name == "Anna Šimková"
    assert Session.objects.get(learner_name="Mallory").unconfirmed is True


def test_an_embedded_package_is_flagged_and_refused_like_a_hosted_one(tenant, dispatch, ask):
    dispatch.embedded_since = now()
    dispatch.save()
    first = ask(mode_of_package="embedded", scos=["a.html", "b.html"]).json()
    EmbeddedProgress.objects.update(
        scos={"a.html": {"x": {"completion": "completed", "at": "2026-01-01T00:00:00Z"}}}
    )
    stranger = ask(mode_of_package="embedded", scos=["bogus"]).json()
    assert stranger["keepsake"] == ""
    assert Session.objects.get(unconfirmed=True).id == UUID(stranger["session"])
    assert (EmbeddedProgress.objects.get().expected, list(EmbeddedProgress.objects.get().scos)) == (
        2,
        ["a.html"],
    )
    actions.change_dispatch(tenant.manager, dispatch, confirmed_only=True)
    assert (
        ask(mode_of_package="embedded", scos=["a.html"], began_ago=1).json()["code"] == "learner_unconfirmed"
    )
    assert ask(mode_of_package="embedded", scos=["a.html"], keepsake=first["keepsake"]).status_code == 200


def test_a_cmi5_lesson_of_somebody_without_the_mark_hears_no_name(client, tenant, dispatch, play, tmp_path):
    cmi5_course(tmp_path / "lesson.zip")
    job = importing.run(
        courses.start_import(
            tenant.manager, tmp_path / "lesson.zip", "lesson.zip", "lesson", True, run_here=True
        ).id
    )
    lesson = actions.create_dispatch(tenant.manager, version_of(job).course, dispatch.destination)

    def launch(**said):
        body = json.dumps({"learner": "clara", "name": "Clara Nová", "sitting": str(new_id()), **said})
        return client.post(
            f"/d/{lesson.stub_key}/launch", body, content_type="text/plain", HTTP_HOST=CONTENT
        ).json()

    def told(au):
        """What an AU hears from the record store of its own registration, and of its learner."""
        account = {"account": au.actor["account"]}
        statements = au.xapi.get("statements", registration=au.registration).json()["statements"]
        read_back = au.xapi.get("statements", statementId=statements[0]["id"], format="canonical")
        return json.dumps([statements, read_back.json(), au.xapi.get("agents", agent=account).json()])

    first = Au(client, play(launch())["delivery"])
    assert "Clara" in first.launched_with["actor"]
    assert "Clara" in told(first.start())
    first.finish("completed")
    stranger = play(launch(name=""))
    assert "Clara" not in json.dumps(stranger)
    assert "Clara" not in told(Au(client, stranger["delivery"]).start())


def test_the_sessions_page_and_the_api_show_who_was_not_confirmed_and_who_came_late(
    client, tenant, dispatch, ask, play, api
):
    play(ask().json())
    ask(name="Mallory")
    Dispatch.objects.update(embedded_since=now())
    actions.change_dispatch(tenant.manager, dispatch, registration_limit=1)
    ask(learner="boris", name="Boris", mode_of_package="embedded", began_ago=60_000, scos=["sco-1.html"])
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    address = f"/admin/dispatch/{dispatch.id}/sessions/"
    unconfirmed, late = (client.get(f"{address}?of={of}").content.decode() for of in ("unconfirmed", "late"))
    assert "Mallory" in unconfirmed
    assert "Anna Šimková" not in unconfirmed
    assert "Admitted late" in late.partition("<tbody>")[2]
    shown = client.get(f"/admin/dispatch/{dispatch.id}/").content.decode()
    assert "1 admitted late" in " ".join(shown.split())
    sessions = {
        item["learner_name"]: item for item in api("GET", f"/dispatch/{dispatch.id}/sessions").json()["items"]
    }
    assert [sessions[name]["unconfirmed"] for name in ("Anna Šimková", "Mallory", "Boris")] == [
        False,
        True,
        False,
    ]
    assert sessions["Boris"]["admitted_late"] == "registration_limit_reached"


def test_a_manager_lets_a_learner_in_again_once(client, tenant, dispatch, ask, play, api):
    play(ask().json())
    actions.change_dispatch(tenant.manager, dispatch, confirmed_only=True)
    assert ask().status_code == 403
    registration = Registration.objects.get()
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    assert client.post(f"/admin/registrations/{registration.id}/readmit", follow=True).status_code == 200
    back = ask(name="Mallory").json()
    assert back["keepsake"]
    assert "Anna" not in json.dumps([back, play(back)]), "whoever it is, the name is not told"
    assert ask().status_code == 403
    assert ask(keepsake=back["keepsake"]).status_code == 200
    assert api("POST", f"/registrations/{registration.id}/readmit").status_code == 204
    with time_machine.travel(now() + timedelta(days=8)):
        assert ask().status_code == 403


def test_a_launch_that_is_refused_or_only_looks_uses_up_no_readmission(tenant, dispatch, ask, play):
    play(ask().json())
    actions.change_dispatch(tenant.manager, dispatch, confirmed_only=True)
    admission.readmit(tenant.manager, Registration.objects.get())
    dispatch.embedded_since = now()
    dispatch.save()
    for mode in ("browse", "review"):
        ask(mode=mode)
        ask(mode=mode, mode_of_package="embedded")
    assert ask(mode="review").json()["code"] == "learner_unconfirmed", (
        "who is let in again opens the course first"
    )
    actions.change_dispatch(tenant.manager, dispatch, enabled=False)
    assert ask().json()["code"] == "dispatch_disabled"
    actions.change_dispatch(tenant.manager, dispatch, enabled=True)
    sitting = str(new_id())
    for _ in range(2):  # the answer may be lost on its way
        assert ask(sitting=sitting).json()["keepsake"]
    assert ask().json()["code"] == "learner_unconfirmed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["hosted", "embedded"])
def test_of_several_launches_at_once_a_readmission_lets_in_one(tenant, dispatch, ask, play, form):
    play(ask().json())
    dispatch.embedded_since = now()
    dispatch.save()
    actions.change_dispatch(tenant.manager, dispatch, confirmed_only=True)
    admission.readmit(tenant.manager, Registration.objects.get())

    def go(_):
        try:
            return ask(mode_of_package=form, scos=["sco-1.html"]).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(go, range(6)))
    assert answers == [200, 403, 403, 403, 403, 403]
