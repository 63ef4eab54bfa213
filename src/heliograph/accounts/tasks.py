"""Background work of the accounts part."""

from procrastinate.contrib.django import app as jobs

from heliograph.accounts import idempotency


@jobs.periodic(cron="13 * * * *")
@jobs.task(name="accounts.forget_answers", queueing_lock="forget answers")
def forget_answers(timestamp: int) -> None:
    """Delete answers to repeated requests that are older than a day."""
    idempotency.forget_old()
