"""Background work of the accounts part."""

from procrastinate.contrib.django import app as jobs

from heliograph.accounts import actions, idempotency, invitations, own_account, sign_in_limits
from heliograph.accounts.models import CacheEntry
from heliograph.core import clock


@jobs.periodic(cron="13 * * * *")
@jobs.task(name="accounts.forget_answers", queueing_lock="forget answers")
def forget_answers(timestamp: int) -> None:
    """Delete answers to repeated requests that are older than a day."""
    idempotency.forget_old()


@jobs.periodic(cron="21 3 * * *")
@jobs.task(name="accounts.retire_audit_logs", queueing_lock="retire audit logs")
def retire_audit_logs(timestamp: int) -> None:
    """Delete what organizations no longer keep of their audit logs."""
    actions.retire_audit_logs()


@jobs.periodic(cron="33 * * * *")
@jobs.task(name="accounts.forget_sign_ins", queueing_lock="forget sign-ins")
def forget_sign_ins(timestamp: int) -> None:
    """Delete sessions, tokens and invitations that are over, and counts of failed attempts that no longer
    count.
    """
    own_account.forget_expired_sessions()
    actions.forget_expired_tokens()
    invitations.forget_old()
    sign_in_limits.forget_old()
    CacheEntry.objects.filter(expires__lt=clock.now()).delete()
