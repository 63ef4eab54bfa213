"""Sequencing as one pure function: moving freely, rolling up, and telling beforehand what may be asked."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.runtime.sequencing import Event, Outcome, Tree, step

COMPLETIONS = ("not attempted", "incomplete", "completed", "unknown")
SUCCESSES = ("unknown", "passed", "failed")


def item(identifier, *items, kind="sco"):
    """A heading where ``kind`` is None, something to open otherwise."""
    launch = {"kind": kind, "href": f"{identifier}.html", "query": ""} if kind else None
    return {"identifier": identifier, "title": identifier, "visible": True, "launch": launch, "items": list(items)}


def tree(*items):
    return Tree.of({"default_organization": "o", "organizations": [{"identifier": "o", "title": "Course", "items": list(items)}]})


THREE = tree(item("one"), item("chapter", item("two"), item("three"), kind=None))


def after(course, *events, state=None):
    taken = None
    for event in events:
        taken = step(course, state or {}, event)
        state = taken.state
    return taken


def track(target, completion="incomplete", success="unknown", **more):
    return Event("track", target, Outcome(completion, success, **more))


def choice(target):
    return Event("choice", target)


START, CONTINUE, PREVIOUS, EXIT = (Event(kind) for kind in ("start", "continue", "previous", "exit"))
SUSPEND, LEAVE = Event("suspend_all"), Event("exit_all")


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        ([START], "one"),
        ([START, CONTINUE], "two"),
        ([START, CONTINUE, CONTINUE], "three"),
        ([START, CONTINUE, PREVIOUS], "one"),
        ([START, choice("three")], "three"),
        ([START, choice("chapter")], "two"),
        ([START, EXIT], "menu"),
        ([START, EXIT, choice("two")], "two"),
        ([START, CONTINUE, SUSPEND], "ended"),
        ([START, CONTINUE, SUSPEND, START], "two"),
        ([START, CONTINUE, LEAVE], "ended"),
        ([START, CONTINUE, LEAVE, START], "menu"),
        ([START, CONTINUE, START], "two"),  # the browser was killed
        ([START, PREVIOUS], "refused"),
        ([START, EXIT, CONTINUE], "refused"),  # from the menu one chooses
        ([START, choice("three"), CONTINUE], "refused"),
        ([START, choice("nowhere")], "refused"),
        ([START, choice(None)], "refused"),
    ],
)
def test_where_a_learner_gets(events, shown):
    taken = after(THREE, *events)
    told = taken.delivery or ("menu" if taken.menu else "ended" if taken.ended else "refused" if taken.refusal else None)
    assert told == shown


def test_a_course_of_one_opens_it_each_time_without_a_menu():
    assert after(tree(item("only")), START, LEAVE, START).delivery == "only"


def test_a_version_without_the_place_where_somebody_was_shows_the_menu():
    assert after(THREE, START, state={"suspended": "gone", "activities": {"gone": ["completed", "unknown"]}}).menu


def test_an_event_nobody_knows_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="not an event"):
        step(THREE, {}, Event("jump"))


@pytest.mark.parametrize(
    ("known", "completion", "success"),
    [
        ([], "not attempted", "unknown"),
        ([track("one")], "incomplete", "unknown"),
        ([track("one", "completed")], "incomplete", "unknown"),
        ([track("one", "completed", "passed")], "incomplete", "unknown"),
        ([track(name, "completed") for name in ("one", "two", "three")], "completed", "unknown"),
        ([track("one", "completed", "passed"), track("two", "completed"), track("three", "completed")], "completed", "passed"),
        ([track("one", "incomplete", "failed")], "incomplete", "failed"),
        ([track(name, "completed", "passed") for name in ("one", "two")] + [track("three", "completed", "failed")], "completed", "failed"),
        (
            [track("one", "completed", "failed"), track("one", "completed", "passed")],
            "incomplete",
            "unknown",
        ),  # a new verdict replaces the old
        ([track("one", "completed"), track("one", "incomplete")], "incomplete", "unknown"),
        ([track("nowhere", "completed", "failed")], "not attempted", "unknown"),
    ],
)
def test_the_course_is_rolled_up_from_what_is_known(known, completion, success):
    course = after(THREE, Event("track"), *known).course
    assert (course.completion, course.success) == (completion, success)


def test_what_was_completed_stays_completed():
    taken = after(THREE, track("one", "completed", "passed", score_raw=80.0), track("one", "incomplete"))
    assert taken.state["activities"]["one"][:4] == ["completed", "passed", None, 80.0]


def test_a_page_without_tracking_is_completed_by_being_opened():
    course = tree(item("sco"), item("page", kind="asset"))
    assert after(course, START, CONTINUE).state["activities"]["page"][0] == "completed"


def test_the_score_is_the_mean_of_the_scores_there_are():
    course = after(THREE, track("one", score_scaled=0.9), track("two", score_scaled=0.6)).course
    assert course.score_scaled == 0.75


def test_a_single_scos_score_is_the_courses_as_it_is():
    score = {"score_scaled": 0.7, "score_raw": 7.0, "score_min": 0.0, "score_max": 10.0, "progress": 0.5}
    assert after(tree(item("only")), track("only", "completed", "passed", **score)).course == Outcome("completed", "passed", **score)


def test_progress_is_the_share_of_the_way():
    assert after(THREE, track("one", "completed"), track("two", progress=0.5)).course.progress == 0.5


share = st.none() | st.floats(0, 1)


@st.composite
def trees(draw):
    """A course of one to eight activities and headings, nested as may be, with something to open."""
    names = iter(f"a{number}" for number in range(8))
    kinds = st.sampled_from(["sco", "asset", None])

    def grown(depth):
        name = next(names, None)
        if name is None:
            return None
        children = [child for _ in range(draw(st.integers(0, 2)) if depth < 3 else 0) if (child := grown(depth + 1))]
        return item(name, *children, kind=draw(kinds))

    items = [one for _ in range(draw(st.integers(0, 3))) if (one := grown(0))]
    return tree(item("first"), *items)


def events_for(course):
    anything = st.sampled_from([*course.by_id, "nowhere", ""])
    outcomes = st.builds(Outcome, st.sampled_from(COMPLETIONS), st.sampled_from(SUCCESSES), share, share, share, share, share)
    moves = st.builds(Event, st.sampled_from(["start", "continue", "previous", "exit", "suspend_all", "exit_all"]))
    return st.one_of(moves, st.builds(choice, anything), st.builds(Event, st.just("track"), anything, st.none() | outcomes))


@given(st.data())
def test_any_events_in_any_order_keep_the_state_sound_and_the_promises_true(data):
    course = data.draw(trees())
    events = data.draw(st.lists(events_for(course), max_size=12))
    state, valid = {}, None
    for event in events:
        before = json.dumps(state)
        taken = step(course, state, event)
        assert json.dumps(state) == before  # the state that was given is not touched
        assert json.loads(json.dumps(taken.state)) == taken.state
        assert taken.delivery is None or taken.delivery in course.deliverable
        assert taken.course.completion in COMPLETIONS
        assert taken.course.success in SUCCESSES
        if event.kind == "track":
            assert (taken.delivery, taken.menu, taken.ended, taken.refusal) == (None, False, False, None)
        else:
            assert [taken.delivery is not None, taken.menu, taken.ended, taken.refusal is not None].count(True) == 1
        if valid is not None and event.kind in ("continue", "previous", "choice"):
            promised = event.target in valid["choice"] if event.kind == "choice" else valid[event.kind]
            assert (taken.delivery is not None) == promised, (event, valid)
        state, valid = taken.state, taken.valid
