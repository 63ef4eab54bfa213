"""Partners' servers, each a process of its own: polite ones and rude ones."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.marketplace.acts import new_member, part
from tests.marketplace.partners.conftest import exam

from heliograph.core import clock
from heliograph.core.errors import Conflict
from heliograph.delivery.models import Mail
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.models import Claim, Partner, PartnerResult
from heliograph.marketplace.partners import actions, runs, syncing
from heliograph.marketplace.partners.adapters import pull

FIELDS = {
    "result_id": "id",
    "email": "candidate.email",
    "name": "candidate.name",
    "program": "exam",
    "status": "result",
    "score": "score",
    "taken_at": "at",
}


@pytest.fixture(autouse=True)
def intranet(settings):
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, outbound_private=True)


@pytest.fixture
def students(tenant, program):
    return [
        enrollments.enroll_directly(
            tenant.manager, program, new_member(tenant, f"pull{number}@northlight.example")
        )
        for number in range(5)
    ]


@contextmanager
def serving(mode, students, *more):
    people = "\n".join(f"{each.student.user.email}|{each.student}" for each in students)
    command = [sys.executable, str(Path(__file__).with_name("rude_server.py")), mode, *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PEOPLE": people}) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/results"
        finally:
            process.kill()


def partner_at(tenant, program, url, **more):
    settings = {
        "url": url, "records": "items", "next_cursor": "next", "fields": FIELDS, "authentication": "bearer",
        **more,
    }  # fmt: skip
    made = actions.create(tenant.manager, "Exams", "api", settings=settings, secrets={"token": "t0ken"})
    actions.map_program(tenant.manager, made, "PHL-1", program, exam(program))
    return made


def synchronized(tenant, partner):
    return runs.work(syncing.synchronize(tenant.manager, partner).id)


@pytest.mark.parametrize("mode", ["polite", "busy", "twice"])
def test_pages_are_read_to_the_end_and_each_student_is_completed_once(tenant, program, students, mode):
    with serving(mode, students) as url:
        partner = partner_at(tenant, program, url)
        for _ in range(2):
            run = synchronized(tenant, partner)
            assert (run.state, run.error) == ("done", "")
            partner.refresh_from_db()
    assert Claim.objects.filter(route="partner").count() == len(students)
    assert all(part(each, "partner").completed_at for each in students)
    assert partner.last_success_at is not None
    assert partner.next_run_at > clock.now() + timedelta(hours=23)


@pytest.mark.parametrize(
    ("mode", "said", "claims"),
    [
        ("truncated", "no JSON", 0),
        ("large", "larger than", 0),
        ("circle", "in a circle", 5),
        ("refusing", "answered 401", 0),
        ("busy for hours", "answered 503", 0),
    ],
)
def test_what_a_partner_does_wrong_fails_the_run_and_harms_nothing(
    tenant, program, students, monkeypatch, mode, said, claims
):
    monkeypatch.setattr(pull, "pause", lambda seconds: None)
    with serving(mode, students) as url:
        partner = partner_at(tenant, program, url)
        run = synchronized(tenant, partner)
    assert run.state == "failed"
    assert said in run.error
    assert Claim.objects.count() in (0, claims)
    partner.refresh_from_db()
    assert partner.failures == 1
    if mode == "busy for hours":
        assert partner.next_run_at > clock.now() + timedelta(minutes=115)


def test_a_partner_that_hangs_is_left_in_time(tenant, program, students, monkeypatch):
    monkeypatch.setattr(pull, "pause", lambda seconds: None)
    monkeypatch.setattr(pull, "SECONDS", 0.3)
    with serving("hanging", students) as url:
        began = time.monotonic()
        run = synchronized(tenant, partner_at(tenant, program, url))
    assert "no answer" in run.error
    assert time.monotonic() - began < 10


def test_the_next_page_is_never_at_another_server(tenant, program, students):
    with serving("elsewhere", students) as url:
        run = synchronized(tenant, partner_at(tenant, program, url, next_cursor="", next_link="next"))
    assert "another server" in run.error


def test_private_addresses_are_not_asked_on_the_internet(tenant, program, settings):
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, outbound_private=False)
    with pytest.raises(Exception, match="https"):
        partner_at(tenant, program, "http://127.0.0.1:9/results")


def test_results_of_the_future_complete_nothing(tenant, program, students):
    with serving("future", students) as url:
        synchronized(tenant, partner_at(tenant, program, url))
    assert set(PartnerResult.objects.values_list("state", "reason")) == {("dead", "in_future")}
    assert not Claim.objects.exists()


def test_people_of_another_organization_are_not_completed(tenant, stranger, program, students):
    foreign = stranger.organization.memberships.select_related("user").get(role="learner")
    with serving("polite", [type("Other", (), {"student": foreign})()]) as url:
        synchronized(tenant, partner_at(tenant, program, url))
    assert PartnerResult.objects.get().reason == "nobody"


def test_after_five_failures_the_breaker_holds_and_lets_one_try_later(tenant, program, students, monkeypatch):
    monkeypatch.setattr(pull, "pause", lambda seconds: None)
    with serving("refusing", students) as url:
        partner = partner_at(tenant, program, url)
        for _ in range(5):
            synchronized(tenant, partner)
            partner.refresh_from_db()
        minutes = (partner.open_until - clock.now()) / timedelta(minutes=1)
        assert 14 < minutes <= 15
        with pytest.raises(Conflict, match="The last runs failed"):
            syncing.synchronize(tenant.manager, partner)
        Partner.objects.update(open_until=clock.now() - timedelta(seconds=1), next_run_at=clock.now())
        syncing.begin_due()
        run = partner.runs.order_by("-id").first()
        assert run.kind == "scheduled"
        runs.work(run.id)
        partner.refresh_from_db()
        assert (partner.open_until - clock.now()) > timedelta(minutes=29)
    syncing.alert()
    syncing.alert()
    assert Mail.objects.filter(subject__startswith="Partner not reached").count() == 1
