"""A manager waives what was met by other means, ends sessions that hang, and opens AUs for systems that show
them themselves.
"""

import pytest
from tests.builders import Au, Block
from tests.fixtures import APP
from tests.runtime.cmi5.au import Au as Program

from heliograph.audit.models import Entry
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.roles import Role
from heliograph.runtime.cmi5 import waiving
from heliograph.runtime.cmi5.errors import NothingToWaive, UnitNotFound
from heliograph.runtime.models import Attempt, Registration

pytestmark = pytest.mark.django_db(transaction=True)
ONE, TWO = "https://example.com/fire/au-1", "https://example.com/fire/au-2"
BLOCK = Block(nodes=[Au(ONE, "Lesson 1", "1.html", "Passed"), Au(TWO, "Lesson 2", "2.html", "Completed")])
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
REASON = "https://w3id.org/xapi/cmi5/result/extensions/reason"


@pytest.fixture
def registration(import_cmi5, register):
    return register(import_cmi5([BLOCK]))


def test_an_au_that_is_waived_counts_as_done_and_the_store_says_why(registration, tenant, store):
    assert waiving.waive(tenant.manager, registration, "Tested Out", ONE, "He teaches it") == [ONE]
    [waived] = store.statements()
    assert waived["verb"]["id"] == "https://w3id.org/xapi/adl/verbs/waived"
    assert waived["result"] == {"success": True, "completion": True, "extensions": {REASON: "Tested Out"}}
    assert [
        category["id"].rsplit("/", 1)[1] for category in waived["context"]["contextActivities"]["category"]
    ] == [
        "cmi5",
        "moveon",
    ]
    assert waived["context"]["registration"] == str(Attempt.objects.get().id)
    assert Registration.objects.get().completion == "incomplete"
    assert Attempt.objects.get().revision > 0
    entry = Entry.objects.order_by("-id").first()
    assert entry is not None
    assert (entry.verb, entry.details["note"]) == ("waived a part of", "He teaches it")


def test_waiving_all_satisfies_the_course_each_in_a_session_of_its_own(registration, tenant, store):
    waiving.waive(tenant.manager, registration, "Administrative")
    told = store.statements(ascending=True)
    assert [statement["verb"]["id"].rsplit("/", 1)[1] for statement in told] == [
        "waived",
        "waived",
        "satisfied",
        "satisfied",
    ]
    sessions = [statement["context"]["extensions"][SESSION] for statement in told]
    assert sessions[0] != sessions[1] == sessions[2] == sessions[3]
    assert (Registration.objects.get().completion, Registration.objects.get().success) == (
        "completed",
        "passed",
    )
    with pytest.raises(NothingToWaive):
        waiving.waive(tenant.manager, registration, "Administrative", TWO)


def test_what_cannot_be_waived(registration, tenant):
    for unit in ("https://example.com/none", "7"):
        with pytest.raises(UnitNotFound):
            waiving.waive(tenant.manager, registration, "Administrative", unit)
    with pytest.raises(Invalid, match="Tested Out"):
        waiving.waive(tenant.manager, registration, "Because", ONE)
    with pytest.raises(Forbidden):
        waiving.waive(tenant.actors[Role.REPORTER], registration, "Administrative")


def test_a_scorm_course_has_nothing_to_waive(api, tenant, import_course, register):
    registration = register(import_course(tenant, standard="scorm_12"))
    for path, body in (("waivers", {}), ("units", {"unit": "0"})):
        answer = api("POST", f"/registrations/{registration.id}/{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "not_of_cmi5")
    assert Attempt.objects.count() == 0


def test_an_au_opens_by_itself_and_its_session_can_be_ended(api, client, registration, verbs):
    opened = api("POST", f"/registrations/{registration.id}/units", {"unit": "1"}).json()
    au = Program(client, opened)
    assert opened["registration"] == au.registration
    au.start()
    ended = f"/registrations/{registration.id}/sessions/{opened['session']}/abandon"
    assert api("POST", ended).status_code == 204
    assert au.say("experienced").status == 401
    assert verbs(registration=au.registration) == ["launched", "initialized", "abandoned"]
    assert api("POST", ended).json()["code"] == "unit_not_found"
    reviewed = Program(
        client, api("POST", f"/registrations/{registration.id}/units", {"unit": ONE, "mode": "browse"}).json()
    ).start()
    assert reviewed.data["launchMode"] == "Browse"
    assert "returnURL" not in reviewed.data


def test_the_sessions_of_a_registration_are_listed_and_an_open_one_is_ended_on_its_page(
    api, client, registration, verbs
):
    waived = api("POST", f"/registrations/{registration.id}/waivers", {"unit": ONE})
    assert waived.status_code == 200
    au = Program(client, api("POST", f"/registrations/{registration.id}/units", {"unit": "1"}).json()).start()
    rows = api("GET", f"/registrations/{registration.id}/sessions").json()["items"]
    assert [(row["unit"], row["attempt"], row["mode"], row["state"], row["verbs"]) for row in rows] == [
        (TWO, 1, "normal", "open", ["initialized"]),
        (ONE, 1, "normal", "waived", ["waived"]),
    ]
    assert {row["registration"] for row in rows} == {au.registration}
    client.post(
        "/sign-in/", {"login": "manager@northlight.example", "password": "long enough"}, HTTP_HOST=APP
    )
    page = f"/admin/registrations/{registration.id}/"
    assert "End session of “Lesson 2”" in client.get(page, HTTP_HOST=APP).content.decode()
    assert (
        client.post(f"{page}sessions/{rows[0]['id']}/end", {"confirmed": "1"}, HTTP_HOST=APP).status_code
        == 302
    )
    assert [
        row["state"] for row in api("GET", f"/registrations/{registration.id}/sessions").json()["items"]
    ] == ["abandoned", "waived"]
    assert "End the session" not in client.get(page, HTTP_HOST=APP).content.decode()
    assert verbs(registration=au.registration)[-1] == "abandoned"


def test_what_needs_nothing_is_told_before_what_began_the_attempt(api, tenant, import_cmi5, register, verbs):
    course = import_cmi5(
        [Block(nodes=[Au(ONE, "Lesson 1", "1.html", "NotApplicable")]), Au(TWO, "Lesson 2", "2.html")]
    )
    for learner in ("anna", "bela", "cyril", "dana"):
        opened = api("POST", f"/registrations/{register(course, learner).id}/units", {"unit": "1"}).json()
        assert verbs(registration=opened["registration"]) == ["satisfied", "launched"]
    for learner in ("edith", "felix", "greta", "hana"):
        waiving.waive(tenant.manager, register(course, learner), "Administrative", TWO)
        assert verbs(registration=str(Attempt.objects.order_by("-id")[0].id)) == [
            "satisfied",
            "waived",
            "satisfied",
        ]


def test_an_au_that_opens_by_itself_leads_back_to_whoever_opened_it(api, client, registration):
    query = {"unit": "0", "return_url": "https://lms.example/back?id=1"}
    au = Program(client, api("POST", f"/registrations/{registration.id}/units", query).json()).start()
    assert au.data["returnURL"] == query["return_url"]
    query["return_url"] = "javascript:alert(1)"
    assert api("POST", f"/registrations/{registration.id}/units", query).status_code == 422


def test_waiving_through_the_api_and_on_the_page(api, client, tenant, registration):
    answer = api(
        "POST", f"/registrations/{registration.id}/waivers", {"unit": "0", "reason": "Administrative"}
    )
    assert (answer.status_code, answer.json()["completion"]) == (200, "incomplete")
    client.post(
        "/sign-in/", {"login": "manager@northlight.example", "password": "long enough"}, HTTP_HOST=APP
    )
    page = client.get(f"/admin/registrations/{registration.id}/", HTTP_HOST=APP)
    assert b"Waive a lesson" in page.content
    assert b">Lesson 1</option>" not in page.content
    client.post(
        f"/admin/registrations/{registration.id}/waive",
        {"unit": TWO, "reason": "Equivalent AU"},
        HTTP_HOST=APP,
    )
    assert Registration.objects.get().completion == "completed"
    assert (
        b"Waive a lesson" not in client.get(f"/admin/registrations/{registration.id}/", HTTP_HOST=APP).content
    )
