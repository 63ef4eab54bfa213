"""Reports: what they say, that they say it again with the same bytes, and who gets them."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.core.files.storage import default_storage
from tests.marketplace.acts import DONE, completes_course, new_member
from tests.marketplace.wioa.conftest import ENTRY

from heliograph.audit.models import Entry
from heliograph.core.errors import Conflict, Forbidden, Invalid
from heliograph.marketplace.completion import courses
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.holder_portal import marking
from heliograph.marketplace.models import ReportError, ReportRun, TrainingEpisode
from heliograph.marketplace.programs import actions as programs
from heliograph.marketplace.programs.actions import Part
from heliograph.marketplace.wioa import layouts, participations, reporting, reports, results
from heliograph.marketplace.wioa.errors import ReportNotReady
from heliograph.marketplace.wioa.participations import Intake

SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture
def layout(tenant, wioa):
    return save(tenant)


def save(tenant, definition=layouts.PROVIDER, name="State file"):
    return reports.save_layout(tenant.owner, name, definition)


def made(tenant, kind="provider_file", since=SINCE, until=UNTIL, **more) -> ReportRun:
    run = reports.order(tenant.owner, kind, since, until, **more)
    reports.work(run.id)
    run.refresh_from_db()
    return run


def content(tenant, run) -> bytes:
    with reports.open_file(tenant.owner, run) as file:
        return file.read()


def rows(tenant, run) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(tenant, run).decode())))


def test_a_completed_student_is_in_the_file_with_the_elements_of_the_state(
    tenant, participation, codes_known, enrollment, layout
):
    TrainingEpisode.objects.update(entered_on=ENTRY)
    completes_course(tenant, enrollment)
    courses.sweep()
    marking.mark_complete(tenant.manager, str(enrollment.id), DONE)
    run = made(tenant, layout=layout)
    assert (run.state, run.errors_found, run.rows) == ("done", 0, 1)
    [row] = rows(tenant, run)
    assert row["PIRL 100"] == participation.participant.number
    assert (row["PIRL 900"], row["PIRL 901"], row["PIRL 1300"]) == ("20260302", "", "1")
    assert (row["PIRL 1302"], row["PIRL 1303"], row["PIRL 1306"], row["PIRL 1307"]) == (
        "20260302",
        "06",
        "31-9097.00",
        "1",
    )
    assert row["PIRL 1800"] == "6"
    assert row["PIRL 1809"]  # a milestone
    assert "learner@northlight.example" not in content(tenant, run).decode()


def test_the_same_snapshot_gives_the_same_bytes_whatever_happened_since(
    tenant, participation, codes_known, enrollment, layout
):
    first = made(tenant, layout=layout)
    before = content(tenant, first)
    enrollments.withdraw(tenant.manager, enrollment, "Moved.")
    participations.change(tenant.owner, participation, Intake(case_number="OTHER"))
    assert content(tenant, first) == before
    again = reports.again(tenant.owner, first)
    reports.work(again.id)
    again.refresh_from_db()
    assert (again.sha256, again.snapshot_of_id) == (first.sha256, first.id)
    assert content(tenant, again) == before
    fresh = made(tenant, layout=layout)
    assert fresh.sha256 != first.sha256
    assert fresh.snapshot_sha256 != first.snapshot_sha256


def test_a_file_with_errors_says_which_row_and_is_not_given_out(tenant, participation, enrollment, layout):
    run = made(tenant, layout=layout)  # no codes are known of the program
    assert run.state == "refused"
    wrong = {(each.row, each.element, each.rule, each.gate) for each in ReportError.objects.filter(run=run)}
    assert wrong == {(1, "1303", "training_codes", "rules"), (1, "1306", "training_codes", "rules")}
    with pytest.raises(ReportNotReady):
        content(tenant, run)


def test_a_job_that_runs_twice_makes_one_report(tenant, participation, layout):
    run = made(tenant, layout=layout)
    reports.work(run.id)
    after = ReportRun.objects.get(id=run.id)
    assert (after.finished_at, after.sha256) == (run.finished_at, run.sha256)


def test_a_board_gets_its_own_participants_only(tenant, participation, student, board):
    other = new_member(tenant, "other@northlight.example")
    participations.start(tenant.owner, other, ENTRY, Intake(case_number="NOT-THEIRS"))
    version = save(tenant, layouts.BOARD, "Board file")
    run = made(tenant, "board_extract", layout=version, board=board)
    [row] = rows(tenant, run)
    assert row["PIRL CASE"] == "C-1"


@pytest.fixture
def many(tenant, program, codes_known):
    """Twelve students who completed in March, nine of them employed half a year later, and three in another
    program.
    """
    small = programs.create_whole(tenant.manager, "Welding", [Part("Class")], published=True)
    for number in range(15):
        member = new_member(tenant, f"s{number}@northlight.example")
        enrollments.enroll_directly(tenant.manager, program if number < 12 else small, member)
        episode = TrainingEpisode.objects.get(enrollment__student=member)
        started = participations.start(tenant.owner, member, ENTRY, Intake(adult="1"))
        TrainingEpisode.objects.filter(id=episode.id).update(
            entered_on=ENTRY,
            ended_on=date(2026, 3, 20),
            outcome="completed",
            participation=started,
        )
        type(started).objects.filter(id=started.id).update(exited_on=date(2026, 3, 20))
        employed = number < 9
        results.record_outcome(
            tenant.owner,
            started.participant,
            2026,
            3,
            employed=employed,
            match="1" if employed else "0",
            wages_cents=(8000 + number) * 100 if employed else None,
            employer_number="E1" if employed else "",
        )
    return small


def test_aggregates_divide_by_those_whose_quarter_lies_in_the_period(tenant, many):
    run = made(tenant, "eta_9171", since=date(2026, 4, 1), until=date(2026, 12, 31))
    [phlebotomy, welding, all_programs] = rows(tenant, run)
    assert phlebotomy["DE121 exited"] == "0"  # they exited before the period
    assert phlebotomy["DE129 in quarter 2 after exit"] == "*"  # three were not employed: too few
    assert welding["DE129 in quarter 2 after exit"] == "*"
    assert all_programs["DE129 in quarter 2 after exit"] == "15"
    assert all_programs["DE123 employed in quarter 2"] == "9"
    assert all_programs["employment rate quarter 2 (DE123/DE129)"] == "0.6000"
    assert all_programs["median earnings in quarter 2"] == "8004.00"


def test_aggregates_hide_small_programs_and_what_would_tell_of_them(tenant, many):
    run = made(tenant, "eta_9171", since=date(2026, 1, 1), until=date(2026, 6, 30))
    [phlebotomy, welding, all_programs] = rows(tenant, run)
    assert welding["DE122 completed"] == "*"
    assert phlebotomy["DE122 completed"] == "*"  # the total less it would be Welding's
    assert all_programs["DE122 completed"] == "15"
    assert all_programs["DE129 in quarter 2 after exit"] == "0"


def test_indicators_count_the_people_behind_them_and_none_that_is_excluded(tenant, many, codes_known):
    excluded = TrainingEpisode.objects.filter(enrollment__program=many).first().participation
    participations.set_exit_reason(tenant.owner, excluded, "03")
    run = made(tenant, "indicators", since=date(2026, 1, 1), until=date(2026, 12, 31))
    figures = {row["indicator"]: row for row in rows(tenant, run)}
    assert (figures["employment_q2"]["numerator"], figures["employment_q2"]["denominator"]) == ("9", "14")
    assert figures["median_earnings"]["value"] == "8004.00"
    assert figures["skill_gain"]["denominator"] == "14"
    behind = reports.people_behind(run, "employment_q2", "whole")
    assert len(behind) == 14
    assert excluded.participant_id not in behind


def test_aggregates_wait_for_a_threshold(tenant, wioa):
    reporting.change(tenant.owner, provider="Northlight")
    with pytest.raises(Conflict, match="too small"):
        reports.order(tenant.owner, "eta_9171", SINCE, UNTIL)


@pytest.mark.parametrize(
    ("kind", "since", "until", "field"),
    [
        ("anything", SINCE, UNTIL, "kind"),
        ("eta_9171", UNTIL, SINCE, "until"),
        ("eta_9171", SINCE - timedelta(days=4000), UNTIL, "until"),
        ("provider_file", SINCE, UNTIL, "layout"),
    ],
)
def test_a_report_that_cannot_be_is_refused(tenant, participation, kind, since, until, field):
    with pytest.raises(Invalid) as refused:
        reports.order(tenant.owner, kind, since, until)
    assert refused.value.details["field"] == field


def test_who_may_not_manage_gets_no_report_and_each_download_is_audited(tenant, participation, layout):
    run = made(tenant, layout=layout)
    with pytest.raises(Forbidden):
        reports.open_file(tenant.manager, run)
    with pytest.raises(Forbidden):
        reports.again(tenant.manager, run)
    content(tenant, run)
    assert Entry.objects.filter(verb="downloaded", subject_id=run.id).count() == 1


def test_a_snapshot_that_was_changed_is_not_given_out(tenant, participation, layout):
    run = made(tenant, layout=layout)
    path = default_storage.path(f"{tenant.organization.id}/wioa-reports/{run.id}")
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(text.replace('"adult":"1"', '"adult":"2"'))
    with pytest.raises(ReportNotReady):
        content(tenant, run)
