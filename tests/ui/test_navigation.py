"""The navigation shows what somebody may open, in groups, and where they are."""

import re

import pytest
from django.utils import translation
from tests.fixtures import APP

from heliograph.core.roles import Role
from heliograph.ui import icons, navigation


def shown(role: Role, path: str = "/") -> dict[str, list[str]]:
    return {group.name: [link.label for link, _ in group.links] for group in navigation.groups(role, path)}


def test_a_reporter_sees_what_is_delivered_and_an_administrator_the_settings_too():
    assert shown(Role.REPORTER) == {
        "": ["Home", "My courses"],
        "Deliver": ["Courses", "Customers", "Dispatches", "Licenses"],
        "Learners": ["Registrations"],
        "Marketplace": ["Programs", "Enrollments", "Claims", "Credentials", "Program holders", "Partners"],
        "Insights": ["Analytics", "Learning analytics", "Learning records (LRS)"],
        "Developers": ["API documentation"],
    }
    assert shown(Role.ADMIN)["Marketplace"][-3:] == ["Orders", "Vouchers", "Payments"]
    assert shown(Role.ADMIN)["Settings"] == [
        "Organization",
        "Email log",
        "Webhooks",
        "Audit log",
        "Data requests",
    ]


def test_links_speak_the_language_of_who_reads_them():
    with translation.override("de"):
        labels = {str(label) for labels in shown(Role.OWNER).values() for label in labels}
    assert {"Startseite", "Kurse", "Kunden", "Lizenzen"} <= labels


def test_nobody_sees_an_empty_group():
    assert all(links for links in shown(Role.LEARNER).values())


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/", "Home"),
        ("/admin/org/", "Organization"),
        ("/admin/org/audit-log/", "Audit log"),
        ("/records/", "Learning records (LRS)"),
        ("/records/people/", "Data requests"),
        ("/admin/dispatch/some-id/", "Dispatches"),
    ],
)
def test_the_link_of_the_page_is_current_and_no_other(path, label):
    groups = navigation.groups(Role.OWNER, path)
    assert [link.label for group in groups for link, current in group.links if current] == [label]


def test_a_page_outside_of_the_navigation_has_no_current_link():
    groups = navigation.groups(Role.OWNER, "/account/")
    assert not [link for group in groups for link, current in group.links if current]


def test_every_link_has_an_icon_of_the_sprite():
    links = [link for group in navigation.groups(Role.OWNER, "/") for link, _ in group.links]
    assert {link.icon for link in links} <= set(icons.NAMES)


def test_the_sprite_has_a_drawing_for_each_name_and_is_kept(client):
    answer = client.get("/ui/icons.svg", HTTP_HOST=APP)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "immutable" in answer.headers["Cache-Control"]
    drawn = re.findall(r'<symbol id="([\w-]+)" viewBox="0 0 24 24">(.*?)</symbol>', answer.content.decode())
    assert [name for name, _ in drawn] == list(icons.NAMES)
    assert all(drawing.startswith("<") for _, drawing in drawn)
