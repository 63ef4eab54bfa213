"""Enrollments: decisions, places, holds, and what students and the public are told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection
from tests.accounts.test_user_imports import applied, undone
from tests.marketplace.acts import client_of, new_member, signed_in

from heliograph.core.errors import Forbidden, Invalid
from heliograph.delivery.models import Mail
from heliograph.marketplace.enrollments import actions
from heliograph.marketplace.errors import AlreadyEnrolled, CohortFull, WrongState
from heliograph.marketplace.models import Enrollment, ProgramCohort
from heliograph.marketplace.programs import actions as programs


def test_an_application_is_approved_or_rejected_with_a_reason_that_the_student_reads(
    tenant, program, student
):
    applied = actions.apply(tenant.manager, program, student)
    with pytest.raises(Forbidden):
        actions.decide(tenant.actors[1], applied, "approved")  # a reporter
    with pytest.raises(Invalid, match="reason"):
        actions.decide(tenant.manager, applied, "rejected", " ")
    actions.decide(tenant.manager, applied, "rejected", "The course needs a driver's license.")
    assert "driver's license" in Mail.objects.order_by("-id")[0].text
    with pytest.raises(WrongState):
        actions.decide(tenant.manager, applied, "approved")
    again = actions.apply(tenant.manager, program, student)  # whoever was rejected applies anew
    actions.decide(tenant.manager, again, "documents_complete")
    actions.decide(tenant.manager, again, "approved")
    again.refresh_from_db()
    assert again.state == "enrolled"
    assert again.parts.count() == 3
    with pytest.raises(AlreadyEnrolled):
        actions.apply(tenant.manager, program, student)


def test_a_free_program_may_approve_by_itself_while_there_is_a_place(tenant, program, student):
    programs.change(tenant.manager, program, approval="automatic")
    programs.publish(tenant.manager, program)
    full = programs.add_cohort(tenant.manager, program, "Full", date(2031, 1, 1), capacity=1)
    actions.enroll_directly(tenant.manager, program, new_member(tenant, "first@example.org"), full)
    full.refresh_from_db()
    waits = actions.apply(tenant.manager, program, student, cohort=full)
    assert waits.state == "applied"
    actions.withdraw_own(tenant.manager, waits)
    assert actions.apply(tenant.manager, program, student).state == "enrolled"
    programs.change(tenant.manager, program, price_cents=45_000)
    programs.publish(tenant.manager, program)
    other = new_member(tenant, "other@example.org")
    assert actions.apply(tenant.manager, program, other).state == "applied"  # nobody has paid


@pytest.mark.django_db(transaction=True)
def test_the_last_place_is_given_once_however_many_ask_at_the_same_time(tenant, program):
    cohort = programs.add_cohort(tenant.manager, program, "Spring", date(2031, 3, 1), capacity=3)
    students = [new_member(tenant, f"student{number}@example.org") for number in range(8)]

    def enroll(student) -> bool:
        try:
            actions.enroll_directly(tenant.manager, program, student, cohort)
        except CohortFull:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(enroll, students)) == [False] * 5 + [True] * 3
    assert ProgramCohort.objects.get().taken == 3
    assert Enrollment.objects.count() == 3
    actions.withdraw(tenant.manager, Enrollment.objects.all()[0], "Moved away.")
    assert ProgramCohort.objects.get().taken == 2


def test_whoever_enrolled_keeps_their_version(tenant, program, enrollment, student):
    programs.change(tenant.manager, program, title="Phlebotomy, advanced")
    programs.remove_part(tenant.manager, program, 3)
    programs.publish(tenant.manager, program)
    enrollment.refresh_from_db()
    assert enrollment.version.number == 1
    assert enrollment.version.parts.count() == 3
    page = client_of(student.user).get(f"/lms/programs/{enrollment.id}/").text
    assert "State exam" in page
    assert "advanced" not in page


def test_the_operators_pages_show_and_change_an_enrollment(tenant, program, student):
    applied = actions.apply(tenant.manager, program, student)
    client = signed_in(tenant, "manager")
    address = f"/admin/marketplace/enrollments/{applied.id}/"
    assert "Approve and enroll" in client.get(address).text
    client.post(f"{address}decide", {"state": "approved"})
    refused = client.post(f"{address}hold", {"reason": ""}, headers={"X-Dialog": "1"})
    assert refused.json()["field"] == "reason"
    client.post(f"{address}hold", {"reason": "Tuition is open."})
    page = client.get(address).text
    assert "Tuition is open." in page
    client.post(f"{address}resume")
    client.post(f"{address}withdraw", {"reason": "Moved away."})
    applied.refresh_from_db()
    assert applied.state == "withdrawn"
    assert signed_in(tenant, "reporter").post(f"{address}reopen", {"reason": "x"}).status_code == 403
    assert b"learner@northlight.example" in client.get("/admin/marketplace/enrollments/?csv=1").getvalue()


def test_undoing_an_import_of_users_deletes_nobody_who_is_enrolled(tenant, program):
    job = applied(
        tenant, "email,name,role,groups\nkim@elsewhere.example,Kim,,\nlee@elsewhere.example,Lee,,\n"
    )
    kim = tenant.organization.memberships.get(user__email="kim@elsewhere.example")
    enrollment = actions.enroll_directly(tenant.manager, program, kim)
    undone(tenant, job)
    kim.refresh_from_db()
    assert not kim.is_active
    assert Enrollment.objects.get() == enrollment
    assert not tenant.organization.memberships.filter(user__email="lee@elsewhere.example").exists()
