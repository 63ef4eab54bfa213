"""Fixtures of cmi5: courses of AUs, a learner registered on one, and a reader of all that the record store
has.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.builders import Au, Block, cmi5_course
from tests.lrs.client import Xapi
from tests.runtime.cmi5.au import Window
from tests.tenants import Tenant

from heliograph.core.ids import new_id
from heliograph.courses import actions as courses
from heliograph.courses.imports import importing
from heliograph.courses.models import Course
from heliograph.lrs.credentials import actions as lrs
from heliograph.runtime import actions
from heliograph.runtime.models import Registration


@pytest.fixture
def import_cmi5(tenant: Tenant, tmp_path: Path) -> Callable[..., Course]:
    """Imports a cmi5 course of these AUs and blocks."""

    def run(nodes: Sequence[Au | Block] = (Au(),), **package: Any) -> Course:
        path = tmp_path / f"{new_id()}.zip"
        cmi5_course(path, nodes=nodes, **package)
        started = courses.start_import(
            tenant.manager, path, "course.zip", f"course-{new_id().hex[-8:]}", True, run_here=True
        )
        job = importing.run(started.id)
        assert job.version, job.error
        return Course.objects.select_related("published").get(id=job.version.course_id)

    return run


@pytest.fixture
def register(tenant: Tenant) -> Callable[..., Registration]:
    """Registers a learner on a course."""

    def run(course: Course, learner: str = "anna", **more: Any) -> Registration:
        who = actions.ensure_learner(tenant.organization.id, tenant.organization.id, learner, "Anna Šimková")
        return actions.register(tenant.manager, course, who, **more)[0]

    return run


@pytest.fixture
def open_course(
    client: Client, import_cmi5: Callable[..., Course], register: Callable[..., Registration]
) -> Callable[..., Window]:
    """Imports a course of these AUs, registers a learner and opens the player."""

    def run(*nodes: Au | Block, **package: Any) -> Window:
        window = Window(client, registration := register(import_cmi5(nodes or (Au(),), **package)))
        window.registration = registration  # type: ignore[attr-defined]
        return window

    return run


@pytest.fixture
def store(tenant: Tenant) -> Xapi:
    """Reads and writes everything in the organization's record store."""
    made, secret = lrs.create_credential(tenant.owner, "reader", ("admin",))
    return Xapi(made.key, secret)


@pytest.fixture
def verbs(store: Xapi) -> Callable[..., list[str]]:
    """The verbs of all statements, oldest first."""

    def run(**query: Any) -> list[str]:
        return [
            statement["verb"]["id"].rsplit("/", 1)[1]
            for statement in store.statements(ascending=True, **query)
        ]

    return run
