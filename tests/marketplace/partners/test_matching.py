"""Whose a result is: by the partner's ID, by voucher, or by email, name and date; never by a name alone."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.marketplace.acts import new_member, now, part

from heliograph.core import clock
from heliograph.core.errors import Conflict, Invalid
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.models import Claim, PartnerAccount, PartnerResult
from heliograph.marketplace.partners import completing, deciding, storing, vouchers
from heliograph.marketplace.partners.adapters.choose import connector

HEADINGS = ["Result", "Candidate", "Voucher", "Email", "Name", "Exam", "Status", "Score", "Date"]


def row(
    result="R1", person="", voucher="", email="", name="", exam="PHL-1", status="Pass", score="86", date=""
):
    return [result, person, voucher, email, name, exam, status, score, date or clock.now().date().isoformat()]


def read(partner, *rows):
    reader = connector(partner).reader().by_columns(HEADINGS)
    counts = storing.store(partner, None, [reader(each) for each in rows])
    storing.match_again(partner)
    completing.complete_matched(partner)
    return counts


def theirs(student, **other):
    return row(email=student.user.email.upper(), name=str(student), **other)


def test_email_name_and_date_together_complete_a_part_once(partner, student, enrollment):
    for _ in range(3):
        read(partner, theirs(student), theirs(student))
    result = PartnerResult.objects.get()
    assert (result.state, result.matched_by) == ("matched", "person")
    claim = Claim.objects.get()
    assert (claim.route, claim.state, claim.score) == ("partner", "verified", 0.86)
    assert result.claim == claim
    assert part(enrollment, "partner").completed_at is not None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"name": "Lea Learner"}, "person_missing"),
        ({"email": "learner@northlight.example"}, "nobody"),
        ({"email": "learner@northlight.example", "name": "Somebody Else"}, "nobody"),
        ({"email": "learner@northlight.example", "name": "Lea Learner", "date": "2019-03-02"}, "nobody"),
        ({"email": "learner@northlight.example", "name": "Lea Learner", "exam": "OTHER"}, "program_unknown"),
    ],
)
def test_less_than_that_completes_nothing(partner, student, enrollment, said, reason):
    student.user.name = student.name = "Lea Learner"
    student.user.email = "learner@northlight.example"
    student.user.save()
    student.save()
    read(partner, row(**said))
    assert PartnerResult.objects.get().reason == reason
    assert not Claim.objects.exists()


def test_a_family_name_first_is_the_same_name(partner, student, enrollment):
    student.name = "Lea Learner"
    student.save()
    read(partner, row(email=student.user.email, name="LEARNER,  Lea"))
    assert PartnerResult.objects.get().state == "matched"


def test_a_voucher_says_whose_it_is_and_is_kept_nowhere_in_clear(tenant, partner, enrollment):
    assert vouchers.add(tenant.manager, partner, "ABCD-1234-WXYZ\nABCD-1234-WXYZ\nEFGH-5678-STUV") == 2
    exam = part(enrollment, "partner")
    given = vouchers.give(partner, exam)
    assert given is not None
    assert vouchers.give(partner, exam) == given
    code = vouchers.code_of(exam)
    read(partner, row(voucher=code.lower()))
    result = PartnerResult.objects.get()
    assert (result.state, result.matched_by) == ("matched", "voucher")
    assert code not in str(vars(result))
    assert code.lower() not in str(vars(result))
    assert code.encode() not in bytes(given.encrypted_code)


def test_two_sure_ways_that_name_two_people_wait(tenant, partner, program, student, enrollment):
    other = new_member(tenant, "other@northlight.example")
    second = enrollments.enroll_directly(tenant.manager, program, other)
    vouchers.add(tenant.manager, partner, "ABCD-1234-WXYZ")
    vouchers.give(partner, part(second, "partner"))
    PartnerAccount.objects.create(
        organization=tenant.organization, partner=partner, external_id="C-1", member=student, noted_by="test"
    )
    read(partner, row(person="C-1", voucher="ABCD-1234-WXYZ"))
    assert PartnerResult.objects.get().reason == "contradictory"
    assert not Claim.objects.exists()


def test_people_of_other_organizations_are_nobody(tenant, stranger, partner, enrollment):
    foreign = stranger.organization.memberships.select_related("user").get(role="learner")
    read(partner, row(email=foreign.user.email, name=str(foreign)))
    assert PartnerResult.objects.get().reason == "nobody"


def test_a_person_matches_and_the_next_result_finds_them(tenant, partner, program, enrollment):
    read(partner, row(person="C-7"))
    result = PartnerResult.objects.get()
    assert result.reason == "nobody"
    deciding.match(tenant.manager, result, enrollment, remember=True)
    assert part(enrollment, "partner").completed_at is not None
    with pytest.raises(Conflict, match="decided already"):
        deciding.match(tenant.manager, result, enrollment, remember=True)
    read(partner, row(result="R2", person="C-7"))
    assert PartnerResult.objects.get(external_id="R2").matched_by == "account"


def test_a_result_is_not_matched_to_a_program_that_it_is_not_about(tenant, partner, enrollment):
    read(partner, row(exam="OTHER", person="C-7"))
    with pytest.raises(Invalid, match="no part of this program"):
        deciding.match(tenant.manager, PartnerResult.objects.get(), enrollment, remember=False)


def test_a_result_that_came_before_its_student_enrolled_waits_for_them(tenant, partner, program, student):
    read(partner, theirs(student))
    assert PartnerResult.objects.get().reason == "nobody"
    enrollment = enrollments.enroll_directly(tenant.manager, program, student)
    read(partner)
    assert PartnerResult.objects.get().state == "matched"
    assert part(enrollment, "partner").completed_at is not None


def test_what_the_partner_corrects_waits_for_a_person_once(tenant, partner, student, enrollment):
    read(partner, theirs(student))
    assert read(partner, theirs(student, status="Fail", score="41")).corrected == 1
    assert part(enrollment, "partner").completed_at is not None
    result = PartnerResult.objects.get()
    assert result.correction is not None
    assert result.correction["outcome"] == "failed"
    deciding.dismiss_correction(tenant.manager, result)
    assert read(partner, theirs(student, status="Fail", score="41"), theirs(student)).corrected == 0
    read(partner, theirs(student, status="Revoked"))
    result.refresh_from_db()
    deciding.accept_correction(tenant.manager, result, "The partner revoked it.")
    assert part(enrollment, "partner").completed_at is None
    result.refresh_from_db()
    assert (result.state, result.correction) == ("ignored", None)
    read(partner, theirs(student))
    assert part(enrollment, "partner").completed_at is None, "what was decided is not undone by a repetition"


def test_a_better_score_of_a_correction_is_claimed_anew(tenant, partner, student, enrollment):
    read(partner, theirs(student))
    read(partner, theirs(student, score="91"))
    deciding.accept_correction(tenant.manager, PartnerResult.objects.get(), "Graded again.")
    assert part(enrollment, "partner").score == 0.91
    assert sorted(Claim.objects.values_list("state", flat=True)) == ["revoked", "verified"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"date": "tomorrow"}, "date_invalid"),
        ({"date": "2999-01-01"}, "in_future"),
        ({"score": "860"}, "score_invalid"),
        ({"status": "Bestanden"}, "status_unknown"),
    ],
)
def test_what_cannot_be_read_is_a_dead_letter(tenant, partner, student, enrollment, said, reason):
    read(partner, theirs(student, **said))
    result = PartnerResult.objects.get()
    assert (result.state, result.reason) == ("dead", reason)


def test_a_dead_letter_is_read_again_with_other_settings(tenant, partner, student, enrollment):
    from heliograph.marketplace.partners import actions

    read(partner, theirs(student, status="Bestanden"))
    result = PartnerResult.objects.get()
    assert deciding.retry(tenant.manager, result).state == "dead"
    actions.change(tenant.manager, partner, settings={**partner.settings, "completed": ["Bestanden"]})
    assert deciding.retry(tenant.manager, result).state == "matched"
    assert part(enrollment, "partner").completed_at is not None


def test_what_an_ended_enrollment_refuses_is_tried_again(tenant, partner, student, enrollment):
    PartnerAccount.objects.create(
        organization=tenant.organization, partner=partner, external_id="C-1", member=student, noted_by="test"
    )
    reader = connector(partner).reader().by_columns(HEADINGS)
    storing.store(partner, None, [reader(row(person="C-1"))])
    enrollments.withdraw(tenant.manager, enrollment, "Moved.")
    completing.complete_matched(partner)
    result = PartnerResult.objects.get()
    assert (result.state, result.reason) == ("dead", "refused")
    enrollments.reopen(tenant.manager, enrollment, "Is back.")
    assert deciding.retry(tenant.manager, result).claim is not None


def test_results_under_way_are_not_kept_and_failed_ones_complete_nothing(partner, student, enrollment):
    counts = read(partner, theirs(student, status="In progress"), theirs(student, result="R2", status="Fail"))
    assert (counts.received, counts.stored, counts.ignored) == (2, 1, 2)
    assert PartnerResult.objects.get().state == "ignored"
    assert now(enrollment).state == "enrolled"


STUDENTS = 3


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.permutations(range(STUDENTS * 2)), min_size=1, max_size=3), data=st.data())
def test_any_order_and_number_of_repetitions_ends_the_same(tenant, partner, program, order, data):
    people = []
    for number in range(STUDENTS):
        email = f"s{number}-{clock.now().timestamp()}@northlight.example"
        people.append(enrollments.enroll_directly(tenant.manager, program, new_member(tenant, email)))
    rows = [
        row(
            result=f"{each.id}-{status}",
            email=each.student.user.email,
            name=str(each.student),
            status=status,
            date=(clock.now() - timedelta(hours=1 if status == "Pass" else 2)).isoformat(),
        )
        for each in people
        for status in ("Pass", "Fail")
    ]
    for turn in order:
        cut = data.draw(st.integers(0, len(turn)))
        read(partner, *(rows[place] for place in turn[:cut]))
        read(partner, *(rows[place] for place in turn[cut:]))
    for each in people:
        assert part(each, "partner").completed_at is not None
        assert Claim.objects.filter(part__enrollment=each).count() == 1
