"""From the host's acknowledgment to the customer's LMS: how long a result is on its way while 200 others
commit.

The learners who are measured sit in a real browser at the reference LMS. Times are when the host wrote the
commit, and when the LMS's API was called with the same score or a higher one, since scores only rise; both
clocks are this machine's.
"""

import json
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from playwright.sync_api import Page, sync_playwright
from tests.builders import Sco, build_package
from tests.conftest import CHROMIUM, FLAGS
from tests.demo_lms.client import Lms

from benchmarks.commits import LEARNERS, open_session
from benchmarks.figure import figure, percentile
from benchmarks.server import Server, running
from heliograph.demo_lms.server import serve

SEATS, SECONDS, EVERY = 4, 30.0, 0.6
SCORES = round(SECONDS / EVERY)
# Seconds for the last score to arrive before its learner leaves: what comes after that is another story
LATEST = 5.0
SCORE = "cmi.core.score.raw"
PAGE = f"""<!doctype html><title>A lesson</title><script>
  let window_ = window, api;
  while (!(api = window_.API) && window_ !== window_.parent) window_ = window_.parent;
  api.LMSInitialize("");
  let score = 0;
  const timer = setInterval(() => {{
    if (score === {SCORES}) return clearInterval(timer);
    api.LMSSetValue("{SCORE}", String((score += 1) / 10));
    api.LMSCommit("");
  }}, {EVERY * 1000:.0f});
  addEventListener("beforeunload", () => clearInterval(timer));
</script>"""


def run() -> Iterator[str]:
    with (
        running() as server,
        tempfile.TemporaryDirectory(prefix="heliograph-lms-") as home,
        serve(Path(home)) as started,
    ):
        lms = Lms(started.url)
        package = lms.upload(_dispatched(server))
        sessions = [open_session(server, number) for number in range(LEARNERS)]
        with (
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser,
        ):
            alone = _lags(server, lms, package, [browser.new_page() for _ in range(SEATS)], "alone")
            with _committing(sessions) as commits:
                beside = _lags(server, lms, package, [browser.new_page() for _ in range(SEATS)], "beside")
    yield relayed(alone, beside, commits)


def relayed(alone: list[float | None], beside: list[float | None], commits: list[float]) -> str:
    """The figure of the milliseconds that acknowledged scores took, None for one that never reached the LMS,
    beside the seconds of each commit.
    """
    came = [lag for lag in beside if lag is not None]
    return figure(
        f"from acknowledged to in the LMS, p99 in milliseconds, "
        f"while {LEARNERS} learners commit once a second, beside what a commit takes then",
        percentile(came, 0.99),
        percentile(commits, 0.99) * 1000,
        "≤ 2×",
        at_most=2.0,
        missing=(alone + beside).count(None),
        median=round(percentile(came, 0.5)),
        alone=round(percentile([lag for lag in alone if lag is not None], 0.99)),
        results=len(came),
    )


def _dispatched(server: Server) -> bytes:
    path = server.home / "lesson.zip"
    build_package(path, scos=[Sco(page=PAGE)])
    server.run("import", str(path), "--organization", "bench", "--course", "lesson")
    server.call("POST", "/api/destinations", {"name": "Brandt", "key": "brandt"})
    dispatch = server.call("POST", "/api/dispatch", {"course": "lesson", "destination": "brandt"})
    package: bytes = server.call("GET", f"/api/dispatch/{dispatch['id']}/package")
    return package


def _lags(server: Server, lms: Lms, package: str, pages: list[Page], name: str) -> list[float | None]:
    """For each score that the host acknowledged, the milliseconds that `arrivals` says."""
    learners = [f"{name}-{number}" for number in range(SEATS)]
    for page, learner in zip(pages, learners, strict=True):
        page.goto(lms.play_url(package, learner_id=learner))
    pages[0].wait_for_timeout((SECONDS + LATEST) * 1000)
    for page in pages:
        page.locator("#leave").click()
        page.wait_for_url("**/learners/**")
        page.close()
    lags: list[float | None] = []
    for learner in learners:
        told = [
            (float(call["arguments"][1]), datetime.fromisoformat(call["at"]))
            for call in lms.record(package, learner)["calls"]
            if _is_score(call)
        ]
        lags += arrivals(_acknowledged(server, learner), told)
    assert len(lags) >= SEATS * SCORES / 2, (name, len(lags))
    return lags


def arrivals(acknowledged: dict[float, datetime], told: list[tuple[float, datetime]]) -> list[float | None]:
    """Milliseconds from when each score was acknowledged until the LMS was told of it or of a higher one;
    None where it never was.

    Scores rise, so a higher one takes along those that it overtook.
    """
    came = (
        (at, min((then for told_of, then in told if told_of >= score), default=None))
        for score, at in acknowledged.items()
    )
    return [(then - at).total_seconds() * 1000 if then else None for at, then in came]


def _is_score(call: dict[str, Any]) -> bool:
    return bool(call["method"] == "LMSSetValue" and call["arguments"][0] == SCORE)


def _acknowledged(server: Server, learner: str) -> dict[float, datetime]:
    """When the host wrote each score of this learner's."""
    query = """
        SELECT c.calls, c.received_at
          FROM runtime_runtimecall c
          JOIN runtime_registration r ON r.id = c.registration_id
          JOIN runtime_learner l ON l.id = r.learner_id
         WHERE l.identifier LIKE %s
         ORDER BY c.received_at DESC
    """
    states = {}
    with psycopg.connect(server.database_url) as database:
        for calls, at in database.execute(query, [f"%{learner}"]):
            for call in json.loads(calls) if isinstance(calls, str) else calls:
                if call[1] == "LMSSetValue" and call[2][0] == SCORE:
                    states[float(call[2][1])] = at.astimezone(UTC)
    return states


@contextmanager
def _committing(sessions: list[Any]) -> Iterator[list[float]]:
    """Each learner commits once a second until the end. Seconds for each commit."""
    latencies: list[float] = []
    over = threading.Event()

    def work(number: int, session: Any) -> None:
        due = time.perf_counter() + number / len(sessions)
        while not over.wait(max(0.0, due - time.perf_counter())):
            begun = time.perf_counter()
            session.commit()
            latencies.append(time.perf_counter() - begun)
            due += 1.0

    with ThreadPoolExecutor(len(sessions)) as learners:
        working = [learners.submit(work, *session) for session in enumerate(sessions)]
        try:
            yield latencies
        finally:
            over.set()
    for future in working:
        future.result()  # raises what went wrong
