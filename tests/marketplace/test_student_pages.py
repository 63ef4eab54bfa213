"""A student's own pages: programs with their parts, opening courses, sending proof, credentials."""

from django.core.files.uploadedfile import SimpleUploadedFile
from tests.marketplace.acts import client_of, part, photo

from heliograph.marketplace.completion import actions
from heliograph.marketplace.models import Claim


def prove(client, enrollment, **said):
    address = f"/lms/courses/{part(enrollment, 'partner').id}/submit-completion"
    proof = [SimpleUploadedFile("score report.jpg", photo()), SimpleUploadedFile("card.jpg", photo("blue"))]
    return client.post(address, {"completed_at": "2026-05-04", "proof": proof, **said}, follow=True)


def test_a_student_sends_two_photos_and_reads_what_became_of_them(tenant, student, enrollment):
    client = client_of(student.user)
    page = prove(client, enrollment, notes="92 points")
    assert page.status_code == 200, page.text
    assert "To verify" in page.text
    claim = Claim.objects.get()
    assert [file.name for file in claim.files.order_by("id")] == ["score report.jpg", "card.jpg"]
    address = f"/lms/courses/{claim.part_id}/submit-completion"
    assert "Send proof" not in client.get(address).text
    actions.reject(tenant.manager, claim, "Your name is not on it.")
    again = client.get(address).text
    assert "Your name is not on it." in again
    assert "92 points" in again.split("Send proof")[0]  # in the form again
    assert 'value="2026-05-04"' in again
