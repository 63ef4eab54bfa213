"""What an embedded package still has to tell us: the outbox, a module, run in a browser."""

from pathlib import Path

import pytest
from tests.dispatch.hosted.test_stub_mapping import served
from tests.running import until

import heliograph.dispatch.package

PACKAGE = Path(heliograph.dispatch.package.__file__).parent
HOST = "http://lms.example"


@pytest.fixture
def events(page):
    """The requests with events, in order; none is answered by itself."""
    sent = []
    page.route(f"{HOST}/", lambda route: route.fulfill(body="", content_type="text/html"))
    for file in ("embedded/outbox.js", "stub/page_load.js"):
        name = file.rpartition("/")[2]
        page.route(f"{HOST}/{name}", served(PACKAGE / file))
    page.route(f"{HOST}/d/key/events", lambda route: sent.append(route))  # noqa: PLW0108 - playwright takes no built-in
    page.goto(f"{HOST}/")
    page.evaluate(
        """async (host) => {
          const { Outbox } = await import("/outbox.js");
          window.outbox = Outbox.begin({ host, dispatch: "key" }, {});
          outbox.held.token = "token";
          outbox.sending = true;  // an ordinary request is under way, and the page goes before its answer
        }""",
        HOST,
    )
    return sent


def goes(page, said: int) -> None:
    """The course says this many more values of 15 KB each, and its page may be going."""
    page.evaluate(
        """(said) => {
          for (let number = 0; number < said; number += 1) {
            outbox.add("state", { elements: { data: "x".repeat(15000) } });
          }
          outbox.lastWord();
        }""",
        said,
    )


def sequences(route) -> list[int]:
    return [event["sequence"] for event in route.request.post_data_json["events"]]


def test_last_words_are_as_much_as_browsers_carry_and_again_as_much_when_the_learner_has_stayed(page, events):
    goes(page, 3)
    until(lambda: page.evaluate("1") and len(events) == 1, "the last words are under way")
    goes(page, 1)  # what is under way leaves no room for it
    assert page.evaluate("outbox.carried") == 3
    events[0].fulfill(json={})
    page.wait_for_function("outbox.room > 45000")
    goes(page, 0)
    until(lambda: page.evaluate("1") and len(events) == 2, "there is room again")
    assert [sequences(route) for route in events] == [[1, 2, 3], [4]]
    events[1].fulfill(json={})


def test_last_words_that_do_not_arrive_leave_their_room_too_and_stay_in_the_storage(page, events):
    goes(page, 3)
    until(lambda: page.evaluate("1") and len(events) == 1, "the last words are under way")
    events[0].abort()
    page.wait_for_function("outbox.room === 60000")
    kept = page.evaluate(
        "JSON.parse(localStorage.getItem(outbox.key)).waiting.map((event) => event.sequence)"
    )
    assert kept == [1, 2, 3]
