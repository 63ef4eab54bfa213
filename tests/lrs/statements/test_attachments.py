"""Statements with attachments: taken whole, kept by their hash, given back byte by byte; signatures that
hold.
"""

import base64
import hashlib
import json
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.lrs.client import Answer, Xapi, statement

from heliograph.lrs.models import Attachment
from heliograph.lrs.people import actions as people
from heliograph.lrs.rules import multipart

TEXT = b"the certificate\r\n--x\r\n\x00\xff"
BOUNDARY = "-----314159"
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def attachment(content: bytes = TEXT, **changes: Any) -> dict[str, Any]:
    made = {
        "usageType": "https://example.org/certificate", "display": {"en": "Certificate"},
        "contentType": "text/plain", "length": len(content), "sha2": sha(content),
    }  # fmt: skip
    return {**made, **changes}


def part(content: bytes = TEXT, **headers: str | None) -> tuple[dict[str, str], bytes]:
    told: dict[str, str | None] = {
        "Content-Type": "text/plain",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": sha(content),
    }
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return {name: value for name, value in told.items() if value is not None}, content


def send(
    xapi: Xapi,
    said: Any,
    *parts: tuple[dict[str, str], bytes],
    first: str = "application/json",
    kind: str = "multipart/mixed",
) -> Answer:
    whole = [({"Content-Type": first}, json.dumps(said).encode()), *parts]
    body = b"".join(multipart.written(BOUNDARY, whole))
    return xapi.request("POST", "statements", body, {"Content-Type": f'{kind}; boundary="{BOUNDARY}"'})


def received(answer: Answer) -> list[multipart.Part]:
    return list(multipart.parts(answer.body, answer.headers["content-type"]))


def test_what_was_attached_comes_back_byte_by_byte_once_for_each_content(xapi: Xapi) -> None:
    said = [
        statement(attachments=[attachment()]),
        statement(attachments=[attachment(), attachment(b"other")]),
    ]
    assert send(xapi, said, part(), part(b"other")).status == 200
    first, *others = received(xapi.get("statements", attachments=True))
    assert len(json.loads(first.content)["statements"]) == 2
    assert {part.headers["x-experience-api-hash"]: part.content for part in others} == {
        sha(TEXT): TEXT,
        sha(b"other"): b"other",
    }
    assert "attachments" in xapi.statements()[0]
    assert xapi.get("statements").headers["content-type"] == "application/json"


def test_what_stands_before_the_first_boundary_says_nothing(xapi: Xapi) -> None:
    whole = [
        ({"Content-Type": "application/json"}, json.dumps(statement(attachments=[attachment()])).encode()),
        part(),
    ]
    body = b"This is a message in several parts.\r\n\r\n" + b"".join(multipart.written(BOUNDARY, whole))
    assert (
        xapi.request(
            "POST", "statements", body, {"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}
        ).status
        == 200
    )
    assert received(xapi.get("statements", attachments=True))[1].content == TEXT


def test_a_file_that_lies_elsewhere_need_not_be_sent(xapi: Xapi) -> None:
    elsewhere = statement(attachments=[attachment(fileUrl="https://example.org/certificate.txt")])
    assert xapi.post("statements", elsewhere).status == 200
    assert len(received(xapi.get("statements", attachments=True))) == 1
    assert send(xapi, elsewhere).status == 200
    assert send(xapi, elsewhere, part()).status == 200
    assert received(xapi.get("statements", attachments=True))[1].content == TEXT


def test_whoever_reads_only_its_own_gets_no_content_by_naming_the_hash_of_anothers(
    xapi: Xapi, tenant, credential_of
) -> None:
    """A statement may say that its file lies elsewhere, under any hash."""
    assert send(xapi, statement(attachments=[attachment()]), part()).status == 200
    mine = credential_of(tenant, "statements/write", "statements/read/mine")
    said = {
        **statement(attachments=[attachment(fileUrl="https://elsewhere.example/file")]),
        "id": str(uuid4()),
    }
    assert mine.post("statements", said).status == 200
    assert len(received(mine.get("statements", attachments=True))) == 1
    assert len(received(mine.get("statements", statementId=said["id"], attachments=True))) == 1
    assert len(received(xapi.get("statements", attachments=True))) == 2, "who may read everything reads it"
    assert send(mine, said, part()).status == 200, "who sends the content itself"
    assert received(mine.get("statements", attachments=True))[1].content == TEXT
    assert received(mine.get("statements", statementId=said["id"], attachments=True))[1].content == TEXT


def test_content_goes_with_the_last_statement_that_it_came_with_whoever_names_its_hash(
    xapi: Xapi, tenant, credential_of
) -> None:
    anna, ben = ({"account": {"homePage": "https://lms.example", "name": name}} for name in ("anna", "ben"))
    assert (
        send(
            xapi, [statement(actor=actor, attachments=[attachment()]) for actor in (anna, ben)], part()
        ).status
        == 200
    )
    elsewhere = statement(attachments=[attachment(fileUrl="https://elsewhere.example/file")])
    assert credential_of(tenant, "statements/write").post("statements", elsewhere).status == 200
    for person, left in ((anna, 1), (ben, 0)):
        people.erase(tenant.owner, person, "asked to")
        assert Attachment.objects.count() == left


def test_what_a_sub_statement_names_is_an_attachment_too(xapi: Xapi) -> None:
    inner = {"objectType": "SubStatement", **statement(attachments=[attachment()])}
    assert send(xapi, statement(object=inner), part()).status == 200
    refused = send(xapi, statement(object=inner))
    assert (refused.rule, refused.json()["property"]) == ("attachment.unsent", "object.attachments[0]")


def test_the_length_a_statement_tells_is_not_held_against_the_bytes(xapi: Xapi) -> None:
    assert send(xapi, statement(attachments=[attachment(length=1)]), part()).status == 200


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([], "statement_invalid"),
        ([part(X_Experience_API_Hash=None)], "attachment_hash"),
        ([part(X_Experience_API_Hash="a" * 64)], "attachment_hash"),
        ([part(Content_Transfer_Encoding="base64")], "attachment_encoding"),
        ([part(Content_Transfer_Encoding=None)], "attachment_encoding"),
        ([part(), part(b"nobody's")], "attachment_unnamed"),
    ],
    ids=["unsent", "no hash", "other hash", "base64", "no encoding", "unnamed"],
)
def test_parts_that_do_not_fit_their_statements_are_refused_and_nothing_is_stored(
    xapi: Xapi, parts: list, code: str
) -> None:
    answer = send(xapi, statement(attachments=[attachment()]), *parts)
    assert (answer.status, answer.code) == (400, code)
    assert xapi.statements() == []


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"", f"multipart/mixed; boundary={BOUNDARY}", "multipart_malformed"),
        (b"{}", "multipart/mixed", "multipart_malformed"),
        (b"{}\r\n--%s--" % BOUNDARY.encode(), f"multipart/mixed; boundary={BOUNDARY}", "multipart_malformed"),
        (
            b"--%s\r\nContent-Type: application/json\r\n\r\n{}" % BOUNDARY.encode(),
            f"multipart/mixed; boundary={BOUNDARY}",
            "multipart_malformed",
        ),
        (b"--%s--" % BOUNDARY.encode(), f"multipart/mixed; boundary={BOUNDARY}", "multipart_first"),
        (b"{}", "multipart/form-data; boundary=x", "media_type"),
        (b"{}", "text/html", "media_type"),
    ],
)
def test_a_body_that_is_not_multipart_mixed_is_refused(xapi: Xapi, body: bytes, kind: str, code: str) -> None:
    answer = xapi.request("POST", "statements", body, {"Content-Type": kind})
    assert (answer.status, answer.code) == (400, code)


def test_the_statements_come_first(xapi: Xapi) -> None:
    assert send(xapi, statement(), first="text/plain").code == "multipart_first"


# -- signatures


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(
    xapi: Xapi,
    said: dict[str, Any],
    payload: Any,
    algorithm: str = "RS256",
    key: Any = KEY,
    kind: str = "application/octet-stream",
    **head: Any,
) -> Answer:
    content = jwt.api_jws.encode(json.dumps(payload).encode(), key, algorithm, headers=head or None).encode()
    described = attachment(content, usageType=SIGNATURE, contentType=kind)
    return send(xapi, {**said, "attachments": [described]}, part(content, Content_Type=kind))


def test_a_signature_of_the_statement_is_taken(xapi: Xapi) -> None:
    said = statement(result={"duration": "PT1.001S"})
    for algorithm in ("RS256", "RS384", "RS512"):
        assert signed(xapi, said, statement(result={"duration": "PT1.009S"}), algorithm).status == 200


def test_a_signature_that_does_not_hold_is_refused_by_its_rule(xapi: Xapi) -> None:
    said = statement()
    assert signed(xapi, said, statement(verb={"id": "x:other"})).rule == "signature.statement"
    assert signed(xapi, said, [said]).rule == "signature.malformed"
    assert signed(xapi, said, said, "HS256", "secret" * 6).rule == "signature.algorithm"
    assert signed(xapi, said, said, kind="text/plain").rule == "signature.media"
    broken = attachment(b"a.b.c", usageType=SIGNATURE, contentType="application/octet-stream")
    assert send(xapi, {**said, "attachments": [broken]}, part(b"a.b.c")).rule == "signature.malformed"


def test_a_signature_is_checked_with_the_certificate_that_comes_with_it(xapi: Xapi) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert signed(xapi, statement(), statement(), x5c=[certificate(KEY)]).status == 200
    assert signed(xapi, statement(), statement(), x5c=[certificate(other)]).rule == "signature.certificate"
    assert signed(xapi, statement(), statement(), x5c=["nothing"]).rule == "signature.certificate"


def certificate(key: rsa.RSAPrivateKey) -> str:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "signer")])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(moment).not_valid_after(moment + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()
