"""The pages of partners: the operator's, a program holder's of results that found nobody, and a student's."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from tests.marketplace.acts import client_of, part, signed_in
from tests.marketplace.partners.conftest import exam
from tests.marketplace.partners.test_matching import read, row

from heliograph.marketplace.holders import actions as holders
from heliograph.marketplace.models import Partner, PartnerResult
from heliograph.marketplace.partners import actions, vouchers
from heliograph.marketplace.partners.profiles import PROFILES

AT = "/admin/marketplace/partners/"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_a_partner_that_can_be_changed(tenant, program, profile):
    client = signed_in(tenant, "manager")
    page = client.post(f"{AT}create", {"name": "A partner", "profile": profile}, follow=True)
    assert page.status_code == 200, page.text
    assert "Assumed" in page.text
    partner = Partner.objects.get()
    assert partner.is_active
    before = partner.settings
    form = page.context["form"]
    sent = {name: form.initial.get(name, "") for name in form.fields}
    page = client.post(f"{AT}{partner.id}/change", {**sent, "name": "Renamed"}, follow=True)
    partner.refresh_from_db()
    assert (partner.name, partner.settings) == ("Renamed", before)


def test_an_operator_maps_a_program_and_matches_what_found_nobody(tenant, partner, program, enrollment):
    client = signed_in(tenant, "manager")
    client.post(f"{AT}{partner.id}/programs/map", {"key": "phl-2", "part": str(exam(program).id)})
    assert {mapping.key for mapping in partner.programs.all()} == {"phl-1", "phl-2"}
    read(partner, row(person="C-1", exam="PHL-2", name="Lea Learner"))
    page = client.get("/admin/marketplace/partner-results/?state=waiting")
    assert "Nobody was found" in page.text
    address = f"/admin/marketplace/partner-results/{PartnerResult.objects.get().id}/"
    assert client.get(address).status_code == 200
    client.post(f"{address}match", {"enrollment": str(enrollment.id), "remember": "on"})
    assert part(enrollment, "partner").completed_at is not None
    assert "View claim" in client.get(address).text


def test_a_holder_matches_only_with_permission_and_only_its_own(
    tenant, partner, enrollment, holder, holder_person
):
    read(partner, row(person="C-1"))
    client, result = client_of(holder_person.user), PartnerResult.objects.get()
    at = f"/program-holder/partner-results/{result.id}/"
    assert client.get("/program-holder/partner-results/").status_code == 403
    assert client.post(f"{at}match", {"enrollment": str(enrollment.id)}).status_code == 403
    known = {"name": holder.name, "email": "", "website": ""}
    holders.change(tenant.manager, holder, **known, permissions=["match_results"])
    assert "C-1" in client.get("/program-holder/partner-results/").text
    partner.programs.update(key="another")
    assert client.get(at).status_code == 404
    partner.programs.update(key="phl-1")
    assert client.post(f"{at}match", {"enrollment": str(enrollment.id)}).status_code == 302
    assert part(enrollment, "partner").completed_at is not None


def test_a_voucher_is_shown_to_its_student_only(tenant, stranger, partner, student, enrollment):
    vouchers.add(tenant.manager, partner, "ABCD-1234-WXYZ")
    client, own = client_of(student.user), part(enrollment, "partner")
    at = f"/lms/programs/{enrollment.id}/parts/{own.id}/"
    assert "ABCD-1234-WXYZ" not in client.get(f"{at}partner").text
    assert "ABCD-1234-WXYZ" in client.post(f"{at}voucher", follow=True).text
    assert "ABCD-1234-WXYZ" not in signed_in(tenant, "owner").get(f"{AT}{partner.id}/").text
    for other in (signed_in(tenant, "owner"), signed_in(stranger, "learner")):
        assert other.get(f"{at}partner").status_code == 404
        assert other.post(f"{at}voucher").status_code == 404
    assert Client().get(f"{at}partner").status_code in (302, 400)


ISSUER = """
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Issuer(BaseHTTPRequestHandler):
    def do_GET(self):
        at = f"http://127.0.0.1:{server.server_port}"
        recipient = json.loads(sys.argv[1])
        said = {
            "/assertion": {"id": at + "/assertion", "recipient": recipient, "badge": at + "/badge",
                           "verification": {"type": "hosted"}, "issuedOn": "2026-05-04T10:00:00Z"},
            "/moved": {"id": at + "/assertion", "recipient": recipient, "badge": at + "/badge"},
            "/badge": {"id": at + "/badge", "issuer": at + "/issuer"},
            "/issuer": {"id": at + "/issuer", "name": "Exams"},
            "/forged": {"id": at + "/forged", "recipient": recipient, "issuedOn": "2026-05-04T10:00:00Z",
                        "badge": {"id": at + "/badge2", "issuer": {"id": at + "/issuer"}}},
            "/badge2": {"id": at + "/badge2", "issuer": at + "/issuer2"},
            "/issuer2": {"id": at + "/issuer2", "name": "Exams"},
        }.get(self.path, {})
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass

server = HTTPServer(("127.0.0.1", 0), Issuer)
print(server.server_port, flush=True)
server.serve_forever()
"""


def test_a_badge_of_the_issuer_for_this_student_completes_the_part(
    tenant, program, student, enrollment, settings
):
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, outbound_private=True)
    recipient = {"type": "email", "hashed": False, "identity": student.user.email}
    command = [sys.executable, "-c", ISSUER, json.dumps(recipient)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parent) as server:
        try:
            assert server.stdout is not None
            at = f"http://127.0.0.1:{int(server.stdout.readline())}"
            partner = actions.create(tenant.manager, "B", "badge", settings={"issuers": [f"{at}/issuer"]})
            actions.map_program(tenant.manager, partner, f"{at}/badge", program, exam(program))
            own = part(enrollment, "partner")
            client, door = client_of(student.user), f"/lms/programs/{enrollment.id}/parts/{own.id}/badge"
            for wrong in (f"{at}/moved", f"{at}/forged", f"{at}/none", "http://127.0.0.1:1/assertion"):
                assert client.post(door, {"badge": wrong}).status_code == 422, wrong
            assert part(enrollment, "partner").completed_at is None
            for _ in range(2):
                answer = client.post(door, {"badge": f"{at}/assertion"})
                assert answer.status_code == 302, answer.text
            assert part(enrollment, "partner").completed_at is not None
            assert PartnerResult.objects.get().matched_by == "badge"
        finally:
            server.kill()


def test_pages_of_partners_are_not_there_for_others(stranger, partner):
    client = signed_in(stranger, "owner")
    assert client.get(f"{AT}{partner.id}/").status_code == 404
    assert client.post(f"{AT}{partner.id}/synchronize").status_code == 404
