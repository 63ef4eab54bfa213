"""Background work of the audit part: its mail."""

from procrastinate.contrib.django import app as jobs

from heliograph.audit import mail


@jobs.periodic(cron="* * * * *")
@jobs.task(name="audit.send_mail", lock="mail", queueing_lock="mail")
def send_mail(timestamp: int = 0) -> None:
    """Hand over the mail that is due; safe to repeat."""
    mail.send_due()


@jobs.periodic(cron="43 3 * * *")
@jobs.task(name="audit.forget_mail", queueing_lock="forget mail")
def forget_mail(timestamp: int) -> None:
    """Delete old mail."""
    mail.forget_old()
