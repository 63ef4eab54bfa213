"""Real packages, kept beside the project: each plays; those that speak SCORM initialise, are saved and come back."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import SHARED
from tests.journeys.product import Heliograph

LOADS_FROM_THE_INTERNET = {"golf_SequencingPostTestRollup4thEd_SCORM20044thEdition"}
FOUND = sorted(path for folder in ("scorm12", "scorm2004") for path in (SHARED / "packages" / folder).glob("golf_*.zip"))
PACKAGES = [path for path in FOUND if path.stem not in LOADS_FROM_THE_INTERNET]
BEGINNINGS = {"LMSInitialize", "Initialize"}


def speaks(path: Path) -> bool:
    """Packages about packaging alone never look for an LMS."""
    return "ContentPackaging" not in path.name


def sit(page: Page, url: str) -> None:
    """Opens the player, waits for the course, and leaves it as a learner does."""
    page.goto(url)
    page.locator("#activity[src]:visible").wait_for()
    frame = page.locator("#activity").element_handle().content_frame()
    assert frame is not None
    frame.wait_for_url(lambda address: address.startswith("http"))
    page.get_by_role("button", name="Exit").click()
    expect(page.get_by_role("heading", name="Your progress is saved")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.stem)
def test_a_real_course_begins_is_saved_and_comes_back(heliograph: Heliograph, page: Page, path: Path) -> None:
    course = heliograph.import_package(path.read_bytes(), path.name)
    registration, url = heliograph.launch_link(course)
    sit(page, url)
    sit(page, heliograph.api("POST", f"/registrations/{registration}/launch", {})["url"])
    assert heliograph.api("GET", f"/registrations/{registration}")["launches"] == 2
    calls = heliograph.calls(registration)
    assert all(call["applied"] for call in calls)
    begun = [(call["result"], call["error"]) for call in calls if call["method"] in BEGINNINGS]
    assert begun == [("true", 0)] * (2 if speaks(path) else 0), calls
