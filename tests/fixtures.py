"""Fixtures with the database: an organization and its people, a stranger's organization, imported courses, a
client for the API.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.db import connection
from django.test import Client
from tests.builders import build_package
from tests.lrs.client import Xapi
from tests.tenants import Tenant, make_tenant

from heliograph.accounts import actions as accounts
from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.courses import actions as courses
from heliograph.courses.imports import importing
from heliograph.courses.models import Course, CourseVersion, Import
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch.models import Dispatch
from heliograph.lrs.authentication import forget_known
from heliograph.lrs.credentials import actions as records

APP = "localhost"
CONTENT = "127.0.0.1"


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant("northlight")


@pytest.fixture
def stranger(db: None) -> Tenant:
    return make_tenant("strangers")


def version_of(job: Import) -> CourseVersion:
    """The version that an import made; fails where it made none."""
    assert job.version is not None, job.error
    return job.version


@pytest.fixture
def import_course(tmp_path: Path) -> Callable[..., Course]:
    """Imports a package built by the tests: ``import_course(tenant, key=…, **what build_package takes)``."""

    def run(tenant: Tenant, key: str = "course", publish: bool = True, **package: Any) -> Course:
        path = tmp_path / f"{new_id()}.zip"
        build_package(path, **package)
        started = courses.start_import(tenant.manager, path, f"{key}.zip", key, publish, run_here=True)
        job = importing.run(started.id)
        assert job.version, job.error
        return Course.objects.select_related("published").get(id=job.version.course_id)

    return run


@pytest.fixture
def course(tenant: Tenant, import_course: Callable[..., Course]) -> Course:
    return import_course(tenant, standard="scorm_12")


@pytest.fixture
def dispatch(tenant: Tenant, course: Course) -> Dispatch:
    destination = dispatching.create_destination(tenant.manager, "Brandt Logistics", "brandt")
    return dispatching.create_dispatch(tenant.manager, course, destination)


@dataclass
class Api:
    """A program that calls the API with an API key."""

    client: Client
    secret: str

    def __call__(self, method: str, path: str, body: Any = None, **extra: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.secret}", **extra.pop("headers", {})}
        content = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(self.client, method.lower())(
            f"/api{path}", headers=headers, HTTP_HOST=APP, **content, **extra
        )


@pytest.fixture
def api_as(client: Client) -> Callable[..., Api]:
    """An API client of a tenant with a role's rights."""

    def make(tenant: Tenant, role: Role = Role.MANAGER) -> Api:
        _, secret = accounts.create_api_key(tenant.owner, f"tests as {role.word}", role)
        return Api(client, secret)

    return make


@pytest.fixture
def german_texts(tmp_path: Path, settings: Any) -> Callable[[dict[str, str]], None]:
    """Gives texts a German of the tests' own, before what the product's catalog has: English to German."""

    def give(texts: dict[str, str]) -> None:
        catalog = Catalog(locale="de")
        for english, german in texts.items():
            catalog.add(english, german)
        file = tmp_path / "locale/de/LC_MESSAGES/django.mo"
        file.parent.mkdir(parents=True)
        with file.open("wb") as opened:
            write_mo(opened, catalog)
        settings.LOCALE_PATHS = [tmp_path / "locale", *settings.LOCALE_PATHS]

    return give


@pytest.fixture
def api(tenant: Tenant, api_as: Callable[..., Api]) -> Api:
    return api_as(tenant)


@pytest.fixture
def credential_of(db: None) -> Callable[..., Xapi]:
    """Makes clients of record stores: ``credential_of(tenant, "statements/write", version="2.0.0")``; all
    scopes where none is named.
    """

    def make(tenant: Tenant, *scopes: str, version: str = "1.0.3", **bounds: Any) -> Xapi:
        forget_known()
        made, secret = records.create_credential(tenant.owner, "tests", scopes or ("admin",), **bounds)
        return Xapi(made.key, secret, version)

    return make


def take_jobs() -> list[tuple[str, dict[str, Any]]]:
    """The tasks and arguments of the jobs that workers would find now; from then on they are being done."""
    queries: list[tuple[str, dict[str, Any]]] = []
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                """
                SELECT task_name, args
                  FROM procrastinate_fetch_job_v2(
                         NULL, (SELECT worker_id FROM procrastinate_register_worker_v1()))
                """
            )
            name, arguments = cursor.fetchone()
            if name is None:
                return queries
            queries.append((name, arguments if isinstance(arguments, dict) else json.loads(arguments)))
