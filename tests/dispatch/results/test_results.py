"""Whether customers' LMSs have what their learners achieved: by learner and result, what was never written
included.
"""

import json
from typing import Any

import pytest
from tests.fixtures import CONTENT

from heliograph.core import clock
from heliograph.core.ids import new_id
from heliograph.dispatch import admission, downloads, home
from heliograph.dispatch.embedded import callback
from heliograph.dispatch.results import agreement
from heliograph.dispatch.results import queries as results
from heliograph.insights import rollup
from heliograph.runtime import corrections
from heliograph.runtime.models import Registration

STATUS, RAW = "cmi.core.lesson_status", "cmi.core.score.raw"


@pytest.fixture
def learner(client, dispatch):
    """A learner with an outcome here, and what their LMS answered when it was told: (element, written, kept,
    error).
    """

    def make(
        name: str, outcome: dict, *writes: tuple[str, str, str, str], accepted: bool = True
    ) -> Registration:
        ask = {"learner": name, "sitting": str(new_id()), "stub": "3"}
        door = f"/d/{dispatch.stub_key}"
        answer = client.post(
            f"{door}/launch", json.dumps(ask), content_type="text/plain", HTTP_HOST=CONTENT
        ).json()
        Registration.objects.filter(id=answer["registration"]).update(
            **{"completion": "incomplete", "last_activity_at": clock.now(), **outcome}
        )
        told = [
            {
                "sequence": number,
                "element": element,
                "written": written,
                "kept": kept,
                "error": error,
                "accepted": accepted,
            }
            for number, (element, written, kept, error) in enumerate(writes, start=1)
        ]
        report = {"token": answer["receipts"], "sitting": ask["sitting"], "writes": told}
        client.post(f"{door}/receipts", json.dumps(report), content_type="text/plain", HTTP_HOST=CONTENT)
        return Registration.objects.get(id=answer["registration"])

    return make


def state_of(registration: Registration) -> str:
    registration_in_lms: Any = agreement.with_state(Registration.objects.filter(id=registration.id)).get()
    return registration_in_lms.lms_state


def differing(tenant, most: int = 10) -> int:
    """How many results differ, as the home page counts them."""
    rollup.roll_up_soon(tenant.organization.id)
    return results.differing_lately(tenant.organization.id, most)


PASSED = {"completion": "completed", "success": "passed", "score_raw": 90.0, "score_scaled": 0.9}
POINTS = {
    "completion": "completed",
    "success": "failed",
    "score_raw": 12.0,
    "score_min": 0.0,
    "score_max": 40.0,
    "score_scaled": 0.3,
}


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
        (PASSED, [("cmi.completion_status", "completed", "completed", "0"),
                  ("cmi.success_status", "passed", "passed", "0"),
                  ("cmi.score.scaled", "0.9", "0.9", "0")], "confirmed"),
        (PASSED, [("cmi.completion_status", "completed", "completed", "0"),
                  ("cmi.score.scaled", "0.9", "0.9", "0")], "not_written"),
        (PASSED, [("completed", "{}", "{}", "0"), ("passed", "{}", "{}", "0")], "confirmed"),
        (PASSED, [("completed", "{}", "{}", "0")], "not_written"),
        (PASSED, [("completed", "{}", "{}", "0"), ("failed", "{}", "{}", "0")], "differs"),
    ],
)  # fmt: skip
def test_the_state_of_a_learners_result_and_that_it_differs_is_noted(tenant, learner, outcome, writes, state):
    assert state_of(learner("anna", outcome, *writes)) == state
    assert differing(tenant) == int(state == "differs")


def test_the_newest_word_on_each_element_counts(learner):
    registration = learner(
        "anna",
        PASSED,
        (STATUS, "incomplete", "incomplete", "0"),
        (RAW, "90", "90", "0"),
        (STATUS, "passed", "passed", "0"),
    )
    assert state_of(registration) == "confirmed"


def test_what_was_refused_differs(learner):
    assert (
        state_of(
            learner("anna", PASSED, (STATUS, "passed", "", "403"), (RAW, "90", "", "403"), accepted=False)
        )
        == "differs"
    )


def test_a_result_that_changed_since_is_not_written_yet(learner):
    registration = learner("anna", PASSED, (STATUS, "passed", "passed", "0"), (RAW, "90", "90", "0"))
    Registration.objects.update(success="failed")
    assert state_of(registration) == "not_written"


def test_figures_count_learners_and_the_page_shows_them(client, tenant, dispatch, learner):
    learner("anna", PASSED, (STATUS, "passed", "passed", "0"), (RAW, "90", "90", "0"))
    learner("boris", PASSED, (STATUS, "passed", "incomplete", "0"), (RAW, "90", "90", "0"))
    learner("clara", PASSED)
    learner("dora", {"completion": "not attempted"})  # nothing is to be told yet
    counts = results.results_in_lms(dispatch)
    assert counts == {
        "results": 3,
        "confirmed": 1,
        "differs": 1,
        "not_written": 1,
        "unreadable": 0,
        "share": pytest.approx(1 / 3),
    }
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    page = client.get(f"/admin/dispatch/{dispatch.id}/").content.decode()
    assert "1 not yet sent" in page
    assert "1 mismatched" in page


@pytest.fixture
def tells(client, tenant, dispatch):
    """What an embedded package told of a learner's SCOs in one sitting, each a state: ``tells("anna", {"sco":
    …}, …)``; ``late`` arrives last.
    """
    callback._routes.clear()
    downloads.record_download(tenant.manager, dispatch, "scorm12", embedded=True)

    marks: dict[str, str] = {}

    def post(
        name: str, *states: dict, scos: int = 1, late: dict | None = None, marked: bool = True
    ) -> Registration:
        ask = {
            "learner": name, "stub": "3", "mode_of_package": "embedded", "sitting": str(new_id()),
            "scos": [f"{number}.html" for number in range(scos)],
            "keepsake": marks.get(name, "") if marked else "",
        }  # fmt: skip
        door = f"/d/{dispatch.stub_key}"
        answer = client.post(
            f"{door}/launch", json.dumps(ask), content_type="text/plain", HTTP_HOST=CONTENT
        ).json()
        marks.setdefault(name, answer["keepsake"])
        events = [
            {"sequence": place, "kind": "state", "body": {"sco": "0.html", **state}}
            for place, state in enumerate(states, start=2)
        ]
        for message in (
            events,
            [{"sequence": 1, "kind": "state", "body": {"sco": "0.html", **late}}] if late else [],
        ):
            told = {"token": answer["callback"], "events": message}
            if message:
                assert (
                    client.post(
                        f"{door}/events", json.dumps(told), content_type="text/plain", HTTP_HOST=CONTENT
                    ).status_code
                    == 200
                )
        return Registration.objects.get(learner__identifier=name)

    return post


DONE = {"completion": "completed", "success": "passed"}
REFUSED = {**DONE, "unkept": [{"element": STATUS, "written": "passed", "kept": "incomplete"}]}
DIFFERS = {**DONE, "differing": [STATUS]}
BEGUN = {"completion": "incomplete"}


def test_embedded_courses_tell_their_lms_themselves_and_say_what_it_did_not_keep(dispatch, tells):
    assert state_of(tells("anna", DONE)) == "confirmed"
    assert state_of(tells("boris", REFUSED)) == "differs"
    assert state_of(tells("clara", BEGUN)) == "confirmed"
    assert state_of(tells("dora", REFUSED, BEGUN)) == "differs", "nothing is kept by what came after"
    counts = results.results_in_lms(dispatch)
    assert (counts["confirmed"], counts["differs"]) == (2, 2)


def test_an_embedded_result_that_the_lms_has_otherwise_stays_so_until_the_package_says_that_it_was_kept(
    tells,
):
    anna = tells("anna", {**REFUSED, **DIFFERS})
    assert state_of(anna) == "differs"
    tells("anna", DIFFERS)  # why is said once
    assert state_of(anna) == "differs"
    tells("anna", {**DONE, "differing": []})
    assert state_of(anna) == "confirmed"


def test_whoever_has_not_the_learners_mark_says_nothing_of_what_their_lms_has(tells):
    assert state_of(tells("anna", DONE)) == "confirmed"
    assert state_of(tells("anna", DIFFERS, marked=False)) == "confirmed"


def test_what_an_embedded_package_told_earlier_and_arrives_later_takes_nothing_back(tells):
    assert state_of(tells("anna", DONE, late=REFUSED)) == "confirmed"
    assert state_of(tells("boris", DONE, late=BEGUN)) == "confirmed"


def test_an_embedded_result_that_the_lms_no_longer_has_is_not_confirmed(tenant, tells):
    tells("anna", DONE)
    assert state_of(tells("anna", BEGUN)) == "not_written", (
        "the LMS began a new attempt; here it stays passed"
    )
    boris = tells("boris", BEGUN)
    corrections.complete(tenant.manager, boris, "Seen in person", "passed", None)
    assert state_of(boris) == "not_written", "what is set by hand reaches no LMS that holds the course itself"


def test_of_an_embedded_course_of_several_lessons_each_counts(tells):
    first = {**REFUSED, "sco": "0.html"}
    assert state_of(tells("anna", first, {**DONE, "sco": "1.html"}, scos=2)) == "differs"
    assert state_of(tells("boris", DONE, {**DONE, "sco": "1.html"}, scos=2)) == "confirmed"


def test_a_result_that_was_reset_here_and_stands_in_the_lms_differs(learner):
    registration = learner("anna", PASSED, (STATUS, "passed", "passed", "0"), (RAW, "90", "90", "0"))
    Registration.objects.update(completion="incomplete", success="unknown", score_raw=None, score_scaled=None)
    assert state_of(registration) == "differs"


def test_home_tells_of_results_that_differ_until_they_agree_again(client, tenant, learner):
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    for name in ("anna", "boris"):
        learner(name, PASSED, (STATUS, "passed", "incomplete", "0"), (RAW, "90", "90", "0"))
    assert differing(tenant) == 2
    assert "2 results differ in customers" in client.get("/").content.decode()
    # One is written again, and the other is taken back here.
    learner("anna", PASSED, (STATUS, "passed", "passed", "0"))
    assert differing(tenant) == 1
    Registration.objects.filter(learner__identifier="boris").update(completion="not attempted")
    assert differing(tenant) == 0
    assert "customers' LMSs" not in client.get("/").content.decode()


def test_home_counts_no_more_results_that_differ_than_it_says(client, tenant, learner, monkeypatch):
    monkeypatch.setattr(home, "MOST_DIFFERING", 1)
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    for name in ("anna", "boris", "clara"):
        learner(name, PASSED, (STATUS, "passed", "incomplete", "0"), (RAW, "90", "90", "0"))
    assert differing(tenant, most=2) == 2
    assert "More than 1 results differ in customers" in client.get("/").content.decode()


def test_who_came_by_a_link_alone_has_no_lms_that_could_lack_the_result(dispatch):
    admission.direct_link(dispatch, "anna")
    Registration.objects.update(**PASSED)
    assert results.results_in_lms(dispatch)["results"] == 0


def test_the_page_and_the_api_say_whose_result_the_lms_lacks(client, tenant, dispatch, learner, api):
    learner("anna", PASSED, (STATUS, "passed", "passed", "0"), (RAW, "90", "90", "0"))
    learner("boris", PASSED)
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    page = client.get(f"/admin/dispatch/{dispatch.id}/results/?state=not_written").content.decode()
    assert "boris" in page
    assert "anna" not in page
    assert (
        "boris,,completed,passed,0.9,not_written"
        in b"".join(client.get(f"/admin/dispatch/{dispatch.id}/results/?csv=1").streaming_content).decode()
    )
    items = api("GET", f"/dispatch/{dispatch.id}/results?state=confirmed").json()["items"]
    assert [(item["learner_id"], item["in_the_lms"]) for item in items] == [("anna", "confirmed")]
