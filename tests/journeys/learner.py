"""A learner at a customer's LMS: opens the uploaded package and presses what the course offers.

Frames within frames, as in life.
"""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import FrameLocator, Locator, Page, expect
from tests.demo_lms.client import Lms
from tests.journeys.browsers import hide
from tests.journeys.product import eventually


@dataclass
class Seat:
    """The learner's browser window on one package in the LMS."""

    page: Page
    lms: Lms
    package: str
    learner: str = "anna"

    def open(self, **query: Any) -> "Seat":
        self.page.goto(
            self.lms.play_url(self.package, learner_id=self.learner, learner_name="Anna Ahlberg", **query)
        )
        return self

    def open_window(self) -> Page:
        """Opens the window of its own that the course wants, as the learner does."""
        with self.page.expect_popup() as opened:
            self.stub.get_by_role("button", name=re.compile("Open (the )?course")).click()
        return opened.value

    @property
    def stub(self) -> FrameLocator:
        return self.page.frame_locator("#content")

    @property
    def player(self) -> FrameLocator:
        return self.stub.frame_locator("iframe")

    @property
    def course(self) -> FrameLocator:
        return self.player.frame_locator("#activity")

    def ready(self) -> "Seat":
        """Waits until the course found its API."""
        expect(self.at("found")).to_have_text("yes")
        return self

    def at(self, id: str) -> Locator:
        return self.course.locator(f"#{id}")

    def press(self, *buttons: str) -> None:
        for button in buttons:
            self.at(button).click()

    def set(self, element: str, value: str) -> None:
        self.at("element").fill(element)
        self.at("value").fill(value)
        self.press("set")
        expect(self.at("answer")).to_have_text("true")

    def leave(self) -> None:
        """Leaves the course as the LMS offers it; what the course says while going is heard."""
        self.page.locator("#leave").click()
        self.page.wait_for_url("**/learners/**")

    def hide(self) -> None:
        """Another app is before the browser."""
        hide(self.page)

    def note(self) -> Locator:
        """The page the stub shows in place of the course."""
        return self.stub.locator(".note")

    def record(self) -> dict[str, Any]:
        """What the LMS keeps of this learner."""
        return dict(self.lms.record(self.package, self.learner))

    def ended(self) -> dict[str, Any]:
        """Waits until the LMS's session is over, whose last message may outlive the page; returns what the
        LMS keeps then.
        """
        return dict(
            eventually(lambda: (record := self.record())["ended"] and record, "the LMS's session is over")
        )

    def whole_record(self) -> dict[str, Any]:
        """What the LMS keeps once every call of the pages that were left is in its record."""

        def whole() -> Any:
            record = self.record()
            made = [launch["calls_made"] for launch in record["launches"]]
            return None not in made and sum(made) <= len(record["calls"]) and record

        return dict(eventually(whole, "the LMS's record holds every call"))

    def has(self, **elements: str) -> dict[str, Any]:
        """Waits until the LMS's record says this; elements are named without their “cmi.core.” or “cmi.”."""

        def agrees() -> Any:
            record = self.record()
            return record if all(_said(record, name) == value for name, value in elements.items()) else None

        try:
            return dict(eventually(agrees, f"the LMS has {elements}"))
        except AssertionError as reason:
            raise AssertionError(f"{reason}; it has {self.record().get('elements')}") from None


class EmbeddedSeat(Seat):
    """The course lies in the wrapper's frame: there is no player between."""

    @property
    def course(self) -> FrameLocator:
        return self.player


def _said(record: dict[str, Any], name: str) -> str | None:
    elements = record.get("elements", {})
    return next(
        (
            value
            for element, value in elements.items()
            if element.rpartition("cmi.")[2].removeprefix("core.") == name
        ),
        None,
    )
