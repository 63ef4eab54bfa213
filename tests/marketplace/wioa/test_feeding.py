"""What enrollments, completions and credentials are for reports: once, and taken back where they are."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from tests.marketplace.acts import DONE, completes_course, now, part

from heliograph.core import clock
from heliograph.marketplace.completion import actions as completion
from heliograph.marketplace.completion import courses
from heliograph.marketplace.credentials import actions as credentials
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.holder_portal import marking
from heliograph.marketplace.models import (
    AwardedCredential,
    Claim,
    CredentialAttainment,
    Participant,
    SkillGain,
    TrainingEpisode,
)
from heliograph.marketplace.participants import feeding
from heliograph.marketplace.wioa import participations, reporting
from heliograph.marketplace.wioa.participations import Intake


def complete(tenant, enrollment):
    completes_course(tenant, enrollment)
    courses.sweep()
    marking.mark_complete(tenant.manager, str(enrollment.id), DONE)


def test_who_does_not_report_records_nothing(tenant, enrollment):
    complete(tenant, enrollment)
    assert now(enrollment).state == "completed"
    assert not Participant.objects.exists()
    assert not TrainingEpisode.objects.exists()


def test_a_completion_ends_the_training_and_records_gains_and_the_credential_once(
    tenant, participation, codes_known, enrollment
):
    episode = TrainingEpisode.objects.get()
    assert (episode.outcome, episode.participation_id) == ("", participation.id)
    assert (episode.occupation_code, episode.cip_code) == ("31-9097.00", "51.1009")
    complete(tenant, enrollment)
    for _ in range(2):  # arrives again
        marking.mark_complete(tenant.manager, str(enrollment.id), DONE)
        courses.sweep()
    episode.refresh_from_db()
    last = max(moment for moment in enrollment.parts.values_list("completed_at", flat=True))
    assert (episode.outcome, episode.ended_on) == ("completed", last.date())
    attained = CredentialAttainment.objects.get()
    assert (attained.type, attained.revoked_at) == ("6", None)
    assert SkillGain.objects.filter(revoked_at=None).count() == enrollment.parts.count()


def test_what_is_taken_back_is_taken_back_here_and_stays_to_be_seen(
    tenant, participation, codes_known, enrollment
):
    complete(tenant, enrollment)
    exam = Claim.objects.get(part__part__kind="partner")
    completion.revoke(tenant.manager, exam, "The certificate was forged.")
    episode = TrainingEpisode.objects.get()
    assert (episode.outcome, episode.ended_on) == ("", None)
    assert CredentialAttainment.objects.get().revoked_at is not None
    assert SkillGain.objects.exclude(revoked_at=None).get().part_id == exam.part_id
    said = completion.Completion(DONE + timedelta(days=3))
    completion.claim(tenant.manager, part(enrollment, "partner"), "holder", said, verified=True)
    episode.refresh_from_db()
    assert episode.outcome == "completed"
    assert CredentialAttainment.objects.filter(revoked_at=None).count() == 1
    assert CredentialAttainment.objects.count() == 2


def test_a_credential_that_is_revoked_is_no_longer_attained(tenant, participation, codes_known, enrollment):
    complete(tenant, enrollment)
    credentials.revoke(tenant.owner, AwardedCredential.objects.get(), "Misprinted.")
    assert CredentialAttainment.objects.get().revoked_at is not None
    assert TrainingEpisode.objects.get().outcome == "completed"


def test_a_credential_that_is_reissued_is_attained_once(tenant, participation, codes_known, enrollment):
    complete(tenant, enrollment)
    credentials.reissue(tenant.owner, AwardedCredential.objects.get(), "Lea Learner", "Married.")
    assert CredentialAttainment.objects.count() == 2
    assert CredentialAttainment.objects.filter(revoked_at=None).count() == 1


def test_a_withdrawal_ends_the_training_and_no_participation(tenant, participation, enrollment):
    enrollments.withdraw(tenant.manager, enrollment, "Moved.")
    episode = TrainingEpisode.objects.get()
    assert (episode.outcome, episode.ended_on) == ("withdrew", clock.now().date())
    participation.refresh_from_db()
    assert participation.exited_on is None
    enrollments.reopen(tenant.manager, enrollment, "Moved back.")
    episode.refresh_from_db()
    assert (episode.outcome, episode.ended_on) == ("", None)


def test_what_was_before_belongs_to_a_participation_that_is_entered_later(
    tenant, codes_known, enrollment, student
):
    complete(tenant, enrollment)
    assert TrainingEpisode.objects.get().participation_id is None
    assert not SkillGain.objects.exists()
    made = participations.start(tenant.owner, student, date(2026, 1, 5), Intake(adult="1"))
    assert TrainingEpisode.objects.get().participation_id == made.id
    assert SkillGain.objects.filter(participation=made).count() == enrollment.parts.count()


def test_enrollments_of_before_are_taken_over_once(tenant, program, enrollment):
    complete(tenant, enrollment)
    reporting.change(tenant.owner, provider="Northlight")
    reporting.take_over(tenant.organization.id)
    assert reporting.take_over(tenant.organization.id) == 0
    assert TrainingEpisode.objects.get().outcome == "completed"
    assert CredentialAttainment.objects.count() == 1


def test_codes_that_are_said_later_fill_what_is_empty_and_change_nothing_else(
    tenant, program, wioa, enrollment
):
    assert TrainingEpisode.objects.get().cip_code == ""
    reporting.describe_program(tenant.owner, program, cip_code="51.1009")
    assert TrainingEpisode.objects.get().cip_code == "51.1009"
    reporting.describe_program(tenant.owner, program, cip_code="51.0000")
    assert TrainingEpisode.objects.get().cip_code == "51.1009"


@pytest.mark.django_db(transaction=True)
def test_the_same_completion_at_the_same_time_is_recorded_once(
    tenant, participation, codes_known, enrollment
):
    completes_course(tenant, enrollment)
    courses.sweep()
    ready = threading.Barrier(4)

    def mark() -> None:
        try:
            ready.wait()
            marking.mark_complete(tenant.manager, str(enrollment.id), DONE)
        finally:
            connection.close()

    threads = [threading.Thread(target=mark) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert TrainingEpisode.objects.get().outcome == "completed"
    assert CredentialAttainment.objects.count() == 1
    assert SkillGain.objects.count() == enrollment.parts.count()


def test_what_fails_afterwards_leaves_no_row(tenant, participation, codes_known, enrollment, monkeypatch):
    completes_course(tenant, enrollment)
    courses.sweep()
    before = SkillGain.objects.count()

    def fails(*_) -> None:
        raise RuntimeError("away")

    monkeypatch.setattr(feeding, "_follow_credentials", fails)
    with pytest.raises(RuntimeError), transaction.atomic():
        marking.mark_complete(tenant.manager, str(enrollment.id), DONE)
    assert now(enrollment).state != "completed"
    assert SkillGain.objects.count() == before
    assert not CredentialAttainment.objects.exists()
