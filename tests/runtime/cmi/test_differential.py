"""Whatever content does, the browser's model and the server's give the same answers, and forget nothing they
took.
"""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.runtime.cmi.browser import BrowserAnswers
from tests.runtime.cmi.samples import EDGES, GOOD, with_indices

from heliograph.runtime.cmi import DataModel, Table, load_table

STANDARDS = ["scorm_12", "scorm_2004"]
STRANGE = [
    "",
    "cmi",
    "cmi.",
    ".",
    "cmi.core",
    "cmi.interactions.0",
    "cmi.objectives.-1.id",
    "cmi.x._count",
    "_children",
    "cmi.objectives.n.id",
    "cmi.objectives.1e3.id",
    "cmi.objectives.٣.id",
    "adl.nav.request_valid.choice.{target=}",
    "adl.nav.request_valid.jump.{target=a}.b}",
    "cmi.suspend_data._children",
    "cmi.score._count",
    "x" * 6000,
]
INDEX = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3])


@st.composite
def calls(draw: Any, table: Table) -> list[list[str]]:
    """What content might do: mostly real elements with values of their type, now and then something else."""
    made: list[list[str]] = []
    for pattern in draw(st.lists(st.sampled_from(sorted(table.entries)), min_size=5, max_size=30)):
        element = with_indices(pattern, draw(INDEX), draw(INDEX))
        if draw(st.integers(0, 19)) == 0:
            element = draw(st.sampled_from(STRANGE) | st.text(max_size=20))
        if draw(st.booleans()):
            made.append(["set", element, draw(value_for(table, pattern))])
        made.append(["get", element])
    return made


def value_for(table: Table, pattern: str) -> st.SearchStrategy[str]:
    good = GOOD.get(table.elements.get(pattern, {}).get("type", ""), ["x"])
    return st.one_of(
        st.sampled_from(good), st.sampled_from(good), st.sampled_from(EDGES), st.text(max_size=12)
    )


@st.composite
def sessions(draw: Any) -> dict[str, Any]:
    standard = draw(st.sampled_from(STANDARDS))
    table = load_table(standard)
    opening = [
        ["set", f"cmi.{part}.{i}.id", f"{part}{i}"] for part in ("objectives", "interactions") for i in (0, 1)
    ]
    opening += [
        ["set", f"cmi.interactions.{i}.type", draw(st.sampled_from(GOOD["interaction"]))] for i in (0, 1)
    ]
    return {
        "standard": standard,
        "strict": draw(st.booleans()),
        "data": draw(words(table)),
        "seed": draw(words(table)),
        "calls": (opening if draw(st.booleans()) else []) + draw(calls(table)),
    }


def words(table: Table) -> st.SearchStrategy[dict[str, str]]:
    """Stored or seeded data: some elements, each with a value of its type."""
    pairs = st.sampled_from(sorted(table.elements)).flatmap(
        lambda pattern: st.tuples(
            st.just(with_indices(pattern)), st.sampled_from(GOOD.get(table.elements[pattern]["type"], ["x"]))
        )
    )
    return st.lists(pairs, max_size=4).map(dict)


def answers(model: DataModel, made: list[list[str]]) -> list[list[Any]]:
    played = [
        model.get_value(call[1]) if call[0] == "get" else model.set_value(call[1], call[2]) for call in made
    ]
    return [[answer.value, answer.error, answer.diagnostic] for answer in played]


@settings(max_examples=20, derandomize=True, suppress_health_check=list(HealthCheck))
@given(batch=st.lists(sessions(), min_size=20, max_size=40))
def test_browser_and_server_give_the_same_answers(
    browser_answers: BrowserAnswers, batch: list[dict[str, Any]]
) -> None:
    for session, their in zip(batch, browser_answers(batch), strict=True):
        model = DataModel(
            load_table(session["standard"]), session["data"], session["seed"], session["strict"]
        )
        for call, ours, other in zip(
            session["calls"], answers(model, session["calls"]), their["answers"], strict=True
        ):
            assert [call, *ours] == [call, *other]
        assert model.data == their["data"]


@settings(max_examples=150, derandomize=True, suppress_health_check=list(HealthCheck))
@given(session=sessions())
def test_what_is_set_reads_back_equal_and_survives_storage(session: dict[str, Any]) -> None:
    table = load_table(session["standard"])
    model = DataModel(table, session["data"], session["seed"], session["strict"])
    for verb, element, *value in session["calls"]:
        before = model.data
        answer = model.get_value(element) if verb == "get" else model.set_value(element, value[0])
        if verb == "set" and answer.error == 0:
            path = table.find(element)
            assert path is not None
            assert model.data == {**before, path.name: value[0]}
            read = model.get_value(element)
            spec = path.entry.spec
            assert read.value == value[0] or "judged" in spec or "granted" in spec or spec["access"] == "w"
        else:
            assert model.data == before
    stored = DataModel(table, json.loads(json.dumps(model.data)), {}, session["strict"])
    reads = [["get", call[1]] for call in session["calls"]]
    assert answers(stored, reads) == answers(model, reads)
    assert stored.data == model.data
