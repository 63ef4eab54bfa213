"""Where the record store asks and tells the parts above it.

Most of these are about content that a learner opened, which has a session's token.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from heliograph.core.errors import Problem
from heliograph.core.hooks import hook
from heliograph.lrs.access import Access
from heliograph.lrs.messages import Request


@hook
def session_access(session_id: UUID) -> Access | None:
    """What the content of a session may do; None where the session is over or unknown."""


@hook
def session_request(request: Request, access: Access) -> None:
    """A session's content asks for something.

    Called before it is answered; raises what is not let through.
    """


@hook
def session_request_refused(request: Request, access: Access, problem: Problem) -> None:
    """A request of a session's content was refused. Called after all of it was undone."""


@hook
def before_store(access: Access, missing: Callable[[], list[dict[str, Any]]]) -> None:
    """A session's content writes statements.

    Called in the transaction, before any is written; raises what is not taken.

    ``missing`` tells which of the batch are not there yet. Call it once what two requests of one session wait
    for is locked: of the same statement, sent twice, the later request must see the earlier one. A statement
    has an id here only if its sender gave it one.
    """


@hook
def statements_stored(access: Access, statements: list[dict[str, Any]]) -> None:
    """A session's content has written these, which were not there before. Called in the transaction."""


@hook
def person_erased(organization_id: UUID, agent: dict[str, Any]) -> None:
    """What the store holds of a person, an xAPI agent, is erased: parts above forget them, too.

    Called in that transaction.
    """


@hook
def database_outage(reason: Exception) -> Problem | None:
    """The problem to answer with where this error means that the database is away; else None."""
