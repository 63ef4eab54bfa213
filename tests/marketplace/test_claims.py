"""Claims: what is believed, what waits for a person, what is taken back, and the files that prove them."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from tests.fixtures import APP, CONTENT
from tests.marketplace.acts import (
    DONE,
    claimed,
    client_of,
    completes_course,
    new_member,
    now,
    part,
    photo,
    signed_in,
)

from heliograph.accounts.queries import actor_of_member
from heliograph.core.errors import Conflict, Forbidden, Invalid
from heliograph.marketplace.completion import actions, courses, files
from heliograph.marketplace.completion.actions import Completion
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.errors import EnrollmentNotFound, WrongState
from heliograph.marketplace.holder_portal import marking
from heliograph.marketplace.holders import actions as holders
from heliograph.marketplace.models import AwardedCredential, Claim, ClaimFile, EnrollmentPart


def test_a_route_that_says_something_else_waits_for_a_person(tenant, student, enrollment, actor_of_student):
    marking.mark_complete(tenant.manager, str(enrollment.id), DONE)
    exam, said = part(enrollment, "partner"), Completion(DONE - timedelta(days=30))
    late = actions.claim(tenant.manager, exam, Claim.Route.PARTNER, said, verified=True, source="p:1")
    assert late.state == "proposed"
    assert part(enrollment, "partner").completed_at == DONE  # nothing is overwritten
    agreeing = Completion(DONE + timedelta(hours=3))
    same = actions.claim(
        tenant.manager,
        part(enrollment, "partner"),
        Claim.Route.PARTNER,
        agreeing,
        verified=True,
        source="p:2",
    )
    assert same.state == "verified"


def test_the_same_result_again_is_one_claim(tenant, enrollment):
    for _ in range(3):
        marking.mark_complete(tenant.manager, str(enrollment.id), DONE, notes="Final exam")
    assert Claim.objects.filter(route="holder").count() == 2  # the class and the exam
    completes_course(tenant, enrollment)
    for _ in range(3):
        courses.sweep()
    assert Claim.objects.filter(route="course").count() == 1
    assert AwardedCredential.objects.count() == 1


def test_a_completion_that_is_taken_back_takes_the_credential_with_it(tenant, enrollment):
    completes_course(tenant, enrollment)
    courses.sweep()
    marking.mark_complete(tenant.manager, str(enrollment.id), DONE)
    first = AwardedCredential.objects.get()
    exam = Claim.objects.get(part__part__kind="partner")
    actions.revoke(tenant.manager, exam, "The certificate was forged.")
    first.refresh_from_db()
    assert (first.state, first.revocation_reason) == ("revoked", "The certificate was forged.")
    assert now(enrollment).state == "active"
    assert part(enrollment, "partner").completed_at is None
    with pytest.raises(WrongState):
        actions.revoke(tenant.manager, exam, "Again.")
    said = Completion(DONE + timedelta(days=9))
    actions.claim(
        tenant.manager, part(enrollment, "partner"), Claim.Route.HOLDER, said, verified=True, source="again"
    )
    assert now(enrollment).state == "completed"
    assert AwardedCredential.objects.filter(revoked_at=None).count() == 1
    assert AwardedCredential.objects.count() == 2


def test_a_part_stays_completed_while_another_claim_stands_for_it(tenant, enrollment):
    marking.mark_complete(tenant.manager, str(enrollment.id), DONE)
    same = actions.claim(
        tenant.manager, part(enrollment, "partner"), Claim.Route.PARTNER, Completion(DONE), verified=True
    )
    actions.revoke(
        tenant.manager, Claim.objects.get(route="holder", part__part__kind="partner"), "Wrong form."
    )
    assert same.state == "verified"
    assert part(enrollment, "partner").completed_at == DONE


def test_what_is_proven_during_a_hold_counts_when_it_ends(tenant, enrollment):
    enrollments.hold(tenant.manager, enrollment, "Tuition is open.")
    marking.mark_complete(tenant.manager, str(enrollment.id), DONE)
    completes_course(tenant, enrollment)
    courses.sweep()
    assert now(enrollment).state == "on_hold"
    assert not AwardedCredential.objects.exists()
    enrollments.resume(tenant.manager, enrollment)
    courses.sweep()
    assert now(enrollment).state == "completed"
    assert AwardedCredential.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Completion(DONE + timedelta(days=4000)), "completed_at"),
        (Completion(DONE.replace(year=1900)), "completed_at"),
        (Completion(DONE.replace(tzinfo=None)), "completed_at"),
        (Completion(DONE, 1.2), "score"),
        (Completion(DONE, certificate_url="javascript:alert(1)"), "certificate_url"),
        (Completion(DONE, notes="x" * 5001), "notes"),
    ],
)
def test_a_completion_that_cannot_be_is_refused(tenant, enrollment, said, field):
    with pytest.raises(Invalid) as refused:
        actions.claim(tenant.manager, part(enrollment, "partner"), Claim.Route.HOLDER, said, verified=True)
    assert refused.value.details["field"] == field
    assert not Claim.objects.exists()


def test_a_student_proves_nothing_for_a_course_of_ours_and_nothing_without_a_file(
    tenant, student, enrollment, actor_of_student
):
    with pytest.raises(Conflict, match="itself"):
        claimed(tenant, actor_of_student, enrollment, "course")
    with pytest.raises(Invalid, match="file"):
        actions.claim(
            actor_of_student,
            part(enrollment, "partner"),
            Claim.Route.STUDENT,
            Completion(DONE),
            verified=False,
        )


def test_a_photo_says_nothing_of_its_camera_and_is_the_right_way_up(tenant, enrollment, actor_of_student):
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "Camera of Kim", 6  # model, turned
    sent = photo(exif=exif.tobytes())
    assert b"Camera of Kim" in sent
    claim = claimed(tenant, actor_of_student, enrollment, "partner", proof=sent)
    with files.open_file(claim.files.get()) as kept:
        content = kept.read()
    assert b"Camera of Kim" not in content
    assert Image.open(BytesIO(content)).size == (20, 40)


@pytest.mark.parametrize(
    "content",
    [b"", b"<html><script>alert(1)</script>", b"GIF89a" + b"x" * 100, b"\x89PNG\r\n\x1a\n" + b"0" * 50],
    ids=["empty", "html", "gif", "broken-png"],
)
def test_what_is_no_picture_or_pdf_is_refused_and_nothing_stays_behind(
    tenant, enrollment, actor_of_student, content
):
    with pytest.raises(Invalid, match="PDF"):
        claimed(tenant, actor_of_student, enrollment, "partner", proof=content or b" ")
    assert not Claim.objects.exists()
    assert _stored(tenant) == []


def test_a_claim_that_is_refused_leaves_no_file_behind(tenant, enrollment, actor_of_student):
    with pytest.raises(Invalid, match="future"):
        claimed(tenant, actor_of_student, enrollment, "partner", when=DONE + timedelta(days=9999))
    assert _stored(tenant) == []


def test_what_is_marked_twice_keeps_its_proof_once(tenant, enrollment, holder_person):
    client = client_of(holder_person.user)
    for _ in range(2):
        said = {"completed_at": "2026-05-04", "proof": SimpleUploadedFile("list.pdf", b"%PDF-1.7 a list")}
        client.post(f"/program-holder/enrollments/{enrollment.id}/complete", said)
    assert ClaimFile.objects.count() == 1
    assert _stored(tenant) == [str(ClaimFile.objects.get().id)]


def _stored(tenant) -> list[str]:
    folder = f"{tenant.organization.id}/proofs"
    return default_storage.listdir(folder)[1] if default_storage.exists(folder) else []


def test_one_certificate_sent_for_two_students_is_recognized(tenant, program, enrollment, actor_of_student):
    first = claimed(tenant, actor_of_student, enrollment, "partner")
    other = new_member(tenant, "other@example.org")
    second_enrollment = enrollments.enroll_directly(tenant.manager, program, other)
    second = claimed(tenant, actor_of_member(other), second_enrollment, "partner")
    [same] = files.same_elsewhere(second.files.get())
    assert same.claim_id == first.id
    page = signed_in(tenant, "manager").get(f"/admin/marketplace/claims/{second.id}/").text
    assert "Learner" in page.split("Also sent by")[1]


def test_proof_is_a_download_from_the_content_origin_and_only_for_who_may_see_it(
    tenant, stranger, enrollment, student, actor_of_student, holder_person
):
    claim = claimed(tenant, actor_of_student, enrollment, "partner")
    file = claim.files.get()
    of_operator = f"/admin/marketplace/claims/{claim.id}/files/{file.id}"
    sent_to = signed_in(tenant, "manager").get(of_operator).headers["Location"]
    assert sent_to.startswith(f"http://{CONTENT}")
    answer = Client(HTTP_HOST=CONTENT).get(f"/proof/{sent_to.rsplit('/', 1)[1]}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert Client(HTTP_HOST=APP).get(f"/proof/{sent_to.rsplit('/', 1)[1]}").status_code == 404
    assert Client(HTTP_HOST=CONTENT).get("/proof/" + "x" * 50).status_code == 401
    own = f"/lms/claims/{claim.id}/files/{file.id}"
    assert client_of(student.user).get(own).status_code == 302
    assert (
        client_of(holder_person.user).get(f"/program-holder/claims/{claim.id}/files/{file.id}").status_code
        == 302
    )
    assert client_of(holder_person.user).get(own).status_code == 404
    assert signed_in(tenant, "reporter").get(of_operator).status_code == 403
    assert signed_in(stranger, "owner").get(of_operator).status_code == 404


def test_a_program_holder_decides_only_on_its_own_and_as_far_as_it_may(
    tenant, program, holder, enrollment, actor_of_student, holder_person
):
    claim = claimed(tenant, actor_of_student, enrollment, "partner")
    client = client_of(holder_person.user)
    assert "State exam" in client.get("/program-holder/claims/").text
    holders.change(tenant.manager, holder, name=holder.name, email="", website="", permissions=[])
    refused = client.post(f"/program-holder/claims/{claim.id}/verify")
    assert refused.status_code == 403
    person = actor_of_member(holder_person)
    with pytest.raises(Forbidden, match="may not do this"):
        marking.mark_complete(person, str(enrollment.id), DONE)
    other = holders.create(tenant.manager, "Somebody else", permissions=["verify_claims", "mark_complete"])
    program.holder = other
    program.save()
    assert client.get(f"/program-holder/claims/{claim.id}/").status_code == 404
    assert "learner@northlight.example" not in client.get("/program-holder/").text
    with pytest.raises(EnrollmentNotFound):
        marking.mark_complete(person, str(enrollment.id), DONE)
    program.holder = holder
    program.save()
    holders.change(
        tenant.manager, holder, name=holder.name, email="", website="", permissions=["verify_claims"]
    )
    client.post(f"/program-holder/claims/{claim.id}/verify")
    claim.refresh_from_db()
    assert (claim.state, claim.decided_by) == ("verified", "Hanna")


def test_pages_of_program_holders_are_for_their_people(tenant, enrollment):
    for role in ("learner", "reporter", "owner"):
        assert signed_in(tenant, role).get("/program-holder/").status_code == 403


def test_another_students_enrollment_does_not_exist(tenant, program, enrollment, stranger):
    nosy = client_of(new_member(tenant, "nosy@example.org").user)
    mine = EnrollmentPart.objects.filter(enrollment=enrollment)
    for path in (
        f"/lms/programs/{enrollment.id}/",
        f"/lms/courses/{mine[0].id}/submit-completion",
        f"/lms/courses/{mine[0].part.course_id}/submit-completion",
    ):
        assert nosy.get(path).status_code == 404, path
    assert nosy.post(f"/lms/programs/{enrollment.id}/withdraw").status_code == 404
    assert nosy.post(f"/lms/programs/{enrollment.id}/parts/{mine[0].id}/launch").status_code == 404
    assert (
        signed_in(stranger, "owner").get(f"/admin/marketplace/enrollments/{enrollment.id}/").status_code
        == 404
    )
