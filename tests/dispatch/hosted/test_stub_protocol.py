"""The hosted package's protocol under a network that loses, repeats, delays and reorders: the real stub and
player in a browser, the real doors.

Each message waits in the test's hands until the drawn story says what becomes of it. Whatever happens, in the
end the host has what the course committed, once; the customer's LMS has what the host has; and the ledger has
each write with what the LMS made of it.
"""

import contextlib
import io
import json
import os
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Error, Frame, Page, Request, Route
from tests.running import PATIENCE

from heliograph.core.ids import new_id
from heliograph.dispatch.models import Dispatch, RelayReceipt, Session
from heliograph.dispatch.package import builder
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import ActivityState, Registration, RuntimeCall

EXAMPLES = int(os.environ.get("PROTOCOL_EXAMPLES", "4"))
# Another origin than the content, and the same site: one process of the browser serves both, which is quicker
LMS = "http://127.0.0.1:8999"
LOCATION, STATUS, SCORE = "cmi.core.lesson_location", "cmi.core.lesson_status", "cmi.core.score.raw"
FATES = ("arrives", "arrives", "arrives", "is lost", "loses its answer", "comes late", "arrives twice")
MANNERS: list[dict[str, Any]] = [
    {},
    {"refused": [SCORE]},
    {"changed": {STATUS: "completed"}},
    {"unsaved": True},
]

# An LMS on one page: it remembers what it was told across openings and windows, and writes down each SetValue
# and what came of it.
LMS_PAGE = """<!doctype html><title>LMS</title><script>
const MANNER = __MANNER__, LEARNER = "__LEARNER__";
const kept = () => JSON.parse(localStorage.kept ?? "{}"), log = [], here = `log:${crypto.randomUUID()}`;
const keep = (element, value) => { localStorage.kept = JSON.stringify({ ...kept(), [element]: value }); };
const save = () => { localStorage[here] = JSON.stringify(log); };
let error = "0", uncommitted = [];
window.API = {
  LMSInitialize: () => "true",
  LMSFinish: () => (window.API.LMSCommit(), "true"),  // whether it could save or not
  LMSGetLastError: () => error,
  LMSGetValue: (element) => (element === "cmi.core.student_id" ? LEARNER : kept()[element] ?? ""),
  LMSSetValue: (element, value) => {
    const refused = (MANNER.refused ?? []).includes(element);
    error = refused ? "402" : "0";
    if (!refused) keep(element, MANNER.changed?.[element] ?? value);
    log.push({ element, written: value, kept: kept()[element] ?? "", accepted: !refused, saved: false });
    uncommitted.push(log.at(-1));
    save();
    return String(!refused);
  },
  LMSCommit: () => {
    for (const write of uncommitted.splice(0)) write.saved = !MANNER.unsaved;
    error = MANNER.unsaved ? "101" : "0";
    save();
    return String(!MANNER.unsaved);
  },
};
</script><iframe src="/package/index.html" width="600" height="400"></iframe>"""

ALL_WINDOWS = """({ kept: kept(), log: Object.keys(localStorage).filter((key) => key.startsWith("log:"))
  .flatMap((key) => JSON.parse(localStorage[key])) })"""

# A page that is killed says nothing any more.
CRASHES = """for (const last of ["beforeunload", "pagehide", "unload", "visibilitychange"])
  for (const one of [window, document])
    one.addEventListener(last, (event) => window.crashed && event.stopImmediatePropagation(), true);"""

# What a course does in one go. Its answers, or null where no course is open.
LEARN = """([values, commits, finishes]) => {
  const api = window.API;
  if (!api) return null;
  if (!api.begun) api.begun = api.LMSInitialize("") === "true";
  const said = values.map(([element, value]) => api.LMSSetValue(element, value));
  if (commits) said.push(api.LMSCommit(""));
  if (finishes) { api.LMSSetValue("cmi.core.exit", "suspend"); said.push(api.LMSFinish("")); }
  return said;
}"""


# One turn of a page's event loop, whatever its clock says.
TURN = """new Promise((done) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => done(0);
  channel.port2.postMessage(0);
})"""


@dataclass
class Message:
    """A POST on its way; ``route`` answers the page that sent it, as long as it is there."""

    route: Route
    path: str
    body: str
    origin: str
    done: bool = False

    @property
    def kind(self) -> str:
        return self.path.rstrip("/").rpartition("/")[2]

    def answer(self, response: Any) -> None:
        headers = {name: value for name, value in response.items() if name.lower() != "content-length"}
        self._tell(
            lambda: self.route.fulfill(status=response.status_code, headers=headers, body=response.content)
        )

    def fail(self) -> None:
        if not self.done:
            self._tell(lambda: self.route.abort("connectionreset"))

    def _tell(self, tell: Callable[[], None]) -> None:
        self.done = True
        with contextlib.suppress(Error):  # the page that asked may be gone
            tell()


@dataclass
class World:
    """One learner, one browser, one customer's LMS; each message on the network waits for its fate."""

    browser: Browser
    client: Any
    dispatch: Dispatch
    manner: dict[str, Any]
    learner: str = field(default_factory=lambda: str(new_id()))
    messages: list[Message] = field(default_factory=list)
    late: list[Message] = field(default_factory=list)
    pages: list[Message] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))
    told: dict[str, list[str]] = field(default_factory=dict)
    safe: dict[str, int] = field(default_factory=dict)
    uncommitted: list[tuple[str, str]] = field(default_factory=list)
    committed: list[tuple[str, str]] = field(default_factory=list)
    had_a_second_window: bool = False

    def __post_init__(self) -> None:
        with zipfile.ZipFile(io.BytesIO(builder.build(self.dispatch, "scorm12"))) as package:
            self.package = {name: package.read(name) for name in package.namelist()}
        self.context = self.browser.new_context()
        self.context.add_init_script(CRASHES)
        self.page: Page = self.context.new_page()
        self.page.clock.install(time=0)
        self.page.clock.pause_at(1000)
        self.context.route("**/*", self._routed)
        self.open()

    def _routed(self, route: Route, request: Request) -> None:
        address = urlsplit(request.url)
        if request.method == "POST":
            self.messages.append(
                Message(route, address.path, request.post_data or "", request.headers.get("origin", ""))
            )
        elif request.url == f"{LMS}/":
            page = LMS_PAGE.replace("__MANNER__", json.dumps(self.manner)).replace(
                "__LEARNER__", self.learner
            )
            route.fulfill(body=page, content_type="text/html")
        elif request.url.startswith(LMS):
            name = address.path.rpartition("/")[2]
            content = self.package.get(name)
            route.fulfill(status=200 if content else 404, body=content or b"", content_type=kind_of(name))
        elif address.path.startswith(django_settings.CONTENT_STATIC_URL):
            route.fulfill(body=static(address.path), content_type=kind_of(address.path))
        elif address.path.startswith("/play/"):
            self.pages.append(Message(route, address.path, "", ""))
        else:
            route.fulfill(body="<!doctype html><title>A course</title>", content_type="text/html")

    # What the learner does.

    def open(self) -> None:
        """Goes to the course's page and waits until it asks for something; whatever was on its way before
        stays on its way.
        """
        before = len(self.messages)
        self.page.goto(f"{LMS}/")
        self.wait(lambda: any(message.kind == "launch" for message in self.messages[before:]))

    def close(self, crashes: bool) -> None:
        if crashes:
            self.in_frames("window.crashed = true")
        waiting, self.messages, self.uncommitted = self.messages, [], []
        self.open()
        for message in self.messages:
            # What a page says while it goes; its answer is heard by nobody.
            if message.kind in ("commit", "receipts"):
                self.late.append(message)
        self.late += [message for message in waiting if message.kind != "open"]
        self.messages = [message for message in self.messages if message not in self.late]
        for message in (*waiting, *self.late):
            message.fail()

    def learn(self, elements: list[str], commits: bool = False, finishes: bool = False) -> None:
        values = [(element, self.something_for(element)) for element in elements]
        player = self.player()
        said = player and self.evaluate(player, LEARN, [values, commits, finishes])
        for (element, value), answer in zip(values, said or [], strict=False):
            if answer == "true":
                self.told.setdefault(element, []).append(value)
                self.uncommitted.append((element, value))
        if said and said[-1] == "true" and (commits or finishes):
            self.safe |= {element: len(self.told[element]) - 1 for element, _ in self.uncommitted}
            self.committed += self.uncommitted
            self.uncommitted = []
        self.quiet()

    def something_for(self, element: str) -> str:
        number = next(self.numbers)
        return {LOCATION: f"page-{number}", SCORE: str(number % 101)}.get(element) or (
            "incomplete",
            "completed",
            "passed",
        )[min(2, sum(len(told) for told in self.told.values()) // 4)]

    def hides_and_comes_back(self) -> None:
        """The browser says that the page goes, and then it stays."""
        self.in_frames("window.dispatchEvent(new Event('pagehide'))", lambda frame: "/play/" in frame.url)
        self.quiet()

    def looks_in_from_a_second_window(self, replayed: str) -> None:
        """A second window of the same browser says what the first one kept, with this fate, and is closed
        before it opens the course.
        """
        self.had_a_second_window = True
        here = self.messages
        self.messages = []
        second = self.context.new_page()
        second.goto(f"{LMS}/")
        for _ in range(20):
            self.wait(lambda: bool(self.messages))
            if self.messages[0].kind == "open":
                break
            if self.messages[0].kind == "replay":
                self.fate(0, replayed)
                if replayed in ("is lost", "loses its answer", "comes late"):
                    break
            else:
                self.fate(0, "arrives")
        second.close()
        for message in self.messages:
            message.fail()
        self.messages = here

    # What the network does.

    def fate(self, which: int, fate: str) -> None:
        waiting = [candidate for candidate in self.messages if not candidate.done]
        if not waiting:
            return
        message = waiting[which % len(waiting)]
        if message.kind == "open" and fate in ("comes late", "arrives twice"):
            fate = "arrives"  # opening twice is opening elsewhere, which the first window is told
        if fate in ("arrives", "arrives twice"):
            if fate == "arrives twice":
                self.ask(message)
            message.answer(self.ask(message))
        elif fate == "loses its answer":
            self.ask(message)
            message.fail()
        else:
            if fate == "comes late":
                self.late.append(message)
            message.fail()
        self.messages = [waiting_message for waiting_message in self.messages if not waiting_message.done]
        self.quiet()

    def straggler(self, which: int) -> None:
        """A message that nobody waits for any more arrives."""
        if self.late:
            self.ask(self.late.pop(which % len(self.late)))

    def ask(self, message: Message) -> Any:
        return self.client.post(
            message.path,
            message.body,
            content_type="text/plain",
            HTTP_HOST=self.host,
            HTTP_ORIGIN=message.origin,
        )

    @property
    def host(self) -> str:
        return urlsplit(builder.content_origin(self.dispatch)).netloc

    def passes(self, milliseconds: int) -> None:
        self.page.clock.run_for(milliseconds)
        self.quiet()

    def opens(self, replayed: str = "arrives") -> None:
        """Everything arrives until the course is open, but the first message with what was kept, whose fate
        is given.
        """
        self.wait(lambda: self.is_open() or bool(self.messages))
        for _ in range(20):
            if self.is_open() and not self.messages:
                return
            if self.messages and self.messages[0].kind == "replay":
                self.fate(0, replayed)
                replayed = "arrives"
            elif self.messages:
                self.fate(0, "arrives")
            self.wait(self.goes_on)
        raise AssertionError(f"the course does not open: {self.page.frames[-1].content()}")

    def goes_on(self) -> bool:
        """Whether it is open or has something to say; tries again where it is neither."""
        if self.is_open() or self.messages:
            return True
        self.tries_again()
        return False

    def tries_again(self) -> None:
        """Presses the button that the player shows where it may not open yet."""
        self.in_frames(
            "document.querySelector('#message:not([hidden]) button')?.click()",
            lambda frame: "/play/" in frame.url,
        )

    def is_open(self) -> bool:
        player = self.player()
        return bool(player and self.evaluate(player, "Boolean(window.API)"))

    def end(self) -> None:
        """The learner comes once more, the network is well again, and stragglers arrive when they will."""
        self.close(crashes=True)
        self.opens()
        while self.late:
            self.straggler(0)
        self.arrives_all()

    def arrives_all(self) -> None:
        """Nothing is lost any more, and time passes, until nobody has anything to say."""
        silent = 0
        for _ in range(60):
            self.passes(40_000)
            silent = 0 if self.messages else silent + 1
            if silent == 4:
                return
            while self.messages:
                self.fate(0, "arrives")
        raise AssertionError(f"there was always more to say: {self.messages}")

    # The browser, from outside.

    def player(self) -> Frame | None:
        return next(
            (frame for frame in self.page.frames if "/play/" in frame.url and not frame.is_detached()), None
        )

    def in_frames(self, script: str, which: Callable[[Frame], bool] = lambda frame: True) -> None:
        for frame in self.page.frames:
            if which(frame):
                self.evaluate(frame, script)

    def evaluate(self, frame: Frame, script: str, given: Any = None) -> Any:
        try:
            return frame.evaluate(script, given)
        except Error:
            return None  # it went away meanwhile

    def quiet(self) -> None:
        """Let the page do what follows from what it heard."""
        for _ in range(3):
            self.serve()
            self.in_frames(TURN)

    def wait(self, holds: Callable[[], bool | None]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, "the page does not go on"
            self.serve()
            self.page.wait_for_timeout(2)

    def serve(self) -> None:
        """The player's page, from here: the browser's driver calls back where the test's transaction is not
        seen.
        """
        while self.pages:
            asked = self.pages.pop()
            asked.answer(self.client.get(asked.path, HTTP_HOST=self.host))


def static(path: str) -> bytes:
    path_found = finders.find(path.removeprefix(django_settings.CONTENT_STATIC_URL))
    assert isinstance(path_found, str), path
    with open(path_found, "rb") as file:
        return file.read()


def kind_of(name: str) -> str:
    return {"js": "text/javascript", "css": "text/css", "json": "application/json", "html": "text/html"}.get(
        name.rpartition(".")[2], "text/plain"
    )


ELEMENTS = st.lists(st.sampled_from([LOCATION, LOCATION, STATUS, SCORE]), min_size=1, max_size=3)
LEARNING = st.tuples(st.just("learns"), ELEMENTS, st.sampled_from([True, True, False]))
NETWORK = st.tuples(st.just("message"), st.integers(0, 3), st.sampled_from(FATES))
STRAGGLER = st.tuples(st.just("straggler"), st.integers(0, 5))
TIME = st.tuples(st.just("time"), st.sampled_from([1_500, 30_000]))
REOPENING = st.tuples(st.sampled_from(["crashes", "closes"]), st.sampled_from(FATES))
PAGE = st.tuples(st.sampled_from(["hides", "finishes"]))
SECOND_WINDOW = st.tuples(st.just("second window"), st.sampled_from(FATES))
STORY = st.lists(
    st.one_of(LEARNING, NETWORK, STRAGGLER, TIME, REOPENING, PAGE, SECOND_WINDOW), min_size=6, max_size=24
)


def tell(world: World, story: list[tuple[Any, ...]]) -> None:
    for what, *more in story:
        match what:
            case "learns":
                world.learn(*more)
            case "message":
                world.fate(*more)
            case "straggler":
                world.straggler(*more)
            case "time":
                world.passes(*more)
            case "finishes":
                world.learn([], finishes=True)
            case "second window":
                world.looks_in_from_a_second_window(*more)
            case "hides":
                world.hides_and_comes_back()
            case _:
                world.close(crashes=what == "crashes")
                world.opens(*more)


LEARNED = ("learns", [LOCATION], True)


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(story=STORY, manner=st.sampled_from(MANNERS))
@example(story=[LEARNED, ("message", 0, "loses its answer"), LEARNED], manner={})
@example(story=[LEARNED, ("hides",), LEARNED], manner={})
@example(
    story=[
        LEARNED,
        LEARNED,
        ("second window", "arrives"),
        LEARNED,
        ("message", 0, "arrives"),
        ("message", 0, "is lost"),
    ],
    manner={},
)
@example(story=[LEARNED, ("crashes", "is lost")], manner={})
@example(
    story=[LEARNED, ("crashes", "loses its answer"), LEARNED, ("closes", "comes late"), ("straggler", 0)],
    manner={"unsaved": True},
)
def test_whatever_the_network_does_both_sides_end_with_the_last_acknowledged_commit(
    browser, client, dispatch, story, manner
):
    world = World(browser, client, dispatch, manner)
    try:
        world.opens()
        tell(world, story)
        world.end()
        registration = Registration.objects.get(dispatch_id=dispatch.id, learner__identifier=world.learner)
        the_host_has_each_commit_once(world, registration)
        lms = world.page.evaluate(ALL_WINDOWS)
        the_lms_has_what_the_host_has(lms["kept"], registration, manner)
        the_ledger_tells_the_truth(lms["log"], registration)
    finally:
        world.context.close()


# What an earlier sitting left in the LMS's storage: as many receipts as are kept, with places as long as
# SCORM 1.2 has them.
LEAVE_RECEIPTS = """([sitting, place]) => {
  const key = Object.keys(localStorage).find((one) => one.startsWith("heliograph:receipts:"));
  const { token, waiting } = JSON.parse(localStorage[key]);
  const many = Array.from({ length: 400 }, (_, n) => (
    { ...waiting[0], sequence: n + 1001, written: place, kept: place }
  ));
  localStorage.setItem(key.replace(/[^:]*$/, sitting), JSON.stringify({ token, waiting: many }));
}"""


@pytest.fixture
def world(browser, client, dispatch):
    world = World(browser, client, dispatch, {})
    world.opens()
    yield world
    world.context.close()


def test_receipts_that_waited_for_days_arrive_however_many_they_are(world, dispatch):
    sitting = str(new_id())
    world.evaluate(world.page.frames[1], LEAVE_RECEIPTS, [sitting, "ü" * 255])
    world.end()
    assert RelayReceipt.objects.filter(sequence__gt=1000).count() == 400
    assert (
        world.evaluate(
            world.page.frames[1],
            "Object.keys(localStorage).filter((key) => key.startsWith('heliograph:receipts'))",
        )
        == []
    )


def test_receipts_of_a_learner_who_was_deleted_meanwhile_are_sent_once(world, tenant, dispatch):
    runtime.delete_registration(tenant.owner, Registration.objects.get(dispatch_id=dispatch.id))
    world.passes(1_500)
    assert [message.kind for message in world.messages] == ["receipts"]
    world.fate(0, "arrives")
    world.passes(1_500)
    assert world.messages == []


def the_host_has_each_commit_once(world: World, registration: Registration) -> None:
    data = ActivityState.objects.get(attempt__registration=registration).data
    for element, last in world.safe.items():
        assert data.get(element) in world.told[element][last:], (element, world.told[element], last)
    rows = list(RuntimeCall.objects.filter(registration_id=registration.id))
    assert all(row.applied for row in rows)
    sequences: dict[Any, list[int]] = {}
    for row in rows:
        sequences.setdefault(row.launch_id, []).append(row.sequence)
    for sequence in sequences.values():
        # What the first window added to a commit that the second one had sent is a row of its own, of the
        # same number.
        numbers = sorted(set(sequence) if world.had_a_second_window else sequence)
        assert numbers == list(range(1, len(numbers) + 1))
    logged = Counter(
        call[2][1]
        for row in rows
        for call in row.calls
        if call[1] == "LMSSetValue" and call[2][0] == LOCATION
    )
    assert set(logged.values()) <= {1}
    assert {value for element, value in world.committed if element == LOCATION} <= set(logged)


def the_lms_has_what_the_host_has(
    kept: dict[str, str], registration: Registration, manner: dict[str, Any]
) -> None:
    if manner:
        return  # this one does as it likes; the ledger tells
    status = registration.success if registration.success != "unknown" else registration.completion
    assert kept[STATUS] == status or (
        kept[STATUS] in ("passed", "failed", "completed") and status == "incomplete"
    )
    if registration.score_raw is not None:
        assert float(kept[SCORE]) == registration.score_raw


def the_ledger_tells_the_truth(log: list[dict[str, Any]], registration: Registration) -> None:
    receipts = RelayReceipt.objects.filter(registration=registration)
    told = Counter((receipt.element, receipt.written, receipt.kept) for receipt in receipts)
    hidden = ("cmi.core.session_time", "cmi.core.exit")
    happened = Counter(
        (entry["element"], entry["written"], "" if entry["element"] in hidden else entry["kept"])
        for entry in log
    )
    assert told == happened
    agreeing = Counter((receipt.element, receipt.written) for receipt in receipts if receipt.agrees)
    really = Counter(
        (entry["element"], entry["written"])
        for entry in log
        if entry["accepted"]
        and entry["saved"]
        and entry["element"] not in hidden
        and entry["kept"] == entry["written"]
    )
    assert agreeing == really
    assert set(receipts.values_list("page_load_id", flat=True)) <= set(
        Session.objects.filter(registration=registration).values_list("id", flat=True)
    )
