"""Prerequisites are read as aicc_script means them; what cannot be read is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import Sco, build_package
from tests.courses.reading import codes, read

from heliograph.courses.formats.prerequisites import (
    AtLeast,
    Done,
    Not,
    Status,
    Unreadable,
    read_prerequisites,
)

ITEMS = ("A", "B", "C", "sco-1.2_x")
A, B, C = Done("A"), Done("B"), Done("C")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A", A),
        (" sco-1.2_x ", Done("sco-1.2_x")),
        ("A&B", AtLeast(2, (A, B), "all")),
        ("A | B", AtLeast(1, (A, B), "any")),
        ("A & B | C", AtLeast(1, (AtLeast(2, (A, B), "all"), C), "any")),
        ("A & (B | C)", AtLeast(2, (A, AtLeast(1, (B, C), "any")), "all")),
        ("~A", Not(A)),
        ("~(A&B)", Not(AtLeast(2, (A, B), "all"))),
        ("A = passed", Status("A", "passed", False)),
        ('A="passed"', Status("A", "passed", False)),
        ("A<>'Not Attempted'", Status("A", "not attempted", True)),
        ("A = not attempted", Status("A", "not attempted", False)),
        ("A=N", Status("A", "not attempted", False)),
        (
            "A = F | A = I",
            AtLeast(1, (Status("A", "failed", False), Status("A", "incomplete", False)), "any"),
        ),
        ("2*{A,B,C}", AtLeast(2, (A, B, C), "count")),
        ("2 * {A, B = passed, ~C}", AtLeast(2, (A, Status("B", "passed", False), Not(C)), "count")),
        ("{A,B}", AtLeast(2, (A, B), "all")),
    ],
)
def test_expressions_are_read(text, expected):
    assert read_prerequisites(text, ITEMS) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "A &",
            "& A",
            "A B",
            "(A",
            "A)",
            "D",
            "A = done",
            "A =",
            "4*{A,B,C}",
            "2*A",
            "{A,",
            "{}",
            "()",
            "~",
            "A ! B",
            "A*B",
        ),
        *('"A', "A" * 5000, "(" * 2000 + "A" + ")" * 1900, "~" * 2000 + "A", "A & | B", "2*{A,B}}"),
    ],
)
def test_what_is_no_expression_is_refused_with_its_reason(text):
    with pytest.raises(Unreadable, match=r"^(has|is|names|requires) "):
        read_prerequisites(text, ITEMS)


@given(st.text("AB&|~=<>(){},*2 \"'passedN", max_size=40) | st.text(max_size=20))
def test_any_text_is_an_expression_or_refused(text):
    try:
        read_prerequisites(text, ITEMS)
    except Unreadable:
        return


def prerequisites(text: str) -> str:
    return f"<adlcp:prerequisites type='aicc_script'>{text}</adlcp:prerequisites>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sco-1", []),
        ("sco-1 = &quot;passed&quot;", []),
        ("gone", ["prerequisites_invalid"]),
        ("(", ["prerequisites_invalid"]),
    ],
)
def test_an_import_tells_of_prerequisites_that_cannot_be_read(tmp_path, text, expected):
    scos = [Sco(), Sco("sco-2", "Lesson 2", "sco-2.html", inside=prerequisites(text))]
    course = read(tmp_path, build_package(scos=scos))
    assert codes(course) == expected
    assert all("Prerequisites of “Lesson 2” were ignored" in finding.sentence for finding in course.findings)
