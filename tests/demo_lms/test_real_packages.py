"""Real packages, kept beside the project, load in the reference LMS and find its API."""

from pathlib import Path

import pytest
from playwright.sync_api import Page
from tests.conftest import SHARED
from tests.demo_lms.client import Lms

FOLDERS = {"scorm12": "API", "scorm2004": "API_1484_11"}
PACKAGES = [path for folder in FOLDERS for path in sorted((SHARED / "packages" / folder).glob("*.zip"))]
OF_SCORM_11 = "SCORM11"  # no imsmanifest.xml: refused, as any LMS of today does


@pytest.mark.parametrize(
    "path", [path for path in PACKAGES if OF_SCORM_11 not in path.name], ids=lambda path: path.stem
)
def test_it_loads(lms: Lms, page: Page, path: Path) -> None:
    course_id = lms.upload(path.read_bytes())
    course = lms.json(f"/api/packages/{course_id}")
    page.goto(lms.play_url(course_id))
    frame = page.wait_for_selector("#content").content_frame()
    frame.wait_for_url("**/content/**")
    assert page.evaluate(f"typeof window.{FOLDERS[path.parent.name]}") == "object"
    status, _ = lms.request(frame.url.removeprefix(lms.url).partition("?")[0])
    assert status == (404 if course["missing"] else 200)
