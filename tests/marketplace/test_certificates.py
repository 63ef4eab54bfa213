"""Certificates and badges: what they show in any script, for whom, and what becomes of them."""

import json
import re
import struct
import zlib
from io import BytesIO

import pypdfium2
import pytest
import segno
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import etree
from PIL import Image
from tests.marketplace.acts import client_of, new_member, signed_in

from heliograph.core.errors import Conflict, Forbidden, Invalid
from heliograph.core.roles import Role
from heliograph.marketplace.credentials import actions, certificates, pages, rendering, templates
from heliograph.marketplace.credentials.rendering import Certificate, CharactersMissing
from heliograph.marketplace.credentials.templates import Design
from heliograph.marketplace.models import AwardedCredential

SCRIPTS = {
    "Latin": "Zoë Đỗ Nguyễn-Łukasz",
    "Greek": "Μαρία Παπαδοπούλου",
    "Cyrillic": "Жанна Дмитриевна",
    "Arabic": "محمد",
    "CJK": "王小明 さくら 김민준",
}
KINDS = {
    "certificate.pdf": "application/pdf",
    "badge.png": "image/png",
    "badge.svg": "image/svg+xml",
    "credential.json": "application/vc",
    "credential.jwt": "application/vc+jwt",
}


def sample(**changed) -> Certificate:
    said = {
        "heading": "Certificate of completion",
        "credential": "Certified technician",
        "issuer": "Northlight",
        "name": "Lea Learner",
        "address": "https://careers.example/verify/x7k2m9q4t6v8w3y5z2a4b6c8d9/",
        "qr": "QR code",
        "blocks": ("for forty hours",),
        "signatures": ({"name": "Ada Lovelace", "role": "Director"},),
        **changed,
    }
    return Certificate(**said)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(page.get_textpage().get_text_bounded() for page in document)


def objects_of(pdf: bytes) -> bytes:
    """A PDF's objects as text: what is packed in streams is unpacked."""
    found = [pdf]
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(match[1]))
        except zlib.error:
            found.append(match[1])
    return b"\n".join(found)


def get(client, credential, file_name):
    return client.get(f"/verify/{credential.number}/{file_name}")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_name_in_any_script_is_in_the_certificate(script):
    assert rendering.missing_families() == []
    pdf = rendering.pdf(sample(name=SCRIPTS[script]))
    shown = text_of(pdf)
    for character in SCRIPTS[script].replace(" ", "") if script not in ("Arabic", "Latin") else "":
        assert character in shown
    assert "?" not in shown
    assert text_of(rendering.pdf_in_any_case(sample(name=SCRIPTS[script]), "Note")) == shown


def test_a_certificate_says_what_it_is_to_assistive_technology():
    pdf = objects_of(rendering.pdf(sample(language="de")))
    assert re.search(rb"pdfuaid:part[>=\"]+1", pdf)
    assert re.search(rb"/MarkInfo\s*<<[^>]*/Marked true", pdf)
    assert b"/StructTreeRoot" in pdf
    assert b"/Lang (de)" in pdf or b"/Lang(de)" in pdf
    assert re.search(rb"/DisplayDocTitle true", pdf)
    for tag in (b"/H1", b"/H2", b"/P", b"/Figure", b"/Link"):
        assert tag in pdf, tag
    assert b"QR code" in pdf  # its alternative text


def test_markup_in_a_value_is_text():
    hostile = '#read("/etc/passwd") $x$ *b* {name} #pagebreak() \\ "}'
    shown = " ".join(text_of(rendering.pdf(sample(name=hostile, blocks=(hostile,)))).split())
    assert shown.count('#read("/etc/passwd") $x$ *b* {name} #pagebreak()') == 2


def test_characters_without_a_font_are_named_and_do_not_keep_anybody_from_a_certificate():
    with pytest.raises(CharactersMissing, match="𐤀 😀") as refused:
        rendering.pdf(sample(name="Lea 😀 𐤀"))
    assert refused.value.characters == {"😀", "𐤀"}
    shown = text_of(rendering.pdf_in_any_case(sample(name="Lea 😀 𐤀"), "The page has the exact text."))
    assert "Lea ? ?" in shown
    assert "The page has the exact text." in shown


def test_on_a_machine_without_fonts_there_is_a_certificate_still(monkeypatch):
    monkeypatch.setattr(rendering, "_families", lambda: list(rendering.SPARE))
    assert "Lea" in text_of(rendering.pdf_in_any_case(sample(name="Lea 王"), "Note"))


def test_a_drawing_that_takes_too_long_is_given_up(monkeypatch):
    import threading

    from heliograph.core.errors import Unavailable

    done = threading.Event()
    monkeypatch.setattr(rendering, "LONGEST", 0.05)
    with pytest.raises(Unavailable, match="in time"):
        rendering._limited(lambda: bytes(done.wait(5)))
    done.set()
    monkeypatch.setattr(rendering, "LARGEST", 10)
    monkeypatch.setattr(rendering, "LONGEST", 10)
    with pytest.raises(Unavailable, match="too large"):
        rendering.pdf(sample())


def itxt_of(png: bytes) -> dict[bytes, tuple[int, bytes]]:
    """The iTXt chunks of a PNG by keyword: whether compressed, and the text."""
    found, at = {}, 8
    while at < len(png):
        (length,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        data = png[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + data) == struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0]
        if kind == b"iTXt":
            keyword, rest = data.split(b"\0", 1)
            found[keyword] = (rest[0], rest[2:].split(b"\0", 2)[2])
        at += 12 + length
    return found


def test_badges_carry_the_signed_credential(anybody, credential):
    document = json.loads(get(anybody, credential, "credential.json").content)
    png = get(anybody, credential, "badge.png").content
    compressed, baked = itxt_of(png)[b"openbadgecredential"]
    assert (compressed, json.loads(baked)) == (0, document)
    assert Image.open(BytesIO(png)).size == (600, 600)
    svg = etree.fromstring(get(anybody, credential, "badge.svg").content)
    [element] = svg.findall("{https://purl.imsglobal.org/ob/v3p0}credential")
    assert json.loads(element.text or "") == document
    assert not svg.findall(".//{http://www.w3.org/2000/svg}script")


def test_everybody_downloads_and_the_name_is_there_only_for_whom_it_may_be(
    anybody,
    tenant,
    student,
    credential,
):
    actions.set_privacy(credential, False)
    places = {
        f"/verify/{credential.number}/": (anybody, False),
        f"/lms/credentials/{credential.number}/files/": (client_of(student.user), True),
        f"/admin/marketplace/credentials/{credential.number}/files/": (signed_in(tenant, "reporter"), True),
    }
    for place, (client, named) in places.items():
        for file_name, kind in KINDS.items():
            answer = client.get(place + file_name)
            assert (answer.status_code, answer["Content-Type"]) == (200, kind), place
            assert answer["Content-Disposition"] == f'attachment; filename="{file_name}"'
        shown = text_of(client.get(f"{place}certificate.pdf").content)
        assert (credential.holder_name in shown) == named
        stated = client.get(f"{place}credential.json").content.decode()
        assert (credential.holder_name in stated) == named
        assert client.get(f"{place}passwd").status_code == 404
    somebody = new_member(tenant, "other@northlight.example")
    for page in ("/", "/files/certificate.pdf"):
        other = client_of(somebody.user)
        assert other.get(f"/lms/credentials/{credential.number}{page}").status_code == 404


def test_a_credential_of_another_organization_is_never_shown(stranger, credential):
    client = signed_in(stranger, "owner")
    for place in ("", "files/certificate.pdf", "files/credential.json"):
        assert client.get(f"/admin/marketplace/credentials/{credential.number}/{place}").status_code == 404
    for act in ("revoke", "reissue"):
        address = f"/admin/marketplace/credentials/{credential.number}/{act}"
        assert client.post(address, {"reason": "x", "holder_name": "x"}).status_code == 404
    assert AwardedCredential.objects.get().revoked_at is None


def test_a_revoked_credential_has_no_certificate_and_badge(anybody, tenant, credential):
    get(anybody, credential, "credential.json")
    actions.revoke(tenant.owner, credential, "Misprinted.")
    for file_name in ("certificate.pdf", "badge.png", "badge.svg"):
        answer = get(anybody, credential, file_name)
        assert answer.status_code == 410
    assert (
        get(anybody, credential, "credential.json").status_code == 200
    )  # its status says that it is revoked
    page = anybody.get(f"/verify/{credential.number}/").text
    assert "certificate.pdf" not in page


def test_downloads_by_strangers_are_limited(anybody, credential):
    pages.downloaded.forget()
    codes = [get(anybody, credential, "nothing.pdf").status_code for _ in range(70)]
    mine = 60 // settings.HELIOGRAPH.web_workers  # of one process
    assert codes == [404] * mine + [429] * (70 - mine)
    pages.downloaded.forget()


def test_a_corrected_name_is_a_new_credential_and_each_names_the_other(
    anybody,
    tenant,
    student,
    credential,
):
    client = signed_in(tenant, "owner")
    address = f"/admin/marketplace/credentials/{credential.number}/reissue"
    client.post(address, {"holder_name": "Leah Learner", "reason": "Spelled wrong."})
    new = AwardedCredential.objects.get(replaces=credential)
    credential.refresh_from_db()
    assert (credential.state, credential.revocation_reason) == ("revoked", "Spelled wrong.")
    assert (new.state, new.holder_name) == ("valid", "Leah Learner")
    assert new.completed_at == credential.completed_at
    assert new.expires_at == credential.expires_at
    assert new.number in anybody.get(f"/verify/{credential.number}/").text
    assert credential.number in anybody.get(f"/verify/{new.number}/").text
    assert new.number in client_of(student.user).get(f"/lms/credentials/{credential.number}/").text
    with pytest.raises(Conflict, match="revoked already"):
        actions.reissue(tenant.owner, credential, "Once more", "Again.")
    with pytest.raises(Forbidden):
        actions.reissue(tenant.actors[Role.REPORTER], new, "Mine", "Because.")
    with pytest.raises(Invalid):
        actions.reissue(tenant.owner, new, " ", "Because.")


def test_a_student_shares_a_credential(student, credential):
    page = client_of(student.user).get(f"/lms/credentials/{credential.number}/").text
    assert f"/verify/{credential.number}/" in page
    assert "linkedin.com/profile/add?startTask=CERTIFICATION_NAME" in page
    assert f"certId={credential.number}" in page
    assert f"issueYear={credential.awarded_at.year}" in page


LOGO = BytesIO()
Image.new("RGB", (1200, 300), "navy").save(LOGO, "JPEG")


def sent(**changed):
    return {
        "title": "Zeugnis",
        "paragraphs": "hat {program} am {completed} abgeschlossen.\n\nNummer {number}",
        "signatures": "Ada Lovelace; Leiterin\nGrace Hopper",
        "accent": "#0b3d2e",
        "orientation": "portrait",
        "language": "de",
        "months": "6",
        **changed,
    }


def test_an_operator_writes_a_template_that_new_credentials_have(tenant, program, credential):
    client = signed_in(tenant, "manager")
    before = certificates.of_credential(credential, named=True)
    address = client.post("/admin/marketplace/templates/create", {"name": "Zeugnis"})["Location"]
    saved = client.post(
        f"{address}change", sent(logo=SimpleUploadedFile("logo.jpg", LOGO.getvalue())), follow=True
    )
    assert "Version 2" in saved.text
    template = templates.templates(tenant.organization.id).get()
    version = templates.newest(template)
    assert Image.open(BytesIO(bytes(version.logo or b""))).size == (800, 200)
    for file_name, kind in (("certificate.png", "image/png"), ("certificate.pdf", "application/pdf")):
        assert client.get(f"{address}files/{file_name}")["Content-Type"] == kind
    shown = text_of(client.get(f"{address}files/certificate.pdf").content)
    assert "Zeugnis" in shown
    assert "Leiterin" in shown
    new = actions.reissue(tenant.owner, credential, "Lea Lernend", "Married.")
    assert new.template == version
    [first, _] = certificates.of_credential(new, named=True).blocks
    assert first.startswith("hat Phlebotomy technician am ")
    assert f" {new.completed_at.day}. " in first
    templates.change(tenant.manager, template, Design("Changed later", []))
    again = AwardedCredential.objects.get(id=new.id)
    assert certificates.of_credential(again, named=True).heading == "Zeugnis"
    assert certificates.of_credential(credential, named=True) == before
    with pytest.raises(Conflict, match="cannot be deleted"):
        templates.delete(tenant.manager, template)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("title", " ", "Enter a heading"),
        ("title", "{secret}", "There is no variable {secret}"),
        ("paragraphs", "by {name.__class__} and {holder}", "There is no variable {holder}"),
        ("paragraphs", "\n\n".join("x" * 9), "at most 8 paragraphs"),
        ("accent", "red", "Enter a color"),
        ("accent", "#ffee88", "Choose a darker color"),
        ("orientation", "round", "Choose one of the options"),
        ("language", "tlh", "Choose one of the options"),
        ("months", "0", "Enter a whole number from 1 to 600"),
        ("signatures", "a\nb\nc\nd\ne", "at most 4 signatures"),
        ("signatures", ";Director", "name; role"),
        ("logo", SimpleUploadedFile("logo.png", b"no picture"), "can’t be read"),
    ],
)
def test_what_a_template_cannot_be_is_refused(tenant, field, value, says):
    client = signed_in(tenant, "manager")
    made = templates.create(tenant.manager, "One", Design("Certificate", []))
    address = f"/admin/marketplace/templates/{made.id}/change"
    answer = client.post(address, sent(**{field: value}))
    assert answer.status_code == 422
    assert says in answer.text
    assert made.versions.count() == 1


def title_for(program) -> str:
    version = templates.of_program(program)
    return version.title if version else ""


def test_a_program_has_its_own_template_or_the_usual_one(tenant, stranger, program):
    first = templates.create(tenant.manager, "First", Design("One", [], months=3))
    second = templates.create(tenant.manager, "Second", Design("Two", []))
    templates.create(stranger.manager, "Theirs", Design("Three", []))
    assert title_for(program) == "One"
    client = signed_in(tenant, "manager")
    client.post(f"/admin/marketplace/templates/{second.id}/use", {"program": str(program.id)})
    program.refresh_from_db()
    assert title_for(program) == "Two"
    client.post(f"/admin/marketplace/templates/{second.id}/programs/{program.id}/remove")
    client.post(f"/admin/marketplace/templates/{second.id}/usual")
    program.refresh_from_db()
    assert title_for(program) == "Two"
    first.refresh_from_db()
    assert not first.usual
    templates.delete(tenant.manager, first)
    foreign = signed_in(stranger, "owner")
    for place in ("", "files/certificate.png"):
        assert foreign.get(f"/admin/marketplace/templates/{second.id}/{place}").status_code == 404
    for act in ("change", "usual", "use", "delete"):
        assert foreign.post(f"/admin/marketplace/templates/{second.id}/{act}", sent()).status_code == 404


def test_the_code_leads_to_the_page_that_verifies_it():
    """The picture has the modules of the code, and nothing else."""
    address = "https://careers.example/verify/x7k2m9q4t6v8w3y5z2a4b6c8d9/"
    [path] = etree.fromstring(rendering._qr(address))
    rows = [bytearray(row) for row in segno.make(address, error="m", mask=3).matrix]
    for x, y, length in re.findall(r"M(\d+) (\d+)\.5h(\d+)", path.get("d") or ""):
        for at in range(int(x) - 2, int(x) - 2 + int(length)):
            assert rows[int(y) - 2][at] == 1
            rows[int(y) - 2][at] = 0
    assert not any(map(any, rows))


def test_a_template_by_the_api(api, api_as, stranger):
    said = {
        "name": "Plain",
        "title": "Certificate",
        "blocks": ["for {program}"],
        "signatures": [{"name": "Ada Lovelace", "role": "Director"}],
        "months": 12,
    }
    made = api("POST", "/credentials/templates", said)
    assert made.status_code == 201, made.content
    assert made.json().items() >= {**said, "usual": True, "version": 1, "orientation": "landscape"}.items()
    assert api("GET", "/credentials/templates").json() == [made.json()]
    assert api_as(stranger, Role.OWNER)("GET", "/credentials/templates").json() == []
    for changed in ({}, {"name": "Other", "blocks": ["{secret}"]}, {"name": "Other", "months": 10**9}):
        assert api("POST", "/credentials/templates", said | changed).status_code in (409, 422)
