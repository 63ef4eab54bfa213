"""Dispatched as cmi5: our package in a customer's LMS that speaks cmi5 and judges every statement by its rules, which is our own product."""

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from tests.journeys.product import Heliograph, eventually
from tests.packages import build_package


@dataclass
class Customer:
    """A learner before the AU of our package in the customer's LMS; there she is a registration of a cmi5 course."""

    heliograph: Heliograph
    page: Page
    course: dict[str, Any]
    dispatch: dict[str, Any]
    registration: str = ""

    def open(self, learner: str = "anna", mode: str = "normal") -> "Customer":
        self.registration, link = self.heliograph.launch_link(self.course, learner)
        if mode != "normal":
            link = self.heliograph.api("POST", f"/registrations/{self.registration}/launch", {"mode": mode})["url"]
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
        """What the LMS's record store heard of the AU, in order; a refused statement has its status behind it."""
        lines = self.heliograph.calls(self.registration)
        return [call["method"] + ("" if call["error"] in (0, "0") else f" {call['error']}") for call in lines]

    def hears(self, *words: str) -> None:
        eventually(lambda: self.said() == list(words), f"the LMS heard {words}, not {self.said()}")

    def stands(self, **wanted: Any) -> dict[str, Any]:
        """Waits until the LMS has this of its learner."""

        def agrees() -> Any:
            found = self.heliograph.api("GET", f"/registrations/{self.registration}")
            return found if all(found[name] == value for name, value in wanted.items()) else None

        return dict(eventually(agrees, f"the LMS has {wanted}; it heard {self.said()}"))


@pytest.fixture
def customer(heliograph, page):
    """Imports a course, dispatches it as cmi5, imports that where the customer is."""

    def run(course=None, limits=None, **package):
        course = course or heliograph.import_package(build_package(**package))
        dispatch = heliograph.dispatch(course, **(limits or {}))
        return Customer(heliograph, page, heliograph.import_package(heliograph.package(dispatch, "cmi5")), dispatch)

    return run


def test_a_scorm_course_passes_in_an_lms_that_speaks_cmi5(customer, heliograph):
    here = customer().open().ready()
    here.press("bookmark", "pass", "commit")
    found = here.stands(completion="completed", success="passed")
    assert found["score"]["scaled"] == 0.9
    here.hears("initialized", "completed", "passed")
    mine = heliograph.registration(here.dispatch)
    assert (mine["success"], mine["learner"]["id"], mine["learner"]["name"]) == ("passed", "anna", "Anna")
