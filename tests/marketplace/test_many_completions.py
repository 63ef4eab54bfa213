"""Many students at once: those who are ticked in a list, and those of a file that is looked at first."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.marketplace.acts import client_of, new_member, now, part, photo, signed_in

from heliograph.marketplace.completion_lists import actions
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.holders import actions as holders
from heliograph.marketplace.models import Claim, ClaimFile, CompletionList, CompletionListRow
from heliograph.marketplace.programs import actions as programs
from heliograph.marketplace.programs.actions import Part

TICKED = "/program-holder/mark-complete"
FILES = "/program-holder/completion-files/"


@pytest.fixture
def others(tenant, program, enrollment):
    """Two more students of the program."""
    return [
        enrollments.enroll_directly(tenant.manager, program, new_member(tenant, f"{name}@example.org"))
        for name in ("bea", "carl")
    ]


@pytest.fixture
def hanna(enrollment, holder_person):
    return client_of(holder_person.user)


def uploaded(client, text: str, name: str = "class.csv", at: str = FILES):
    answer = client.post(f"{at}upload", {"file": SimpleUploadedFile(name, text.encode())})
    return CompletionList.objects.order_by("-id").first() if answer.status_code == 302 else answer


def states(made) -> list[tuple[int, str]]:
    return list(made.rows.order_by("number").values_list("number", "state"))


def test_a_program_holder_ticks_students_and_marks_them_with_one_proof(hanna, enrollment, others):
    ticked = [str(row.id) for row in (enrollment, *others)]
    assert hanna.post(TICKED, {"enrollment": ticked}).status_code == 422
    assert not Claim.objects.exists()
    proof = SimpleUploadedFile("roster.jpg", photo())
    done = hanna.post(TICKED, {"enrollment": ticked, "completed_at": "2026-05-04", "proof": proof})
    assert done.status_code == 302
    for row in (enrollment, *others):
        assert part(row, "holder").completed_at.date().isoformat() == "2026-05-04"
    assert ClaimFile.objects.count() == 3
    assert ClaimFile.objects.values("received_sha256").distinct().count() == 1


def test_one_who_cannot_be_marked_keeps_nobody_else_from_it(tenant, hanna, enrollment, others):
    enrollments.withdraw(tenant.manager, others[0], "Moved away.")
    ticked = [str(row.id) for row in (enrollment, *others)]
    page = hanna.post(TICKED, {"enrollment": ticked, "completed_at": "2026-05-04"}, follow=True)
    words = page.content.decode()
    assert "2 students are marked complete." in words
    assert str(others[0].student) in words
    assert part(others[0], "holder").completed_at is None


def test_a_day_in_the_future_marks_nobody(hanna, enrollment):
    answer = hanna.post(TICKED, {"enrollment": [str(enrollment.id)], "completed_at": "2099-01-01"})
    assert answer.status_code == 422
    assert "in the future" in answer.content.decode()
    assert not Claim.objects.exists()


def test_students_of_other_holders_cannot_be_ticked(tenant, hanna, enrollment, holder, holder_person):
    holders.remove_person(tenant.manager, holder, holder_person)
    other = holders.create(tenant.manager, "Other School", permissions=["mark_complete"])
    holders.add_person(tenant.manager, other, holder_person)
    answer = hanna.post(TICKED, {"enrollment": [str(enrollment.id)], "completed_at": "2026-05-04"})
    assert answer.status_code == 422
    assert not Claim.objects.exists()


@pytest.mark.parametrize("address", [TICKED, f"{FILES}upload"])
def test_a_holder_without_the_permission_and_a_learner_are_refused(
    tenant, hanna, holder, enrollment, address
):
    holders.change(tenant.manager, holder, name=holder.name, email="", website="", permissions=[])
    file = SimpleUploadedFile("class.csv", b"email,completed\n")
    sent = {"enrollment": [str(enrollment.id)], "completed_at": "2026-05-04", "file": file}
    for client in (hanna, client_of(enrollment.student.user), signed_in(tenant, "reporter")):
        assert client.post(address, sent).status_code == 403
        file.seek(0)
    assert not Claim.objects.exists()


def test_a_file_is_looked_at_then_done_and_again_changes_nothing(hanna, enrollment, others):
    text = (
        "Student email;Completed on;Certificate;Notes\n"
        f"{enrollment.student.user.email.upper()};2026-05-04;https://brightcare.example/1;With honors\n"
        "bea@example.org;2026-05-05;;\n"
        "carl@example.org;;;\n"
        "nobody@example.org;2026-05-04;;\n"
        "bea@example.org;2026-05-06;;\n"
        ";2026-05-06;;\n"
    )
    made = uploaded(hanna, text)
    assert states(made) == [
        (2, "ready"), (3, "ready"), (4, "skipped"), (5, "refused"), (6, "refused"), (7, "refused"),
    ]  # fmt: skip
    words = hanna.get(f"{FILES}{made.id}/").content.decode()
    assert "Mark 2 students complete" in words
    assert "No student has this email address." in words
    assert "Row 3 is about the same student and program." in words
    assert not Claim.objects.exists()
    assert hanna.post(f"{FILES}{made.id}/apply").status_code == 302
    assert actions.work(made.id).state == "done"
    assert [state for _, state in states(made)][:2] == ["done", "done"]
    claim = part(enrollment, "holder").claims.get()
    assert (claim.certificate_url, claim.notes) == ("https://brightcare.example/1", "With honors")
    assert claim.claimed_by == "Hanna"
    assert part(others[1], "holder").completed_at is None
    count = Claim.objects.count()
    assert hanna.post(f"{FILES}{made.id}/apply").status_code == 409
    again = uploaded(hanna, text)
    assert states(again)[:2] == [(2, "unchanged"), (3, "unchanged")]
    assert hanna.post(f"{FILES}{again.id}/apply").status_code == 409
    assert Claim.objects.count() == count


def test_the_export_of_students_with_days_filled_in_is_such_a_file(hanna, enrollment, others):
    rows = list(csv.reader(io.StringIO(b"".join(hanna.get("/program-holder/?csv=1")).decode("utf-8-sig"))))
    day = rows[0].index("completed")
    for row in rows[1:]:
        row[day] = "2026-05-04" if "bea" in row[2] else ""
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    made = uploaded(hanna, written.getvalue())
    assert sorted(made.rows.values_list("state", flat=True)) == ["ready", "skipped", "skipped"]
    assert made.rows.get(state="ready").enrollment == others[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("email,day\na@b.example,2026-05-04\n", "needs a column"),
        ("email,completed\n", "no rows"),
        ("email,completed\n" + "a@b.example,2026-05-04\n" * 5001, "more than 5,000 rows"),
        ('email,completed\n"a@b.example,2026-05-04\n', "quotation mark"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_why_and_leaves_nothing(hanna, text, said):
    answer = uploaded(hanna, text)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not CompletionList.objects.exists()


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("05/04/2026", "Write the day as YYYY-MM-DD"),
        ("2099-01-01", "in the future"),
        ("0001-01-01T00:00:00+23:00", "Write the day"),
        ("1800-01-01", "Check the year"),
    ],
)
def test_a_day_that_cannot_be_is_told_in_its_row(hanna, enrollment, day, said):
    made = uploaded(hanna, f"enrollment id,completed\n{enrollment.id},{day}\n")
    row = made.rows.get()
    assert row.state == "refused"
    assert said in row.problem


def test_a_student_of_two_programs_needs_its_name(tenant, hanna, holder, enrollment):
    second = programs.create_whole(
        tenant.manager, "Patient care", [Part("Ward", "holder")], holder=holder, published=True
    )
    mine = enrollments.enroll_directly(tenant.manager, second, enrollment.student)
    email = enrollment.student.user.email
    made = uploaded(hanna, f"email,completed\n{email},2026-05-04\n")
    assert "several programs" in made.rows.get().problem
    made = uploaded(hanna, f"email,program,completed\n{email},patient CARE,2026-05-04\n")
    assert made.rows.get().enrollment == mine


def test_rows_that_a_worker_left_are_done_by_the_next_and_none_twice(hanna, enrollment, others, monkeypatch):
    made = uploaded(hanna, "email,completed\nbea@example.org,2026-05-04\ncarl@example.org,2026-05-04\n")
    hanna.post(f"{FILES}{made.id}/apply")

    def dies(actor, row):
        real(actor, row)
        if row.number == 2:
            raise SystemExit

    real = actions._mark
    monkeypatch.setattr(actions, "_mark", dies)
    with pytest.raises(SystemExit):
        actions.work(made.id)
    monkeypatch.undo()
    assert [state for _, state in states(made)] == ["ready", "ready"]  # its transaction went with it
    actions.work(made.id)
    assert [state for _, state in states(made)] == ["done", "done"]
    assert Claim.objects.count() == 4


def test_whoever_lost_the_permission_meanwhile_marks_nobody(tenant, hanna, holder, enrollment, others):
    made = uploaded(hanna, "email,completed\nbea@example.org,2026-05-04\n")
    hanna.post(f"{FILES}{made.id}/apply")
    holders.change(tenant.manager, holder, name=holder.name, email="", website="", permissions=[])
    actions.work(made.id)
    assert made.rows.get().state == "refused"
    assert now(others[0]).state == "enrolled"


def test_lists_of_others_are_not_found_but_by_the_operator(tenant, stranger, hanna, holder, others):
    made = uploaded(hanna, "email,completed\nbea@example.org,2026-05-04\n")
    colleague = new_member(tenant, "hugo@brightcare.example")
    holders.add_person(tenant.manager, holder, colleague)
    for view, method in (("", "get"), ("apply", "post"), ("discard", "post")):
        assert getattr(client_of(colleague.user), method)(f"{FILES}{made.id}/{view}").status_code == 404
        other = signed_in(stranger, "manager")
        address = f"/admin/marketplace/completion-files/{made.id}/{view}"
        assert getattr(other, method)(address).status_code == 404
    manager = signed_in(tenant, "manager")
    assert manager.get(f"/admin/marketplace/completion-files/{made.id}/").status_code == 200
    assert manager.post(f"/admin/marketplace/completion-files/{made.id}/discard").status_code == 302
    assert not CompletionListRow.objects.exists()


def test_the_operator_marks_students_of_any_program(tenant, enrollment, others):
    manager = signed_in(tenant, "manager")
    ticked = {"enrollment": [str(row.id) for row in others], "completed_at": "2026-05-04"}
    assert manager.post("/admin/marketplace/mark-complete", ticked).status_code == 302
    assert Claim.objects.count() == 4
