"""Files: a nightly one in the drop folder, half-written ones, workbooks, and an upload with its preview."""

import csv
import io
import os
import shutil

import openpyxl
import pytest
from django.conf import settings as product
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.marketplace.acts import part, signed_in
from tests.marketplace.partners.conftest import SETTINGS, exam
from tests.marketplace.partners.test_matching import HEADINGS, row, theirs

from heliograph.accounts.models import Membership, User
from heliograph.marketplace.models import Claim, Enrollment, EnrollmentPart, PartnerResult, PartnerRun
from heliograph.marketplace.partners import actions, folder, runs, syncing


@pytest.fixture
def dropping(tenant, program):
    made = actions.create(tenant.manager, "Nightly", "file", settings={**SETTINGS, "folder": True})
    actions.map_program(tenant.manager, made, "PHL-1", program, exam(program))
    yield made
    shutil.rmtree(folder.of(made))


def written(rows, delimiter=",", encoding="utf-8"):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([HEADINGS, *rows])
    return text.getvalue().encode(encoding)


def dropped(partner, name, content, monkeypatch=None):
    path = folder.of(partner) / "in" / name
    path.write_bytes(content)
    return path


def settle(monkeypatch):
    monkeypatch.setattr(folder, "SETTLED", 0)


def take(partner):
    for run in syncing.take_files(partner):
        runs.work(run.id)
    syncing.take_files(partner)  # what was read goes to its place


def test_a_whole_file_is_taken_once_and_moved(dropping, student, enrollment, monkeypatch):
    content = written([theirs(student)])
    path = dropped(dropping, "results.csv", content)
    assert syncing.take_files(dropping) == [], "it may still be written"
    settle(monkeypatch)
    take(dropping)
    assert part(enrollment, "partner").completed_at is not None
    assert not path.exists()
    assert (path.parent.parent / "done" / "results.csv").read_bytes() == content
    dropped(dropping, "again.csv", content)
    take(dropping)
    assert PartnerRun.objects.count() == 1
    assert {each.name for each in (path.parent.parent / "done").iterdir()} == {"results.csv", "again.csv"}


def test_a_file_that_is_being_written_is_left(dropping, monkeypatch, tmp_path):
    settle(monkeypatch)
    for name in (".results.csv", "results.csv.part", "results.csv.filepart", "notes.md"):
        dropped(dropping, name, b"x")
    outside = tmp_path / "secret.csv"
    outside.write_bytes(b"a,b")
    os.symlink(outside, folder.of(dropping) / "in" / "link.csv")
    assert syncing.take_files(dropping) == []
    monkeypatch.setattr(folder, "SETTLED", 30)
    path = dropped(dropping, "old.csv", b"x")
    os.utime(path, (0, 0))
    assert syncing.take_files(dropping) == [], "its time was set back, but it was changed just now"


def test_a_file_that_cannot_be_read_goes_to_failed(dropping, monkeypatch):
    settle(monkeypatch)
    dropped(dropping, "broken.csv", b"Some,Other,Columns\n1,2,3\n")
    take(dropping)
    assert "no column" in PartnerRun.objects.get().error
    assert (folder.of(dropping) / "failed" / "broken.csv").exists()


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "windows-1252"), ("\t", "utf-16"), ("|", "utf-8-sig"), (",", "utf-8")]
)
def test_encodings_and_delimiters_are_found_out(
    dropping, student, enrollment, monkeypatch, delimiter, encoding
):
    settle(monkeypatch)
    student.name = "Zoë Müller"
    student.save()
    dropped(dropping, "results.csv", written([theirs(student)], delimiter, encoding))
    take(dropping)
    assert PartnerResult.objects.get().state == "matched"


def test_a_workbook_is_read(dropping, student, enrollment, monkeypatch):
    settle(monkeypatch)
    book = openpyxl.Workbook()
    for cells in (HEADINGS, theirs(student)):
        book.active.append(cells)
    kept = io.BytesIO()
    book.save(kept)
    dropped(dropping, "results.xlsx", kept.getvalue())
    take(dropping)
    assert PartnerResult.objects.get().state == "matched"


def test_a_nightly_file_of_ten_thousand_of_whom_two_hundred_are_nobody(
    tenant, dropping, program, monkeypatch
):
    settle(monkeypatch)
    most, done = 10_000, 100
    users = User.objects.bulk_create(
        User(email=f"night{number}@northlight.example", name=f"Student {number}")
        for number in range(most - 200)
    )
    members = Membership.objects.bulk_create(
        Membership(organization=tenant.organization, user=user, name=user.name, role="learner")
        for user in users
    )
    version = program.published
    enrolled = Enrollment.objects.bulk_create(
        Enrollment(
            organization=tenant.organization,
            program=program,
            version=version,
            student=member,
            state="active",
        )
        for member in members
    )
    wanted = exam(program)
    EnrollmentPart.objects.bulk_create(EnrollmentPart(enrollment=each, part=wanted) for each in enrolled)
    rows = [
        row(result=f"n{number}", email=f"night{number}@northlight.example", name=f"Student {number}",
            status="Pass" if number < done or number >= most - 200 else "In progress")
        for number in range(most)
    ]  # fmt: skip
    dropped(dropping, "night.csv", written(rows))
    take(dropping)
    run = PartnerRun.objects.get()
    assert (run.received, run.matched, run.unmatched, run.claimed) == (most, done, 200, done)
    assert PartnerResult.objects.filter(state="unmatched", reason="nobody").count() == 200
    assert Claim.objects.filter(route="partner", state__in=["verified", "awarded"]).count() == done


def test_an_upload_shows_what_it_would_do_and_waits(tenant, partner, student, enrollment):
    client = signed_in(tenant, "manager")
    file = SimpleUploadedFile("results.csv", written([theirs(student), row(person="C-9")]))
    page = client.post(f"/admin/marketplace/partners/{partner.id}/upload", {"file": file}, follow=True)
    assert page.status_code == 200, page.text
    assert "What the first rows would do" in page.text
    assert "Nobody was found" in page.text
    assert not PartnerResult.objects.exists()
    run = PartnerRun.objects.get()
    client.post(f"/admin/marketplace/partners/{partner.id}/runs/{run.id}/import")
    runs.work(run.id)
    assert part(enrollment, "partner").completed_at is not None
    file = SimpleUploadedFile("results.csv", written([theirs(student), row(person="C-9")]))
    again = client.post(f"/admin/marketplace/partners/{partner.id}/upload", {"file": file}, follow=True)
    assert "imported before" in again.text


def test_a_partner_that_sends_messages_takes_no_files(tenant):
    pushing = actions.create(tenant.manager, "Pushing", "webhook", settings={"fields": SETTINGS["fields"]})
    file = SimpleUploadedFile("results.csv", written([row()]))
    client, before = signed_in(tenant, "manager"), sorted(product.UPLOAD_FOLDER.iterdir())
    answer = client.post(f"/admin/marketplace/partners/{pushing.id}/upload", {"file": file})
    assert answer.status_code == 409
    assert "do not come as files" in answer.text
    assert not PartnerRun.objects.exists()
    assert sorted(product.UPLOAD_FOLDER.iterdir()) == before


def test_an_interrupted_run_goes_on_where_it_stopped(dropping, student, enrollment, monkeypatch):
    settle(monkeypatch)
    monkeypatch.setattr(runs, "SLICE", 2)
    dropped(dropping, "results.csv", written([row(result=f"R{n}", person=f"C-{n}") for n in range(7)]))
    [run] = syncing.take_files(dropping)
    told = []

    def dies(*given):
        told.append(given)
        if len(told) == 3:
            raise KeyboardInterrupt
        return before(*given)

    before = runs._note
    monkeypatch.setattr(runs, "_note", dies)
    with pytest.raises(KeyboardInterrupt):
        runs.work(run.id)
    run.refresh_from_db()
    assert (run.state, run.position) == ("running", 4)
    monkeypatch.setattr(runs, "_note", before)
    runs.work(run.id)
    run.refresh_from_db()
    assert (run.state, run.position, run.received) == ("done", 7, 7)
    assert PartnerResult.objects.count() == 7
