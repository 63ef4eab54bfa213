"""Background work of the audit part."""

import logging

from django.db import connection
from procrastinate.contrib.django import app as jobs

from heliograph.audit import seals

log = logging.getLogger(__name__)


@jobs.periodic(cron="* * * * *")
@jobs.task(name="audit.seal", queueing_lock="seal the audit log")
def seal(timestamp: int) -> None:
    """Seal what was written a minute ago and before."""
    seals.seal_all()


@jobs.periodic(cron="51 2 * * *")
@jobs.task(name="audit.verify", queueing_lock="verify the audit log")
def verify(timestamp: int) -> None:
    """Compare every organization's audit log with its seals; the home page tells administrators."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT organization_id FROM audit_seal")
        sealed = [row[0] for row in cursor.fetchall()]
    for organization_id in sealed:
        if found := seals.verify(organization_id).difference:
            log.error(
                "the audit log of %s was changed: entries after %s up to %s",
                organization_id, found.after, found.through,
            )  # fmt: skip
