"""Whether customers' LMSs have what their learners achieved: by learner and result, what was never written included."""

import json

import pytest
from tests.fixtures import CONTENT

from heliograph.core.ids import new_id
from heliograph.dispatch import actions, lms_results, queries
from heliograph.runtime.models import Registration

STATUS, RAW = "cmi.core.lesson_status", "cmi.core.score.raw"


@pytest.fixture
def learner(client, dispatch):
    """A learner with an outcome here, and what their LMS answered when it was told: (element, written, kept, error)."""

    def make(name: str, outcome: dict, *writes: tuple[str, str, str, str], accepted: bool = True) -> Registration:
        ask = {"learner": name, "sitting": str(new_id())}
        door = f"/d/{dispatch.stub_key}"
        answer = client.post(f"{door}/launch", json.dumps(ask), content_type="text/plain", HTTP_HOST=CONTENT).json()
        Registration.objects.filter(id=answer["registration"]).update(**{"completion": "incomplete", **outcome})
        told = [
            {"sequence": number, "element": element, "written": written, "kept": kept, "error": error, "accepted": accepted}
            for number, (element, written, kept, error) in enumerate(writes, start=1)
        ]
        report = {"token": answer["receipts"], "sitting": ask["sitting"], "writes": told}
        client.post(f"{door}/receipts", json.dumps(report), content_type="text/plain", HTTP_HOST=CONTENT)
        return Registration.objects.get(id=answer["registration"])

    return make


def state_of(registration: Registration) -> str:
    return lms_results.with_state(Registration.objects.filter(id=registration.id)).get().lms_state


PASSED = {"completion": "completed", "success": "passed", "score_raw": 90.0, "score_scaled": 0.9}
POINTS = {"completion": "completed", "success": "failed", "score_raw": 12.0, "score_min": 0.0, "score_max": 40.0, "score_scaled": 0.3}


@pytest.mark.parametrize(
    ("outcome", "writes", "state"),
    [
        (PASSED, [(STATUS, "passed", "passed", "0"), (RAW, "90", "90.00", "0")], "confirmed"),
        (PASSED, [(STATUS, "passed", "incomplete", "0"), (RAW, "90", "90", "0")], "differs"),
        (PASSED, [(STATUS, "passed", "passed", "0"), (RAW, "90", "", "0")], "differs"),
        (PASSED, [(STATUS, "incomplete", "incomplete", "0")], "not_written"),
        (PASSED, [(STATUS, "passed", "passed", "0")], "not_written"),  # and the score never was
        (PASSED, [], "not_written"),
        (PASSED, [(STATUS, "passed", "", "read 404"), (RAW, "90", "90", "0")], "unreadable"),
        ({}, [(STATUS, "incomplete", "incomplete", "0")], "confirmed"),
        ({"completion": "completed"}, [(STATUS, "completed", "completed", "0")], "confirmed"),
        (POINTS, [(STATUS, "failed", "failed", "0"), (RAW, "30", "30", "0")], "confirmed"),
        (PASSED, [("cmi.completion_status", "completed", "completed", "0"), ("cmi.success_status", "passed", "passed", "0"),
                  ("cmi.score.scaled", "0.9", "0.9", "0")], "confirmed"),
        (PASSED, [("cmi.completion_status", "completed", "completed", "0"), ("cmi.score.scaled", "0.9", "0.9", "0")], "not_written"),
        (PASSED, [("completed", "{}", "{}", "0"), ("passed", "{}", "{}", "0")], "confirmed"),
        (PASSED, [("completed", "{}", "{}", "0")], "not_written"),
    ],
)  # fmt: skip
def test_the_state_of_a_learners_result(learner, outcome, writes, state):
    assert state_of(learner("anna", outcome, *writes)) == state


def test_the_newest_word_on_each_element_counts(learner):
    registration = learner(
        "anna", PASSED, (STATUS, "incomplete", "incomplete", "0"), (RAW, "90", "90", "0"), (STATUS, "passed", "passed", "0")
    )
    assert state_of(registration) == "confirmed"


def test_what_was_refused_differs(learner):
    assert state_of(learner("anna", PASSED, (STATUS, "passed", "", "403"), (RAW, "90", "", "403"), accepted=False)) == "differs"


def test_a_result_that_changed_since_is_not_written_yet(learner):
    registration = learner("anna", PASSED, (STATUS, "passed", "passed", "0"), (RAW, "90", "90", "0"))
    Registration.objects.update(success="failed")
    assert state_of(registration) == "not_written"


def test_figures_count_learners_and_the_page_shows_them(client, tenant, dispatch, learner):
    learner("anna", PASSED, (STATUS, "passed", "passed", "0"), (RAW, "90", "90", "0"))
    learner("boris", PASSED, (STATUS, "passed", "incomplete", "0"), (RAW, "90", "90", "0"))
    learner("clara", PASSED)
    learner("dora", {"completion": "not attempted"})  # nothing is to be told yet
    found = queries.results_in_lms(dispatch)
    assert found == {"results": 3, "confirmed": 1, "differs": 1, "not_written": 1, "unreadable": 0, "share": pytest.approx(1 / 3)}
    client.force_login(tenant.organisation.memberships.get(role="manager").user)
    page = client.get(f"/admin/dispatch/{dispatch.id}/").content.decode()
    assert "1 not yet written" in page
    assert "1 different in the LMS" in page


def test_embedded_courses_tell_their_lms_themselves_and_say_what_it_did_not_keep(client, tenant, dispatch):
    from heliograph.dispatch import callback

    callback._routes.clear()
    actions.change_dispatch(tenant.manager, dispatch, mode="embedded")
    for name, unkept in (("anna", []), ("boris", [{"element": STATUS, "written": "passed", "kept": "incomplete"}])):
        ask = {"learner": name, "mode_of_package": "embedded", "sitting": str(new_id()), "scos": ["a.html"]}
        door = f"/d/{dispatch.stub_key}"
        answer = client.post(f"{door}/launch", json.dumps(ask), content_type="text/plain", HTTP_HOST=CONTENT).json()
        body = {"completion": "completed", "success": "passed", "sco": "a.html", "unkept": unkept}
        events = {"token": answer["callback"], "events": [{"sequence": 1, "kind": "state", "body": body}]}
        assert client.post(f"{door}/events", json.dumps(events), content_type="text/plain", HTTP_HOST=CONTENT).status_code == 200
    found = queries.results_in_lms(dispatch)
    assert (found["confirmed"], found["differs"]) == (1, 1)
