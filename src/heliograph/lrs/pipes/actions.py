"""What people do with pipes: make, change, pause, try and remove them, and decide about what could not be
delivered.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.ids import lowest_id, new_id
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.lrs.models import Credential, Pipe, Undelivered
from heliograph.lrs.pipes import lease, rules
from heliograph.lrs.pipes.credentials import key_of, seal_secret
from heliograph.lrs.pipes.errors import PipeBusy, PipeInvalid
from heliograph.lrs.statements import query as statement_query

LONGEST_SECRET: Final = 500
MOST_PIPES: Final = 50


@dataclass(frozen=True)
class PipeSettings:
    """What somebody says of a pipe's other end."""

    endpoint: str
    key: str
    secret: str
    version: str = "1.0.3"


@dataclass(frozen=True)
class Tested:
    """Whether the other store can be worked with, and what it said, in a sentence."""

    ok: bool
    sentence: str


@transaction.atomic
def create_pipe(
    actor: Actor,
    name: str,
    direction: str,
    other: PipeSettings,
    *,
    filter: Any = None,
    from_beginning: bool = True,
    continuous: bool = True,
) -> Pipe:
    """A pipe, which begins at once. Raises `PipeInvalid`, and `Invalid` for an address that we never ask."""
    actor.require(Permission.RECORDS_MANAGE)
    if direction not in Pipe.Direction.values:
        raise PipeInvalid(gettext("Direction must be forward or import."))
    other = _checked(other)
    if Credential.objects.filter(organization_id=actor.organization_id, key=other.key[:40]).exists():
        raise PipeInvalid(
            gettext("This is a credential of this LRS. Enter one of the other LRS."),
            code="pipe_to_itself",
            field="key",
        )
    kept = rules.read_filter(filter or {})
    if kept and direction == Pipe.Direction.IMPORT:
        raise PipeInvalid(gettext("Imports can't be filtered. Leave the filter blank."), code="pipe_filter")
    if direction == Pipe.Direction.IMPORT and not from_beginning:
        raise PipeInvalid(gettext("Imports always start with the oldest statement."))
    if Pipe.objects.filter(organization_id=actor.organization_id).count() >= MOST_PIPES:
        raise PipeInvalid(
            gettext("Maximum of %(most_pipes)s LRS connections reached. Remove one first.")
            % {"most_pipes": MOST_PIPES}
        )
    pipe_id, moment = new_id(), clock.now()
    made = Pipe.objects.create(
        id=pipe_id,
        organization_id=actor.organization_id,
        name=_name(name),
        direction=direction,
        endpoint=other.endpoint,
        version=other.version,
        encrypted_credentials=seal_secret(pipe_id, other.key, other.secret),
        filter=kept,
        cursor=statement_query.LOWEST if from_beginning else _just_before(moment),
        continuous=continuous,
        next_try_at=moment,
        created_by=actor.label[:200],
    )
    record(
        actor, "created", "pipe", made.id, made.name, direction=direction, endpoint=made.endpoint, filter=kept
    )
    lease.enqueue(made.id)
    return made


@transaction.atomic
def change_pipe(
    actor: Actor,
    pipe: Pipe,
    *,
    name: str | None = None,
    key: str = "",
    secret: str = "",
    version: str = "",
    filter: Any = None,
    continuous: bool | None = None,
) -> Pipe:
    """Change a pipe; what is left out stays.

    A filter counts for what has not been looked at yet. Raises `PipeInvalid`.
    """
    actor.require(Permission.RECORDS_MANAGE)
    columns: dict[str, Any] = {}
    if name is not None and _name(name) != pipe.name:
        columns["name"] = _name(name)
    if version and version != pipe.version:
        columns["version"] = _version(version)
    if filter is not None and rules.read_filter(filter) != pipe.filter:
        if pipe.direction == Pipe.Direction.IMPORT:
            raise PipeInvalid(
                gettext("Imports can't be filtered. Leave the filter blank."),
                code="pipe_filter",
            )
        columns["filter"] = rules.read_filter(filter)
    if continuous is not None and continuous != pipe.continuous:
        columns["continuous"] = continuous
    changes = {column: {"before": getattr(pipe, column), "after": value} for column, value in columns.items()}
    if key or secret:
        known_key, known_secret = key_of(pipe)
        columns["encrypted_credentials"] = seal_secret(
            pipe.id, *_credential(key or known_key, secret or known_secret)
        )
        changes["credential"] = {"before": "one", "after": "another"}
    if columns:
        _set(pipe, **columns)
        record(actor, "changed", "pipe", pipe.id, pipe.name, changes=changes)
    return pipe


@transaction.atomic
def pause(actor: Actor, pipe: Pipe) -> None:
    """Stop a pipe; whatever it is doing is not recorded any more, and done again when it goes on."""
    actor.require(Permission.RECORDS_MANAGE)
    if not pipe.paused:
        _set(pipe, paused=True, next_try_at=None)
        record(actor, "paused", "pipe", pipe.id, pipe.name)


@transaction.atomic
def resume(actor: Actor, pipe: Pipe) -> None:
    """Let a paused pipe go on where it stopped."""
    actor.require(Permission.RECORDS_MANAGE)
    if pipe.paused:
        _set(pipe, paused=False, next_try_at=None if pipe.finished_at else clock.now())
        record(actor, "resumed", "pipe", pipe.id, pipe.name)
        lease.enqueue(pipe.id)


@transaction.atomic
def try_now(actor: Actor, pipe: Pipe) -> None:
    """Do not wait any longer; a finished import looks for news. Raises `PipeBusy` for a paused one."""
    actor.require(Permission.RECORDS_MANAGE)
    if pipe.paused:
        raise PipeBusy(gettext("This connection is paused. Resume it first."))
    Pipe.objects.filter(id=pipe.id).update(next_try_at=clock.now(), finished_at=None)
    record(actor, "tried", "pipe", pipe.id, pipe.name)
    lease.enqueue(pipe.id)


@transaction.atomic
def remove_pipe(actor: Actor, pipe: Pipe) -> None:
    """Remove a pipe and what it could not deliver; statements stay where they are."""
    actor.require(Permission.RECORDS_MANAGE)
    record(actor, "removed", "pipe", pipe.id, pipe.name, endpoint=pipe.endpoint)
    pipe.delete()


@transaction.atomic
def retry(actor: Actor, undelivered: Undelivered) -> None:
    """Have a statement tried once more that could not be moved."""
    actor.require(Permission.RECORDS_MANAGE)
    pipe = undelivered.pipe
    Undelivered.objects.filter(id=undelivered.id).update(state=Undelivered.State.AGAIN)
    record(actor, "retried a statement of", "pipe", pipe.id, pipe.name, statement=undelivered.statement_id)
    if not pipe.paused:
        Pipe.objects.filter(id=pipe.id).update(next_try_at=clock.now(), finished_at=None)
        lease.enqueue(pipe.id)


@transaction.atomic
def dismiss(actor: Actor, undelivered: Undelivered) -> None:
    """Do without a statement that could not be moved; what it said is forgotten."""
    actor.require(Permission.RECORDS_MANAGE)
    Undelivered.objects.filter(id=undelivered.id).update(state=Undelivered.State.DISMISSED, sent="")
    record(
        actor,
        "dismissed a statement of",
        "pipe",
        undelivered.pipe_id,
        undelivered.pipe.name,
        statement=undelivered.statement_id,
    )


def test_connection(actor: Actor, direction: str, given: PipeSettings) -> Tested:
    """Ask the other store who it is, and whether it lets us do what the pipe will do.

    Raises `PipeInvalid`, `Invalid`.
    """
    # Here, because its libraries cost every process a tenth of a second to load.
    from heliograph.lrs.pipes import (
        connection_test,
    )

    actor.require(Permission.RECORDS_MANAGE)
    given = _checked(given)
    return Tested(
        *connection_test.try_connection(direction, given.endpoint, given.version, given.key, given.secret)
    )


def test_pipe(actor: Actor, pipe: Pipe) -> Tested:
    """The same with what is kept of a pipe."""
    from heliograph.lrs.pipes import connection_test  # here: see above

    actor.require(Permission.RECORDS_MANAGE)
    return Tested(*connection_test.try_connection(pipe.direction, pipe.endpoint, pipe.version, *key_of(pipe)))


def _set(pipe: Pipe, **columns: Any) -> None:
    """Change a pipe's row, and end the turn that somebody may have at it."""
    fresh = Pipe.objects.select_for_update().get(id=pipe.id)
    Pipe.objects.filter(id=pipe.id).update(**columns, turn=fresh.turn + 1, leased_until=None)
    for column, value in columns.items():
        setattr(pipe, column, value)


def _checked(other: PipeSettings) -> PipeSettings:
    """The other end, as it is kept. Raises `PipeInvalid`, `Invalid`."""
    from heliograph.core import http_client  # here: see above

    endpoint = rules.endpoint(other.endpoint)
    http_client.refuse_address(endpoint, "endpoint")
    return PipeSettings(endpoint, *_credential(other.key, other.secret), _version(other.version))


def _credential(key: str, secret: str) -> tuple[str, str]:
    for field, value in (("key", key), ("secret", secret)):
        if not value or len(value) > LONGEST_SECRET or any(character < " " for character in value):
            raise PipeInvalid(
                gettext("Key and secret must have 1 to %(longest_secret)s characters each.")
                % {"longest_secret": LONGEST_SECRET},
                code="pipe_credential",
                field=field,
            )
    if ":" in key:
        raise PipeInvalid(gettext("Keys can't contain a colon."), code="pipe_credential", field="key")
    return key, secret


def _version(version: str) -> str:
    if version not in rules.VERSIONS:
        raise PipeInvalid(
            gettext("xAPI version must be one of: %(versions)s.") % {"versions": ", ".join(rules.VERSIONS)},
            code="pipe_version",
            field="version",
        )
    return version


def _just_before(moment: datetime) -> UUID:
    """The position behind which everything is that is stored from a moment on."""
    return UUID(int=lowest_id(moment).int - 1)


def _name(name: str) -> str:
    if not name.strip() or len(name.strip()) > 200 or "\x00" in name:
        raise PipeInvalid(gettext("Connection names must have 1 to 200 characters."), field="name")
    return name.strip()
