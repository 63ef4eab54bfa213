"""A learner plays a course in the reference LMS: what it commits is kept, and every call can be seen."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.demo_lms.client import LEARNER, NAME, Course, Lms, content_frame, open_course
from tests.demo_lms.packages import SCO, package
from tests.running import until

from heliograph.demo_lms.server import serve

LAST_WORDS = (
    SCO
    + """<script>
  api.LMSInitialize("");
  api.LMSSetValue("cmi.core.exit", "suspend");
  addEventListener("unload", () => {
    api.LMSSetValue("cmi.core.lesson_location", "the last page");
    api.LMSFinish("");
  });
</script>"""
)
TWO_ITEMS = """<item identifier="one" identifierref="page"><title>First</title></item>
               <item identifier="two" identifierref="other"><title>Second</title></item>"""


def test_a_scorm_12_course_is_resumed_where_it_was_suspended(lms: Lms, page: Page) -> None:
    course_id = lms.upload(package("scorm12"))
    course = open_course(page, lms.play_url(course_id))
    assert course.call("LMSInitialize", "") == "true"
    assert course.call("LMSGetValue", "cmi.core.entry") == "ab-initio"
    assert course.call("LMSGetValue", "cmi.core.student_id") == LEARNER
    assert course.call("LMSGetValue", "cmi.core.student_name") == NAME
    course.call("LMSSetValue", "cmi.core.lesson_status", "incomplete")
    course.call("LMSSetValue", "cmi.core.lesson_location", "page 3")
    course.call("LMSSetValue", "cmi.suspend_data", "três 三")
    course.call("LMSSetValue", "cmi.core.session_time", "0000:20:30.50")
    course.call("LMSSetValue", "cmi.core.exit", "suspend")
    assert lms.record(course_id)["elements"] == {}
    assert course.call("LMSCommit", "") == "true"
    assert lms.record(course_id)["location"] == "page 3"
    assert lms.record(course_id)["total_time"] == "0000:00:00.00"
    assert course.call("LMSFinish", "") == "true"

    again = open_course(page, lms.play_url(course_id))
    again.call("LMSInitialize", "")
    assert again.call("LMSGetValue", "cmi.core.entry") == "resume"
    assert again.call("LMSGetValue", "cmi.suspend_data") == "três 三"
    assert again.call("LMSGetValue", "cmi.core.lesson_location") == "page 3"
    assert again.call("LMSGetValue", "cmi.core.lesson_status") == "incomplete"
    assert again.call("LMSGetValue", "cmi.core.total_time") == "0000:20:30.50"


def test_a_scorm_12_course_that_was_left_for_good_keeps_its_status(lms: Lms, page: Page) -> None:
    course_id = lms.upload(package("scorm12"))
    course = open_course(page, lms.play_url(course_id))
    course.call("LMSInitialize", "")
    course.call("LMSSetValue", "cmi.core.lesson_status", "passed")
    course.call("LMSSetValue", "cmi.core.score.raw", "90")
    course.call("LMSFinish", "")
    again = open_course(page, lms.play_url(course_id))
    again.call("LMSInitialize", "")
    assert again.call("LMSGetValue", "cmi.core.entry") == ""
    assert again.call("LMSGetValue", "cmi.core.lesson_status") == "passed"
    assert lms.record(course_id)["score"] == {"raw": "90"}
    status = {"completion": "completed", "success": "passed", "lesson_status": "passed"}
    assert lms.record(course_id)["status"] == status


@pytest.mark.parametrize("exit_word", ["", "normal", "logout", "time-out"])
def test_a_scorm_2004_course_that_was_not_suspended_begins_anew(lms: Lms, page: Page, exit_word: str) -> None:
    course_id = lms.upload(package("scorm2004"))
    course = open_course(page, lms.play_url(course_id))
    course.call("Initialize", "")
    course.call("SetValue", "cmi.location", "7")
    course.call("SetValue", "cmi.exit", exit_word)
    course.call("Terminate", "")
    again = open_course(page, lms.play_url(course_id))
    again.call("Initialize", "")
    assert again.call("GetValue", "cmi.entry") == "ab-initio"
    assert again.fails("GetValue", "cmi.location") == "403"
    assert [attempt["number"] for attempt in lms.record(course_id)["attempts"]] == [2, 1]


@pytest.mark.parametrize("how", ["cmi.exit", "adl.nav.request"])
def test_a_scorm_2004_course_is_resumed_where_it_was_suspended(lms: Lms, page: Page, how: str) -> None:
    course_id = lms.upload(package("scorm2004"))
    course = open_course(page, lms.play_url(course_id))
    course.call("Initialize", "")
    course.call("SetValue", "cmi.suspend_data", "s" * 64000)
    course.call("SetValue", "cmi.objectives.0.id", "a")
    course.call("SetValue", "cmi.session_time", "PT1M")
    course.call("SetValue", how, "suspend" if how == "cmi.exit" else "suspendAll")
    course.call("Terminate", "")
    again = open_course(page, lms.play_url(course_id))
    again.call("Initialize", "")
    assert again.call("GetValue", "cmi.entry") == "resume"
    assert again.call("GetValue", "cmi.suspend_data") == "s" * 64000
    assert again.call("GetValue", "cmi.objectives.0.id") == "a"
    assert again.call("GetValue", "cmi.total_time") == "PT1M"
    assert again.call("GetValue", "adl.nav.request") == "_none_"


def test_what_was_never_committed_is_lost_with_the_tab_and_the_rest_is_kept(lms: Lms, page: Page) -> None:
    course_id = lms.upload(package("scorm2004"))
    course = open_course(page, lms.play_url(course_id))
    course.call("Initialize", "")
    course.call("SetValue", "cmi.location", "kept")
    course.call("Commit", "")
    course.call("SetValue", "cmi.location", "lost")
    page.goto("about:blank")
    again = open_course(page, lms.play_url(course_id))
    again.call("Initialize", "")
    assert again.call("GetValue", "cmi.location") == "kept"
    calls = [call["arguments"] for call in lms.record(course_id)["calls"] if call["method"] == "SetValue"]
    assert calls == [["cmi.location", "kept"], ["cmi.location", "lost"]]


@pytest.mark.parametrize("way_out", ["leave", "navigate", "close"])
def test_the_last_words_of_a_course_arrive_however_it_is_left(lms: Lms, page: Page, way_out: str) -> None:
    course_id = lms.upload(package("scorm12", page=LAST_WORDS))
    open_course(page, lms.play_url(course_id))
    if way_out == "leave":
        page.get_by_role("link", name="Leave the course").click()
        expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    elif way_out == "navigate":
        page.goto("about:blank")
    else:
        page.close(run_before_unload=True)
    until(lambda: lms.record(course_id)["ended"], "the session is over")
    assert lms.record(course_id)["location"] == "the last page"


def test_a_course_plays_in_a_window_of_its_own(lms: Lms, page: Page) -> None:
    course_id = lms.upload(package("scorm2004"))
    page.goto(f"{lms.url}/packages/{course_id}")
    page.get_by_label("Show it").select_option("popup")
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url("**/play/**")
    if len(page.context.pages) < 2:
        with page.context.expect_page():
            page.get_by_role("button", name="Open the course").click()
    window = page.context.pages[1]
    window.wait_for_function("window.api")
    course = Course(window)
    course.call("Initialize", "")
    assert course.call("SetValue", "cmi.exit", "suspend") == "true"
    assert course.call("Terminate", "") == "true"
    expect(page.get_by_role("status")).to_have_text("ended · 3 calls")
    page.get_by_role("link", name="Leave the course").click()
    page.wait_for_url("**/learners/**")
    assert window.is_closed()


def test_browsing_says_so_and_is_stored_all_the_same(lms: Lms, page: Page) -> None:
    course_id = lms.upload(package("scorm12"))
    course = open_course(page, lms.play_url(course_id, mode="browse"))
    course.call("LMSInitialize", "")
    assert course.call("LMSGetValue", "cmi.core.lesson_mode") == "browse"
    assert course.call("LMSGetValue", "cmi.core.credit") == "no-credit"
    course.call("LMSSetValue", "cmi.core.lesson_status", "completed")
    course.call("LMSCommit", "")
    assert lms.record(course_id)["status"]["lesson_status"] == "completed"


def test_facts_of_the_manifest_are_in_the_data_model(lms: Lms, page: Page) -> None:
    items = """<item identifier="one" identifierref="page" parameters="?lang=de"><title>One</title>
      <adlcp:dataFromLMS>a=1</adlcp:dataFromLMS>
      <adlcp:timeLimitAction>exit,message</adlcp:timeLimitAction>
      <adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.75"/>
      <imsss:sequencing>
        <imsss:limitConditions attemptAbsoluteDurationLimit="PT1H"/>
        <imsss:objectives>
          <imsss:primaryObjective objectiveID="main" satisfiedByMeasure="true">
            <imsss:minNormalizedMeasure>0.6</imsss:minNormalizedMeasure></imsss:primaryObjective>
          <imsss:objective objectiveID="side"/>
        </imsss:objectives>
      </imsss:sequencing></item>"""
    course = open_course(page, lms.play_url(lms.upload(package("scorm2004", items))))
    course.call("Initialize", "")
    expected = {
        "cmi.launch_data": "a=1",
        "cmi.time_limit_action": "exit,message",
        "cmi.completion_threshold": "0.75",
        "cmi.max_time_allowed": "PT1H",
        "cmi.scaled_passing_score": "0.6",
        "cmi.objectives._count": "2",
        "cmi.objectives.0.id": "main",
        "cmi.objectives.1.id": "side",
    }
    assert {element: course.call("GetValue", element) for element in expected} == expected
    assert course.frame.url.endswith("/page.html?lang=de")


def test_several_items_have_a_table_of_contents_and_data_of_their_own(lms: Lms, page: Page) -> None:
    course_id = lms.upload(package("scorm2004", TWO_ITEMS))
    course = open_course(page, lms.play_url(course_id))
    course.call("Initialize", "")
    course.call("SetValue", "cmi.location", "in the first")
    course.call("SetValue", "cmi.exit", "suspend")
    course.call("SetValue", "adl.nav.request", "continue")
    course.call("Terminate", "")
    expect(page.get_by_role("link", name="Second")).to_have_attribute("aria-current", "page")
    second = opened(page)
    assert second.frame.url.endswith("/other.html")
    second.call("Initialize", "")
    assert second.fails("GetValue", "cmi.location") == "403"
    page.get_by_role("link", name="First").click()
    expect(page.get_by_role("link", name="First")).to_have_attribute("aria-current", "page")
    first = opened(page)
    first.call("Initialize", "")
    assert first.call("GetValue", "cmi.location") == "in the first"


def test_the_attempt_page_follows_the_calls_as_they_are_made(lms: Lms, page: Page) -> None:
    course_id = lms.upload(package("scorm2004"))
    course = open_course(page, lms.play_url(course_id))
    course.call("Initialize", "")
    watching = page.context.new_page()
    watching.goto(f"{lms.url}/attempts/{lms.record(course_id)['id']}")
    course.call("SetValue", "cmi.score.scaled", "1.5")
    row = watching.locator("tr.failed", has_text="cmi.score.scaled")
    expect(row).to_contain_text("407")
    expect(row).to_contain_text("must lie between -1 and 1")
    course.call("SetValue", "cmi.completion_status", "completed")
    course.call("Commit", "")
    expect(watching.locator(".facts")).to_contain_text("completed, unknown")


def test_every_call_is_in_the_record_in_order_with_its_result(lms: Lms, page: Page) -> None:
    course_id = lms.upload(package("scorm12"))
    course = open_course(page, lms.play_url(course_id))
    course.call("LMSInitialize", "")
    course.call("LMSSetValue", "cmi.core.score.raw", "101")
    course.call("LMSGetLastError")
    course.call("LMSGetValue", "cmi.core.student_name")
    course.call("LMSFinish", "")
    page.goto("about:blank")
    until(lambda: len(lms.record(course_id)["calls"]) == 5, "every call has arrived")
    calls = [(call["method"], call["result"], call["error"]) for call in lms.record(course_id)["calls"]]
    assert calls == [
        ("LMSInitialize", "true", "0"),
        ("LMSSetValue", "false", "405"),
        ("LMSGetLastError", "405", "0"),
        ("LMSGetValue", NAME, "0"),
        ("LMSFinish", "true", "0"),
    ]


def test_the_record_says_how_many_calls_there_are_once_the_page_is_left(lms: Lms, page: Page) -> None:
    course_id = lms.upload(package("scorm12"))
    course = open_course(page, lms.play_url(course_id))
    page.route("**/calls", lambda route: route.abort())  # what is logged meanwhile does not arrive
    course.call("LMSInitialize", "")
    course.call("LMSGetLastError")
    page.wait_for_event("requestfailed")
    assert [launch["calls_made"] for launch in lms.record(course_id)["launches"]] == [None]
    page.unroute("**/calls")
    page.goto("about:blank")
    until(
        lambda: [launch["calls_made"] for launch in lms.record(course_id)["launches"]] == [2],
        "the page is left",
    )
    assert [call["method"] for call in lms.record(course_id)["calls"]] == ["LMSInitialize", "LMSGetLastError"]


def test_the_record_of_calls_goes_on_its_way_so_that_it_outlives_the_page(lms: Lms, page: Page) -> None:
    course = open_course(page, lms.play_url(lms.upload(package("scorm12"))))
    page.evaluate(
        """() => {
          const plain = fetch;
          window.sent = [];
          window.fetch = (url, how) => (sent.push(how.keepalive), plain(url, how));
        }"""
    )
    with page.expect_request("**/calls"):
        course.call("LMSInitialize", "")
    assert page.evaluate("sent") == [True], "browsers call off what has not gone yet when its page leaves"


def test_names_and_values_are_shown_and_never_run(lms: Lms, page: Page) -> None:
    nasty = '"><script>window.ran = 1</script>{x}'
    course_id = lms.upload(package("scorm12"))
    course = open_course(page, lms.play_url(course_id, learner_id=nasty, learner_name=nasty))
    course.call("LMSInitialize", "")
    assert course.call("LMSGetValue", "cmi.core.student_name") == nasty
    course.call("LMSSetValue", "cmi.core.lesson_location", nasty)
    course.call("LMSCommit", "")
    attempt = lms.record(course_id, nasty)["id"]
    for path in (f"/packages/{course_id}", f"/attempts/{attempt}"):
        page.goto(lms.url + path)
        expect(page.get_by_text(nasty).first).to_be_visible()
        assert page.evaluate("window.ran") is None


def test_a_restart_forgets_nothing(tmp_path: Path, page: Page) -> None:
    with serve(tmp_path) as running:
        lms = Lms(running.url)
        course_id = lms.upload(package("scorm2004"))
        course = open_course(page, lms.play_url(course_id))
        course.call("Initialize", "")
        course.call("SetValue", "cmi.suspend_data", "kept")
        course.call("SetValue", "cmi.exit", "suspend")
        course.call("Terminate", "")
        page.goto("about:blank")
        until(lambda: len(lms.record(course_id)["calls"]) == 4, "every call has arrived")
        before = lms.record(course_id)
    with serve(tmp_path) as running:
        lms = Lms(running.url)
        assert lms.record(course_id) == before
        again = open_course(page, lms.play_url(course_id))
        again.call("Initialize", "")
        assert again.call("GetValue", "cmi.suspend_data") == "kept"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "Say who is learning: the address needs a learner_id."),
        ("learner_id=a&mode=sideways", "“sideways” is not a mode; choose normal or browse or review."),
        ("learner_id=a&sco=lost", "This package has no item “lost”."),
        (f"learner_id={'x' * 256}", "A learner’s id and name have at most 255 characters each."),
    ],
)
def test_a_launch_that_cannot_be_is_refused_with_a_sentence(lms: Lms, query: str, sentence: str) -> None:
    status, answer = lms.request(f"/play/{lms.upload(package())}?{query}")
    assert 400 <= status < 500
    assert sentence in answer.decode()


def opened(page: Page) -> Course:
    frame = content_frame(page)
    frame.wait_for_url("**/content/**")
    frame.wait_for_function("window.api")
    return Course(frame)
