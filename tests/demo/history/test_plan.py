from collections import Counter
from datetime import UTC, datetime, timedelta

from heliograph.demo.history.plan import LEARNERS, SPECIAL, plan

NOW = datetime(2026, 5, 6, 15, 0, tzinfo=UTC)


def test_the_plan_is_the_same_each_time():
    assert _told(plan(NOW)) == _told(plan(NOW))
    later = plan(NOW + timedelta(days=1, hours=5))
    assert _told(plan(NOW)) == _told(later)
    assert {planned.begins for planned in later.others} != {planned.begins for planned in plan(NOW).others}


def _told(made):
    """Who does what, whenever."""
    return Counter(
        (planned.customer.key, planned.course, planned.person, planned.story.name)
        for planned in (*made.templates, *made.others)
    )


def test_everybody_is_somebody_else():
    made = plan(NOW)
    everybody = [planned.person for planned in (*made.templates, *made.others)]
    assert len({person.name for person in everybody}) == len(everybody) == LEARNERS - SPECIAL
    assert len({person.identifier for person in everybody}) == len(everybody)


def test_nobody_is_in_the_course_after_the_end():
    assert max(planned.begins + planned.story.lasts for planned in plan(NOW).others) < NOW


def test_a_copy_is_whole_seconds_away_from_its_template():
    assert {planned.begins.microsecond for planned in plan(NOW).others} == {0}
