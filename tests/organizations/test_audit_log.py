"""The audit log's page and its API: found by person, kind, thing, word and day; the whole of it as CSV;
nobody's but one's own.
"""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from heliograph.accounts import actions as accounts
from heliograph.audit.models import Entry
from heliograph.audit.queries import KINDS, changes, entries
from heliograph.core.clock import now
from heliograph.core.roles import Role
from heliograph.dispatch import actions

PAGE = "/admin/org/audit-log/"


@pytest.fixture
def admin(tenant):
    client = Client()
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    return client


def rows(answer):
    text = b"".join(answer).decode().removeprefix("\ufeff")
    return [(row["user"], row["action"], row["name"]) for row in csv.DictReader(io.StringIO(text))]


@pytest.fixture
def happened(tenant):
    brandt = actions.create_destination(tenant.manager, "Brandt")
    actions.create_destination(tenant.owner, "Ostrava")
    actions.change_destination(tenant.owner, brandt, name="Brandt Logistics", notes="new")
    return brandt


def test_it_is_found_by_person_kind_thing_word_and_day(admin, happened):
    yesterday, today, tomorrow = (f"{now() + timedelta(days=days):%Y-%m-%d}" for days in (-1, 0, 1))
    created, changed = ("Manager", "created", "Brandt"), ("Owner", "changed", "Brandt Logistics")
    assert rows(admin.get(f"{PAGE}?csv=1&who=mana")) == [created]
    assert rows(admin.get(f"{PAGE}?csv=1&kind=destination&subject={happened.id}")) == [changed, created]
    assert rows(admin.get(f"{PAGE}?csv=1&search=logistics")) == [changed]
    assert created in rows(admin.get(f"{PAGE}?csv=1&since={today}&until={today}"))
    assert (
        rows(admin.get(f"{PAGE}?csv=1&since={tomorrow}"))
        == rows(admin.get(f"{PAGE}?csv=1&until={yesterday}"))
        == []
    )
    assert rows(admin.get(f"{PAGE}?csv=1&kind=destination&search=created")) == [
        ("Owner", "created", "Ostrava"),
        created,
    ]
    assert rows(admin.get(f"{PAGE}?csv=1&subject=nothing")) == []
    assert {admin.get(f"{PAGE}?until={day}").status_code for day in ("yesterday", "9999-12-31")} == {422}
    assert admin.get(f"{PAGE}?until=%00").status_code == 400, "no address holds a NUL"


def test_the_page_shows_what_was_there_before(admin, happened):
    shown = " ".join(admin.get(f"{PAGE}?subject={happened.id}").content.decode().split())
    assert "Name changed from “Brandt” to “Brandt Logistics”" in shown
    assert "Notes changed from blank to “new”" in shown
    assert PAGE in admin.get("/admin/org/").content.decode()


def test_another_organizations_entries_are_not_there(stranger, happened):
    client = Client()
    client.force_login(stranger.organization.memberships.get(role="owner").user)
    assert "Brandt" not in client.get(f"{PAGE}?subject={happened.id}").content.decode()


def test_the_api_filters_likewise(tenant, api_as, happened):
    owner = api_as(tenant, Role.OWNER)

    def entries(**query):
        answer = owner("GET", "/org/audit-log", query)
        assert answer.status_code == 200, answer.content
        return [(item["verb"], item["subject"]) for item in answer.json()["items"]]

    assert entries(subject=str(happened.id)) == [("changed", "Brandt Logistics"), ("created", "Brandt")]
    assert entries(actor="manager", kind="destination") == [("created", "Brandt")]
    assert entries(search="ostrava") == [("created", "Ostrava")]
    assert entries(kind="destination", until=(now() - timedelta(hours=1)).isoformat()) == []
    assert len(entries(kind="destination", since=(now() - timedelta(hours=1)).isoformat())) == 3
    assert entries(subject="nothing") == []
    assert owner("GET", "/org/audit-log", {"since": "2026-01-01T00:00:00"}).status_code == 400, (
        "a moment needs its time zone"
    )
    assert entries(kind="destination", since="0001-01-01T00:00:00Z", until="9999-12-31T23:59:59Z")


def test_a_change_that_is_one_word_is_told_too(tenant):
    member = tenant.organization.memberships.get(role="reporter")
    accounts.change_role(tenant.owner, member, Role.MANAGER)
    assert changes(entries(tenant.organization.id)[0]) == [("", "reporter", "manager")]


def test_every_kind_of_thing_that_is_written_down_can_be_chosen(tenant, dispatch, happened):
    assert set(Entry.objects.values_list("subject_kind", flat=True)) <= set(KINDS)


def test_a_key_that_has_run_out_says_so_on_the_page(tenant, admin):
    admin.post(
        "/admin/org/api-keys/", {"name": "Nightly sync", "role": "manager", "expires_at": "2031-05-01"}
    )
    key = tenant.organization.api_keys.get()
    assert (f"{key.expires_at:%Y-%m-%d %H:%M}", key.state) == ("2031-05-01 23:59", "active")
    key.expires_at = now()
    assert key.state == "expired"
    accounts.revoke_api_key(tenant.owner, key)
    key.refresh_from_db()
    assert key.state == "revoked"
