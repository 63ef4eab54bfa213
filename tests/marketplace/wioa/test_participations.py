"""Participations: entry, services, the board's exit, and what is recorded of them by hand."""

from datetime import date, timedelta

import pytest
from tests.marketplace.wioa.conftest import ENTRY

from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.core.errors import Conflict, Forbidden, Invalid
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.models import EmploymentOutcome, Participation, TrainingEpisode
from heliograph.marketplace.participants import exits, numbers
from heliograph.marketplace.wioa import participations, results
from heliograph.marketplace.wioa.errors import ParticipationEnded, ParticipationOpen, WioaOff
from heliograph.marketplace.wioa.participations import Intake


def now(participation):
    participation.refresh_from_db()
    return participation


@pytest.fixture
def long_after(participation):
    """The participation as the night finds it: nothing was received since its entry, nothing is planned."""
    participation.services.update(cancelled_at=clock.now())
    assert exits.settle_all() == 1
    return now(participation)


def test_services_that_stop_end_a_participation_on_their_last_day(tenant, long_after):
    assert long_after.exited_on == ENTRY
    assert Entry.objects.filter(verb="changed WIOA exit of").count() == 1
    assert exits.settle_all() == 0


def test_a_service_that_was_recorded_late_moves_the_exit(tenant, long_after):
    later = ENTRY + timedelta(days=40)
    service = participations.record_service(tenant.owner, long_after, "career", later)
    assert now(long_after).exited_on == later
    participations.cancel_service(tenant.owner, service)
    assert now(long_after).exited_on == ENTRY


@pytest.mark.parametrize("kind", ["self_service", "follow_up"])
def test_what_is_no_service_does_not(tenant, long_after, kind):
    participations.record_service(tenant.owner, long_after, kind, ENTRY + timedelta(days=40))
    assert now(long_after).exited_on == ENTRY


def test_what_is_planned_keeps_it_open(tenant, participation):
    planned = participation.services.select_related("participation").get()
    exits.settle_all()
    assert now(participation).exited_on is None
    participations.cancel_service(tenant.owner, planned)
    assert now(participation).exited_on == ENTRY


def test_a_training_that_goes_on_keeps_it_open_and_its_end_is_not_the_exit(tenant, participation, enrollment):
    participation.services.update(cancelled_at=clock.now())
    exits.settle_all()
    assert now(participation).exited_on is None
    enrollments.withdraw(tenant.manager, enrollment, "Moved.")
    assert TrainingEpisode.objects.get().ended_on == exits.today()
    assert now(participation).exited_on is None  # ninety days have not gone by
    with clock.at(clock.now() + timedelta(days=90)):
        exits.settle_all()
    assert now(participation).exited_on == TrainingEpisode.objects.get().ended_on


def test_who_comes_back_after_ninety_days_is_taken_in_anew(tenant, long_after, student):
    back = ENTRY + timedelta(days=90)
    with pytest.raises(ParticipationEnded):
        participations.record_service(tenant.owner, long_after, "career", back)
    with pytest.raises(ParticipationEnded):
        participations.start(tenant.owner, student, ENTRY, Intake())
    second = participations.start(tenant.owner, student, back, Intake(adult="1"))
    assert second.participant_id == long_after.participant_id  # the same number in every report
    participations.record_service(tenant.owner, long_after, "career", ENTRY + timedelta(days=60))
    assert now(long_after).exited_on == ENTRY  # another has followed


def test_an_exit_for_a_reason_is_the_last_day_of_service_and_can_be_taken_back(tenant, participation):
    participations.set_exit_reason(tenant.owner, participation, "03")
    assert (now(participation).exited_on, participation.exit_reason) == (ENTRY, "03")
    with pytest.raises(ParticipationEnded):
        participations.record_service(tenant.owner, participation, "career", ENTRY + timedelta(days=1))
    planned = exits.today() + timedelta(days=5)
    participation.services.update(cancelled_at=clock.now())
    participations.set_exit_reason(tenant.owner, participation, "00")
    assert now(participation).exited_on == ENTRY
    participations.record_service(tenant.owner, participation, "career", ENTRY + timedelta(days=80))
    assert now(participation).exited_on == ENTRY + timedelta(days=80)
    with pytest.raises(ParticipationEnded):
        participations.record_service(tenant.owner, participation, "career", planned)


def test_a_student_has_one_open_participation(tenant, participation, student):
    with pytest.raises(ParticipationOpen):
        participations.start(tenant.owner, student, exits.today(), Intake())


def test_without_the_settings_nobody_is_taken_in(tenant, student):
    with pytest.raises(WioaOff):
        participations.start(tenant.owner, student, ENTRY, Intake())


@pytest.mark.parametrize(
    ("intake", "entered_on", "field"),
    [
        (Intake(adult="4"), ENTRY, "adult"),
        (Intake(employment_at_entry="9"), ENTRY, "employment_at_entry"),
        (Intake(case_number="x" * 41), ENTRY, "case_number"),
        (Intake(), date(2999, 1, 1), "entered_on"),
    ],
)
def test_an_entry_that_cannot_be_is_refused(tenant, wioa, student, intake, entered_on, field):
    with pytest.raises(Invalid) as refused:
        participations.start(tenant.owner, student, entered_on, intake)
    assert refused.value.details["field"] == field
    assert not Participation.objects.exists()


def test_a_number_of_the_states_own_is_taken_and_none_that_another_has(tenant, participation, manager_too):
    changed = numbers.change(
        tenant.owner, participation.participant, number="sta00e000b01", born_on=date(1990, 4, 1)
    )
    assert changed.number == "STA00E000B01"
    with pytest.raises(Conflict):
        numbers.change(tenant.owner, manager_too, number="STA00E000B01", born_on=None)
    with pytest.raises(Invalid):
        numbers.change(tenant.owner, manager_too, number="000219099999", born_on=None)


@pytest.fixture
def manager_too(tenant, wioa):
    member = tenant.organization.memberships.get(role="manager")
    return participations.start(tenant.owner, member, ENTRY, Intake()).participant


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"quarter": 5}, "quarter"),
        ({"year": 1999}, "quarter"),
        ({"match": "0"}, "match"),
        ({"employed": False}, "match"),
        ({"wages_cents": -1}, "wages"),
        ({"match": "?"}, "match"),
    ],
)
def test_an_outcome_that_cannot_be_is_refused(tenant, participation, said, field):
    whole = {"year": 2026, "quarter": 3, "employed": True, "match": "1", **said}
    with pytest.raises(Invalid) as refused:
        results.record_outcome(tenant.owner, participation.participant, **whole)
    assert refused.value.details["field"] == field


def test_an_outcome_of_a_quarter_is_corrected_and_not_doubled(tenant, participation):
    person = participation.participant
    results.record_outcome(tenant.owner, person, 2026, 3, employed=False, match="0")
    results.record_outcome(tenant.owner, person, 2026, 3, employed=True, match="1", wages_cents=900_000)
    assert EmploymentOutcome.objects.get().wages_cents == 900_000
    assert Entry.objects.filter(verb="recorded", subject_kind="employment outcome").count() == 2


def test_what_follows_from_a_completion_is_not_taken_back_by_hand(tenant, participation):
    gain = results.record_gain(tenant.owner, participation, "progression", ENTRY + timedelta(days=3))
    results.revoke(tenant.owner, participation, gain)
    gain.refresh_from_db()
    assert gain.revoked_at is not None
    with pytest.raises(Invalid):
        results.record_gain(tenant.owner, participation, "progression", ENTRY - timedelta(days=3))


def test_who_may_not_manage_records_nothing(tenant, participation, student):
    for act in (
        lambda: participations.start(tenant.manager, student, ENTRY, Intake()),
        lambda: participations.record_service(tenant.manager, participation, "career", ENTRY),
        lambda: participations.set_exit_reason(tenant.manager, participation, "03"),
        lambda: results.record_gain(tenant.manager, participation, "milestone", ENTRY),
        lambda: results.record_outcome(
            tenant.manager, participation.participant, 2026, 1, employed=False, match="0"
        ),
    ):
        with pytest.raises(Forbidden):
            act()
