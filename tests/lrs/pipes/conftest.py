"""Fixtures of pipes: another organization's store behind a real server, and pipes that lead there."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.lrs.client import Xapi
from tests.lrs.pipes.store import Server, served
from tests.tenants import Tenant, make_tenant

from heliograph.core import clock
from heliograph.lrs.models import Pipe
from heliograph.lrs.pipes import actions, worker
from heliograph.lrs.pipes.actions import PipeSettings


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return make_tenant("northlight")


@pytest.fixture
def stranger(transactional_db: None) -> Tenant:
    return make_tenant("strangers")


@pytest.fixture(autouse=True)
def _intranet(settings: Any) -> None:
    """Private addresses are allowed, as in an intranet."""
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, outbound_private=True)


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as running:
        yield running


@pytest.fixture
def theirs(stranger: Tenant, credential_of: Callable[..., Xapi]) -> Xapi:
    """A client of the other organization's store."""
    return credential_of(stranger)


@pytest.fixture
def pipe_to(tenant: Tenant, server: Server, theirs: Xapi) -> Callable[..., Pipe]:
    """Makes pipes between the tenant's store and the other one."""

    def make(
        direction: str = "forward", name: str = "To the warehouse", version: str = "1.0.3", **more: Any
    ) -> Pipe:
        other = PipeSettings(server.endpoint, theirs.key, theirs.secret, version)
        return actions.create_pipe(tenant.owner, name, direction, other, **more)

    return make


def run(pipe: Pipe, turns: int = 1) -> Pipe:
    """Turns at a pipe, whenever they would have come; the pipe as it is then."""
    time.sleep(0.01)  # what was stored within the last two milliseconds waits for the next turn
    for _ in range(turns):
        Pipe.objects.filter(id=pipe.id, next_try_at__isnull=False).update(
            next_try_at=clock.now() - timedelta(seconds=1)
        )
        worker.run(pipe.id)
    pipe.refresh_from_db()
    return pipe


def until_next_try(pipe: Pipe) -> timedelta:
    """How long a pipe waits for its next try; fails where it does not wait."""
    assert pipe.next_try_at is not None
    return pipe.next_try_at - clock.now()


def stored(xapi: Xapi) -> list[dict[str, Any]]:
    """Everything in a store that is not voided, oldest first."""
    return [*xapi.statements(ascending=True, limit=500)]
