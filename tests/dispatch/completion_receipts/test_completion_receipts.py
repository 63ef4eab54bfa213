"""Completion receipts: what they say, that anybody can verify them, and that nobody can change them."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import jwt
import pytest
from django.db import connections
from django.test import Client
from tests.fixtures import APP

from heliograph.core import clock
from heliograph.core.errors import Misconfigured
from heliograph.dispatch import admission, errors
from heliograph.dispatch.completion_receipts import actions as completion_receipts
from heliograph.dispatch.models import SigningKey
from heliograph.runtime import queries
from heliograph.runtime.models import Registration


@pytest.fixture
def completed(dispatch):
    registration = admission.admit(dispatch, "anna", "Anna Šimková")
    Registration.objects.filter(id=registration.id).update(
        completion="completed",
        success="passed",
        score_raw=80,
        score_max=100,
        score_scaled=0.8,
        completed_at=clock.now(),
    )
    return queries.registration(dispatch.organization_id, str(registration.id))


def verified(client, receipt):
    """What a stranger finds with a JWT library and our address alone."""
    keys = jwt.PyJWKSet.from_dict(client.get("/.well-known/jwks.json", HTTP_HOST=APP).json())
    key = keys[jwt.get_unverified_header(receipt)["kid"]]
    return jwt.decode(
        receipt,
        key.key,
        algorithms=["EdDSA"],
        issuer="http://localhost:8000",
        options={"require": ["iss", "iat", "sub"]},
    )


def tampered(receipt, **changes):
    header, payload, signature = receipt.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    payload = base64.urlsafe_b64encode(json.dumps({**claims, **changes}).encode()).rstrip(b"=").decode()
    return ".".join((header, payload, signature))


def test_a_stranger_verifies_a_receipt_with_our_published_keys(completed, client):
    claims = verified(client, completion_receipts.issue(completed))
    assert claims["sub"] == str(completed.id)
    assert claims["course"] == {"key": "course", "title": "Fire safety", "version": None}
    assert claims["learner"] == {"id": "anna", "name": "Anna Šimková"}
    assert (claims["destination"], claims["organization"]) == ("Brandt Logistics", "Northlight")
    assert (claims["completion"], claims["success"], claims["score"]["raw"]) == ("completed", "passed", 80)
    assert claims["completed_at"] == completed.completed_at.isoformat()


def test_who_has_not_completed_has_no_receipt(dispatch):
    registration = admission.admit(dispatch, "anna")
    with pytest.raises(errors.NotCompleted):
        completion_receipts.issue(queries.registration(dispatch.organization_id, str(registration.id)))


def test_a_changed_receipt_is_refused_by_us_and_by_everybody(completed, client):
    receipt = completion_receipts.issue(completed)
    forged = tampered(receipt, learner={"id": "boris", "name": "Boris"})
    assert completion_receipts.check(forged).state == "changed"
    with pytest.raises(jwt.InvalidSignatureError):
        verified(client, forged)


@pytest.mark.parametrize("text", ["", "nothing", "a.b.c", "x" * 100_000, "\x00", "ey.ey.ey"])
def test_what_is_no_receipt_is_not_ours(db, text):
    assert completion_receipts.check(text).state == "foreign"


def test_a_receipt_signed_by_somebody_else_is_not_ours(completed):
    ours = jwt.decode(completion_receipts.issue(completed), options={"verify_signature": False})
    unsigned = jwt.encode(ours, "", algorithm="none", headers={"kid": str(SigningKey.objects.get().id)})
    shared = jwt.encode(
        ours,
        "a secret that somebody thought up, long",
        algorithm="HS256",
        headers={"kid": str(SigningKey.objects.get().id)},
    )
    strange = jwt.encode(
        ours, "a secret that somebody thought up, long", algorithm="HS256", headers={"kid": "another"}
    )
    assert [completion_receipts.check(receipt).state for receipt in (unsigned, shared, strange)] == [
        "changed",
        "changed",
        "foreign",
    ]


def test_spaces_and_line_breaks_of_a_mail_do_no_harm(completed):
    receipt = completion_receipts.issue(completed)
    assert completion_receipts.check(f"  {receipt[:60]}\r\n{receipt[60:]} ").state == "valid"


def test_old_receipts_stay_good_when_keys_are_rotated(completed, client):
    old = completion_receipts.issue(completed)
    completion_receipts.rotate_keys()
    new = completion_receipts.issue(completed)
    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
    assert verified(client, old)["sub"] == verified(client, new)["sub"]
    assert completion_receipts.check(old).state == completion_receipts.check(new).state == "valid"
    assert SigningKey.objects.filter(retired_at=None).count() == 1


def test_the_private_key_is_nowhere_to_be_read(completed, client, settings):
    completion_receipts.issue(completed)
    assert set(client.get("/.well-known/jwks.json", HTTP_HOST=APP).json()["keys"][0]) == {
        "kty",
        "crv",
        "use",
        "alg",
        "kid",
        "x",
    }
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, secret_key="another secret key, long enough for all")
    with pytest.raises(Misconfigured, match="HELIOGRAPH_SECRET_KEY"):
        completion_receipts.issue(completed)
    completion_receipts.rotate_keys()
    assert completion_receipts.check(completion_receipts.issue(completed)).state == "valid"


@pytest.mark.django_db(transaction=True)
def test_the_first_receipts_of_all_are_signed_by_one_key(completed):
    def give(_):
        try:
            return completion_receipts.issue(completed)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        given = list(workers.map(give, range(8)))
    assert SigningKey.objects.count() == 1
    assert all(completion_receipts.check(receipt).state == "valid" for receipt in given)


def test_a_program_reads_the_receipt(completed, api, dispatch):
    answer = api("GET", f"/registrations/{completed.id}/completion-receipt").json()
    assert completion_receipts.check(answer["receipt"]).state == "valid"
    assert answer["verify_url"] == "http://localhost:8000/verify/"
    boris = admission.admit(dispatch, "boris")
    refused = api("GET", f"/registrations/{boris.id}/completion-receipt")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_completed")


def test_anybody_checks_a_receipt_on_a_page_in_plain_words(completed):
    receipt = completion_receipts.issue(completed)
    client = Client(enforce_csrf_checks=True)
    asked = client.get("/verify/")
    assert not client.cookies
    assert (asked.status_code, asked["Cache-Control"]) == (200, "no-store")
    valid = client.post("/verify/", {"receipt": receipt}).text
    for words in (
        "<b>Valid.</b>",
        "Anna Šimková",
        "Fire safety",
        "Brandt Logistics",
        "Northlight",
        "80 of 100",
        "Passed",
    ):
        assert words in valid
    changed = client.post("/verify/", {"receipt": tampered(receipt, success="failed")}).text
    assert "<b>Invalid signature.</b>" in changed
    assert "<b>Not recognized.</b>" in client.post("/verify/", {"receipt": "nonsense"}).text


def test_a_receipt_that_was_given_before_the_names_changed_is_shown_in_full(completed, monkeypatch):
    claims = completion_receipts._claims(completed)
    claims["organisation"] = claims.pop("organization")
    monkeypatch.setattr(completion_receipts, "_claims", lambda registration: claims)
    shown = Client().post("/verify/", {"receipt": completion_receipts.issue(completed)}).text
    assert "<b>Valid.</b>" in shown
    assert "Northlight" in shown


def test_the_learners_page_has_the_receipt(completed, tenant, client):
    client.force_login(tenant.organization.memberships.get(role="reporter").user)
    page = f"/admin/registrations/{completed.id}/"
    assert f"{page}completion-receipt" in client.get(page).text
    assert (
        completion_receipts.check(client.get(f"{page}completion-receipt?download=1").content.decode()).state
        == "valid"
    )
    assert client.get(f"{page}completion-receipt").status_code == 200
