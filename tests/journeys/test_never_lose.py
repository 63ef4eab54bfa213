"""What was done is never lost: a killed tab, a second window, a host that is away, a browser that shuts its
storage.
"""

import contextlib
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Error, expect
from tests.journeys.browsers import kill_tab, storage_shut_for
from tests.journeys.learner import Seat
from tests.journeys.product import Product

COMMITS = re.compile(r"/play/[^/]+/commit$")
FORMATS = ["scorm12", "scorm2004-4th"]


def hang_up(context: BrowserContext) -> None:
    """From now on no commit arrives: the host is away."""
    context.route(COMMITS, lambda route: route.abort())


@contextlib.contextmanager
def never_arriving(product: Product, seat: Seat) -> Iterator[None]:
    """Commits leave the browser and never arrive."""
    hang_up(seat.page.context)
    yield
    seat.page.context.unroute_all()


@contextlib.contextmanager
def unanswered(product: Product, seat: Seat) -> Iterator[None]:
    """Commits arrive and are not answered before the block ends."""
    with product.frozen():
        yield


@pytest.mark.parametrize("commits", [never_arriving, unanswered])
@pytest.mark.parametrize("format", FORMATS)
def test_a_tab_killed_in_the_middle_of_a_commit_loses_nothing(
    product, heliograph, deliver, another_window, format, commits
):
    seat, dispatch = deliver(format)
    seat.open().ready()
    with commits(product, seat):
        seat.press("bookmark", "pass")
        kill_tab(seat.page)

    seat.page = another_window()
    seat.open().ready()
    assert seat.at("location").inner_text() == "page-2"
    assert seat.at("suspend-data").inner_text() == "seen=1,2"
    assert heliograph.registration(dispatch)["success"] == "passed"
    seat.has(**({"lesson_status": "passed"} if format == "scorm12" else {"success_status": "passed"}))


def test_the_first_window_is_told_when_a_second_one_opens_and_saves_nothing_more(
    heliograph, deliver, another_window
):
    first, dispatch = deliver()
    first.open().ready()
    first.press("bookmark")
    first.has(lesson_location="page-2")
    second = Seat(another_window(), first.lms, first.package).open().ready()
    first.press("fail")
    expect(first.player.get_by_role("alert")).to_contain_text("open in another window")
    second.press("pass")
    second.has(lesson_status="passed")
    registration = heliograph.registration(dispatch)
    assert (registration["success"], registration["score"]["raw"]) == ("passed", 90)
    refused = [call for call in heliograph.calls(registration["id"]) if not call["applied"]]
    assert "failed" in {value for call in refused for value in call["arguments"]}
    first.player.get_by_role("button", name="Save and exit").click()
    expect(first.note()).to_contain_text("You can close this page")
    told = {value for call in first.record()["calls"] for value in call["arguments"]}
    assert "failed" not in told  # what the host refused, the LMS does not hear either


@pytest.mark.parametrize("format", FORMATS)
def test_a_host_that_goes_away_for_a_while_is_said_and_the_result_arrives_on_both_sides(
    product, heliograph, deliver, format
):
    seat, dispatch = deliver(format)
    seat.open().ready()
    with product.stopped():
        seat.press("pass")
        expect(seat.player.locator("#banner")).to_contain_text("You're offline")
        seat.set("cmi.core.lesson_location" if format == "scorm12" else "cmi.location", "page-3")
        seat.press("commit")
    # It asks again, less and less often.
    expect(seat.player.locator("#banner")).to_contain_text("All progress saved", timeout=60_000)
    both = {"score.raw": "90"}
    seat.has(**both, **({"lesson_location": "page-3"} if format == "scorm12" else {"location": "page-3"}))
    registration = heliograph.registration(dispatch)
    assert (registration["success"], registration["score"]["raw"]) == ("passed", 90)


def test_a_course_plays_where_the_browser_shuts_its_storage_and_the_lms_page_keeps_what_is_unsent(
    heliograph, deliver, browser_type, browser_type_launch_args, tmp_path
):
    seat, dispatch = deliver()
    with storage_shut_for(
        heliograph.content, browser_type, browser_type_launch_args, tmp_path / "profile"
    ) as context:
        seat.page = context.new_page()
        seat.open().ready()
        with pytest.raises(Error, match="Access is denied"):
            seat.player.locator("body").evaluate("localStorage.length")
        seat.press("bookmark")
        seat.has(lesson_location="page-2")
        hang_up(context)
        seat.press("pass")
        expect(seat.player.locator("#banner")).to_contain_text("You're offline")
        kill_tab(seat.page)
        assert heliograph.registration(dispatch)["success"] == "unknown"

        context.unroute_all()
        seat.page = context.new_page()
        seat.open().ready()
        seat.has(lesson_status="passed")
        assert heliograph.registration(dispatch)["success"] == "passed"
        kept = seat.page.evaluate(
            "Object.keys(localStorage).filter((key) => key.startsWith('heliograph:journal'))"
        )
        assert kept == []


def test_a_last_word_arrives_when_the_learner_just_closes_the_tab(heliograph, deliver, another_window):
    seat, dispatch = deliver()
    seat.open().ready()
    seat.set("cmi.core.lesson_location", "page-9")
    seat.page.close(run_before_unload=True)
    seat.page = another_window()
    seat.open().ready()
    assert seat.at("location").inner_text() == "page-9"
    assert heliograph.registration(dispatch)["launches"] == 2
