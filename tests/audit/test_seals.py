"""Whoever changes the audit log past the product is found out: each entry, its place and its absence."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection, transaction
from django.test import Client
from tests.emptying import empty_database
from tests.fixtures import APP
from tests.tenants import make_by_actions, make_tenant

from heliograph.accounts import actions as accounts
from heliograph.audit import seals, tasks
from heliograph.audit.models import Entry, Seal
from heliograph.config import commands
from heliograph.core import clock
from heliograph.core.database.consistency import consistent_through
from heliograph.core.ids import lowest_id, moment_of
from heliograph.dispatch import actions
from heliograph.runtime import actions as runtime

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Three entries a seal, and no minute to wait for."""
    monkeypatch.setattr(seals, "AT_A_TIME", 3)
    monkeypatch.setattr(seals, "SEALED_AFTER", timedelta(0))


@pytest.fixture
def tenant():
    """An organization that others can see, as transactions are their own here; its entries were made at
    moments of their own.
    """
    yield make_by_actions("northlight")
    empty_database()


@pytest.fixture
def log(tenant):
    """The ids of an organization's entries, which are sealed."""
    for number in range(5):
        actions.create_destination(tenant.manager, f"Customer {number}")
    seal()
    mine = Entry.objects.filter(organization_id=tenant.organization.id).order_by("id")
    return list(mine.values_list("id", flat=True))


def seal():
    """Seal all that there is, once it can be read by everybody; how many entries that was."""
    last = Entry.objects.order_by("-id").first()
    assert last
    while lowest_id(consistent_through()) <= last.id:
        pass
    return seals.seal_all()


def differs(tenant):
    found = seals.verify(tenant.organization.id).difference
    return found and (found.after, found.through)


def test_what_was_sealed_is_as_it_was_and_goes_on(tenant, log, monkeypatch):
    count = len(log)
    first = seals.verify(tenant.organization.id)
    assert (first.entries, first.seals, first.difference) == (count, -(-count // 3), None)
    assert seal() == 0, "nothing is sealed twice"
    actions.create_destination(tenant.manager, "One more")
    monkeypatch.setattr(seals, "SEALED_AFTER", timedelta(minutes=1))
    assert seal() == 0, "a minute has to pass"
    monkeypatch.setattr(seals, "SEALED_AFTER", timedelta(0))
    assert seal() == 1
    again = seals.verify(tenant.organization.id)
    assert (again.entries, again.difference) == (count + 1, None)
    assert again.head != first.head


@pytest.mark.parametrize(
    "tampered",
    [
        "UPDATE audit_entry SET actor_label = 'Somebody else' WHERE id = %s",
        "UPDATE audit_entry SET verb = 'deleted' WHERE id = %s",
        "UPDATE audit_entry SET subject_label = 'Another' WHERE id = %s",
        "UPDATE audit_entry SET details = '{}' WHERE id = %s",
        "UPDATE audit_entry SET actor_id = NULL WHERE id = %s",
        "UPDATE audit_entry SET at = at + interval '1 second' WHERE id = %s",
        "DELETE FROM audit_entry WHERE id = %s",
    ],
)
def test_every_change_shows_with_the_seal_that_it_breaks(tenant, log, tampered):
    brandt = actions.create_destination(tenant.manager, "Brandt")
    actions.change_destination(tenant.manager, brandt, notes="new")
    seal()
    changed = Entry.objects.filter(organization_id=tenant.organization.id, verb="changed").get()
    with connection.cursor() as cursor:
        cursor.execute(tampered, [changed.id])
    after, through = differs(tenant)
    assert after < changed.id <= through


def test_an_entry_that_is_slipped_in_shows(tenant, log):
    between = Entry.objects.get(id=log[1])
    between.pk = type(between.id)(int=log[1].int + 1)
    between.save(force_insert=True)
    assert differs(tenant) is not None


@pytest.mark.parametrize("place", [0, 1])
def test_a_seal_that_is_made_anew_or_taken_out_shows(tenant, log, place):
    kept = list(Seal.objects.filter(organization_id=tenant.organization.id).order_by("through"))
    Entry.objects.filter(id=log[place * 3]).update(verb="deleted")
    forged, digest = seals._digest(tenant.organization.id, seals.BEFORE_ALL, kept[place].through, b"")
    Seal.objects.filter(id=kept[place].id).update(digest=digest, entries=forged)
    assert differs(tenant) is not None, "the seals after it are made of it"
    Seal.objects.filter(id=kept[place].id).delete()
    assert differs(tenant) is not None


def test_without_the_secret_key_nobody_makes_a_seal(tenant, log, settings):
    settings.SECRET_KEY = "guessed" * 8
    assert differs(tenant) is not None


def test_the_name_of_a_deleted_learner_goes_and_the_seal_stays(tenant, log, import_course):
    learner = runtime.ensure_learner(tenant.organization.id, seals.BEFORE_ALL, "l-1", "Ada Lovelace")
    registration, _ = runtime.register(tenant.manager, import_course(tenant), learner)
    seal()
    assert "Ada" in str(list(Entry.objects.values_list("subject_label", flat=True)))
    registration.delete()
    learner.delete()
    assert "Ada" not in str(list(Entry.objects.values_list("subject_label", flat=True)))
    assert differs(tenant) is None


def test_what_a_slow_transaction_writes_is_not_overtaken(tenant, log):
    """A change that is still under way keeps its place: nothing after it is sealed before."""
    written, go_on = Event(), Event()

    def slow():
        with transaction.atomic():
            actions.create_destination(tenant.manager, "Slow")
            written.set()
            go_on.wait(20)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(slow)
        assert written.wait(20)
        actions.create_destination(tenant.manager, "Quick")
        assert seals.seal_all() == 0
        go_on.set()
        running.result()
    assert seal() == 2
    assert differs(tenant) is None


def test_administrators_read_it_on_their_home_page_and_the_operator_in_a_command(tenant, log, caplog):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    tasks.verify(0)
    assert "audit log was changed" not in client.get("/").text
    told = commands.verify_audit("northlight", "")
    assert told["as_sealed"]
    head = told["organizations"][0]["digest"]
    assert commands.verify_audit(None, head)["as_sealed"]
    Seal.objects.filter(digest=bytes.fromhex(head)).delete()
    assert commands.verify_audit("northlight", "")["as_sealed"], "the end is gone, and nothing of ours knows"
    assert not commands.verify_audit("northlight", head)["as_sealed"], "but whoever has kept a digest does"
    assert not commands.verify_audit("northlight", "no digest")["as_sealed"]

    Entry.objects.filter(id=log[0]).update(verb="deleted")
    tasks.verify(0)
    assert "the audit log of" in caplog.text
    assert "The audit log was changed in the database" in client.get("/").text
    assert not commands.verify_audit(None, "")["as_sealed"]


def test_organizations_are_sealed_apart(tenant, log):
    other = make_tenant("others")
    actions.create_destination(other.manager, "Theirs")
    seal()
    Entry.objects.filter(organization_id=other.organization.id).update(verb="deleted")
    assert differs(tenant) is None
    assert differs(other) is not None


def test_old_entries_go_and_what_follows_is_still_compared(tenant, log):
    old = seals.retire(tenant.owner, moment_of(log[4]))
    assert old == 3, "whole seals only"
    assert not Entry.objects.filter(id__lte=log[2]).exists()
    actions.create_destination(tenant.manager, "One more")
    seal()
    assert differs(tenant) is None
    assert Entry.objects.filter(verb="deleted old entries of", details__entries=3).exists()
    assert seals.retire(tenant.owner, moment_of(log[4])) == 0, "nothing is deleted twice"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET verb = 'deleted' WHERE id = %s", [log[4]])
    after, through = differs(tenant)
    assert after < log[4] <= through


def test_nobody_but_the_product_says_that_entries_were_too_old(tenant, log):
    first, second = Seal.objects.filter(organization_id=tenant.organization.id).order_by("through")[:2]
    Entry.objects.filter(id__lte=second.through, organization_id=tenant.organization.id).delete()
    first.delete()
    Seal.objects.filter(id=second.id).update(retired=bytes(32))
    assert differs(tenant) is not None


def test_entries_that_were_changed_are_kept_as_evidence(tenant, log):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET verb = 'deleted' WHERE id = %s", [log[1]])
    assert seals.retire(tenant.owner, clock.now()) == 0
    assert Entry.objects.filter(id=log[1]).exists()


def test_an_organization_chooses_how_long_its_log_is_kept(tenant, log):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    path = "/admin/org/audit-retention"
    assert client.post(path, {"days": "89"}, headers={"X-Dialog": "1"}).json()["field"] == "days"
    assert "older than 365 days" in client.post(path, {"days": "365"}).text
    client.post(path, {"days": "365", "confirmed": "1"})
    with clock.at(clock.now() + timedelta(days=364)):
        accounts.retire_audit_logs()
        assert Entry.objects.filter(id=log[0]).exists()
    with clock.at(clock.now() + timedelta(days=366)):
        accounts.retire_audit_logs()
    assert not Entry.objects.filter(id=log[0]).exists()
    client.post(path, {"days": ""})
    tenant.organization.refresh_from_db()
    assert tenant.organization.audit_retention_days is None
