"""The partner's webhook: signed, kept once, worked by a job; what is repeated, late, forged or another's."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from standardwebhooks import Webhook
from tests.fixtures import APP, take_jobs
from tests.marketplace.acts import part
from tests.marketplace.partners.conftest import exam
from tests.marketplace.partners.test_pull import FIELDS

from heliograph.core import clock
from heliograph.marketplace.models import Claim, Partner, PartnerMessage, PartnerResult
from heliograph.marketplace.partners import actions, sealed, syncing


@pytest.fixture
def pushing(tenant, program):
    made = actions.create(
        tenant.manager, "Pushing", "webhook", settings={"records": "data", "fields": FIELDS}
    )
    actions.map_program(tenant.manager, made, "PHL-1", program, exam(program))
    return made


def message(student, **other):
    result = {
        "id": "w-1",
        "candidate": {"email": student.user.email, "name": str(student)},
        "exam": "PHL-1",
        "result": "Pass",
        "score": 88,
        "at": clock.now().replace(microsecond=0).isoformat(),
        **other,
    }
    return json.dumps({"type": "result", "data": result}).encode()


def send(partner, body, moment=None, secret=None):
    moment = moment or datetime.now(UTC)
    secret = secret or sealed.secrets_of(partner)["secret"]
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("m1", moment, body.decode()),
    }
    return Client(HTTP_HOST=APP, enforce_csrf_checks=True).post(
        f"/partners/{partner.id}/webhook", body, content_type="application/json", headers=headers
    )


def test_a_message_is_kept_once_and_completes_by_its_job(pushing, student, enrollment):
    body = message(student)
    for _ in range(3):
        assert send(pushing, body).status_code == 200
    assert PartnerMessage.objects.count() == 1
    assert not Claim.objects.exists(), "it is answered before it is worked"
    assert [name for name, _ in take_jobs() if "partner" in name] == [syncing.MESSAGES]
    assert syncing.work_messages(pushing) == 1
    assert syncing.work_messages(pushing) == 0
    assert part(enrollment, "partner").completed_at is not None


def test_a_forged_a_late_and_an_early_message_are_refused(pushing, student, enrollment):
    body = message(student)
    forged = send(pushing, body, secret="whsec_" + "QUFB" * 8)
    assert (forged.status_code, forged.json()["code"]) == (401, "signature_invalid")
    for away in (timedelta(minutes=-6), timedelta(minutes=6)):
        assert send(pushing, body, datetime.now(UTC) + away).status_code == 401
    assert Client(HTTP_HOST=APP).post(
        f"/partners/{pushing.id}/webhook", body, content_type="application/json"
    ).status_code == 401  # fmt: skip
    assert not PartnerMessage.objects.exists()


def test_a_message_of_another_partner_is_refused(tenant, stranger, pushing, student, enrollment):
    settings = {"records": "data", "fields": FIELDS}
    other = actions.create(stranger.manager, "Theirs", "webhook", settings=settings)
    body, secret = message(student), sealed.secrets_of(pushing)["secret"]
    assert send(other, body, secret=secret).status_code == 401
    assert send(other, body).status_code == 200
    syncing.work_messages(other)
    assert not Claim.objects.exists(), "their message is about their own people"
    assert PartnerResult.objects.get().organization_id == stranger.organization.id


def test_an_hmac_over_time_and_body_is_known_too(tenant, pushing, student, enrollment):
    settings = {**pushing.settings, "signature": "hmac"}
    actions.change(tenant.manager, pushing, settings=settings, secrets={"secret": "shared-secret"})
    body, moment = message(student), str(clock.epoch_seconds())
    signed = hmac.new(b"shared-secret", f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    for given, status in ((f"sha256={signed}", 200), (signed[::-1], 401), ("", 401)):
        answer = Client(HTTP_HOST=APP).post(
            f"/partners/{pushing.id}/webhook",
            body,
            content_type="application/json",
            headers={"X-Timestamp": moment, "X-Signature": given},
        )
        assert answer.status_code == status


@pytest.mark.parametrize("body", [b"no json", b'{"data": 7}', b'{"data": [1, [2]]}', b'{"other": {}}', b"[]"])
def test_a_message_that_says_nothing_is_noted_and_harms_nothing(pushing, body):
    assert send(pushing, body).status_code == 200
    assert syncing.work_messages(pushing) == 1
    assert not PartnerResult.objects.exclude(state="dead").exists()


def test_a_message_that_is_too_long_or_to_nobody_is_refused(pushing, student):
    assert send(pushing, b'"' + b"x" * 600_000 + b'"').status_code == 413
    Partner.objects.update(is_active=False)
    assert send(pushing, message(student)).status_code == 404
    assert Client(HTTP_HOST=APP).post("/partners/none/webhook").status_code == 404
    assert Client(HTTP_HOST=APP).get(f"/partners/{pushing.id}/webhook").status_code == 405
