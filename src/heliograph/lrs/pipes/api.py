"""REST routes of pipes: made, changed, tried and removed, and what of theirs could not be delivered."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import PageQuery, page_of
from heliograph.core.web.schemas import Body, problems
from heliograph.lrs.models import Pipe, Undelivered
from heliograph.lrs.pipes import actions, queries
from heliograph.lrs.pipes.actions import PipeSettings
from heliograph.lrs.rules import keys

router = Router(tags=["LRS sync"], auth=SIGNED_IN)


class FilterIn(Body):
    verbs: list[str] = Field(default_factory=list, description="Verb IRIs.")
    activities: list[str] = Field(
        default_factory=list,
        description="Activity IDs, as object or in the context. Use `*` as a suffix wildcard.",
    )
    agents: list[dict[str, Any] | str] = Field(
        default_factory=list,
        description="Agents or groups with one identifier each, as xAPI JSON or `mailto:…`;"
        " as actor or object.",
    )


class FilterOut(Schema):
    verbs: list[str]
    activities: list[str]
    agents: list[dict[str, Any]]


class OtherStore(Body):
    endpoint: str = Field(description="xAPI endpoint of the other LRS, without `/statements`.")
    key: str = Field(description="User name of Basic authentication.")
    secret: str = Field(description="Password of Basic authentication. Stored encrypted and never shown.")
    version: Literal["1.0.3", "2.0.0"] = Field("1.0.3", description="xAPI version of the other LRS.")
    direction: Literal["forward", "import"] = Field(
        description="Forward statements to the other LRS, or import them from there."
    )


class PipeIn(OtherStore):
    name: str
    filter: FilterIn | None = Field(
        None,
        description="Statements to forward. Each list that is not empty must match.",
    )
    from_beginning: bool = Field(True, description="Forward existing statements, too.")
    continuous: bool = Field(
        True, description="Keep an import in sync: check for new statements every 5 minutes."
    )


class ConnectionIn(PipeIn):
    name: str = Field("", description="Ignored, as is everything but the other LRS and the direction.")


class PipePatch(Body):
    name: str | None = None
    key: str | None = Field(None, description="New user name.")
    secret: str | None = Field(None, description="New password.")
    version: Literal["1.0.3", "2.0.0"] | None = None
    filter: FilterIn | None = Field(None, description="Applies to statements not yet transferred.")
    continuous: bool | None = None
    paused: bool | None = Field(None, description="Pause or resume.")


class LagOut(Schema):
    count: int = Field(description="Pending statements, up to 1,000; the filter may exclude some of them.")
    more: bool = Field(description="Whether more than `count` are pending.")
    oldest: datetime | None = Field(description="When the oldest of them was stored.")


class PipeOut(Schema):
    id: str
    name: str
    direction: Literal["forward", "import"]
    endpoint: str
    version: str
    filter: FilterOut
    continuous: bool
    state: Literal["paused", "finished", "waiting", "not begun", "running", "up to date"] = Field(
        description="`waiting`: the last attempt failed; the next one is at `next_try_at`."
    )
    lag: LagOut | None = Field(description="Forwarding only: pending statements.")
    moved: int = Field(description="Transferred statements.")
    moved_at: datetime | None = Field(description="When the latest statement was transferred.")
    newest_seen: datetime | None = Field(
        description="Import only: when the latest statement was stored in the other LRS."
    )
    undelivered: int = Field(description="Failed statements that were not dismissed.")
    tries: int = Field(description="Consecutive failures.")
    next_try_at: datetime | None
    last_error: str = Field(description="Error of the last attempt.")
    last_status: int | None = Field(description="HTTP status of the last attempt.")
    begun_at: datetime | None
    finished_at: datetime | None
    created_at: datetime
    created_by: str


class PipePage(Schema):
    items: list[PipeOut]
    next_cursor: str | None
    next: str | None


class UndeliveredOut(Schema):
    id: str
    statement: str = Field(description="Statement ID.")
    state: Literal["refused", "again"] = Field(description="`again`: will be retried soon.")
    reason: str
    status: int | None = Field(description="HTTP status of the failure.")
    tries: int
    at: datetime


class UndeliveredPage(Schema):
    items: list[UndeliveredOut]
    next_cursor: str | None
    next: str | None


class TestedOut(Schema):
    ok: bool
    sentence: str = Field(description="Result of the connection test.")


@router.get("", response={200: PipePage, **problems(422)}, summary="List LRS connections")
def list_pipes(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Forwarding and import, newest first."""
    return page_of(request, queries.pipes(_admin(request).organization_id), query, show_pipe)


@router.post("", response={201: PipeOut, **problems(422)}, summary="Create an LRS connection")
def create_pipe(request: HttpRequest, body: PipeIn) -> Any:
    """The sync starts immediately. Test the connection first with `POST /api/org/pipes/test`."""
    made = actions.create_pipe(
        _admin(request),
        body.name,
        body.direction,
        _asked(body),
        filter=_filter(body.filter),
        from_beginning=body.from_beginning,
        continuous=body.continuous,
    )
    return Status(201, show_pipe(made))


@router.post("/test", response={200: TestedOut, **problems(422)}, summary="Test a new LRS connection")
def test_connection(request: HttpRequest, body: ConnectionIn) -> Any:
    """Asks the other store who it is, and whether it takes this key; nothing is stored there or here.

    It takes the same body as *Create an LRS connection*, so that what is sent there can be tested as it is.
    """
    return _tested(actions.test_connection(_admin(request), body.direction, _asked(body)))


@router.get("/{pipe_id}", response={200: PipeOut, **problems(404)}, summary="Read an LRS connection")
def read_pipe(request: HttpRequest, pipe_id: str) -> Any:
    """With its progress and its last error."""
    return show_pipe(_pipe(request, pipe_id))


@router.patch("/{pipe_id}", response={200: PipeOut, **problems(404, 422)}, summary="Change an LRS connection")
def change_pipe(request: HttpRequest, pipe_id: str, body: PipePatch) -> Any:
    """Omitted fields are unchanged. To change the endpoint, create a new connection."""
    actor, pipe = _admin(request), _pipe(request, pipe_id)
    changed = {"key": body.key or "", "secret": body.secret or "", "version": body.version or ""}
    actions.change_pipe(
        actor, pipe, name=body.name, filter=_filter(body.filter), continuous=body.continuous, **changed
    )
    if body.paused is not None:
        (actions.pause if body.paused else actions.resume)(actor, pipe)
    return show_pipe(_pipe(request, pipe_id))


@router.delete("/{pipe_id}", response={204: None, **problems(404)}, summary="Remove an LRS connection")
def delete_pipe(request: HttpRequest, pipe_id: str) -> Any:
    """Statements are kept; the list of failed statements is deleted."""
    actions.remove_pipe(_admin(request), _pipe(request, pipe_id))
    return Status(204, None)


@router.post(
    "/{pipe_id}/try", response={202: PipeOut, **problems(404, 409)}, summary="Retry an LRS connection now"
)
def try_pipe(request: HttpRequest, pipe_id: str) -> Any:
    """Skips the wait for the next attempt; a finished import checks for new statements."""
    actions.try_now(_admin(request), _pipe(request, pipe_id))
    return Status(202, show_pipe(_pipe(request, pipe_id)))


@router.post("/{pipe_id}/test", response={200: TestedOut, **problems(404)}, summary="Test an LRS connection")
def test_pipe(request: HttpRequest, pipe_id: str) -> Any:
    """Uses the stored credentials."""
    return _tested(actions.test_pipe(_admin(request), _pipe(request, pipe_id)))


@router.get(
    "/{pipe_id}/undelivered",
    response={200: UndeliveredPage, **problems(404, 422)},
    summary="List failed statements",
)
def list_undelivered(request: HttpRequest, pipe_id: str, query: Query[PageQuery]) -> Any:
    """Statements that the other LRS, or this one, has rejected, with the reason."""
    return page_of(request, queries.undelivered(_pipe(request, pipe_id)), query, show_undelivered)


@router.post(
    "/{pipe_id}/undelivered/{undelivered_id}/retry",
    response={202: UndeliveredOut, **problems(404)},
    summary="Retry a failed statement",
)
def retry_statement(request: HttpRequest, pipe_id: str, undelivered_id: str) -> Any:
    """The statement leaves the list once transferred."""
    pipe = _pipe(request, pipe_id)
    actions.retry(_admin(request), queries.one_undelivered(pipe, undelivered_id))
    return Status(202, show_undelivered(queries.one_undelivered(pipe, undelivered_id)))


@router.delete(
    "/{pipe_id}/undelivered/{undelivered_id}",
    response={204: None, **problems(404)},
    summary="Dismiss a failed statement",
)
def dismiss_statement(request: HttpRequest, pipe_id: str, undelivered_id: str) -> Any:
    """The statement is not transferred."""
    actions.dismiss(_admin(request), queries.one_undelivered(_pipe(request, pipe_id), undelivered_id))
    return Status(204, None)


_AS_KEPT = (
    "name",
    "direction",
    "endpoint",
    "version",
    "continuous",
    "moved",
    "moved_at",
    "tries",
    "next_try_at",
    "last_error",
    "last_status",
    "begun_at",
    "finished_at",
    "created_at",
    "created_by",
)


def show_pipe(pipe: Pipe) -> dict[str, Any]:
    """A pipe for others to see: everything but its key and secret."""
    pipe_state, forward = queries.state_of(pipe), pipe.direction == Pipe.Direction.FORWARD
    behind = pipe_state.lag
    return {
        "id": str(pipe.id),
        "state": pipe_state.state,
        "filter": {
            "verbs": pipe.filter.get("verbs", []),
            "activities": pipe.filter.get("activities", []),
            "agents": [keys.agent_of(agent) for agent in pipe.filter.get("agents", ())],
        },
        "lag": {"count": behind.count, "more": behind.more, "oldest": behind.oldest} if forward else None,
        "newest_seen": pipe.reached_at,
        "undelivered": getattr(pipe, "refused", 0),
        **{column: getattr(pipe, column) for column in _AS_KEPT},
    }


def show_undelivered(row: Undelivered) -> dict[str, Any]:
    columns = ("state", "reason", "status", "tries", "at")
    return {
        "id": str(row.id),
        "statement": row.statement_id,
        **{column: getattr(row, column) for column in columns},
    }


def _admin(request: HttpRequest) -> Any:
    actor = actor_of(request)
    actor.require(Permission.RECORDS_MANAGE)
    return actor


def _pipe(request: HttpRequest, pipe_id: str) -> Pipe:
    return queries.pipe(_admin(request).organization_id, pipe_id)


def _asked(body: OtherStore) -> PipeSettings:
    return PipeSettings(body.endpoint, body.key, body.secret, body.version)


def _filter(given: FilterIn | None) -> dict[str, Any] | None:
    return given.dict() if given is not None else None


def _tested(tested: actions.Tested) -> dict[str, Any]:
    return {"ok": tested.ok, "sentence": tested.sentence}
