"""The audit log: who did what to which row, written with the change or not at all, and seen by its own
organization alone.
"""

import pytest
from django.db import transaction

from heliograph.audit.actions import record
from heliograph.audit.queries import entries
from heliograph.core.actor import Actor, system
from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch.models import Destination

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_did_what_to_which_row(tenant):
    made = dispatching.create_destination(tenant.manager, "Brandt Logistics")
    entry = entries(tenant.organization.id)[0]
    assert (entry.actor_kind, entry.actor_id, entry.actor_label) == ("user", tenant.manager.id, "Manager")
    assert (entry.verb, entry.subject_kind, entry.subject_id, entry.subject_label) == (
        "created",
        "destination",
        made.id,
        "Brandt Logistics",
    )


def test_a_change_tells_before_and_after(tenant):
    made = dispatching.create_destination(tenant.manager, "Brandt", notes="old")
    dispatching.change_destination(tenant.manager, made, name="Brandt", notes="new")
    assert entries(tenant.organization.id)[0].details == {
        "before": {"notes": "old"},
        "after": {"notes": "new"},
    }


def test_a_change_that_changes_nothing_leaves_no_entry(tenant):
    made = dispatching.create_destination(tenant.manager, "Brandt")
    before = entries(tenant.organization.id).count()
    dispatching.change_destination(tenant.manager, made, name="Brandt")
    assert entries(tenant.organization.id).count() == before


def test_what_is_rolled_back_was_never_written(tenant):
    before = entries(tenant.organization.id).count()
    with transaction.atomic():
        dispatching.create_destination(tenant.manager, "Brandt")
        transaction.set_rollback(True)
    assert entries(tenant.organization.id).count() == before
    assert not Destination.objects.exists()


def test_an_entry_that_cannot_be_written_takes_its_change_with_it(tenant, monkeypatch):
    monkeypatch.setattr(dispatching, "record", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        dispatching.create_destination(tenant.manager, "Brandt")
    assert not Destination.objects.exists()


def test_entries_are_the_newest_first_and_can_be_asked_for_one_row(tenant):
    first = dispatching.create_destination(tenant.manager, "First")
    second = dispatching.create_destination(tenant.manager, "Second")
    assert [entry.subject_id for entry in entries(tenant.organization.id)[:2]] == [second.id, first.id]
    assert [entry.subject_label for entry in entries(tenant.organization.id, first.id)] == ["First"]


def test_an_organization_sees_its_own_entries_only(tenant, stranger):
    made = dispatching.create_destination(stranger.manager, "Elsewhere")
    assert not entries(tenant.organization.id, made.id).exists()
    assert {entry.organization_id for entry in entries(tenant.organization.id)} == {tenant.organization.id}


def test_labels_longer_than_their_place_are_cut_and_not_refused():
    actor = Actor("user", new_id(), "a" * 500, new_id(), Role.OWNER)
    record(actor, "tested", "thing", None, "b" * 500)
    entry = entries(actor.organization_id).get()
    assert (len(entry.actor_label), len(entry.subject_label)) == (200, 300)


def test_heliograph_itself_is_named_where_nobody_else_did_it():
    actor = system(new_id())
    record(actor, "tested", "thing", None, "A thing")
    assert (
        entries(actor.organization_id).get().actor_kind,
        entries(actor.organization_id).get().actor_label,
    ) == ("system", "Heliograph")
