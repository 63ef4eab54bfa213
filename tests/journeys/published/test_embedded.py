"""Embedded packages of published courses tell the customer's LMS what the courses tell it alone."""

from typing import Any
from zipfile import ZipFile

import pytest
from tests.journeys.learner import EmbeddedSeat
from tests.journeys.product import eventually
from tests.journeys.published.packages import DIALOG_LIBRARY, FOUND, turn_a_page
from tests.running import PATIENCE


class Plain(EmbeddedSeat):
    """A seat at a package that somebody else made: nothing is known of its pages."""

    def sits_in_it(self) -> "Plain":
        """Opens the course, turns a page where it can, leaves."""
        self.open()
        self.page.wait_for_load_state("networkidle")
        course = self.page.frames[-1]
        turn_a_page(course)
        self.falls_silent()
        self.leave()
        return self

    def falls_silent(self) -> None:
        """Waits until several looks in a row at what the LMS was told find nothing new."""
        looks: list[int] = []

        def silent() -> bool:
            looks.append(len(self.record()["calls"]))
            return len(looks) > 5 and len(set(looks[-5:])) == 1

        eventually(silent, "the course has said all of its page", PATIENCE)

    def said(self) -> list[tuple[str, list[str]]]:
        """What the LMS was told so far, without the times of day."""
        return told_in(self.record())

    def all_said(self) -> list[tuple[str, list[str]]]:
        return told_in(self.whole_record())


def told_in(record: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [
        (call["method"], call["arguments"])
        for call in record["calls"]
        if "Get" not in call["method"]
        and not {"cmi.core.session_time", "cmi.session_time"} & set(call["arguments"])
    ]


def has_scos(path) -> bool:
    """Some of the given packages hold nothing but assets; SCORM 1.1 has no manifest."""
    with ZipFile(path) as package:
        return "imsmanifest.xml" in package.namelist() and b'"sco"' in package.read("imsmanifest.xml")


OF_EACH_EDITION = list(
    {(path.stem.partition("_")[0], path.stem.rpartition("_")[2]): path for path in FOUND}.values()
)


@pytest.mark.parametrize("path", OF_EACH_EDITION, ids=lambda path: path.stem)
def test_a_real_course_tells_its_lms_the_same_inside_our_package_as_alone(heliograph, lms, page, path):
    page.on("dialog", lambda dialog: dialog.accept())
    page.context.route("http://ajax.googleapis.com/**", lambda route: route.fulfill(body=DIALOG_LIBRARY))
    dispatch = heliograph.dispatch(heliograph.import_package(path.read_bytes(), path.name))
    address = f"/dispatch/{dispatch['id']}/package?mode=embedded"
    if not has_scos(path):
        with pytest.raises(AssertionError, match="course_not_embeddable"):
            heliograph.raw("GET", address)
        return
    alone = Plain(page, lms, lms.upload(path.read_bytes())).sits_in_it().all_said()
    seat = Plain(page, lms, lms.upload(heliograph.raw("GET", address))).sits_in_it()
    if not alone:  # pages that never speak to an LMS: ours alone has begun the session
        assert [method.removeprefix("LMS") for method, _ in seat.all_said()] == ["Initialize"]
        return
    assert seat.all_said() == alone
    assert eventually(lambda: heliograph.registrations(dispatch), "we heard of it")[0]["completion"] in (
        "incomplete",
        "completed",
    )
