"""The two exits, quarters, and what a participant's number may be."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.marketplace.participants import rules
from heliograph.marketplace.participants.rules import Quarter, Received, Training

TODAY = date(2026, 6, 30)
DAYS = st.dates(date(2025, 1, 1), date(2027, 1, 1))
KINDS = st.sampled_from(["career", "individualized", "training", "supportive", "self_service", "follow_up"])
SERVICES = st.lists(st.builds(Received, KINDS, DAYS), max_size=8)
TRAININGS = st.lists(
    st.builds(
        lambda first, length: Training(first, None if length is None else first + timedelta(length)),
        DAYS,
        st.none() | st.integers(0, 200),
    ),
    max_size=3,
)


@given(SERVICES, TRAININGS)
def test_an_exit_is_the_last_day_of_service_with_ninety_days_of_none_behind_it(services, trainings):
    exit_day = rules.exit_day(services, trainings, TODAY)
    counted = {service.on for service in services if service.kind not in ("self_service", "follow_up")}
    counted |= {day for training in trainings for day in (training.entered_on, training.ended_on) if day}
    if exit_day is None:
        recent = any(day > TODAY - timedelta(days=90) for day in counted)
        goes_on = any(training.ended_on is None for training in trainings)
        assert recent or goes_on or not counted
    else:
        assert exit_day == max(counted)
        assert exit_day <= TODAY - timedelta(days=90)


@given(
    SERVICES, TRAININGS, st.lists(st.builds(Received, st.sampled_from(["self_service", "follow_up"]), DAYS))
)
def test_self_service_and_follow_up_change_no_exit(services, trainings, more):
    assert rules.exit_day([*services, *more], trainings, TODAY) == rules.exit_day(services, trainings, TODAY)


@given(SERVICES, TRAININGS, st.integers(0, 400))
def test_an_exit_stays_as_time_goes_by(services, trainings, later):
    first = rules.exit_day(services, trainings, TODAY)
    if first is not None:
        assert rules.exit_day(services, trainings, TODAY + timedelta(days=later)) == first


@given(DAYS, st.integers(-20, 20))
def test_quarters_follow_each_other_without_a_gap(day, count):
    quarter = rules.quarter_of(day)
    assert quarter.first_day <= day <= quarter.last_day
    assert quarter.after(count).after(-count) == quarter
    assert quarter.after(1).first_day == quarter.last_day + timedelta(days=1)


def test_the_second_quarter_after_an_exit_is_not_the_second_after_its_day():
    assert rules.quarter_of(date(2026, 1, 1)).after(2) == Quarter(2026, 3)
    assert rules.quarter_of(date(2026, 3, 31)).after(2) == Quarter(2026, 3)
    assert rules.within(Quarter(2026, 3), date(2026, 7, 1), date(2026, 9, 30))
    assert not rules.within(Quarter(2026, 3), date(2026, 7, 2), date(2026, 9, 30))


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("A1B2C3D4E5F6", True),
        ("000219099999", False),
        ("AB219099999C", False),
        ("219099999", False),
        ("219-09-9999X", False),
        ("a1b2c3d4e5f6", False),
        ("A1B2C3D4E5F", False),
    ],
)
def test_a_number_hides_no_social_security_number(text, may):
    assert rules.is_number(text) is may


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("219-09-9999", "219099999"),
        ("219 09 9999", "219099999"),
        ("000-09-9999", None),
        ("666-09-9999", None),
        ("912-09-9999", None),
        ("219-00-9999", None),
        ("219-09-0000", None),
        ("21909999", None),
    ],
)
def test_a_social_security_number_is_one_that_can_exist(text, digits):
    assert rules.ssn_digits(text) == digits


def test_codes_are_kept_in_one_form():
    assert rules.occupation_code("319097") == rules.occupation_code("31-9097.00") == "31-9097.00"
    assert rules.cip_code("511009") == rules.cip_code("51.1009") == "51.1009"
    assert rules.occupation_code("nurse") is None
    assert rules.cip_code("5.1") is None
