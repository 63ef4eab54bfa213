"""Leaving a course as learners do: opens it in the reference LMS in a real browser, goes away as a cell says,
and asks both sides what they have.
"""

import itertools
import math
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote

import psutil
from playwright.sync_api import Browser, BrowserContext, Error, FrameLocator, Page, sync_playwright
from tests.demo_lms.client import Lms
from tests.journeys.browsers import shows_pages
from tests.journeys.product import Heliograph
from tests.leavings.course import RAW, SESSION, package
from tests.leavings.plan import Cell
from tests.running import kill

FORMATS = {"scorm_12": "scorm12", "scorm_2004": "scorm2004-4th"}
NETWORK = 1.0  # seconds in which a browser hands over what a page that is gone had begun to send
PATIENCE = 6.0  # seconds for which a browser that is still there is kept open, until the LMS has it
STUCK = 180.0  # seconds after which a try is not waited for
HEARD = 1.1  # seconds after which even a kill may lose nothing


@dataclass
class Try:
    """One leaving, and what came of it: whether the host and the LMS have the result.

    `problem` where it could not be played.
    """

    cell: Cell
    learner: str
    host: bool = False
    lms: bool = False
    problem: str = ""
    begun: bool = False


@dataclass
class Field:
    """The product, the LMS, and the course in it in each form."""

    heliograph: Heliograph
    lms: Lms
    packages: dict[tuple[str, str], str] = field(default_factory=dict)
    dispatches: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def prepare(cls, heliograph: Heliograph, lms: Lms) -> "Field":
        made = cls(heliograph, lms)
        for standard, name in FORMATS.items():
            course = heliograph.import_package(package(standard))
            made.packages["bare", standard] = lms.upload(package(standard))
            for form in ("hosted", "embedded"):
                dispatch = heliograph.dispatch(course)
                query = "mode=embedded" if form == "embedded" else f"format={name}"
                made.dispatches[form, standard] = dispatch
                made.packages[form, standard] = lms.upload(
                    heliograph.raw("GET", f"/dispatch/{dispatch['id']}/package?{query}")
                )
        return made

    def look(self, tries: Iterable[Try]) -> None:
        """What both sides have now."""
        known = {key: self._learners(dispatch) for key, dispatch in self.dispatches.items()}
        for tried in tries:
            key = (tried.cell.package, tried.cell.standard)
            tried.host = _achieved(known[key].get(tried.learner), tried.cell) if key in known else False
            tried.lms = _kept(self.lms.record(self.packages[key], tried.learner), tried.cell)

    def _learners(self, dispatch: dict[str, Any]) -> dict[str, dict[str, Any]]:
        registrations: dict[str, dict[str, Any]] = {}
        cursor = ""
        while True:
            page = self.heliograph.api(
                "GET", f"/registrations?dispatch={dispatch['id']}&limit=200&cursor={quote(cursor)}"
            )
            registrations |= {item["learner"]["id"]: item for item in page["items"]}
            if not (cursor := page["next_cursor"]):
                return registrations


def _achieved(registration: dict[str, Any] | None, cell: Cell) -> bool:
    if not registration or registration["success"] != "passed" or registration["score"]["raw"] != RAW:
        return False
    return registration["total_seconds"] == SESSION


def _kept(record: dict[str, Any], cell: Cell) -> bool:
    if (
        "elements" not in record
        or record["status"]["success"] != "passed"
        or float(record["score"].get("raw") or 0) != RAW
    ):
        return False
    # Time is added up when a session ends, which is the course's business where there is no stub.
    ends = cell.way != "killed" and (
        cell.package == "hosted" or cell.moment != "at_once" or cell.way == "course_exit"
    )
    return not ends or _seconds(record["total_time"]) == SESSION


def _seconds(time_text: str) -> float:
    if time_text.startswith("PT"):
        parts = {unit: float(number) for number, unit in _units(time_text[2:])}
        return parts.get("H", 0) * 3600 + parts.get("M", 0) * 60 + parts.get("S", 0)
    hours, minutes, rest = (time_text or "0:0:0").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def _units(text: str) -> Iterator[tuple[str, str]]:
    number = ""
    for letter in text:
        if letter in "HMS":
            yield number, letter
            number = ""
        else:
            number += letter


def play(
    field_: Field, cells: Iterable[Cell], launch: dict[str, Any], workers: int = 2, minutes: float = math.inf
) -> list[Try]:
    """Plays these cells, several at once, each by a learner of its own; `launch` is how the browser is
    started. Looks at both sides in the end.

    After so many ``minutes`` none is begun any more, and those that were not are left out.
    """
    until = time.monotonic() + minutes * 60
    queue: SimpleQueue[Try] = SimpleQueue()
    numbers = itertools.count(time.time_ns() // 1_000_000)
    tries = []
    for cell in cells:
        learner = f"{cell.moment}.{cell.kilobytes}.{cell.window}.{next(numbers)}"
        tries.append(Try(cell, learner))
        queue.put(tries[-1])
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(_worker, field_, queue, launch, until) for _ in range(workers)]:
            done.result()
    tries = [tried for tried in tries if tried.begun]
    field_.look(tries)
    return tries


def _worker(field_: Field, queue: "SimpleQueue[Try]", launch: dict[str, Any], until: float) -> None:
    tag = f"--leavings={threading.get_ident()}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**{**launch, "args": [*launch.get("args", []), tag]})
        while time.monotonic() < until:
            try:
                tried = queue.get_nowait()
            except Empty:
                break
            tried.begun = True
            # Of a try that could not be played, as on a machine that is too busy to open the course in time.
            for chance in range(3):
                rescue = threading.Timer(STUCK, _end_browser, [tag])
                rescue.start()
                try:
                    _leave(field_, browser, tag, tried)
                    tried.problem = ""
                    break
                except (Error, AssertionError) as problem:
                    tried.problem = f"{type(problem).__name__}: {problem}"[:300]
                    tried.learner = f"{tried.learner}{chance}"
                    if not browser.is_connected():
                        browser = playwright.chromium.launch(
                            **{**launch, "args": [*launch.get("args", []), tag]}
                        )
                finally:
                    rescue.cancel()
        browser.close()


def _end_browser(tag: str) -> None:
    """A browser that never says that it has closed a page keeps its driver waiting for good: seen once in a
    thousand leavings.
    """
    for process in psutil.process_iter(["cmdline"]):
        if tag in (process.info["cmdline"] or []):
            kill(process)


def _leave(field_: Field, browser: Browser, tag: str, tried: Try) -> None:
    cell = tried.cell
    context = browser.new_context()
    context.set_default_timeout(20_000)
    try:
        page, course = _opened(field_, context, tried)
        course.locator("#work").click()
        if cell.way == "killed":
            time.sleep(HEARD)
            _kill(page, context, tag)
        elif cell.way == "course_exit":
            course.locator("#leave-course").click(no_wait_after=True)
        else:
            _go(field_, context, page, cell)
        _settle(field_, tried)
    finally:
        context.close()


def _settle(field_: Field, tried: Try) -> None:
    """Keeps the browser open until what it sends has arrived in the LMS, or for as long as it may take."""
    end = time.monotonic() + (
        PATIENCE if tried.cell.package != "bare" and tried.cell.way != "killed" else NETWORK
    )
    while time.monotonic() < end:
        time.sleep(0.2)
        if _kept(
            field_.lms.record(field_.packages[tried.cell.package, tried.cell.standard], tried.learner),
            tried.cell,
        ):
            break
    time.sleep(NETWORK / 4)


def _opened(field_: Field, context: BrowserContext, tried: Try) -> tuple[Page, FrameLocator]:
    """The window the learner leaves, and the course in it."""
    cell, lms = tried.cell, field_.lms
    address = lms.play_url(
        field_.packages[cell.package, cell.standard],
        learner_id=tried.learner,
        learner_name="Lea",
        quirk=cell.lms,
    )
    page = context.new_page()
    page.goto(f"{lms.url}/")
    within: Any = None
    if cell.window == "popup" and cell.lms == "moodle":  # Moodle's pop-up holds the whole of its player
        with page.expect_popup() as popup:
            page.evaluate(
                "(home) => { window.open(home, 'player', 'popup,width=1000,height=700'); }", f"{lms.url}/"
            )
        page = popup.value
        page.wait_for_load_state()
        page.goto(address)
    elif cell.window == "popup":
        with page.expect_popup() as popup:
            page.goto(f"{address}&window=popup")
        page = popup.value
        within = page
    else:
        page.goto(address)
    within = within or page.frame_locator("#content")
    if cell.package != "bare":
        within = within.frame_locator("iframe")
    if cell.package == "hosted":
        within = within.frame_locator("#activity")
    within.locator("#state", has_text="ready").wait_for()
    return page, within


def _go(field_: Field, context: BrowserContext, page: Page, cell: Cell) -> None:
    if cell.way == "our_exit":
        stub = page if cell.window == "popup" and cell.lms != "moodle" else page.frame_locator("#content")
        stub.frame_locator("iframe").locator("#exit").click()
    elif cell.way == "lms_exit":
        home = context.pages[0] if cell.window == "popup" and cell.lms != "moodle" else page
        home.locator("#leave").click(no_wait_after=True)
    elif cell.way == "closed":
        page.close(run_before_unload=True)
    elif cell.way == "address":
        try:
            page.goto(f"{field_.lms.url}/static/icon.svg")
        except Error:
            if (
                not page.is_closed()
            ):  # this LMS closes its pop-up when the course ends its session, as while it goes
                raise
    elif cell.way == "back":
        page.go_back()
    else:
        raise AssertionError(cell.way)


def _kill(page: Page, context: BrowserContext, tag: str) -> None:
    """Kills every page's process of this browser: no page and no frame can say a last word."""
    mine = {
        process.pid for process in psutil.process_iter(["cmdline"]) if tag in (process.info["cmdline"] or [])
    }
    renderers = [
        process
        for pid in mine
        for process in psutil.Process(pid).children(recursive=True)
        if shows_pages(process)
    ]
    assert renderers
    for process in renderers:
        process.suspend()
    for process in renderers:
        kill(process)
