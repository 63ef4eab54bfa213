"""What the forms of dispatches and destinations read and refuse."""

from datetime import UTC, datetime

import pytest
from django.test import Client, RequestFactory
from tests.fixtures import APP

from heliograph.core.errors import Invalid
from heliograph.dispatch.forms import (
    BulkChange,
    DestinationSettings,
    DispatchSettings,
    LaunchLink,
    NewDestination,
    NewDispatch,
    RotateKey,
)
from heliograph.dispatch.models import Destination, Dispatch

LONGEST = {"name": "x" * 301}


def sent(form, **fields):
    return form.sent(RequestFactory().post("/", fields))


def test_settings_of_a_dispatch_are_read_as_its_action_takes_them():
    read = sent(
        DispatchSettings,
        name="Renewal",
        registration_limit="25",
        expires_at="2031-05-01",
        allowed_domains="lms.example.org\nother.example.org",
        tags="north, south,, ",
        instanced="on",
    )
    assert read == {
        "name": "Renewal",
        "description": "",
        "registration_limit": 25,
        "expires_at": datetime(2031, 5, 1, 23, 59, 59, tzinfo=UTC),
        "new_learners_allowed": False,
        "allowed_domains": ["lms.example.org", "other.example.org"],
        "tags": ["north", " south"],
        "exit_to": "",
        "instanced": True,
        "confirmed_only": False,
        "tracking": False,
    }
    assert sent(RotateKey, grace_days="") == {"grace_days": 0}
    assert sent(BulkChange, do="extend", expires_at="") == {"do": "extend", "expires_at": None}


@pytest.mark.parametrize(
    ("form", "fields", "field"),
    [
        (NewDispatch, {}, "course"),
        (NewDispatch, {"course": "x", "registration_limit": "0"}, "registration_limit"),
        (NewDispatch, {"course": "x", "expires_at": "never"}, "expires_at"),
        (NewDispatch, {"course": "x", **LONGEST}, "name"),
        (DispatchSettings, {"name": ""}, "name"),
        (DispatchSettings, {"name": "x", "exit_to": "x" * 2001}, "exit_to"),
        (RotateKey, {"grace_days": "3651"}, "grace_days"),
        (BulkChange, {"do": "paint"}, "do"),
        (LaunchLink, {}, "learner"),
        (NewDestination, {"name": " "}, "name"),
        (DestinationSettings, {"name": "x", "identity": "secret"}, "identity"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(form, fields, field):
    with pytest.raises(Invalid) as refused:
        sent(form, **fields)
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    ("path", "fields", "field"),
    [
        ("destinations/new", {"name": "Brandt", "key": "no key!"}, "key"),
        ("destinations/{destination}/change", {"name": "B", "identity": "as_given", "host": "a b"}, "host"),
        ("dispatch/{dispatch}/change", {"name": "D", "exit_to": "nowhere"}, "exit_to"),
        ("dispatch/{dispatch}/change", {"name": "D", "tags": "x" * 51}, "tags"),
        ("dispatch/{dispatch}/change", {"name": "D", "allowed_domains": "a_b!"}, "allowed_domains"),
        ("dispatch/bulk", {"do": "on"}, "dispatch"),
        ("dispatch/{dispatch}/licenses", {"seat_limit": "10001"}, "seat_limit"),
        (
            "dispatch/{dispatch}/licenses",
            {"starts_at": "2031-05-02", "expires_at": "2031-05-01"},
            "expires_at",
        ),
        ("dispatch/{dispatch}/postbacks/address", {"postback_url": "nowhere"}, "postback_url"),
        ("destinations/{destination}/links/", {"days": "731"}, "days"),
        ("destinations/{destination}/branding/change", {"accent": "#fffffe"}, "accent"),
        (
            "destinations/{destination}/branding/change",
            {"texts.de.left.title": "x" * 501},
            "texts.de.left.title",
        ),
        ("destinations/{destination}/branding/change", {"texts.de.left.title": "{x}"}, "texts.de.left.title"),
        ("destinations/{destination}/branding/change", {"language": "xx"}, "language"),
        ("courses/{course}/releases/new", {"version": "x"}, "version"),
        ("courses/{course}/releases/back", {}, "destination"),
    ],
)
def test_what_is_refused_names_the_field_of_the_form_and_changes_nothing(
    tenant, dispatch, path, fields, field
):
    client = Client(HTTP_HOST=APP, headers={"X-Dialog": "1"})
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    before = list(Dispatch.objects.values()), list(Destination.objects.values())
    ids = {"dispatch": dispatch.id, "destination": dispatch.destination_id, "course": dispatch.course_id}
    answer = client.post(f"/admin/{path.format(**ids)}", fields)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (list(Dispatch.objects.values()), list(Destination.objects.values())) == before
