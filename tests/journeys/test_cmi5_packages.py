"""Dispatched as cmi5: our package in a customer's LMS that speaks cmi5 and judges every statement by its
rules, which is our own product.
"""

import contextlib
import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from tests.builders import Au, Sco, build_package, cmi5_course
from tests.conftest import WHOLE_CHROMIUM
from tests.journeys.browsers import hide
from tests.journeys.product import Heliograph, eventually


@dataclass
class Customer:
    """A learner before the AU of our package in the customer's LMS; there she is a registration of a cmi5
    course.
    """

    heliograph: Heliograph
    page: Page
    course: dict[str, Any]
    dispatch: dict[str, Any]
    registration: str = ""

    def open(self, learner: str = "anna", mode: str = "normal") -> "Customer":
        self.registration, link = self.heliograph.launch_link(self.course, learner)
        if mode != "normal":
            link = self.heliograph.api("POST", f"/registrations/{self.registration}/launch", {"mode": mode})[
                "url"
            ]
        self.page.goto(link)
        return self

    @property
    def au(self) -> FrameLocator:
        """Our page."""
        return self.page.frame_locator("#activity")

    @property
    def player(self) -> FrameLocator:
        return self.au.frame_locator("iframe")

    @property
    def lesson(self) -> FrameLocator:
        return self.player.frame_locator("#activity")

    def ready(self) -> "Customer":
        expect(self.lesson.locator("#found")).to_have_text("yes")
        return self

    def press(self, *buttons: str) -> None:
        for button in buttons:
            self.lesson.locator(f"#{button}").click()

    def said(self) -> list[str]:
        """What the LMS's record store heard of the AU, in order; a refused statement has its status behind
        it.
        """
        lines = self.heliograph.calls(self.registration)
        return [call["method"] + ("" if call["error"] in (0, "0") else f" {call['error']}") for call in lines]

    def hears(self, *words: str) -> None:
        eventually(
            lambda: self.said() == list(words), lambda: f"the LMS heard {list(words)}, not {self.said()}"
        )

    def stands(self, **values: Any) -> dict[str, Any]:
        """Waits until the LMS has this of its learner."""

        def agrees() -> Any:
            answer = self.heliograph.api("GET", f"/registrations/{self.registration}")
            return answer if all(answer[name] == value for name, value in values.items()) else None

        return dict(eventually(agrees, lambda: f"the LMS has {values}; it heard {self.said()}"))


def members_of(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.fixture
def customer(heliograph, page):
    """Imports a course, dispatches it as cmi5, imports that where the customer is."""

    def run(course=None, limits=None, format="cmi5", **package):
        course = course or heliograph.import_package(build_package(**package))
        dispatch = heliograph.dispatch(course, **(limits or {}))
        return Customer(
            heliograph, page, heliograph.import_package(heliograph.package(dispatch, format)), dispatch
        )

    return run


def test_a_scorm_course_passes_in_an_lms_that_speaks_cmi5(customer, heliograph):
    here = customer().open().ready()
    here.press("bookmark", "pass", "commit")
    answer = here.stands(completion="completed", success="passed")
    assert answer["score"]["scaled"] == 0.9
    here.hears("initialized", "completed", "passed")
    mine = heliograph.registration(here.dispatch)
    assert (mine["success"], mine["learner"]["id"], mine["learner"]["name"]) == ("passed", "anna", "Anna")


def test_completing_alone_satisfies_the_course_there(customer):
    here = customer().open().ready()
    here.press("complete", "commit")
    here.stands(completion="completed", success="unknown")
    here.hears("initialized", "completed")


def test_leaving_by_the_courses_own_exit_ends_the_session_and_leads_back(customer, heliograph):
    here = customer().open().ready()
    here.press("pass", "commit")
    here.stands(success="passed")
    here.player.get_by_role("button", name="Save and exit").click()
    expect(here.page.get_by_role("heading", name="Progress saved")).to_be_visible()
    here.hears("initialized", "completed", "passed", "terminated")
    assert here.stands()["total_seconds"] > 0
    receipts = eventually(lambda: heliograph.receipts(here.dispatch), "the receipts arrive")
    assert {receipt["element"] for receipt in receipts} == {"completed", "passed", "terminated"}
    assert all(receipt["agrees"] for receipt in receipts)


def test_whoever_fails_may_pass_while_the_course_is_open(customer):
    here = customer().open().ready()
    here.press("fail", "commit", "pass", "commit")
    here.stands(success="passed")
    here.page.goto("about:blank")
    here.hears("initialized", "completed", "passed", "terminated")


def test_a_failure_is_said_when_the_learner_leaves_and_a_later_pass_in_a_session_of_its_own(customer):
    here = customer().open().ready()
    here.press("fail", "commit")
    here.hears("initialized", "completed")
    here.page.goto("about:blank")
    here.hears("initialized", "completed", "failed", "terminated")
    here.stands(success="failed")
    here.open().ready()
    here.page.goto("about:blank")
    here.hears("initialized", "completed", "failed", "terminated", "initialized", "terminated")
    here.open().ready().press("pass", "commit")
    here.stands(success="passed")


def test_the_lmss_mastery_score_decides_where_it_has_one(customer, heliograph, page):
    course = heliograph.import_package(build_package())
    dispatch = heliograph.dispatch(course)
    structure = members_of(heliograph.package(dispatch, "cmi5"))["cmi5.xml"].replace(
        b"<au ", b'<au masteryScore="0.95" '
    )
    here = (
        Customer(heliograph, page, heliograph.import_package(structure, "cmi5.xml"), dispatch).open().ready()
    )
    here.press("pass", "commit")
    here.stands(completion="completed")
    here.page.goto("about:blank")
    here.hears("initialized", "completed", "failed", "terminated")
    assert here.stands(success="failed")["score"]["scaled"] == 0.9
    assert heliograph.registration(dispatch)["success"] == "passed"


def test_a_review_reports_nothing(customer, heliograph):
    here = customer().open().ready()
    here.press("complete", "commit")
    here.stands(completion="completed")
    here.page.goto("about:blank")
    here.hears("initialized", "completed", "terminated")
    here.open(mode="review").ready().press("pass", "commit")
    here.page.goto("about:blank")
    here.hears("initialized", "completed", "terminated", "initialized", "terminated")
    assert heliograph.registration(here.dispatch)["success"] == "unknown"


def test_a_glance_at_it_in_browse_mode_reports_nothing(customer, heliograph):
    here = customer()
    here.registration, _ = heliograph.launch_link(here.course)
    opened = heliograph.api(
        "POST", f"/registrations/{here.registration}/units", {"unit": "0", "mode": "browse"}
    )
    here.page.goto(opened["url"])
    lesson = here.page.frame_locator("iframe").frame_locator("#activity")
    expect(lesson.locator("#found")).to_have_text("yes")
    for button in ("pass", "commit"):
        lesson.locator(f"#{button}").click()
    here.page.goto("about:blank")
    here.hears("initialized", "terminated")
    assert heliograph.registrations(here.dispatch) == []


def test_what_the_lms_could_not_be_told_is_said_at_the_next_opening(customer, heliograph):
    here = customer().open().ready()
    # What a page says while it goes passes the routes of tests, so this one is cut off from within.
    [ours] = [frame for frame in here.page.frames if "/cmi5/?" in frame.url]
    ours.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('no network')); }")
    here.press("pass", "commit")
    eventually(lambda: heliograph.registration(here.dispatch)["success"] == "passed", "the host has it")
    here.page.goto("about:blank")
    assert here.said() == ["initialized"]
    here.open().ready()
    here.stands(completion="completed", success="passed")
    here.page.goto("about:blank")
    here.hears("initialized", "initialized", "completed", "passed", "terminated")


def reports_while_it_goes(moment: str = "pagehide") -> Sco:
    page = f"""<!doctype html><title>Goes</title><p id="found"></p><script>
      const api = parent.API;
      api.LMSInitialize("");
      document.getElementById("found").textContent = "yes";
      addEventListener("{moment}", () => {{
        api.LMSSetValue("cmi.core.score.raw", "90");
        api.LMSSetValue("cmi.core.lesson_status", "passed");
        api.LMSFinish("");
      }});
    </script>"""
    return Sco(page=page)


@pytest.fixture
def whole_browser(browser_type, browser_type_launch_args):
    """The headless shell does not ask every frame before it closes a page; and a profile outlives its tabs,
    with what they were sending.
    """
    browser = browser_type.launch(**{**browser_type_launch_args, "executable_path": WHOLE_CHROMIUM})
    yield browser.new_context()
    browser.close()


@pytest.mark.parametrize("format", ["cmi5", "scorm12", "scorm2004-4th"])
def test_last_words_arrive_where_the_lms_says_goodbye_to_its_lessons_before_the_browser_asks_them(
    customer, whole_browser, format
):
    """Our own player does, because a lesson may report in its `unload`; but the course inside our package has
    not been asked then.
    """
    here = customer(format=format, standard="scorm_12", scos=[reports_while_it_goes("unload")])
    for learner in ("anna", "boris", "clara"):  # a try may miss as the world has it
        here.page = whole_browser.new_page()
        here.open(learner).ready()
        here.page.close(run_before_unload=True)
        with contextlib.suppress(AssertionError):
            here.stands(completion="completed", success="passed")
            return
    raise AssertionError(f"the LMS never heard it; of the last learner it heard {here.said()}")


def test_what_a_page_said_when_it_went_is_known_to_have_arrived_at_the_next_opening(customer, heliograph):
    here = customer().open().ready()
    here.press("fail", "commit")
    here.hears("initialized", "completed")
    here.page.goto("about:blank")
    here.hears("initialized", "completed", "failed", "terminated")
    assert in_the_lms(heliograph, here.dispatch) == "not_written", "nobody has heard so yet"
    here.open().ready()
    eventually(lambda: in_the_lms(heliograph, here.dispatch) == "confirmed", "the store has it")
    here.page.goto("about:blank")
    here.hears("initialized", "completed", "failed", "terminated", "initialized", "terminated")


def test_what_a_page_said_when_it_went_and_did_not_arrive_is_said_at_the_next_opening(customer, heliograph):
    here = customer(standard="scorm_12", scos=[reports_while_it_goes()]).open().ready()
    [ours] = [frame for frame in here.page.frames if "/cmi5/?" in frame.url]
    ours.evaluate(
        """() => {
          const plain = fetch;  // this LMS takes no statement of a page that goes, and keeps its documents
          window.fetch = (address, how) => /statements/.test(address)
            ? Promise.reject(new TypeError("no network")) : plain(address, how);
        }"""
    )
    here.page.goto("about:blank")
    eventually(lambda: heliograph.registration(here.dispatch)["success"] == "passed", "the host has it")
    here.open().ready()
    here.stands(completion="completed", success="passed")


def in_the_lms(heliograph: Heliograph, dispatch: dict[str, Any]) -> str:
    """What the host knows of the one learner's result in the LMS."""
    [result] = heliograph.api("GET", f"/dispatch/{dispatch['id']}/results")["items"]
    return str(result["in_the_lms"])


def test_the_lms_has_what_was_said_on_a_page_that_a_phone_hides_and_drops(customer):
    here = customer().open().ready()
    here.page.route("**/play/*/commit", lambda route: route.abort())  # the host has not heard of it yet
    here.press("pass")

    def told() -> bool:
        hide(here.page)
        return "passed" in here.said()

    eventually(told, "the LMS has the result")


def test_a_store_that_is_away_for_a_moment_is_told_when_it_is_back(customer):
    here = customer().open().ready()
    here.page.route("**/xapi/statements", lambda route: route.fulfill(status=503))
    here.press("pass", "commit")
    here.page.wait_for_timeout(500)
    here.page.unroute_all()
    here.hears("initialized", "completed", "passed")


def test_a_refusal_is_shown_and_the_session_ends(customer, heliograph):
    here = customer(limits={"enabled": False}).open()
    expect(here.au.locator(".note")).to_contain_text("currently unavailable")
    expect(here.au.locator(".note")).to_contain_text("dispatch_disabled")
    here.page.goto("about:blank")
    here.hears("initialized", "terminated")
    assert heliograph.registrations(here.dispatch) == []


def test_a_package_whose_dispatch_is_gone_says_so(customer, heliograph):
    here = customer()
    heliograph.api("DELETE", f"/dispatch/{here.dispatch['id']}")
    here.open()
    expect(here.au.locator(".note")).to_contain_text("no longer offered here")


def test_only_the_allowed_lms_opens_it_and_is_seen_as_the_place(customer, heliograph):
    here = customer(limits={"allowed_domains": ["lms.example"]}).open()
    expect(here.au.locator(".note")).to_contain_text("domain_not_allowed")
    heliograph.change(here.dispatch, allowed_domains=["127.0.0.1"])
    here.open().ready()
    [deployment] = heliograph.deployments(here.dispatch)
    assert (deployment["domain"], deployment["package_format"]) == ("127.0.0.1", "cmi5")


@pytest.mark.parametrize("identity", ["hashed", "anonymous"])
def test_whose_id_is_not_told_is_known_again(customer, heliograph, identity):
    here = customer()
    heliograph.api("PATCH", f"/destinations/{here.dispatch['destination']}", {"identity": identity})
    asked = []
    here.page.on(
        "request",
        lambda request: asked.append(request.post_data) if request.url.endswith("/launch") else None,
    )
    here.open().ready().press("complete", "commit")
    here.stands(completion="completed")
    here.open().ready()
    learner = heliograph.registration(here.dispatch)["learner"]
    assert "anna" not in learner["id"]
    assert learner["name"] == ""
    said = [body for body in asked if body and '"sitting"' in body]
    assert len(said) == 2
    assert not [body for body in said if "anna" in body.lower()]


def test_an_address_that_names_nobody_is_explained_in_the_learners_language(customer, heliograph, browser):
    here = customer()
    package = members_of(heliograph.package(here.dispatch, "cmi5"))["cmi5.xml"].decode()
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    [address] = re.findall(r"<url>(.*?)</url>", package)
    page.goto(address)
    expect(page.locator(".note")).to_contain_text("Wir konnten nicht erkennen, wer Sie sind")
    context.close()


def test_a_cmi5_course_is_dispatched_as_cmi5_and_each_store_hears_its_own(customer, heliograph):
    two = [Au(), Au("https://example.com/fire/au-2", "Lesson 2", "two.html", "Passed")]
    here = customer(course=heliograph.import_package(cmi5_course(nodes=two))).open().ready()
    here.press("complete")
    expect(here.lesson.locator("#stored")).to_have_text("completed")
    assert here.stands()["completion"] == "incomplete"
    here.player.get_by_role("button", name="Next lesson").click()
    expect(here.lesson.get_by_role("heading")).to_have_text("Lesson 2")
    here.ready().press("pass")
    here.stands(completion="completed", success="passed")
    here.hears("initialized", "completed", "passed")


def test_at_the_customers_own_host_and_after_it_moved(customer, heliograph, page):
    course = heliograph.import_package(build_package())
    dispatch = heliograph.dispatch(course)
    owned, moved = (
        heliograph.content.replace("127.0.0.1", f"{name}.localhost") for name in ("learn", "moved")
    )
    heliograph.api("PATCH", f"/destinations/{dispatch['destination']}", {"host": owned})
    there = heliograph.import_package(heliograph.package(dispatch, "cmi5"))
    here = Customer(heliograph, page, there, dispatch).open().ready()
    here.press("complete", "commit")
    here.stands(completion="completed")
    heliograph.api("PATCH", f"/destinations/{dispatch['destination']}", {"redirect_origin": moved})
    here.open().ready()
    assert moved in {frame.url.partition("/d/")[0] for frame in page.frames}
    here.press("pass", "commit")
    here.stands(success="passed")
    assert [deployment["domain"] for deployment in heliograph.deployments(dispatch)] == ["127.0.0.1"]


def test_a_course_that_wants_a_window_of_its_own_has_the_one_that_the_lms_opens(
    customer, heliograph, page, context
):
    here = customer(course=heliograph.import_for_window(build_package())).open()
    with context.expect_page() as opened:
        page.get_by_role("button", name="Open lesson").click()
    lesson = opened.value.frame_locator("iframe").frame_locator("#activity")
    expect(lesson.locator("#found")).to_have_text("yes")
    assert opened.value.evaluate("typeof window.API.LMSGetValue") == "function"
    lesson.locator("#pass").click()
    lesson.locator("#commit").click()
    here.stands(success="passed")
