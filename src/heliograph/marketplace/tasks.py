"""Background work of the marketplace."""

from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app as jobs

from heliograph.core.background.chores import alone_with, often
from heliograph.marketplace.applications import actions as applications
from heliograph.marketplace.completion import courses
from heliograph.marketplace.completion_lists import actions as completion_lists
from heliograph.marketplace.credentials import reminders
from heliograph.marketplace.enrollments import overdue
from heliograph.marketplace.models import Partner
from heliograph.marketplace.participants import exits
from heliograph.marketplace.partners import runs, syncing
from heliograph.marketplace.payments import events, reconciliation, refunds
from heliograph.marketplace.wioa import reporting, reports, ssn

COURSES = "marketplace.complete_courses"
PAYMENTS = "marketplace.payments"


@often(COURSES, seconds=5)
def complete_courses() -> None:
    """Complete the parts of programs whose courses were completed in the last moments."""
    courses.follow()


@often(PAYMENTS, seconds=2)
def payments() -> None:
    """Look into what Stripe told, and send it the refunds that wait."""
    events.work()
    refunds.send_pending()


@jobs.periodic(cron="43 2 * * *")
@jobs.task(name="marketplace.reconcile", queueing_lock="reconcile payments")
def reconcile(timestamp: int) -> None:
    """Compare Stripe's records with ours."""
    reconciliation.reconcile_all()


@jobs.periodic(cron="7 * * * *")
@jobs.task(name="marketplace.overdue_orders", queueing_lock="overdue orders")
def overdue_orders(timestamp: int) -> None:
    """Remind students of what they are to pay, and give up the places of those who do not."""
    overdue.remind()
    overdue.end()


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="marketplace.sweep_courses", queueing_lock="sweep courses of programs")
def sweep_courses(timestamp: int) -> None:
    """Complete the parts that the chore above has no eyes for."""
    with alone_with(COURSES, wait=True):
        courses.sweep()


@jobs.periodic(cron="7 6 * * *")
@jobs.task(name="marketplace.remind_of_expiry", queueing_lock="remind of expiry")
def remind_of_expiry(timestamp: int) -> None:
    """Mail students whose credentials expire soon."""
    reminders.send_due()


@jobs.periodic(cron="23 4 * * *")
@jobs.task(name="marketplace.forget_applications", queueing_lock="forget applications")
def forget_applications(timestamp: int) -> None:
    """Delete applications that were never sent in and whose links are over."""
    applications.forget_unfinished()


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="marketplace.begin_partner_runs", queueing_lock="begin partner runs")
def begin_partner_runs(timestamp: int) -> None:
    """Begin the synchronizations whose time has come, take files from drop folders, and go on with what was
    interrupted.
    """
    syncing.begin_due()


@jobs.task(name=syncing.RUN, queue="imports")
def partner_run(run_id: str) -> None:
    """Read what a partner reports, and complete what was matched; safe to repeat."""
    runs.work(UUID(run_id))


@jobs.task(name=syncing.MESSAGES)
def partner_messages(partner_id: str) -> None:
    """Work what a partner's webhook received; safe to repeat."""
    partner = Partner.objects.filter(id=partner_id).first()
    if partner is not None:
        syncing.work_messages(partner)


@jobs.task(name=completion_lists.TASK, queue="imports")
def completion_list(list_id: str) -> None:
    """Mark the students of a file complete; safe to repeat."""
    completion_lists.work(UUID(list_id))


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="marketplace.go_on_with_lists", queueing_lock="go on with completion lists")
def go_on_with_lists(timestamp: int) -> None:
    """Go on with files of completions that a worker left behind."""
    completion_lists.go_on()


@jobs.periodic(cron="29 4 * * *")
@jobs.task(name="marketplace.forget_lists", queueing_lock="forget completion lists")
def forget_lists(timestamp: int) -> None:
    """Delete files of completions after 90 days: they name people."""
    completion_lists.forget()


@jobs.periodic(cron="37 4 * * *")
@jobs.task(name="marketplace.forget_partner_messages", queueing_lock="forget partner messages")
def forget_partner_messages(timestamp: int) -> None:
    """Delete partners' messages that were worked a month ago."""
    syncing.forget()


@jobs.task(name=reporting.TAKE_OVER)
def wioa_take_over(organization_id: str) -> None:
    """Record the enrollments of before for reports; safe to repeat."""
    reporting.take_over(UUID(organization_id))


@jobs.periodic(cron="17 3 * * *")
@jobs.task(name="marketplace.wioa_exits", queueing_lock="WIOA exits")
def wioa_exits(timestamp: int) -> None:
    """End participations whose services ended ninety days ago."""
    exits.settle_all()


@jobs.task(name=reports.RUN, queue="imports", retry=RetryStrategy(max_attempts=3), pass_context=True)
def wioa_report(context: JobContext, run_id: str) -> None:
    """Take the snapshot of a report, make its file and check it; safe to repeat."""
    try:
        reports.work(UUID(run_id))
    except Exception:
        if context.job.attempts >= 2:
            reports.fail(UUID(run_id))
        raise


@jobs.periodic(cron="29 4 * * *")
@jobs.task(name="marketplace.forget_ssns", queueing_lock="forget social security numbers")
def forget_ssns(timestamp: int) -> None:
    """Delete social security numbers whose day has come."""
    ssn.forget_due()
