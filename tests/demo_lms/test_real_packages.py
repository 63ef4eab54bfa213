"""Real packages, kept beside the project, load in the reference LMS and find its API."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.conftest import SHARED
from tests.demo_lms.client import Lms, content_frame

FOLDERS = {"scorm12": "API", "scorm2004": "API_1484_11"}
FOUND = [path for folder in FOLDERS for path in sorted((SHARED / "packages" / folder).glob("*.zip"))]
PACKAGES = [path for path in FOUND if "SCORM11" not in path.name]  # those have no imsmanifest.xml
MALFORMED = sorted((SHARED / "packages" / "malformed").glob("*.zip"))


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.stem)
def test_it_loads(lms: Lms, window: Page, path: Path) -> None:
    course_id = lms.upload(path.read_bytes())
    course = lms.json(f"/api/packages/{course_id}")
    window.goto(lms.play_url(course_id))
    frame = content_frame(window)
    frame.wait_for_url("**/content/**", wait_until="commit")
    assert window.evaluate(f"typeof window.{FOLDERS[path.parent.name]}") == "object"
    status, _ = lms.request(frame.url.removeprefix(lms.url).partition("?")[0])
    assert status == (404 if course["missing"] else 200)


@pytest.mark.parametrize("path", MALFORMED, ids=lambda path: path.stem)
def test_a_malformed_one_is_taken_with_a_warning_or_refused_with_a_sentence(lms: Lms, path: Path) -> None:
    answer = lms.json("/api/packages", path.read_bytes())
    assert answer.get("missing") or answer["title"].endswith(".")
