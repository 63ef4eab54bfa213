"""Sequencing as one pure function: moving freely, rolling up, and telling beforehand what may be asked."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.runtime.sequencing import ActivityOutcome, Event, Tree, step

COMPLETIONS = ("not attempted", "incomplete", "completed", "unknown")
SUCCESSES = ("unknown", "passed", "failed")


def item(identifier, *items, kind="sco"):
    """A heading where ``kind`` is None, something to open otherwise."""
    launch = {"kind": kind, "href": f"{identifier}.html", "query": ""} if kind else None
    return {
        "identifier": identifier,
        "title": identifier,
        "visible": True,
        "launch": launch,
        "items": list(items),
    }


def tree(*items):
    return Tree.of(
        {
            "default_organization": "o",
            "organizations": [{"identifier": "o", "title": "Course", "items": list(items)}],
        }
    )


THREE = tree(item("one"), item("chapter", item("two"), item("three"), kind=None))


def after(course, *events, state=None):
    taken = None
    for event in events:
        taken = step(course, state or {}, event)
        state = taken.state
    return taken


def track(target, completion="incomplete", success="unknown", **more):
    return Event("track", target, ActivityOutcome(completion, success, **more))


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
    told = taken.delivery or (
        "menu" if taken.menu else "ended" if taken.ended else "refused" if taken.refusal else None
    )
    assert told == shown


def test_a_course_of_one_opens_it_each_time_without_a_menu():
    assert after(tree(item("only")), START, LEAVE, START).delivery == "only"


def test_a_version_without_the_place_where_somebody_was_shows_the_menu():
    assert after(
        THREE, START, state={"suspended": "gone", "activities": {"gone": ["completed", "unknown"]}}
    ).menu


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
        (
            [track("one", "completed", "passed"), track("two", "completed"), track("three", "completed")],
            "completed",
            "passed",
        ),
        ([track("one", "incomplete", "failed")], "incomplete", "failed"),
        (
            [track(name, "completed", "passed") for name in ("one", "two")]
            + [track("three", "completed", "failed")],
            "completed",
            "failed",
        ),
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
    assert after(tree(item("only")), track("only", "completed", "passed", **score)).course == ActivityOutcome(
        "completed", "passed", **score
    )


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
        children = [
            child for _ in range(draw(st.integers(0, 2)) if depth < 3 else 0) if (child := grown(depth + 1))
        ]
        return item(name, *children, kind=draw(kinds))

    items = [child for _ in range(draw(st.integers(0, 3))) if (child := grown(0))]
    return tree(item("first"), *items)


def events_for(course):
    anything = st.sampled_from([*course.by_id, "nowhere", ""])
    outcomes = st.builds(
        ActivityOutcome,
        st.sampled_from(COMPLETIONS),
        st.sampled_from(SUCCESSES),
        share,
        share,
        share,
        share,
        share,
    )
    moves = st.builds(
        Event, st.sampled_from(["start", "continue", "previous", "exit", "suspend_all", "exit_all"])
    )
    return st.one_of(
        moves,
        st.builds(choice, anything),
        st.builds(Event, st.just("track"), anything, st.none() | outcomes, st.booleans()),
    )


@given(st.data())
def test_any_events_in_any_order_keep_the_state_sound_and_the_promises_true(data):
    course = data.draw(trees())
    events = data.draw(st.lists(events_for(course), max_size=12))
    state: dict[str, Any] = {}
    valid = None
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
            assert [taken.delivery is not None, taken.menu, taken.ended, taken.refusal is not None].count(
                True
            ) == 1
        if valid is not None and event.kind in ("continue", "previous", "choice"):
            promised = event.target in valid["choice"] if event.kind == "choice" else valid[event.kind]
            assert (taken.delivery is not None) == promised, (event, valid)
        state, valid = taken.state, taken.valid


def prepared(*items, standard="scorm_12"):
    organization = {"identifier": "o", "title": "Course", "items": list(items)}
    return Tree.of({"standard": standard, "default_organization": "o", "organizations": [organization]})


def needing(prerequisites, *items, identifier="test", kind="sco"):
    return item(identifier, *items, kind=kind) | {"prerequisites": prerequisites}


LESSONS = (item("one"), item("two"), item("three"))
DONE, PASSED, FAILED = ("completed", "unknown"), ("completed", "passed"), ("completed", "failed")
LOOKED = ("incomplete", "unknown", "browsed")


def opens(prerequisites, **known):
    """Whether a test with these prerequisites may be chosen and delivered, and what is said where not."""
    events = [
        Event("track", name, ActivityOutcome(*outcome[:2]), browsed=outcome[2:] == ("browsed",))
        for name, outcome in known.items()
    ]
    taken = after(prepared(*LESSONS, needing(prerequisites)), START, *events, choice("test"))
    before = after(prepared(*LESSONS, needing(prerequisites)), START, *events)
    assert ("test" in before.valid["choice"]) == (taken.delivery == "test") == (taken.refusal is None)
    return taken.delivery == "test"


@pytest.mark.parametrize(
    ("prerequisites", "known", "expected"),
    [
        ("two", {}, False),
        ("two", {"two": ("incomplete", "unknown")}, False),
        ("two", {"two": DONE}, True),
        ("two", {"two": PASSED}, True),
        ("two", {"two": FAILED}, False),
        ("one & two", {"two": DONE}, False),
        ("one & two", {"one": DONE, "two": DONE}, True),
        ("one | two", {"two": DONE}, True),
        ("one | two", {}, False),
        ("~two", {}, True),
        ("~two", {"two": DONE}, False),
        ("two = passed", {"two": DONE}, False),
        ("two = passed", {"two": PASSED}, True),
        ("two = F", {"two": FAILED}, True),
        ("two <> failed", {"two": FAILED}, False),
        ("two <> failed", {}, True),
        ("two = N", {}, True),
        ("two = incomplete", {"two": ("incomplete", "unknown")}, True),
        ("two = browsed", {"two": LOOKED}, True),
        ("two = B", {"two": ("incomplete", "unknown")}, False),
        ("two = browsed", {"two": (*DONE, "browsed")}, False),
        ("two <> browsed", {"two": LOOKED}, False),
        ("two = incomplete", {"two": LOOKED}, False),
        ("two <> not attempted", {"two": LOOKED}, True),
        ("two", {"two": LOOKED}, False),
        ("2*{one,two,three}", {"one": DONE}, False),
        ("2*{one,two,three}", {"one": DONE, "three": PASSED}, True),
        ("{two,three}", {"two": DONE}, False),
        ("one & (two | three)", {"one": DONE, "three": DONE}, True),
        ("nowhere", {}, True),
        ("two &", {}, True),
    ],
)
def test_a_prerequisite_decides_what_may_be_opened(prerequisites, known, expected):
    assert opens(prerequisites, **known) == expected


def test_what_was_browsed_is_so_until_its_content_says_otherwise():
    course = prepared(item("part", item("one"), item("two"), kind=None), needing("part = browsed"))
    looked = after(
        course,
        START,
        *(
            Event("track", identifier, ActivityOutcome("incomplete"), browsed=True)
            for identifier in ("one", "two")
        ),
    )
    assert "test" in looked.valid["choice"]
    assert "test" not in after(course, track("one", "incomplete"), state=looked.state).valid["choice"]


def test_the_next_activity_is_not_opened_before_its_prerequisites_are_met():
    course = prepared(item("one"), needing("one"))
    started = after(course, START)
    assert (started.delivery, started.valid) == (
        "one",
        {"continue": False, "previous": False, "choice": ["one"]},
    )
    refused = step(course, started.state, CONTINUE)
    assert (refused.delivery, refused.refusal) == (None, "“test” opens when “one” is completed or passed.")
    met = after(course, track("one", "completed"), state=started.state)
    assert met.valid == {"continue": True, "previous": False, "choice": ["one", "test"]}
    assert step(course, met.state, CONTINUE).delivery == "test"


@pytest.mark.parametrize(
    ("prerequisites", "sentence"),
    [
        (
            "one & two & three",
            "“test” opens when “two” is completed or passed and “three” is completed or passed.",
        ),
        ("two | three = passed", "“test” opens when “two” is completed or passed or “three” is passed."),
        (
            "2*{one,two,three=passed}",
            "“test” opens when 2 of these hold: “one” is completed or passed; "
            "“two” is completed or passed; “three” is passed.",
        ),
        ("~one", "“test” opens when “one” is neither completed nor passed."),
        ("one <> completed", "“test” opens when “one” is not completed."),
    ],
)
def test_a_refusal_names_what_is_missing(prerequisites, sentence):
    course = prepared(*LESSONS, needing(prerequisites))
    assert after(course, START, track("one", "completed"), choice("test")).refusal == sentence


def test_a_heading_waits_with_all_that_is_inside_and_is_done_when_that_is():
    course = prepared(
        item("part", item("one"), item("two"), kind=None),
        needing("part", item("last"), identifier="end", kind=None),
    )
    begun = after(course, START, track("one", "completed"), choice("end"))
    assert (begun.delivery, begun.valid["choice"]) == (None, ["part", "one", "two"])
    assert begun.refusal == "“last” opens when “part” is completed or passed."
    done = after(course, track("two", "completed"), choice("end"), state=begun.state)
    assert done.delivery == "last"


def test_a_course_begins_with_the_first_activity_that_may_be_opened():
    course = prepared(needing("two", identifier="one"), item("two"))
    assert after(course, START).delivery == "two"


def test_what_was_left_open_is_gone_on_with_whatever_has_become_of_its_prerequisites():
    course = prepared(item("one"), needing("~one"))
    left = after(course, START, choice("test"), SUSPEND, track("one", "completed"))
    assert step(course, left.state, START).delivery == "test"


def test_prerequisites_are_of_scorm_1_alone():
    assert after(prepared(item("one"), needing("one"), standard="scorm_2004"), START).valid["continue"]
    assert not after(prepared(item("one"), needing("one"), standard="scorm_11"), START).valid["continue"]
