"""What a learner reads when they cannot get in: a sentence they can act on, a code for whoever helps them,
and nothing in the LMS.
"""

import contextlib
import http.client
import threading
from collections import Counter
from itertools import count
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Request, expect
from tests.journeys.learner import EmbeddedSeat
from tests.running import until

YESTERDAY = "2020-01-01T00:00:00Z"


def delete(heliograph, dispatch):
    heliograph.api("DELETE", f"/dispatch/{dispatch['id']}")


def license(**limits):
    """A license that keeps the first learner out."""
    return lambda heliograph, dispatch: heliograph.api("POST", f"/dispatch/{dispatch['id']}/licenses", limits)


def used_up(**limits):
    """A license whose last place somebody else has taken."""

    def refuse(heliograph, dispatch):
        license(**limits)(heliograph, dispatch)
        heliograph.api("POST", f"/dispatch/{dispatch['id']}/launch", {"learner": {"id": "boris"}})

    return refuse


def rekey(heliograph, dispatch):
    heliograph.api("POST", f"/dispatch/{dispatch['id']}/rekey", {"grace_days": 0})


def fill(heliograph, dispatch):
    """Somebody else takes the only place."""
    heliograph.change(dispatch, registration_limit=1)
    heliograph.api("POST", f"/dispatch/{dispatch['id']}/launch", {"learner": {"id": "boris"}})


REFUSALS = {
    "disabled": (
        lambda heliograph, dispatch: heliograph.change(dispatch, enabled=False),
        "currently unavailable",
        "dispatch_disabled",
    ),
    "expired": (
        lambda heliograph, dispatch: heliograph.change(dispatch, expires_at=YESTERDAY),
        "Access to this course has expired",
        "dispatch_expired",
    ),
    "closed": (
        lambda heliograph, dispatch: heliograph.change(dispatch, new_learners_allowed=False),
        "doesn't accept new learners",
        "new_learners_not_allowed",
    ),
    "not begun": (license(starts_at="2100-01-01T00:00:00Z"), "isn't available yet", "licence_not_started"),
    "no learners left": (used_up(learner_limit=1), "learner limit for this course", "learner_limit_reached"),
    "no launches left": (used_up(launch_limit=1), "launch limit for this course", "launch_limit_reached"),
    "no places left": (fill, "This course is full", "registration_limit_reached"),
    "elsewhere": (
        lambda heliograph, dispatch: heliograph.change(dispatch, allowed_domains=["brandt.example"]),
        "isn't licensed for this learning platform",
        "domain_not_allowed",
    ),
    "replaced": (rekey, "replaced by a newer one", "package_replaced"),
    "deleted": (delete, "no longer offered", "dispatch_not_found"),
}


def untouched(seat) -> bool:
    """Whether nothing was set in the LMS."""
    return not {call["method"] for call in seat.record()["calls"]} & {"LMSSetValue", "SetValue"}


@pytest.fixture(params=["hosted", "embedded"])
def hand_over(request):
    """A package of either kind in the customer's LMS: a seat for a learner, and the dispatch."""
    return request.getfixturevalue({"hosted": "deliver", "embedded": "embed"}[request.param])


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_said_in_plain_words_with_its_code(heliograph, hand_over, name):
    refuse, words, code = REFUSALS[name]
    seat, dispatch = hand_over()
    refuse(heliograph, dispatch)
    seat.open()
    expect(seat.note()).to_contain_text(f"Error code: {code}")
    expect(seat.note()).to_contain_text(words)
    assert untouched(seat)


def suspend(product, heliograph, dispatch):
    heliograph.api("PATCH", f"/deployments/{heliograph.deployments(dispatch)[0]['id']}", {"suspended": True})


def let_days_pass(product, heliograph, dispatch):
    """The learner began three days ago."""
    with psycopg.connect(product.postgres.url) as database:
        registration = heliograph.registration(dispatch)["id"]
        database.execute(
            """
            UPDATE runtime_registration SET first_launched_at = first_launched_at - interval '3 days'
             WHERE id = %s
            """,
            [registration],
        )


TURNED_AWAY = {
    "suspended": (suspend, "unavailable for this learning platform", "deployment_suspended"),
    "days are over": (let_days_pass, "Your 1-day access", "access_ended"),
}


@pytest.mark.parametrize("name", TURNED_AWAY)
def test_who_was_here_before_reads_why_they_may_not_come_back(product, heliograph, hand_over, name):
    happens, words, code = TURNED_AWAY[name]
    seat, dispatch = hand_over()
    license(access_days=1)(heliograph, dispatch)
    seat.open().ready()
    seat.press("bookmark")
    seat.leave()
    happens(product, heliograph, dispatch)
    seat.open()
    expect(seat.note()).to_contain_text(f"Error code: {code}")
    expect(seat.note()).to_contain_text(words)
    assert seat.record()["elements"]["cmi.core.lesson_location"]


def test_a_full_dispatch_lets_those_in_who_were_here_before(heliograph, deliver):
    seat, dispatch = deliver(limits={"registration_limit": 1})
    seat.open().ready()
    seat.press("bookmark")
    seat.leave()
    seat.learner = "boris"
    seat.open()
    expect(seat.note()).to_contain_text("Error code: registration_limit_reached")
    expect(seat.note()).to_contain_text("This course is full")
    assert untouched(seat)
    seat.learner = "anna"
    seat.open().ready()
    assert seat.at("location").inner_text() == "page-2"
    assert [registration["learner"]["id"] for registration in heliograph.registrations(dispatch)] == ["anna"]


def test_a_host_that_is_down_is_said_and_tried_again_at_the_press_of_a_button(product, deliver):
    seat, _ = deliver()
    with product.stopped():
        seat.open()
        expect(seat.note()).to_contain_text("Can't reach the course")
        expect(seat.note()).to_contain_text("Error code: host_unreachable")
        assert untouched(seat)
    seat.note().get_by_role("button", name="Try again").click()
    seat.ready()


def test_an_embedded_course_waits_for_a_free_seat_too(heliograph, embed):
    seat, dispatch = embed()
    license(seat_limit=1)(heliograph, dispatch)
    seat.open().ready()
    other = EmbeddedSeat(seat.page.context.new_page(), seat.lms, seat.package, learner="boris")
    other.open()
    expect(other.note()).to_contain_text("Error code: no_seat_free")
    assert untouched(other)


@contextlib.contextmanager
def asked_again_and_again(launch: Request, origin: str):
    """An LMS gone wild: it sends this launch as often as it can while the block runs.

    The block begins when it is told to wait.
    """
    address, enough = urlsplit(launch.url), threading.Event()
    assert address.hostname is not None
    host, answers = address.hostname, Counter[int]()

    def ask():
        while not enough.is_set():
            with contextlib.closing(http.client.HTTPConnection(host, address.port, timeout=20)) as connection:
                for _ in range(3):  # the next connection may reach the other web process
                    connection.request("POST", address.path, launch.post_data, {"Origin": origin})
                    answer = connection.getresponse()
                    answer.read()
                    answers[answer.status] += 1

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    try:
        until(lambda: answers[429] > 200, "it is told to wait")
        yield
    finally:
        enough.set()
        for thread in asking:
            thread.join()


def launch_of(seat) -> Request:
    """What the package sends when it is opened."""
    with seat.page.expect_request(
        lambda request: request.method == "POST" and request.url.endswith("/launch")
    ) as sent:
        seat.open()
    return sent.value


def test_an_lms_that_asks_too_often_is_told_to_wait_and_its_learners_get_in_a_moment_later(
    heliograph, deliver
):
    seat, dispatch = deliver()
    heliograph.change(dispatch, enabled=False)
    launch = launch_of(seat)
    expect(seat.note()).to_contain_text("Error code: dispatch_disabled")
    learners = count()

    def turned_away():
        seat.learner = f"learner-{next(learners)}"  # now and then one is quicker than the others
        seat.open()
        until(lambda: seat.note().is_visible() or seat.at("found").is_visible(), "the learner sees something")
        return seat.note().is_visible()

    with asked_again_and_again(launch, seat.lms.url):
        heliograph.change(dispatch, enabled=True)
        until(turned_away, "a learner is turned away")
        expect(seat.note()).to_contain_text("Too many requests")
        expect(seat.note()).to_contain_text("Error code: rate_limited")
        assert untouched(seat)

    def opens():
        if seat.note().is_visible():
            seat.note().get_by_role("button", name="Try again").click()
        return seat.at("found").is_visible()

    until(opens, "the course opens")


def test_an_embedded_course_of_such_an_lms_opens_all_the_same_and_is_heard_of_later(heliograph, embed):
    seat, dispatch = embed()
    launch = launch_of(seat)
    seat.ready()
    seat.leave()
    with asked_again_and_again(launch, seat.lms.url):
        seat.open().ready()
        seat.press("pass")
        seat.has(lesson_status="passed")
    until(lambda: heliograph.registration(dispatch)["success"] == "passed", "the host has heard of it")
