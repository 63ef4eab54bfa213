"""Social security numbers: asked for only where it is switched on, read only with a reason, and nowhere else."""

import json
from datetime import timedelta

import pytest
from tests.marketplace.acts import signed_in
from tests.marketplace.wioa.conftest import ENTRY

from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.core.errors import Conflict, Forbidden, Invalid, NotFound
from heliograph.marketplace import erasing
from heliograph.marketplace.models import SocialSecurityNumber, SsnReading
from heliograph.marketplace.wioa import layouts, reports, snapshots, ssn

NUMBER = "219-09-9999"


@pytest.fixture
def kept(tenant, participation):
    ssn.ask(tenant.owner, True, 90)
    ssn.enter(tenant.owner, participation.participant, NUMBER)
    return participation


def test_without_the_switch_nobody_asks(tenant, participation):
    with pytest.raises(Conflict):
        ssn.enter(tenant.owner, participation.participant, NUMBER)
    page = signed_in(tenant, "owner").get(f"/admin/marketplace/wioa/participations/{participation.id}/")
    assert "Social security number" not in page.text


def test_each_reading_says_who_and_why_and_is_seen(tenant, kept):
    assert bytes(SocialSecurityNumber.objects.get().encrypted).find(b"219099999") == -1
    with pytest.raises(Invalid):
        ssn.read(tenant.owner, kept.participant, " ")
    assert not SsnReading.objects.exists()
    at = f"/admin/marketplace/wioa/participations/{kept.id}/"
    owner = signed_in(tenant, "owner")
    shown = owner.post(f"{at}ssn/read", {"reason": "The state asks for a wage match."})
    assert NUMBER in shown.text
    assert "no-store" in shown.headers["Cache-Control"]
    page = owner.get(at).text
    assert "The state asks for a wage match." in page
    assert NUMBER not in page
    entry = Entry.objects.get(verb="read the social security number of")
    assert NUMBER not in json.dumps(entry.details)
    assert "219099999" not in json.dumps(entry.details)


@pytest.mark.parametrize("role", ["admin", "manager"])
def test_the_permission_is_one_of_its_own(tenant, kept, role):
    at = f"/admin/marketplace/wioa/participations/{kept.id}/"
    client = signed_in(tenant, role)
    assert client.post(f"{at}ssn/read", {"reason": "Curious"}).status_code == 403
    assert client.post(f"{at}ssn/enter", {"ssn": NUMBER}).status_code == 403
    assert client.post(f"{at}ssn/delete").status_code == 403
    assert "Show number" not in client.get(at).text
    with pytest.raises(Forbidden):
        ssn.read(
            tenant.actors[next(each for each in tenant.actors if each.word == role)], kept.participant, "x"
        )
    assert not SsnReading.objects.exists()


def test_another_organization_finds_nothing(tenant, stranger, kept):
    at = f"/admin/marketplace/wioa/participations/{kept.id}/ssn/read"
    assert signed_in(stranger, "owner").post(at, {"reason": "Curious"}).status_code == 404
    with pytest.raises(NotFound):
        ssn.read(stranger.owner, kept.participant, "Curious")
    assert not SsnReading.objects.exists()


def test_no_list_file_snapshot_or_log_has_it(tenant, kept, caplog):
    version = reports.save_layout(tenant.owner, "State file", layouts.PROVIDER)
    run = reports.order(tenant.owner, "provider_file", ENTRY, ENTRY + timedelta(days=300), layout=version)
    said = "".join(snapshots.lines(run))
    said += signed_in(tenant, "owner").get("/admin/marketplace/wioa/?csv=1").getvalue().decode()
    said += json.dumps([entry.details for entry in Entry.objects.all()]) + caplog.text
    assert "219099999" not in said
    assert NUMBER not in said


def test_a_number_is_deleted_on_its_day_by_hand_or_with_the_switch(tenant, kept):
    assert ssn.forget_due() == 0
    with clock.at(clock.now() + timedelta(days=90)):
        with pytest.raises(NotFound):
            ssn.read(tenant.owner, kept.participant, "Late")
        assert ssn.forget_due() == 1
    ssn.enter(tenant.owner, kept.participant, NUMBER)
    ssn.delete(tenant.owner, kept.participant)
    assert not SocialSecurityNumber.objects.exists()
    ssn.enter(tenant.owner, kept.participant, NUMBER)
    ssn.ask(tenant.owner, False, 90)
    assert not SocialSecurityNumber.objects.exists()


def test_who_is_erased_has_no_number(tenant, kept):
    erasing.forget(tenant.organization.id, {"mbox": "mailto:learner@northlight.example"})
    assert not SocialSecurityNumber.objects.exists()


@pytest.mark.parametrize("text", ["000-00-0000", "123", "", "9" * 100])
def test_what_is_no_number_is_refused(tenant, kept, text):
    with pytest.raises(Invalid):
        ssn.enter(tenant.owner, kept.participant, text)
