"""The frames in which a course is shown: there it may do what it may in a window of its own, and it looks as
it does there.
"""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.builders import build_package
from tests.demo_lms.client import Lms
from tests.journeys.learner import EmbeddedSeat, Seat
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph

# What a course in a window of its own may ask for, and a frame must be given: each browser knows some of it.
ASKED_FOR = (
    *(
        "accelerometer",
        "autoplay",
        "bluetooth",
        "camera",
        "clipboard-read",
        "clipboard-write",
        "display-capture",
        "encrypted-media",
    ),
    *(
        "fullscreen",
        "gamepad",
        "geolocation",
        "gyroscope",
        "hid",
        "idle-detection",
        "local-fonts",
        "magnetometer",
        "microphone",
        "midi",
    ),
    *(
        "payment",
        "picture-in-picture",
        "publickey-credentials-create",
        "publickey-credentials-get",
        "screen-wake-lock",
        "serial",
    ),
    *("storage-access", "usb", "web-share", "window-management", "xr-spatial-tracking"),
)
REFUSED = """(_, names) => {
  const policy = document.featurePolicy, known = policy.features();
  return names.filter((name) => known.includes(name) && !policy.allowsFeature(name));
}"""
TRANSPARENT = "<!doctype html><style>html, body { background: transparent }</style><h1 id=found>yes</h1>"


def refused(body: Locator) -> list[str]:
    """What the course's page may not ask for."""
    body.wait_for()
    assert body.evaluate("() => document.featurePolicy.features().includes('camera')"), (
        "this browser does not say what it allows"
    )
    return list(body.evaluate(REFUSED, list(ASKED_FOR)))


def given(frame: Locator) -> set[str]:
    """What a frame's ``allow`` says."""
    return set((frame.get_attribute("allow") or "").split("; "))


@pytest.mark.parametrize("standard", ["scorm12", "scorm2004-4th"])
def test_a_hosted_course_may_ask_for_all_that_it_may_in_a_window(deliver: Any, standard: str) -> None:
    seat: Seat = deliver(standard)[0]
    seat.open().ready()
    assert refused(seat.course.locator("body")) == []
    assert given(seat.stub.locator("iframe")) == given(seat.player.locator("#activity")) >= set(ASKED_FOR)


def test_an_embedded_course_may_ask_for_all_that_it_may_in_a_window(embed: Any) -> None:
    seat: EmbeddedSeat = embed(standard="scorm_12")[0]
    seat.open().ready()
    assert refused(seat.course.locator("body")) == []
    assert given(seat.stub.locator("iframe")) >= set(ASKED_FOR)


def test_a_course_that_is_tried_may_ask_for_what_it_may_at_a_customer(
    heliograph: Heliograph, page: Page
) -> None:
    course = heliograph.import_package(build_package(title="Tried"))
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/admin/courses/{course['id']}/")
    page.get_by_role("button", name="Preview").click()
    frame = page.locator("iframe[title='The course']")
    player = page.frame_locator("iframe[title='The course']")
    expect(player.frame_locator("#activity").locator("#found")).to_have_text("yes")
    assert refused(player.frame_locator("#activity").locator("body")) == []
    assert given(frame) == given(player.locator("#activity")) >= set(ASKED_FOR)


def test_no_other_page_of_ours_may_look_through_the_camera(heliograph: Heliograph, page: Page) -> None:
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/admin/courses/")
    assert page.evaluate("() => document.featurePolicy.allowsFeature('camera')") is False


@pytest.mark.parametrize("mode", ["hosted", "embedded"])
def test_behind_a_course_that_paints_nothing_it_is_white_as_in_a_window(
    deliver: Any, embed: Any, lms: Lms, mode: str
) -> None:
    seat = (deliver if mode == "hosted" else embed)(files={"sco-1.html": TRANSPARENT})[0]
    seat.page.emulate_media(color_scheme="dark")
    seat.open().ready()
    behind = [seat.player.locator("#activity")] if mode == "hosted" else []
    for frame in [seat.stub.locator("iframe"), *behind]:
        look = "(frame) => [getComputedStyle(frame).backgroundColor, getComputedStyle(frame).colorScheme]"
        assert frame.evaluate(look) == ["rgb(255, 255, 255)", "light"]
