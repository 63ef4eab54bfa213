"""Published packages, kept beside the project: each plays; those that speak SCORM initialize, are saved and
come back where they were.
"""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect
from tests.journeys.product import Heliograph
from tests.journeys.published.packages import DIALOG_LIBRARY, FOUND, turn_a_page

INITIALIZE, TERMINATE = {"LMSInitialize", "Initialize"}, {"LMSFinish", "Terminate"}
LOCATIONS = {"cmi.core.lesson_location", "cmi.location"}

Call = dict[str, Any]


class Sittings:
    """One learner's sittings in the player; what the course asks is answered with yes, and what it complains
    of is kept.
    """

    def __init__(self, heliograph: Heliograph, page: Page, course: dict[str, Any]) -> None:
        self.heliograph, self.page = heliograph, page
        self.registration, self.url = heliograph.launch_link(course)
        self.complaints: list[str] = []
        page.on("dialog", self._answer)
        page.context.route("http://ajax.googleapis.com/**", lambda route: route.fulfill(body=DIALOG_LIBRARY))

    def _answer(self, dialog: Dialog) -> None:
        if dialog.type == "alert":
            self.complaints.append(dialog.message)
        dialog.accept()

    def sit(self) -> None:
        """Opens the course, turns a page where it has pages to turn, and leaves as a learner does."""
        self.page.goto(self.url)
        self.page.locator("#activity[src]:visible").wait_for()
        frame = self.page.locator("#activity").element_handle().content_frame()
        assert frame is not None
        frame.wait_for_url(lambda address: address.startswith("http"))
        frame.wait_for_load_state()
        turn_a_page(frame)
        self.page.get_by_role("button", name="Save and exit").click()
        expect(self.page.get_by_role("heading", name="Progress saved")).to_be_visible()
        self.url = self.heliograph.api("POST", f"/registrations/{self.registration}/launch", {})["url"]

    def calls(self) -> list[list[Call]]:
        """What the course called, by sitting."""
        sittings: list[list[Call]] = []
        for call in self.heliograph.calls(self.registration):
            if call["method"] in INITIALIZE:
                sittings.append([])
            sittings[-1].append(call)
        return sittings


def location_set(calls: list[Call]) -> str | None:
    """The last bookmark a sitting left."""
    set_ones = [
        call["arguments"][1]
        for call in calls
        if call["method"].endswith("SetValue") and call["arguments"][0] in LOCATIONS
    ]
    return set_ones[-1] if set_ones else None


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_a_real_course_begins_is_saved_and_comes_back(heliograph: Heliograph, page: Page, path: Path) -> None:
    sittings = Sittings(heliograph, page, heliograph.import_package(path.read_bytes(), path.name))
    sittings.sit()
    sittings.sit()
    registration = heliograph.api("GET", f"/registrations/{sittings.registration}")
    assert (registration["launches"], sittings.complaints) == (2, [])
    calls = sittings.calls()
    assert all(call["applied"] for sitting in calls for call in sitting)
    if not calls:
        assert registration["completion"] in ("incomplete", "completed"), (
            "its pages track nothing; that they were opened is known"
        )
        return
    assert len(calls) == 2
    for sitting in calls:
        ends = [sitting[0], next(call for call in sitting if call["method"] in TERMINATE)]
        assert [(call["result"], call["error"]) for call in ends] == [("true", 0)] * 2
    if bookmark := location_set(calls[0]):
        asked = next(
            call
            for call in calls[1]
            if call["method"].endswith("GetValue") and call["arguments"][0] in LOCATIONS
        )
        assert (asked["result"], asked["error"]) == (bookmark, 0)
