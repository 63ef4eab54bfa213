"""Background work of the accounts part."""

from collections.abc import Callable
from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app as jobs

from heliograph.accounts import actions, idempotency, invitations, own_account, sign_in_limits
from heliograph.accounts.models import CacheEntry
from heliograph.accounts.user_imports import applying, checking, undoing
from heliograph.accounts.user_imports.giving_up import give_up
from heliograph.accounts.user_imports.queries import forget_old as forget_old_imports
from heliograph.core import clock

TRIES = 5
AGAIN = RetryStrategy(max_attempts=TRIES, exponential_wait=2)


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
    """Delete sessions, tokens, invitations and imports of users that are over, and counts of failed attempts
    that no longer count.
    """
    own_account.forget_expired_sessions()
    actions.forget_expired_tokens()
    invitations.forget_old()
    sign_in_limits.forget_old()
    forget_old_imports()
    CacheEntry.objects.filter(expires__lt=clock.now()).delete()


@jobs.task(name="accounts.check_user_import", queue="imports", retry=AGAIN, pass_context=True)
def check_user_import(context: JobContext, import_id: str) -> None:
    """Read a file of users and say what each row would do; safe to repeat."""
    _work(context, import_id, checking.check)


@jobs.task(name="accounts.apply_user_import", queue="imports", retry=AGAIN, pass_context=True)
def apply_user_import(context: JobContext, import_id: str) -> None:
    """Apply an import of users from where it stands."""
    _work(context, import_id, applying.run)


@jobs.task(name="accounts.undo_user_import", queue="imports", retry=AGAIN, pass_context=True)
def undo_user_import(context: JobContext, import_id: str) -> None:
    """Take an import of users back from where it stands."""
    _work(context, import_id, undoing.run)


def _work(context: JobContext, import_id: str, work: Callable[[UUID], object]) -> None:
    """Do it; whoever waits for it is told when the last try has failed, or has taken its worker down."""
    if context.job.attempts > TRIES:
        give_up(UUID(import_id))
        return
    try:
        work(UUID(import_id))
    except Exception:
        if context.job.attempts >= TRIES:
            give_up(UUID(import_id))
        raise
