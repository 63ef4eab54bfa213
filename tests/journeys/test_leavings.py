"""Whatever way a learner leaves, and whenever the course reports, both sides have the result; `make leavings`
plays all of it and counts.
"""

import itertools
import re

import pytest
from playwright.sync_api import expect
from tests.builders import Sco, build_package, sco_page, tincan_course
from tests.conftest import WHOLE_CHROMIUM
from tests.journeys.browsers import kill_tab
from tests.journeys.product import eventually
from tests.leavings.plan import VALUES, Cell, every_cell, pairwise
from tests.leavings.play import Field, play

from heliograph.runtime.cmi.time import parse_duration


def a_second_passes(seat) -> None:
    """By the course's own clock: what was set before may not be lost any more."""
    seat.course.locator("body").evaluate("() => new Promise((done) => setTimeout(done, 1000))")


PAIRS = pairwise([cell for cell in every_cell() if cell.package != "bare"])
PASSED = {"scorm12": {"lesson_status": "passed"}, "scorm2004-4th": {"success_status": "passed"}}
FORMATS = list(PASSED)


@pytest.fixture(scope="module")
def field(heliograph, lms):
    return Field.prepare(heliograph, lms)


@pytest.fixture
def whole_browser(browser_type_launch_args):
    """The headless shell does not ask every frame before it closes a page."""
    return {**browser_type_launch_args, "executable_path": WHOLE_CHROMIUM}


@pytest.mark.slow
def test_each_pair_of_ways_moments_windows_and_lmss_brings_its_result_to_both_sides(field, whole_browser):
    """A try may miss as the world has it (`make leavings` counts how often); none misses three times."""
    missed = PAIRS
    for _ in range(3):
        missed = [
            tried.cell for tried in play(field, missed, whole_browser) if not (tried.host and tried.lms)
        ]
    assert missed == []


@pytest.mark.slow
def test_a_course_that_closes_its_pop_up_itself_still_brings_its_last_words_to_both_sides(
    field, whole_browser
):
    """The pop-up is the LMS's, of another process: browsers ask nobody before it goes."""
    missed = [
        Cell("hosted", "course_exit", moment, standard, "popup", "2", lms)
        for moment, standard, lms in itertools.product(
            ("pagehide", "unload"), VALUES["standard"], VALUES["lms"]
        )
    ]
    for _ in range(3):
        missed = [
            tried.cell for tried in play(field, missed, whole_browser) if not (tried.host and tried.lms)
        ]
    assert missed == []


@pytest.mark.slow
def test_a_pop_up_still_brings_its_last_words_to_both_sides_whether_the_lms_or_the_learner_closes_it(
    field, whole_browser
):
    """Where a script of the LMS closes it, browsers ask only the frames of the LMS's own process, which the
    course is not.
    """
    moments = ("beforeunload", "pagehide", "unload")
    played = [
        Cell("hosted", way, moment, standard, "popup", "2", "outermost-first")
        for way, moment, standard in itertools.product(("lms_exit", "closed"), moments, VALUES["standard"])
    ]
    missed = [tried.cell for tried in play(field, played, whole_browser) if not (tried.host and tried.lms)]
    assert len(missed) <= 1  # 95 of 100 are the goal
    assert all(tried.host and tried.lms for tried in play(field, missed * 3, whole_browser))


def test_an_embedded_course_that_ends_while_it_goes_tells_its_lms_so_in_one_message(embed):
    seat, _ = embed(**course_that_reports_in_unload("scorm_12"))
    seat.open().ready()
    seat.leave()
    seat.has(lesson_status="passed")
    seat.ended()
    said = [call["method"] for call in seat.whole_record()["calls"]]
    assert said[-1] == "LMSFinish"
    assert "LMSCommit" not in said, "two messages of a page that goes may overtake each other"


def reports_in_unload(page: str) -> str:
    """The page that passes and ends in its `unload`, and says nothing in its `pagehide`."""
    last_words = """<script>
      removeEventListener("pagehide", finish);
      addEventListener("unload", () => { write(dialect.pass); write(dialect.finish); call("end", ""); });
    </script>"""
    return page.replace("</body>", f"{last_words}</body>")


def course_that_reports_in_unload(standard: str) -> dict:
    page = reports_in_unload(sco_page("Lesson 1", standard, "sco-1.html"))
    return {"standard": standard, "scos": [Sco(page=page)]}


@pytest.mark.parametrize("deliver_as", ["deliver", "embed"])
def test_a_leaving_that_the_learner_cancels_gives_the_course_back_where_it_was(request, deliver_as):
    seat, _ = request.getfixturevalue(deliver_as)(**course_that_reports_in_unload("scorm_12"))
    seat.open().ready()
    seat.press("bookmark")
    # Browsers ask only people who have done something on the page, as here.
    seat.course.locator("body").evaluate(
        """(body) => {
          body.dataset.left = '';
          window.onbeforeunload = (event) => (event.returnValue = 'Stay?');
        }"""
    )
    seat.page.on("dialog", lambda dialog: dialog.dismiss())
    with seat.page.expect_event("dialog"):
        seat.page.evaluate("() => { setTimeout(() => { location.href = '/'; }); }")
    seat.course.locator("body").click()  # somebody is still here
    expect(seat.course.locator("[data-left]")).to_have_count(0)
    seat.ready()
    assert seat.at("location").inner_text() == "page-2"
    seat.press("fail")
    seat.has(lesson_status="failed")
    seat.leave()
    assert seat.ended()["total_time"] == "0000:01:00.00"  # each of the two said 30 seconds


@pytest.mark.parametrize("deliver_as", ["deliver", "embed"])
def test_an_lms_that_is_slow_to_answer_its_exit_link_keeps_the_result_and_the_time(request, deliver_as):
    seat, _ = request.getfixturevalue(deliver_as)(**course_that_reports_in_unload("scorm_12"))
    begun = []
    seat.page.on(
        "request", lambda asked: begun.append(asked.url) if re.search(r"/sco-1\.html$", asked.url) else None
    )
    seat.open(quirk=["navigates_away", "slow_exit:5000"]).ready()
    seat.leave()
    seat.has(lesson_status="passed")
    assert seat.ended()["total_time"] == "0000:00:30.00"
    assert len(begun) == 1  # nobody gave the course back to a learner who had left
    assert seat.page.evaluate("performance.getEntriesByType('navigation')[0].responseStart") > 4000


@pytest.mark.parametrize("format", FORMATS)
def test_what_a_frame_says_that_the_lms_takes_out_of_its_page_is_here_and_repaired_there_at_the_next_launch(
    heliograph, deliver, another_window, format
):
    seat, dispatch = deliver(
        format, **course_that_reports_in_unload("scorm_12" if format == "scorm12" else "scorm_2004")
    )
    seat.open(quirk="removes_frame").ready()
    seat.press("bookmark")
    seat.page.locator("#leave").click()
    eventually(lambda: heliograph.registration(dispatch)["success"] == "passed", "the host has it")
    assert in_the_lms(heliograph, dispatch) == "not_written"
    seat.page.close()
    seat.page = another_window()
    seat.open().ready()
    seat.has(**PASSED[format], **{"score.raw": "90"})
    eventually(lambda: in_the_lms(heliograph, dispatch) == "confirmed", "that is shown")


def in_the_lms(heliograph, dispatch) -> str:
    """What is shown of the one learner's result."""
    return heliograph.api("GET", f"/dispatch/{dispatch['id']}/results")["items"][0]["in_the_lms"]


def test_the_last_words_of_a_course_in_a_window_of_its_own_are_heard_when_that_is_closed(heliograph, deliver):
    seat, dispatch = deliver(
        course=heliograph.import_for_window(build_package(**course_that_reports_in_unload("scorm_12")))
    )
    window = seat.open().open_window()
    window.frame_locator("#activity").locator("#bookmark").click()
    seat.has(lesson_location="page-2")
    window.close(run_before_unload=True)
    seat.has(lesson_status="passed", **{"score.raw": "90"})
    eventually(lambda: heliograph.registration(dispatch)["success"] == "passed", "the host has it, too")


def test_a_course_that_ends_without_a_status_and_with_much_to_keep_is_completed_at_once(heliograph, deliver):
    page = """<!doctype html><title>Bulk</title><p data-ready>ready</p><script>
      const api = parent.API;
      api.LMSInitialize("");
      addEventListener("unload", () => {
        api.LMSSetValue("cmi.suspend_data", "x".repeat(80 * 1024));
        api.LMSSetValue("cmi.core.score.raw", "90");
        api.LMSFinish("");
      });
    </script>"""
    seat, dispatch = deliver(standard="scorm_12", scos=[Sco(page=page)])
    # What is larger than browsers carry for a page that goes does not arrive.
    seat.page.route(
        "**/commit",
        lambda route: (
            route.abort() if len(route.request.post_data_buffer or b"") > 65_536 else route.continue_()
        ),
    )
    seat.open()
    seat.course.get_by_text("ready").wait_for()
    seat.leave()
    eventually(
        lambda: heliograph.registration(dispatch)["completion"] == "completed",
        "the host knows that it is over",
    )


def test_a_status_does_not_wait_for_the_suspend_data_before_it_that_has_not_arrived(heliograph, deliver):
    seat, dispatch = deliver("scorm2004-4th")
    seat.page.route(
        "**/commit",
        lambda route: (
            route.abort() if len(route.request.post_data_buffer or b"") > 65_536 else route.continue_()
        ),
    )
    seat.open().ready()
    with seat.page.expect_event("requestfailed"):
        seat.course.locator("body").evaluate(
            """() => {
              write([['cmi.suspend_data', 'é'.repeat(40_000)], ['cmi.exit', 'suspend']]);
              call('commit', '');
            }"""
        )
    seat.press("pass")
    seat.leave()
    eventually(lambda: heliograph.registration(dispatch)["success"] == "passed", "the host has the status")
    seat.page.unroute_all()
    seat.open().ready()
    assert len(seat.at("suspend-data").inner_text()) == 40_000


def test_suspend_data_that_no_page_can_carry_is_back_at_the_next_launch(deliver):
    page = """<!doctype html><title>Bulk</title><p></p><script>
      const api = parent.API;
      api.LMSInitialize("");
      document.querySelector("p").textContent = `kept ${api.LMSGetValue("cmi.suspend_data").length}`;
      addEventListener("unload", () => api.LMSSetValue("cmi.suspend_data", "x".repeat(80 * 1024)));
    </script>"""
    seat, _ = deliver(standard="scorm_12", scos=[Sco(page=page)])
    seat.page.route(
        "**/commit",
        lambda route: (
            route.abort() if len(route.request.post_data_buffer or b"") > 65_536 else route.continue_()
        ),
    )
    seat.open()
    seat.course.get_by_text("kept 0").wait_for()
    seat.leave()
    seat.page.unroute_all()
    seat.open()
    seat.course.get_by_text(f"kept {80 * 1024}").wait_for()


@pytest.mark.parametrize("format", FORMATS)
def test_values_that_a_course_never_commits_are_safe_a_second_later(deliver, another_window, format):
    place = "cmi.core.lesson_location" if format == "scorm12" else "cmi.location"
    seat, _ = deliver(format)
    seat.open().ready()
    for number in range(6):
        seat.set(place, f"page-{number}")
    a_second_passes(seat)
    kill_tab(seat.page)
    seat.page = another_window()
    seat.open().ready()
    assert seat.at("location").inner_text() == "page-5"


def test_a_value_that_a_course_does_not_commit_is_in_the_journal_and_on_its_way_at_once(deliver):
    seat, _ = deliver()
    seat.open().ready()
    a_second_passes(seat)  # what is said at the beginning has left
    journaled, sent = seat.course.locator("body").evaluate(
        """() => new Promise((done) => {
          const sent = [], own = parent.fetch;
          parent.fetch = (...given) => {
            sent.push(String(given[1]?.body));
            return own.apply(parent, given);
          };
          let journaled;
          write([["cmi.core.lesson_location", "page-9"]]);
          setTimeout(() => { journaled = Object.values(localStorage); }, 250);
          setTimeout(() => done([journaled, sent]), 1000);
        })"""
    )
    assert any("page-9" in request for request in journaled)
    assert any("page-9" in request for request in sent)


@pytest.mark.parametrize("way", ["killed", "hidden"])
def test_a_value_that_an_embedded_course_never_commits_is_here_and_shown_as_not_yet_written(
    heliograph, embed, way
):
    seat, dispatch = embed()
    seat.open().ready()
    seat.set("cmi.core.lesson_status", "passed")
    if way == "hidden":
        seat.hide()  # a phone may drop the page now: the LMS is asked to save
        seat.has(lesson_status="passed")
    registration = eventually(
        lambda: next(
            (
                candidate
                for candidate in heliograph.registrations(dispatch)
                if candidate["success"] == "passed"
            ),
            None,
        ),
        "the host has it",
    )
    kill_tab(seat.page)
    assert registration["success"] == "passed"
    assert (seat.record().get("elements", {}).get("cmi.core.lesson_status") == "passed") is (way == "hidden")


def test_the_time_of_a_page_that_a_phone_hides_and_drops_is_in_the_lms(deliver):
    seat, _ = deliver()
    seat.open().ready()
    seat.press("bookmark")
    time = seat.has(lesson_location="page-2")["elements"]["cmi.core.session_time"]
    a_second_passes(seat)
    seat.hide()
    eventually(
        lambda: seat.record()["elements"]["cmi.core.session_time"] > time, "the LMS has the second, too"
    )
    kill_tab(seat.page)
    assert not seat.record()["ended"]


@pytest.mark.parametrize("deliver_as", ["deliver", "embed"])
def test_a_course_that_reports_when_a_phone_hides_its_page_is_heard_on_both_sides(
    request, heliograph, deliver_as
):
    """Browsers tell the course last, and phones may never run another of its timers."""
    page = sco_page("Lesson 1", "scorm_12", "sco-1.html").replace(
        "</body>",
        """<script>addEventListener("visibilitychange", () => write(dialect.pass), true);</script></body>""",
    )
    seat, dispatch = request.getfixturevalue(deliver_as)(scos=[Sco(page=page)])
    seat.open().ready()
    a_second_passes(seat)  # what is said at the beginning has left
    for frame in seat.page.frames:
        frame.evaluate("() => { window.setTimeout = window.setInterval = () => 0; }")
    seat.hide()
    seat.has(lesson_status="passed")
    eventually(lambda: heliograph.registration(dispatch)["success"] == "passed", "the host has it, too")


@pytest.mark.parametrize("format", FORMATS)
def test_of_a_course_that_reports_no_time_both_sides_have_the_same(heliograph, deliver, format):
    standard = "scorm_12" if format == "scorm12" else "scorm_2004"
    seat, dispatch = deliver(format, standard=standard, scos=[Sco(page=silent(standard))])
    seat.open().ready()
    for _ in range(3):
        a_second_passes(seat)
    seat.press("pass")
    seat.leave()
    there = parse_duration(seat.ended()["total_time"]) / 100
    here = heliograph.registration(dispatch)["total_seconds"]
    assert here >= 3
    assert abs(here - there) < 1, (here, there)


def test_a_learner_who_has_not_opened_the_window_of_a_course_has_spent_no_time_in_it(heliograph, deliver):
    seat, _ = deliver(course=heliograph.import_for_window(build_package()))
    seat.open()
    expect(seat.note()).to_contain_text("window")
    seat.note().evaluate("() => new Promise((done) => setTimeout(done, 1500))")
    seat.leave()
    assert seat.ended()["total_time"] == "0000:00:00.00"


@pytest.mark.parametrize("deliver_as", ["deliver", "embed"])
def test_a_course_that_says_the_same_every_moment_makes_no_requests(request, deliver_as):
    seat, _ = request.getfixturevalue(deliver_as)()
    seat.open().ready()
    seat.press("bookmark", "incomplete")
    seat.has(lesson_status="incomplete")
    a_second_passes(seat)  # what was said until here has left
    sent = []
    seat.page.on(
        "request",
        lambda request: (
            sent.append(request.url) if re.search(r"/play/.*/commit$|/d/.*/events$", request.url) else None
        ),
    )
    seat.course.locator("body").evaluate(
        """(body, commits) => new Promise((done) => {
          let times = 0;
          const same = setInterval(() => {
            const time = `00:00:${String(times).padStart(2, "0")}`;
            write([["cmi.core.lesson_status", "incomplete"], ["cmi.suspend_data", "seen=1,2"],
                   ["cmi.core.session_time", time]]);
            if (commits) call("commit", "");
            if ((times += 1) === 20) { clearInterval(same); done(); }
          }, 200);
        })""",
        deliver_as == "embed",  # there the commit is the LMS's; here it is asked for
    )
    assert len(sent) <= 1  # the log's, at most


def test_the_time_that_a_learner_reads_after_the_last_word_of_a_course_is_counted_here_too(
    heliograph, deliver
):
    seat, dispatch = deliver(scos=[Sco(page=SILENT)])
    seat.open().ready()
    seat.press("pass")
    seat.has(lesson_status="passed")
    with seat.page.expect_response("**/commit"):
        seat.hide()  # sends all that there is, the log of calls, too
    before = heliograph.registration(dispatch)["total_seconds"]
    seat.course.locator("body").evaluate("() => new Promise((done) => setTimeout(done, 2500))")
    seat.page.close(run_before_unload=True)
    eventually(
        lambda: heliograph.registration(dispatch)["total_seconds"] >= before + 2,
        "the host has the reading, too",
    )


def test_the_time_in_a_lesson_that_speaks_to_the_record_store_is_in_the_lms(heliograph, deliver):
    seat, _ = deliver(course=heliograph.import_package(tincan_course()))
    seat.open()
    expect(seat.at("found")).to_have_text("yes")
    seat.leave()
    record = seat.ended()
    assert record["total_time"] != "0000:00:00.00"


@pytest.mark.parametrize("format", FORMATS)
def test_a_course_that_ends_itself_is_over_on_both_sides_and_leads_where_the_dispatch_says(deliver, format):
    seat, _ = deliver(format, limits={"exit_to": "https://www.example.org/thanks"})
    seat.page.route("https://www.example.org/thanks", lambda route: route.fulfill(body="Thank you"))
    seat.open().ready()
    seat.press("pass", "finish")
    expect(seat.stub.locator("body")).to_have_text("Thank you")
    record = seat.has(**PASSED[format])
    assert (record["ended"], record["exit"]) == (True, "" if format == "scorm12" else "normal")


@pytest.mark.parametrize("format", FORMATS)
def test_a_course_that_ends_itself_unfinished_is_a_pause(deliver, format):
    seat, _ = deliver(format)
    seat.open().ready()
    seat.press("bookmark", "incomplete", "finish")
    record = seat.ended()
    assert (record["status"]["completion"], record["exit"]) == ("incomplete", "suspend")
    seat.open().ready()
    assert seat.at("entry").inner_text() == "resume"


@pytest.mark.parametrize("reason", ["time-out", "logout", "normal"])
@pytest.mark.parametrize("format", FORMATS)
def test_whatever_reason_the_only_activity_gives_for_its_end_the_course_is_over(deliver, format, reason):
    seat, _ = deliver(format)
    seat.open().ready()
    seat.press("pass")
    seat.set(
        "cmi.core.exit" if format == "scorm12" else "cmi.exit",
        "" if reason == "normal" and format == "scorm12" else reason,
    )
    seat.press("finish")
    assert seat.ended()["exit"] != "suspend"
    seat.has(**PASSED[format])


@pytest.mark.parametrize(
    ("wish", "asked"),
    [("exit", "exitAll"), ("{target=nowhere}choice", "exitAll"), ("suspendAll", "suspendAll")],
)
def test_a_course_of_one_activity_that_asks_to_go_elsewhere_is_over(deliver, wish, asked):
    seat, _ = deliver("scorm2004-4th")
    seat.open().ready()
    seat.press("complete" if asked == "exitAll" else "incomplete")
    seat.set("adl.nav.request", wish)
    seat.press("finish")
    record = seat.ended()
    assert ["adl.nav.request", asked] in [call["arguments"] for call in record["calls"]]


@pytest.mark.parametrize(
    ("format", "element", "reason"),
    [("scorm12", "cmi.core.exit", "logout"), ("scorm2004-4th", "cmi.exit", "time-out")],
)
def test_who_is_logged_out_by_one_of_several_activities_has_left_the_course(deliver, format, element, reason):
    seat, _ = deliver(format, scos=[Sco("one", "One", "one.html"), Sco("two", "Two", "two.html")])
    seat.open().ready()
    seat.set(element, reason)
    seat.press("finish")
    if format == "scorm12":
        expect(seat.note()).to_contain_text("You can close this page")
    seat.ended()


def test_whose_time_is_up_in_one_of_several_activities_chooses_where_to_go_on(deliver):
    seat, _ = deliver(scos=[Sco("one", "One", "one.html"), Sco("two", "Two", "two.html")])
    seat.open().ready()
    seat.set("cmi.core.exit", "time-out")
    seat.press("finish")
    expect(seat.player.locator("#message")).to_contain_text("Choose a lesson")


@pytest.mark.parametrize("deliver_as", ["deliver", "embed"])
@pytest.mark.parametrize("mode", ["browse", "review"])
@pytest.mark.parametrize("standard", VALUES["standard"])
def test_a_preview_leaves_no_trace_in_an_lms_that_completes_whatever_finishes(
    request, heliograph, deliver_as, mode, standard
):
    format = {"format": FORMATS[VALUES["standard"].index(standard)]} if deliver_as == "deliver" else {}
    seat, dispatch = request.getfixturevalue(deliver_as)(standard=standard, **format)
    seat.open(quirk="finish-completes", mode=mode).ready()
    seat.press("pass")
    # The course works.
    expect(seat.at("status" if standard == "scorm_12" else "success")).to_have_text("passed")
    seat.press("finish")
    seat.leave()
    assert seat.whole_record()["elements"] == {}
    assert [
        registration
        for registration in heliograph.registrations(dispatch)
        if registration["success"] != "unknown"
    ] == []


def test_the_time_that_a_killed_browser_never_told_the_lms_is_told_at_the_next_launch(
    deliver, another_window
):
    seat, _ = deliver()
    seat.open().ready()
    seat.at("element").fill("cmi.core.session_time")
    seat.at("value").fill("00:30:00")
    seat.press("set", "bookmark")
    seat.has(lesson_location="page-2")
    kill_tab(seat.page)
    assert seat.record()["total_time"] == "0000:00:00.00"
    seat.page = another_window()
    seat.open().ready()
    seat.leave()
    minutes = int(seat.ended()["total_time"].split(":")[1])
    assert minutes == 30


def test_a_learner_whose_lms_begins_anew_hears_that_the_earlier_result_stands(deliver):
    seat, _ = deliver()
    seat.open().ready()
    seat.press("pass")
    seat.has(lesson_status="passed")
    seat.leave()
    seat.open(quirk="restart_attempts").ready()
    expect(seat.player.locator("#banner")).to_contain_text("already passed")
    seat.has(lesson_status="passed")


LAST_WORDS = 'write(dialect.pass); write(dialect.finish); call("end", "");'


def silent(standard: str) -> str:
    """The page that says nothing while it goes, and nothing of its time."""
    return sco_page("One", standard, "one.html").replace(
        "</body>", '<script>removeEventListener("pagehide", finish);</script></body>'
    )


SILENT = silent("scorm_12")
IN_UNLOAD = {
    "listener": reports_in_unload(sco_page("One", "scorm_12", "one.html")),
    "tag": SILENT.replace("<body ", f"<body onunload='{LAST_WORDS}' "),
    "body": SILENT.replace(
        "</body>", f"<script>document.body.onunload = () => {{ {LAST_WORDS} }};</script></body>"
    ),
}


def without_unload(route):
    """The page, in a browser that no longer fires `unload`."""
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "permissions-policy": "unload=()"})


def test_a_browser_that_fires_no_unload_still_lets_an_embedded_course_report(heliograph, embed):
    seat, dispatch = embed(scos=[Sco("one", "One", "one.html", page=IN_UNLOAD["listener"])])
    seat.page.route(re.compile(r"/play/\d+"), without_unload)
    seat.open().ready()
    seat.press("bookmark")
    seat.leave()
    seat.has(lesson_status="passed")
    eventually(lambda: heliograph.registration(dispatch)["success"] == "passed", "the host has it, too")


@pytest.mark.parametrize(
    ("way", "framed"), [*((way, False) for way in IN_UNLOAD), ("listener", True), ("tag", True)]
)
def test_a_browser_that_fires_no_unload_still_lets_the_course_report(heliograph, deliver, way, framed):
    frames = "<!doctype html><frameset cols='*'><frame src='inner.html' id='inner'></frameset>"
    scos = [
        Sco("one", "One", "one.html", page=frames if framed else IN_UNLOAD[way]),
        Sco("two", "Two", "two.html"),
    ]
    seat, dispatch = deliver(scos=scos, files={"inner.html": IN_UNLOAD[way]})
    seat.page.route(re.compile(r"/play/\d+"), without_unload)
    seat.open()
    course = seat.course.frame_locator("#inner") if framed else seat.course
    course.locator("#bookmark").click()
    expect(course.locator("#location")).to_have_text("page-2")
    seat.player.locator("#continue").click()
    expect(seat.course.locator("h1")).to_have_text("Two")
    calls = heliograph.calls(heliograph.registration(dispatch)["id"])
    assert "passed" in {argument for call in calls for argument in call["arguments"]}


def test_cells_are_all_meaningful_and_pairs_leave_none_out():
    cells = every_cell()
    assert len(cells) == len(set(cells))
    ways = {cell.way for cell in pairwise(cells)}
    assert ways == {cell.way for cell in cells}
    assert not any(cell.way == "killed" and cell.moment != "at_once" for cell in cells)
    assert Cell("hosted", "closed", "unload", "scorm_12", "popup", "80", "outermost-first") in cells
