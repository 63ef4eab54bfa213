"""Courses that travel inside the customer's LMS: they play whether we can be reached or not, and we hear of
everything in the end.
"""

import pytest
from playwright.sync_api import expect
from tests.builders import Sco
from tests.journeys.browsers import kill_tab
from tests.journeys.learner import Seat
from tests.journeys.product import eventually

STANDARDS = ["scorm_12", "scorm_2004"]
STATUS = {"scorm_12": "lesson_status", "scorm_2004": "success_status"}


def reported(heliograph, dispatch, **values):
    """Waits until our registration says this."""

    def agrees():
        registrations = heliograph.registrations(dispatch)
        return (
            registrations[0]
            if registrations and all(registrations[0][name] == value for name, value in values.items())
            else None
        )

    return eventually(
        agrees, f"we have heard {values}; we have {heliograph.registrations(dispatch)}", seconds=80
    )


def waiting(seat: Seat) -> list[str]:
    """What waits for us in this browser."""
    return seat.page.evaluate(
        "Object.keys(localStorage).filter((key) => key.startsWith('heliograph:outbox'))"
    )


@pytest.mark.parametrize("standard", STANDARDS)
def test_a_course_plays_inside_the_lms_and_both_sides_agree(heliograph, embed, standard):
    seat, dispatch = embed(standard=standard)
    seat.open().ready()
    assert seat.at("learner").inner_text() == "Anna Ahlberg"
    seat.press("bookmark", "pass")
    seat.has(**{STATUS[standard]: "passed", "score.raw": "90"})
    registration = reported(heliograph, dispatch, completion="completed", success="passed")
    assert (registration["score"]["raw"], registration["launches"], registration["learner"]["id"]) == (
        90,
        1,
        "anna",
    )
    eventually(lambda: not waiting(seat), "nothing waits any more")
    seat.leave()
    seat.has(**{STATUS[standard]: "passed"})


@pytest.mark.parametrize(("standard", "version"), [("scorm_12", None), ("scorm_2004", "1.0")])
def test_a_course_finds_the_version_of_the_api_also_over_an_lms_that_left_it_out(embed, standard, version):
    seat, _ = embed(standard=standard)
    seat.open().ready()
    seen_version = seat.course.locator("body").evaluate("(parent.API_1484_11 ?? parent.API).version ?? null")
    assert seen_version == version


@pytest.mark.parametrize("standard", STANDARDS)
def test_the_second_sitting_resumes_from_the_lms(heliograph, embed, standard):
    seat, dispatch = embed(standard=standard)
    seat.open().ready()
    seat.press("bookmark", "incomplete")
    seat.leave()
    reported(heliograph, dispatch, completion="incomplete")
    seat.open().ready()
    assert (seat.at("entry").inner_text(), seat.at("location").inner_text()) == ("resume", "page-2")
    assert seat.at("suspend-data").inner_text() == "seen=1,2"
    seat.press("complete")
    reported(heliograph, dispatch, completion="completed", launches=2)


@pytest.mark.parametrize("standard", STANDARDS)
def test_each_sco_of_several_is_a_session_and_the_course_is_completed_with_the_last(
    heliograph, embed, standard
):
    scos = (Sco("a", "A", "a/start.html?part=1", parameters="?lang=de"), Sco("b", "B", "b.html"))
    seat, dispatch = embed(standard=standard, scos=scos)
    seat.open(sco="a").ready()
    assert (
        seat.course.locator("body").evaluate("location.pathname.endsWith('/a/start.html') && location.search")
        == "?part=1&lang=de"
    )
    seat.press("pass")
    seat.leave()
    reported(heliograph, dispatch, completion="incomplete", success="unknown")
    seat.open(sco="b").ready()
    seat.press("pass")
    seat.leave()
    reported(heliograph, dispatch, completion="completed", success="passed", launches=2)


def test_a_host_that_is_away_from_the_beginning_is_not_missed_and_hears_of_it_later(
    product, heliograph, embed
):
    seat, dispatch = embed()
    with product.stopped():
        seat.open().ready()
        seat.press("bookmark", "pass")
        seat.leave()
        seat.has(lesson_status="passed")
        assert len(waiting(seat)) == 1
    assert heliograph.registrations(dispatch) == []
    seat.open().ready()
    reported(heliograph, dispatch, completion="completed", success="passed", launches=2)
    eventually(lambda: len(waiting(seat)) == 0, "nothing waits any more")


@pytest.mark.parametrize("standard", STANDARDS)
def test_a_host_that_goes_away_in_the_middle_hears_of_it_when_it_is_back(
    product, heliograph, embed, standard
):
    seat, dispatch = embed(standard=standard)
    seat.open().ready()
    seat.press("incomplete")
    reported(heliograph, dispatch, completion="incomplete")
    with product.stopped():
        seat.press("pass")
        seat.has(**{STATUS[standard]: "passed"})
        assert len(waiting(seat)) == 1
    reported(heliograph, dispatch, completion="completed", success="passed", launches=1)


def test_a_tab_killed_while_the_host_is_away_has_its_say_with_the_next_one(
    product, heliograph, embed, another_window
):
    seat, dispatch = embed()
    seat.open().ready()
    with product.stopped():
        seat.press("pass")
        seat.has(lesson_status="passed")
        kill_tab(seat.page)
    seat.page = another_window()
    seat.open().ready()
    reported(heliograph, dispatch, completion="completed", success="passed", launches=2)


def test_a_host_that_never_answers_keeps_nobody_waiting(product, heliograph, embed):
    seat, dispatch = embed()
    with product.frozen():
        seat.open().ready()
        seat.press("pass")
        seat.has(lesson_status="passed")
    reported(heliograph, dispatch, success="passed")


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"enabled": False}, "dispatch_disabled"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "dispatch_expired"),
        ({"new_learners_allowed": False}, "new_learners_not_allowed"),
    ],
)
@pytest.mark.parametrize("standard", STANDARDS)
def test_who_is_not_let_in_reads_why_and_nothing_is_recorded_anywhere(
    heliograph, embed, standard, limits, code
):
    seat, dispatch = embed(limits, standard=standard)
    seat.open()
    expect(seat.note()).to_contain_text(f"Error code: {code}")
    expect(seat.stub.locator("iframe")).to_have_count(0)
    assert heliograph.registrations(dispatch) == []
    assert waiting(seat) == []


def test_a_refusal_that_could_not_be_asked_for_never_loses_a_result(product, heliograph, embed):
    seat, dispatch = embed({"new_learners_allowed": False})
    with product.stopped():
        seat.open().ready()
        seat.press("pass")
    reported(heliograph, dispatch, success="passed")


@pytest.mark.parametrize("standard", STANDARDS)
def test_the_course_hears_the_lms_itself_word_for_word(heliograph, embed, standard):
    """Refusals, error codes and their texts are the LMS's own, also where we have asked it something in
    between.
    """
    seat, _ = embed(standard=standard)
    seat.open(quirk="reject_status").ready()
    answers = seat.course.locator("body").evaluate(
        """(_, is12) => {
          const name = is12 ? "API" : "API_1484_11";
          const lms = window.top[name], ours = window.parent[name];
          const said = (api) => [
            is12 ? api.LMSSetValue("cmi.core.lesson_status", "passed")
              : api.SetValue("cmi.completion_status", "completed"),
            is12 ? api.LMSGetLastError() : api.GetLastError(),
            is12 ? api.LMSGetErrorString("201") : api.GetErrorString("201"),
            is12 ? api.LMSGetValue("cmi.nothing") : api.GetValue("cmi.nothing"),
            is12 ? api.LMSGetLastError() : api.GetLastError(),
            is12 ? api.LMSGetDiagnostic("") : api.GetDiagnostic(""),
            is12 ? api.LMSCommit("") : api.Commit(""),
            is12 ? api.LMSGetLastError() : api.GetLastError(),
            is12 ? api.LMSInitialize("") : api.Initialize(""),
            is12 ? api.LMSGetLastError() : api.GetLastError(),
          ];
          return [said(ours), said(lms)];
        }""",
        standard == "scorm_12",
    )
    assert answers[0] == answers[1]
    assert answers[0][0] == "false"


REASONS = {
    "reject_status": "value_refused",
    "ignore_status": "status_overridden",
    "commit_fails:0": "commit_refused",
}


@pytest.mark.parametrize("quirk", REASONS)
@pytest.mark.parametrize("standard", STANDARDS)
def test_what_the_lms_does_not_keep_of_the_course_is_in_the_ledger_with_its_reason(
    heliograph, embed, standard, quirk
):
    seat, dispatch = embed(standard=standard)
    seat.open(quirk=quirk).ready()
    seat.press("pass")
    seat.leave()
    element = f"cmi.{'core.' if standard == 'scorm_12' else ''}{STATUS[standard]}"

    def told() -> bool:
        return (element, "passed", REASONS[quirk]) in {
            (receipt["element"], receipt["written"], receipt["reason"])
            for receipt in heliograph.receipts(dispatch)
        }

    eventually(told, "the ledger says why")
    results = f"/dispatch/{dispatch['id']}/results"
    eventually(
        # A page that goes may say that the session is over before its course has said its last words.
        lambda: [item["in_the_lms"] for item in heliograph.api("GET", results)["items"]] == ["differs"],
        "the host has heard the last of it",
    )
    # Why is said once.
    assert len([receipt for receipt in heliograph.receipts(dispatch) if receipt["element"] == element]) == 1


def test_an_address_that_leads_out_of_the_package_is_not_opened(lms, embed):
    seat, _ = embed()
    seat.open().ready()
    frame = seat.page.locator("#content").element_handle().content_frame()
    wrapper = frame.url.partition("?")[0]
    for page in (
        "javascript:alert(1)",
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "../../../learners",
        "%2e%2e/%2e%2e/x",
    ):
        frame.goto(f"{wrapper}?page={page.replace('%', '%25')}")
        expect(frame.locator(".note")).to_contain_text("This page doesn't exist")


def test_an_lms_that_previews_shows_the_course_and_we_hear_nothing(heliograph, embed):
    seat, dispatch = embed()
    seat.open(mode="browse").ready()
    seat.press("pass")
    seat.leave()
    assert heliograph.registrations(dispatch) == []


def test_an_lms_that_hides_its_learner_is_known_again_by_its_browser(heliograph, embed):
    seat, dispatch = embed()
    for _ in range(2):
        seat.open(quirk="no_learner_id").ready()
        seat.press("bookmark")
        seat.leave()
    eventually(
        lambda: heliograph.registrations(dispatch) and heliograph.registration(dispatch)["launches"] == 2,
        "we heard of both sittings",
    )
