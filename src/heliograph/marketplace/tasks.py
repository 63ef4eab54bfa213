"""Background work of the marketplace."""

from uuid import UUID

from procrastinate.contrib.django import app as jobs

from heliograph.core.background.chores import alone_with, often
from heliograph.marketplace.applications import actions as applications
from heliograph.marketplace.completion import courses
from heliograph.marketplace.models import Partner
from heliograph.marketplace.partners import runs, syncing

COURSES = "marketplace.complete_courses"


@often(COURSES, seconds=5)
def complete_courses() -> None:
    """Complete the parts of programs whose courses were completed in the last moments."""
    courses.follow()


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="marketplace.sweep_courses", queueing_lock="sweep courses of programs")
def sweep_courses(timestamp: int) -> None:
    """Complete the parts that the chore above has no eyes for."""
    with alone_with(COURSES, wait=True):
        courses.sweep()


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


@jobs.periodic(cron="37 4 * * *")
@jobs.task(name="marketplace.forget_partner_messages", queueing_lock="forget partner messages")
def forget_partner_messages(timestamp: int) -> None:
    """Delete partners' messages that were worked a month ago."""
    syncing.forget()
