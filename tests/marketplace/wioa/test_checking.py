"""The gates of a file, each with a row that breaks it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.core.errors import Invalid
from heliograph.marketplace.wioa import layouts, writing
from heliograph.marketplace.wioa.checking import GATES, RULES, Checks

LAYOUT = layouts.read(layouts.PROVIDER)
HEAD = {
    "provider": "Northlight",
    "as_of": "2026-12-01",
    "since": "2025-07-01",
    "until": "2026-06-30",
    "board": None,
    "programs": {"p1": {"outcome_type": "1"}},
}


def person(**changes):
    """Somebody who was trained, exited and attained a credential; what is given is otherwise."""
    participation = {
        "id": "x",
        "board": "b",
        "board_code": "NY-7",
        "case": "C-1",
        "adult": "1",
        "dislocated_worker": "0",
        "youth": "0",
        "employment": "0",
        "education": "1",
        "entered": "2025-08-01",
        "exited": "2025-11-30",
        "reason": "00",
    }
    episode = {
        "program": "p1",
        "participation": "x",
        "entered": "2025-08-04",
        "ended": "2025-11-30",
        "outcome": "completed",
        "type": "06",
        "occupation": "31-9097.00",
        "cip": "51.1009",
    }
    made = {
        "id": "1",
        "number": "A1B2C3D4E5F6",
        "born": "1961-02-03",
        "participations": [participation],
        "episodes": [episode],
        "credentials": [{"type": "6", "on": "2025-12-01"}],
        "gains": [],
        "outcomes": {"2026Q2": {"employed": True, "match": "1", "wages": 900050, "employer": "E1"}},
    }
    for name, value in changes.items():
        if name in participation:
            participation[name] = value
        elif name.startswith("training_"):
            episode[name.removeprefix("training_")] = value
        else:
            made[name] = value
    return made


def checked(*people, layout=LAYOUT):
    checks = Checks(layout, date(2026, 12, 1))
    written = "".join(writing.lines(layout, HEAD, people, checks))
    _, findings = checks.findings
    return written, [(each.row, each.element, each.rule, each.gate) for each in findings]


def test_a_row_that_is_right_passes_every_gate():
    written, findings = checked(person())
    assert findings == []
    assert "A1B2C3D4E5F6" in written
    assert "20251130" in written
    assert "9000.50" in written


@pytest.mark.parametrize(
    ("changes", "element", "rule", "gate"),
    [
        ({"employment": "9"}, "400", "value", "values"),
        ({"number": "000219099999"}, "100", "participant_number", "values"),
        ({"entered": ""}, "900", "required", "values"),
        ({"born": "3 Feb"}, "200", "date", "values"),
        ({"training_occupation": "x" * 11}, "1306", "too_long", "values"),
        (
            {"exited": "2025-07-31", "training_entered": "2025-07-01", "training_ended": "2025-07-02"},
            "901",
            "exit_after_entry",
            "rules",
        ),
        ({"training_type": ""}, "1303", "training_codes", "rules"),
        ({"training_occupation": ""}, "1306", "training_codes", "rules"),
        ({"training_entered": ""}, "1303", "training_codes", "rules"),
        ({"training_ended": None, "training_outcome": ""}, "1308", "training_ended_at_exit", "rules"),
        ({"training_ended": "2025-08-01"}, "1308", "training_order", "rules"),
        (
            {
                "credentials": [{"type": "", "on": "2025-12-01"}],
                "exited": "2025-09-15",
                "training_ended": "2025-09-10",
            },
            "1800",
            "credential_after_exit",
            "rules",
        ),
        ({"credentials": [{"type": "6", "on": ""}], "entered": ""}, "900", "required", "values"),
    ],
)
def test_each_rule_finds_the_row_that_breaks_it(changes, element, rule, gate):
    _, findings = checked(person(number="A0A0A0A0A0A0", id="2"), person(**changes))
    assert (2, element, rule, gate) in findings
    assert {found[3] for found in findings} == {gate}


def test_a_reason_without_an_exit_and_numbers_out_of_order_break_their_rules():
    checks = Checks(LAYOUT, date(2026, 12, 1))
    values = {"923": "03", "901": "", "OBS": "7", "1800": "6", "1801": ""}
    assert list(RULES["reason_with_exit"](values, checks)) == ["923"]
    assert list(RULES["observations"](values, checks)) == ["OBS"]
    assert list(RULES["credential_date"](values, checks)) == ["1801"]


def test_a_row_twice_is_found_and_two_participations_are_not():
    twice = person()
    twice["participations"] *= 2
    assert checked(twice)[1] == [(2, "", "duplicate", "duplicates")]
    second = person()
    second["participations"].append(
        second["participations"][0] | {"id": "y", "entered": "2026-03-01", "exited": None}
    )
    assert checked(second)[1] == []


def test_a_gate_that_closes_lets_no_later_one_speak():
    twice = person(training_type="", employment="9")
    twice["participations"] *= 2
    assert {found[3] for found in checked(twice)[1]} == {"values"}
    twice = person(training_type="")
    twice["participations"] *= 2
    assert {found[3] for found in checked(twice)[1]} == {"duplicates"}


def test_a_fixed_line_that_does_not_fit_is_found_first():
    fixed = layouts.read(
        {
            "format": "fixed",
            "columns": [
                {"element": "100", "width": 12},
                {"element": "900", "width": 8, "transform": "yyyymmdd"},
                {"element": "1301", "width": 5},
            ],
        }
    )
    written, findings = checked(person(employment="9"), layout=fixed)
    assert findings == [(1, "1301", "too_long", "columns")]
    assert written == "A1B2C3D4E5F620250801North\r\n"


def test_a_line_with_another_number_of_columns_is_found():
    checks = Checks(LAYOUT, date(2026, 12, 1))
    checks.row(
        dict.fromkeys([column.element for column in LAYOUT.columns], ""),
        [""] * len(LAYOUT.columns),
        "a,b\r\n",
    )
    count, [first, *_] = checks.findings
    assert (first.rule, first.gate, count) == ("column_count", "columns", 1)


def test_every_rule_of_a_layout_exists_and_gates_are_in_their_order():
    assert set(layouts.RULES) == set(RULES)
    assert GATES == ("columns", "values", "duplicates", "rules")


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": []},
        {"columns": [{"element": "9999"}]},
        {"columns": [{"element": "100", "constant": "x"}, {"element": "900"}]},
        {"columns": [{"element": "100", "transform": "eval"}, {"element": "900"}]},
        {"columns": [{"element": "100"}], "key": ["900"]},
        {"format": "fixed"},
        {"delimiter": "x"},
        {"anything": 1},
    ],
)
def test_a_layout_that_cannot_be_used_is_refused(changes):
    with pytest.raises(Invalid):
        layouts.read({**layouts.PROVIDER, **changes})
    with pytest.raises(Invalid):
        layouts.read("a layout")


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_typed_stays_in_its_line_and_column(provider, case):
    head = {**HEAD, "provider": provider}
    checks = Checks(LAYOUT, date(2026, 12, 1))
    made = list(writing.lines(LAYOUT, head, [person(case=case)], checks))
    assert len(made) == 2
    assert checks.counts["columns"] == 0
    assert made == list(writing.lines(LAYOUT, head, [person(case=case)]))


def test_a_states_own_codes_and_constants_are_written():
    own = layouts.read(
        {
            "columns": [
                {"element": "100"},
                {"element": "900", "transform": "mm/dd/yyyy"},
                {"element": "1307", "codes": {"1": "C", "0": "W"}, "values": ["C", "W"]},
                {"constant": "ETP"},
            ],
            "delimiter": "|",
        }
    )
    written, findings = checked(person(), layout=own)
    assert findings == []
    assert written.splitlines()[1] == "A1B2C3D4E5F6|08/01/2025|C|ETP"
