"""A database that is away: what callers are told, and how the log tells of it, once in a while instead of
with every request.
"""

import logging
import time

from heliograph.core.database.prepared import AWAY
from heliograph.core.errors import Unavailable
from heliograph.core.translation import gettext

RETRY_AFTER = 2
QUIET_SECONDS = 10.0
log = logging.getLogger(__name__)


def database_away(reason: BaseException | None) -> Unavailable | None:
    """The problem to answer where the database went away under a request; None where something else went
    wrong.
    """
    if _cause(reason) is None:
        return None
    log.warning("the database is away", exc_info=reason)
    return Unavailable(
        gettext("The service is temporarily unavailable. Your data is safe. Try again in a few seconds."),
        code="database_away",
    )


class OncePerOutage(logging.Filter):
    """Lets one line in ten seconds tell that the database is away; the tracebacks and answers that follow
    from it are left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told = -QUIET_SECONDS

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", None) == Unavailable.status:
            return False
        cause = _cause(record.exc_info[1] if record.exc_info else None)
        if cause is None:
            return record.name != "psycopg.pool"  # it tells of each attempt to connect
        if time.monotonic() - self.told < QUIET_SECONDS:
            return False
        self.told = time.monotonic()
        record.msg, record.args = "the database is away: %s", (str(cause).strip().partition("\n")[0],)
        record.exc_info = record.exc_text = None
        return True


def _cause(reason: BaseException | None) -> BaseException | None:
    while reason is not None and not isinstance(reason, AWAY):
        reason = reason.__cause__
    return reason
