"""What can go wrong with pipes."""

from heliograph.core.errors import Conflict, Invalid, NotFound


class PipeInvalid(Invalid):
    code = "pipe_invalid"


class PipeNotFound(NotFound):
    code = "pipe_not_found"


class PipeBusy(Conflict):
    code = "pipe_state"
