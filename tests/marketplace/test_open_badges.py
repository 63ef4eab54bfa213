"""Credentials as Open Badges: judged by somebody else's library and keys that are published; what was changed
or revoked is refused.
"""

import base64
import copy
import gzip
import json
from datetime import timedelta

import jwt
import pytest
from django.conf import settings
from tests.marketplace.acts import DONE, at_once, now
from tests.marketplace.judging import judged, needs_judge

from heliograph.core import clock
from heliograph.core.errors import Conflict, Forbidden
from heliograph.core.roles import Role
from heliograph.marketplace.credentials import actions, keys, proofs, signing, status_lists
from heliograph.marketplace.errors import CredentialRevoked
from heliograph.marketplace.models import AwardedCredential, IssuerKey, SignedCredential, StatusEntry

ACCEPTS_JWT = {"Accept": "application/vc+jwt"}


def get(client, address, **headers):
    """What an address of ours answers."""
    return client.get(address.removeprefix(settings.HELIOGRAPH.url), headers=headers)


def document_of(client, credential):
    return json.loads(get(client, f"/credentials/{credential.number}").content)


def old_keys():
    """As if the current keys had been made long ago."""
    IssuerKey.objects.update(created_at=DONE)


CHANGES = {
    "the name": lambda d: d["credentialSubject"]["identifier"][0].update(identityHash="Somebody Else"),
    "what was achieved": lambda d: d["credentialSubject"]["achievement"].update(name="Surgeon"),
    "the description": lambda d: d["credentialSubject"]["achievement"].update(description="Everything"),
    "the criteria": lambda d: d["credentialSubject"]["achievement"]["criteria"].update(narrative="None"),
    "the achievement's id": lambda d: d["credentialSubject"]["achievement"].update(id="urn:x:other"),
    "the subject": lambda d: d["credentialSubject"].update(id="urn:x:somebody"),
    "when it was completed": lambda d: d["credentialSubject"].update(activityEndDate="2025-01-01T00:00:00Z"),
    "when it was awarded": lambda d: d.update(validFrom="2025-01-01T00:00:00Z"),
    "when it expires": lambda d: d.update(validUntil="2099-01-01T00:00:00Z"),
    "that it expires": lambda d: d.pop("validUntil"),
    "its number": lambda d: d.update(id=d["id"][:-4] + "aaaa"),
    "its title": lambda d: d.update(name="Surgeon"),
    "the issuer's name": lambda d: d["issuer"].update(name="Another school"),
    "the place in the status list": lambda d: d["credentialStatus"].update(statusListIndex="7"),
    "that it can be revoked": lambda d: d.pop("credentialStatus"),
    "when it was signed": lambda d: d["proof"].update(created="2025-01-01T00:00:00Z"),
}


@needs_judge
@pytest.mark.django_db(transaction=True)
def test_an_independent_judge_accepts_ours_and_refuses_each_change(
    live_server, anybody, tenant, credential, tmp_path
):
    ours = document_of(anybody, credential)
    old_keys()
    keys.rotate(tenant.owner)  # what the old key signed is good still
    unnamed = signing.signed(credential, named=False)  # signed by the new key
    changed = []
    for change in CHANGES.values():
        document = copy.deepcopy(ours)
        change(document)
        assert document != ours
        changed.append(document)
    server = live_server.url
    verdicts = judged([ours, json.loads(unnamed.document), *changed], server, tmp_path)
    assert [verdict["verified"] for verdict in verdicts[:2]] == [True, True], verdicts[:2]
    accepted = [name for name, verdict in zip(CHANGES, verdicts[2:], strict=True) if verdict["verified"]]
    assert accepted == []


def test_a_jwt_is_verified_from_the_published_keys(anybody, tenant, credential):
    answer = get(anybody, f"/credentials/{credential.number}", **ACCEPTS_JWT)
    assert answer["Content-Type"] == "application/vc+jwt"
    token = answer.content.decode()
    old_keys()
    keys.rotate(tenant.owner)
    header = jwt.get_unverified_header(token)
    issuer = json.loads(get(anybody, f"/credentials/issuers/{tenant.organization.key}").content)
    published = json.loads(get(anybody, f"{issuer['id']}/jwks.json").content)
    key = next(key for key in jwt.PyJWKSet.from_dict(published).keys if key.key_id == header["kid"])
    claims = jwt.decode(token, key, algorithms=["RS256"])
    assert json.loads(get(anybody, header["kid"]).content)["n"] in json.dumps(published)
    assert header["kid"] in issuer["assertionMethod"]
    document = document_of(anybody, credential)
    assert {name: claims[name] for name in document if name != "proof"} == {
        name: value for name, value in document.items() if name != "proof"
    }
    assert (claims["iss"], claims["jti"]) == (issuer["id"], document["id"])
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token[:-20] + "A" * 20, key, algorithms=["RS256"])


def bits(document) -> bytes:
    """A status list's bits, decoded as its standard says."""
    encoded = document["credentialSubject"]["encodedList"]
    assert encoded[0] == "u"
    return gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))


def is_set(document, index: int) -> bool:
    return bool(bits(document)[index // 8] & (0x80 >> index % 8))


def test_a_revocation_is_in_the_next_answer_of_the_status_list(anybody, tenant, credential):
    status = document_of(anybody, credential)["credentialStatus"]
    index = int(status["statusListIndex"])
    first = get(anybody, status["statusListCredential"])
    assert first["Content-Type"] == "application/vc"
    assert first["Cache-Control"] == "public, no-cache"
    assert first["Access-Control-Allow-Origin"] == "*"
    assert len(bits(json.loads(first.content))) * 8 == 131_072
    assert not is_set(json.loads(first.content), index)
    again = get(anybody, status["statusListCredential"], **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    actions.revoke(tenant.owner, credential, "It was an error.")
    after = get(anybody, status["statusListCredential"], **{"If-None-Match": first["ETag"]})
    assert after.status_code == 200
    assert is_set(json.loads(after.content), index)
    assert sum(byte.bit_count() for byte in bits(json.loads(after.content))) == 1
    token = get(anybody, status["statusListCredential"], **ACCEPTS_JWT).content.decode()
    [key] = jwt.PyJWKSet.from_dict(
        {"keys": [keys.jwk(tenant.organization, keys.current(tenant.organization.id, keys.RSA))]}
    ).keys
    assert is_set(jwt.decode(token, key, algorithms=["RS256"]), index)


@needs_judge
@pytest.mark.django_db(transaction=True)
def test_the_judge_accepts_a_status_list(live_server, anybody, credential, tmp_path):
    status = document_of(anybody, credential)["credentialStatus"]
    listed = json.loads(get(anybody, status["statusListCredential"]).content)
    changed = copy.deepcopy(listed)
    changed["credentialSubject"]["encodedList"] = status_lists._document(
        credential.organization, StatusEntry.objects.get().status_list, [5]
    )["credentialSubject"]["encodedList"]
    verdicts = judged([listed, changed], live_server.url, tmp_path)
    assert [verdict["verified"] for verdict in verdicts] == [True, False], verdicts


def test_a_list_is_signed_anew_each_day(anybody, credential, time_machine):
    status = document_of(anybody, credential)["credentialStatus"]
    first = get(anybody, status["statusListCredential"])
    time_machine.move_to(clock.now() + timedelta(days=2))
    second = get(anybody, status["statusListCredential"])
    assert json.loads(second.content)["validUntil"] > json.loads(first.content)["validUntil"]


def test_a_revoked_credential_gets_no_fresh_proof_and_keeps_the_one_it_had(anybody, tenant, credential):
    kept = document_of(anybody, credential)
    actions.revoke(tenant.owner, credential, "It was an error.")
    assert document_of(anybody, credential) == kept
    credential.refresh_from_db()
    with pytest.raises(CredentialRevoked):
        signing.signed(credential, named=False)
    SignedCredential.objects.all().delete()
    answer = get(anybody, f"/credentials/{credential.number}")
    assert answer.status_code == 410
    assert not SignedCredential.objects.exists()


def test_a_revocation_while_it_is_signed_leaves_no_proof(tenant, credential, monkeypatch):
    sign = proofs.as_jwt

    def slowly(*given):
        actions.revoke(tenant.owner, credential, "Meanwhile.")
        return sign(*given)

    monkeypatch.setattr(proofs, "as_jwt", slowly)
    with pytest.raises(CredentialRevoked):
        signing.signed(credential, named=True)
    assert not SignedCredential.objects.exists()


def test_who_hides_the_name_has_it_in_no_public_document(anybody, tenant, student, credential):
    assert credential.holder_name in json.dumps(document_of(anybody, credential), ensure_ascii=False)
    actions.set_privacy(credential, False)
    address = f"/credentials/{credential.number}"
    shown = [get(anybody, address).text, get(anybody, address, **ACCEPTS_JWT).content.decode()]
    _, payload, _ = shown.pop().split(".")
    shown.append(base64.urlsafe_b64decode(payload + "==").decode())
    for text in shown:
        assert credential.holder_name not in text
        assert student.user.email not in text
    actions.set_privacy(credential, True)
    assert credential.holder_name in get(anybody, address).text


def test_people_are_led_to_the_page_and_programs_get_what_they_ask_for(anybody, tenant, credential):
    address = f"/credentials/{credential.number}"
    page = get(anybody, address, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert (page.status_code, page["Location"]) == (302, f"/verify/{credential.number}/")
    for kind in ("application/vc", "application/ld+json", "application/json"):
        assert get(anybody, address, Accept=kind)["Content-Type"] == kind
    for path in (address, f"/credentials/issuers/{tenant.organization.key}"):
        answer = anybody.options(path, headers={"Origin": "https://wallet.example"})
        assert answer.status_code == 204
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert anybody.post(path).status_code == 405
    assert get(anybody, "/credentials/nothing").status_code == 404
    assert get(anybody, "/credentials/issuers/nobody").status_code == 404


def test_an_issuer_answers_only_for_its_own(anybody, tenant, stranger, credential):
    document_of(anybody, credential)
    foreign = f"/credentials/issuers/{stranger.organization.key}"
    for key in IssuerKey.objects.all():
        assert get(anybody, f"{foreign}/keys/{key.id}").status_code == 404
    assert get(anybody, f"{foreign}/status/1").status_code == 404
    assert json.loads(get(anybody, f"{foreign}/jwks.json").content) == {"keys": []}


def test_keys_are_encrypted_and_replaced_only_by_who_may(tenant, credential, anybody):
    document_of(anybody, credential)
    key = keys.current(tenant.organization.id, keys.ED25519)
    assert b"PRIVATE KEY" not in bytes(key.private)
    assert keys.private(key).public_key().public_bytes_raw() in bytes(key.public)
    assert keys.private(key).private_bytes_raw() not in bytes(key.private)
    with pytest.raises(Conflict, match="just now"):
        keys.rotate(tenant.owner)
    old_keys()
    with pytest.raises(Forbidden):
        keys.rotate(tenant.actors[Role.REPORTER])
    keys.rotate(tenant.owner)
    assert keys.current(tenant.organization.id, keys.ED25519) != key
    assert keys.published(tenant.organization.id).count() == 4


@pytest.mark.django_db(transaction=True)
def test_the_first_proofs_at_once_make_one_key_of_each_kind_and_one_proof(credential):
    results = at_once(*[lambda: signing.signed(credential, named=True)] * 5)
    assert len({result.document for result in results}) == 1
    assert sorted(IssuerKey.objects.values_list("kind", flat=True)) == ["Ed25519", "RSA"]
    assert StatusEntry.objects.count() == 1
    assert SignedCredential.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_rotations_at_once_one_is_done(tenant, credential):
    signing.signed(credential, named=True)
    old_keys()
    results = at_once(*[lambda: keys.rotate(tenant.owner)] * 4)
    assert sum(isinstance(result, Conflict) for result in results) == 3
    assert IssuerKey.objects.filter(retired_at=None).count() == 2
    assert IssuerKey.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_places_in_the_list_are_each_given_once_and_say_nothing_of_the_order(tenant, enrollment, credential):
    made = [credential]
    for number in range(1, 12):
        made.append(
            AwardedCredential.objects.create(
                organization=credential.organization,
                enrollment=enrollment,
                number=f"number-{number}",
                title="Phlebotomy",
                completed_at=DONE,
                revoked_at=DONE,
            )
        )
    at_once(*[lambda one=one: status_lists.entry_of(one) for one in made])
    places = [StatusEntry.objects.get(credential=one).index for one in made]
    assert len(set(places)) == 12
    assert places != sorted(places)
    assert now(enrollment).state == "completed"
