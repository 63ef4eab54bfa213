"""Lengths of time: read and written in both standards' notations, exact to the centisecond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.runtime.cmi import Standard, format_duration, load_table, parse_duration
from heliograph.runtime.cmi.values import values_of

HOUR = 360000


@pytest.mark.parametrize(
    ("text", "centiseconds"),
    [
        ("0000:00:00.00", 0),
        ("00:00:05", 500),
        ("0001:30:05.25", 540525),
        ("0:0:5", 500),
        ("00:99:00", 594000),
        ("00:00:05.5", 550),
        ("00:00:05.005", 501),
        ("00:00:05.0049", 500),
        ("PT0S", 0),
        ("PT5.25S", 525),
        ("PT1H30M5.25S", 540525),
        ("P1DT0.55S", 24 * HOUR + 55),
        ("P1D", 24 * HOUR),
        ("P1M", 30 * 24 * HOUR),
        ("P1Y", 365 * 24 * HOUR),
        ("PT90M", 90 * 6000),
        ("PT0.999S", 100),
    ],
)
def test_a_length_of_time_is_read_exactly(text: str, centiseconds: int) -> None:
    assert parse_duration(text) == centiseconds


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "5", "05:05", "-0:0:5", "PT1H\n", "PT٥S", "P1W", "1:2:3:4", "x" * 9999]
)
def test_what_is_no_length_of_time_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a length of time such as 0001:30:05\.25 or PT1H30M5\.25S"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("centiseconds", "timespan", "interval"),
    [
        (0, "0000:00:00.00", "PT0S"),
        (5, "0000:00:00.05", "PT0.05S"),
        (550, "0000:00:05.50", "PT5.5S"),
        (540525, "0001:30:05.25", "PT1H30M5.25S"),
        (HOUR, "0001:00:00.00", "PT1H"),
        (30 * HOUR, "0030:00:00.00", "PT30H"),
        (20000 * HOUR, "9999:59:59.99", "PT20000H"),
    ],
)
def test_a_length_of_time_is_written_as_the_standard_wants(
    centiseconds: int, timespan: str, interval: str
) -> None:
    assert format_duration("scorm_12", centiseconds) == timespan
    assert format_duration("scorm_2004", centiseconds) == interval


@given(centiseconds=st.integers(0, 9999 * HOUR), standard=st.sampled_from(["scorm_12", "scorm_2004"]))
def test_what_is_written_reads_back_and_is_strictly_valid(centiseconds: int, standard: Standard) -> None:
    written = format_duration(standard, centiseconds)
    assert parse_duration(written) == centiseconds
    type_name = "timespan" if standard == "scorm_12" else "interval"
    assert values_of(load_table(standard).standard, True).why_refused(type_name, written) == ""
