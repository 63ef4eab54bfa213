"""Nothing is acknowledged that is not kept, whatever a learner does in whatever order; and time is what was
spent, not what passed.
"""

from datetime import timedelta
from itertools import count

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import builders
from tests.runtime.test_commits import LOCATION, STATUS, Player, now_of

from heliograph.core.clock import now
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch import admission

PLACES = {"scorm_12": LOCATION, "scorm_2004": "cmi.location"}
NUMBERS = count()


@pytest.fixture(params=["scorm_12", "scorm_2004"])
def dispatch_of_two(request, tenant, import_course):
    scos = [builders.Sco(name, f"Lesson {name}", f"{name}.html") for name in ("one", "two")]
    course = import_course(tenant, standard=request.param, scos=scos)
    destination = dispatching.create_destination(tenant.manager, "Brandt Logistics", "brandt")
    return dispatching.create_dispatch(tenant.manager, course, destination), PLACES[request.param]


def test_choosing_the_activity_that_is_open_opens_a_session_that_keeps_what_it_is_told(
    client, dispatch_of_two
):
    dispatch, place = dispatch_of_two
    player = Player(client, admission.admit(dispatch, "anna"))
    answer = player.commit(1, [place, "3"], event={"kind": "choice", "target": "one"}).json()
    assert answer["delivery"]["data"][place] == "3"
    assert player.commit(2, [place, "4"]).json()["rejected"] == []
    again = Player(client, admission.admit(dispatch, "anna"))
    assert again.opened["delivery"]["data"][place] == "4"


def test_what_comes_when_no_session_is_open_is_refused_by_name_and_not_thrown_away_in_silence(
    client, dispatch_of_two
):
    dispatch, place = dispatch_of_two
    player = Player(client, admission.admit(dispatch, "anna"))
    player.commit(1, [place, "3"], terminated=True)
    assert player.commit(2, [place, "4"]).json()["rejected"] == [[place, 301 if "core" in place else 133]]
    assert player.commit(3, [place, "4"], activity="two").json()["rejected"] == [
        [place, 301 if "core" in place else 133]
    ]


steps = st.one_of(
    st.tuples(st.just("set"), st.integers(0, 99)),
    st.tuples(st.sampled_from(["continue", "previous", "exit", "suspend_all", "exit_all"]), st.none()),
    st.tuples(st.just("choice"), st.sampled_from(["one", "two"])),
    st.tuples(st.sampled_from(["terminate", "reopen", "say again"]), st.none()),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=12))
def test_whatever_was_acknowledged_is_there_at_the_next_launch(client, dispatch_of_two, story):
    dispatch, place = dispatch_of_two
    learner = f"learner {next(NUMBERS)}"
    player = Player(client, admission.admit(dispatch, learner))
    current, sequence, kept = player.opened["delivery"], 0, {}
    values: list[list[str]] = []
    last = None
    for what, detail in [*story, ("reopen", None)]:
        if what == "set":
            values = [*values, [place, str(detail)]]
            continue
        if what == "say again" and last is not None:
            assert player.commit(*last[0], **last[1]).status_code == 200
            continue
        event = {"kind": what, "target": detail} if what not in ("terminate", "reopen", "say again") else None
        activity = current["activity"] if current else "one"
        sequence += 1
        last = (
            [sequence, *values],
            {"activity": activity, "event": event, "terminated": what == "terminate"},
        )
        answer = player.commit(*last[0], **last[1]).json()
        refused = [element for element, _ in answer["rejected"]]
        if values and place not in refused:
            kept[activity] = values[-1][1]
        values = []
        if answer.get("delivery"):
            current = answer["delivery"]
            assert current["data"].get(place) == kept.get(current["activity"])
        if what == "reopen":
            player = Player(client, admission.admit(dispatch, learner))
            current, sequence, last = player.opened["delivery"], 0, None
            if current:
                assert current["data"].get(place) == kept.get(current["activity"])
    for sequence, activity in enumerate(["one", "two"], start=1):
        answer = player.commit(sequence, event={"kind": "choice", "target": activity}, activity="one").json()
        assert answer["delivery"]["data"].get(place) == kept.get(activity)


def spent(player, sequence, milliseconds, **more):
    commit = {
        "sequence": sequence,
        "activity": player.activity,
        "values": [[STATUS, "incomplete"]],
        "elapsed": milliseconds,
        **more,
    }
    return player.post("commit", {"commits": [commit]}).json()["relay"]["session_centiseconds"]


def test_time_is_what_the_browser_measured_while_the_course_was_open(client, dispatch):
    registration = admission.admit(dispatch, "anna")
    with time_machine.travel(now(), tick=False) as clock:
        player = Player(client, registration)
        clock.shift(timedelta(seconds=7))
        assert spent(player, 1, 6_900) == 690
        clock.shift(timedelta(minutes=4.5))  # the network was away, or the computer was asleep
        assert spent(player, 2, 6_950, terminated=True) == 695
    assert now_of(registration).total_centiseconds == 695


def test_no_browser_measures_more_time_than_passed_here(client, dispatch):
    with time_machine.travel(now(), tick=False) as clock:
        player = Player(client, admission.admit(dispatch, "anna"))
        clock.shift(timedelta(seconds=7))
        assert spent(player, 1, 3_600_000) == 700


def test_the_end_of_a_sitting_that_was_replayed_later_counts_no_time_away(client, dispatch):
    registration = admission.admit(dispatch, "anna")
    with time_machine.travel(now(), tick=False) as clock:
        player = Player(client, registration)
        clock.shift(timedelta(minutes=5))
        late = {"sequence": 1, "activity": player.activity, "values": [[LOCATION, "2"]], "elapsed": 6_900}
        player.post("replay", {"launch": player.opened["launch"], "commits": [late]}, player.session)
        again = Player(client, registration)
        assert now_of(registration).total_centiseconds == 690
        clock.shift(timedelta(seconds=2))
        spent(again, 1, 2_000)
    assert now_of(registration).total_centiseconds == 890


def test_a_lesson_left_without_a_word_keeps_its_time_when_the_next_one_opens(client, dispatch_of_two):
    dispatch, place = dispatch_of_two
    registration = admission.admit(dispatch, "anna")
    with time_machine.travel(now(), tick=False) as clock:
        player = Player(client, registration)
        clock.shift(timedelta(seconds=10))
        player.commit(1, [place, "2"], event={"kind": "choice", "target": "two"})
        clock.shift(timedelta(seconds=5))
        answer = player.commit(2, [place, "7"], activity="two").json()
        assert answer["relay"]["session_centiseconds"] == 1500
        player.commit(3, event={"kind": "choice", "target": "one"}, activity="two")
    assert now_of(registration).total_centiseconds == 1500


def test_an_lms_is_told_of_each_sitting_its_own_time_also_after_one_without_an_end(client, dispatch_of_two):
    dispatch, place = dispatch_of_two
    registration = admission.admit(dispatch, "anna")
    with time_machine.travel(now(), tick=False) as clock:
        player = Player(client, registration)
        player.commit(1, event={"kind": "choice", "target": "two"})
        clock.shift(timedelta(minutes=10))
        player.commit(2, [place, "2"], activity="two")  # and the tab was closed

        again = Player(client, registration)
        clock.shift(timedelta(minutes=1))
        own = again.commit(1, [place, "3"]).json()["relay"]["session_centiseconds"]
        led = again.commit(2, event={"kind": "choice", "target": "two"}).json()["relay"][
            "session_centiseconds"
        ]
        clock.shift(timedelta(minutes=1))
        last = again.commit(3, [place, "4"], activity="two").json()["relay"]["session_centiseconds"]
    assert [own, led, last] == [6_000, 6_000, 12_000]
    assert now_of(registration).total_centiseconds == 72_000


def test_that_a_course_is_over_is_known_before_the_bulk_of_what_it_said(client, dispatch):
    """SCORM 1.2 without a status: ending completes."""
    registration = admission.admit(dispatch, "anna")
    player = Player(client, registration)
    first = {
        "sequence": 1,
        "activity": player.activity,
        "values": [["cmi.core.score.raw", "90"]],
        "ends": True,
    }
    assert player.post("commit", {"commits": [first]}).json()["relay"]["completion"] == "completed"
    assert now_of(registration).completion == "completed"
    rest = player.commit(2, ["cmi.suspend_data", "x" * 80_000], terminated=True).json()
    assert (rest["rejected"], rest["relay"]["completion"]) == ([], "completed")
