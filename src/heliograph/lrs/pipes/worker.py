"""One turn at a pipe, whichever way it leads."""

import logging
from uuid import UUID

from heliograph.core.database.prepared import AWAY
from heliograph.core.errors import Problem
from heliograph.lrs.models import Pipe
from heliograph.lrs.pipes import forwarding, importing, lease
from heliograph.lrs.pipes.client import Other
from heliograph.lrs.pipes.lease import TurnOver, Wait

log = logging.getLogger(__name__)
_WORK = {Pipe.Direction.FORWARD: forwarding.work, Pipe.Direction.IMPORT: importing.work}


def run(pipe_id: UUID, seconds: float = lease.SECONDS_AT_A_TIME) -> bool:
    """Move what there is to move, for about so long; whether there is more."""
    pipe = lease.claim(pipe_id)
    if pipe is None:
        return False
    try:
        with Other.of(pipe) as other:
            return _WORK[Pipe.Direction(pipe.direction)](pipe, other, seconds)
    except TurnOver:
        return False
    except Wait as reason:
        lease.wait(pipe, reason)
    except Problem as problem:
        lease.wait(pipe, Wait(problem.sentence))
    except AWAY:
        raise
    except Exception:
        log.exception("pipe %s", pipe_id)
        lease.wait(
            pipe,
            Wait("Internal error. Will be retried; if the problem persists, contact your administrator."),
        )
    return False
