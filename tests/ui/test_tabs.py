"""Tabs of an object's page, to which parts above add theirs."""

from types import SimpleNamespace

from heliograph.core.permissions import Permission
from heliograph.ui.tabs import Tab, Tabs

OVERVIEW = Tab("Overview", "course")
SETTINGS = Tab("Settings", "course_settings", Permission.COURSES_MANAGE)
THING = SimpleNamespace(id="7", dispatched=False)


def labels(tabs: Tabs) -> list[str]:
    return [str(tab.label) for tab in tabs.shown(OVERVIEW, THING)]


def test_a_tab_is_added_behind_another():
    tabs = Tabs(OVERVIEW, SETTINGS)
    tabs.add(Tab("Versions", "course_versions"), after=OVERVIEW)
    assert labels(tabs) == ["Overview", "Versions", "Settings"]


def test_a_tab_is_left_out_for_objects_that_have_none():
    tabs = Tabs(OVERVIEW, Tab("LMS", "course_versions", only=lambda thing: thing.dispatched))
    assert labels(tabs) == ["Overview"]
    THING.dispatched = True
    assert labels(tabs) == ["Overview", "LMS"]


def test_the_current_one_is_marked_and_each_has_its_address():
    first, second = Tabs(OVERVIEW, SETTINGS).shown(OVERVIEW, THING)
    assert (first.current, second.current) == (True, False)
    assert second.address == "/admin/courses/7/settings/"
    assert second.permission == Permission.COURSES_MANAGE
