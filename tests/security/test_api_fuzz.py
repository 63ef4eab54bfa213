"""Requests of every shape to every operation of the API: none breaks it, and each answer is one that its
OpenAPI document foretells.
"""

from functools import cache

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.fixtures import APP

from heliograph.config.api import api as heliograph_api
from heliograph.config.server.wsgi import application
from heliograph.core.roles import Role
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Registration

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 12
OPERATIONS = [
    (method.upper(), path)
    for path, methods in heliograph_api.get_openapi_schema()["paths"].items()
    for method in methods
]


@cache
def document():
    return schemathesis.openapi.from_wsgi("/api/openapi.json", application, base_url=f"http://{APP}/")


@pytest.fixture
def one_transaction():
    """Django drops a connection with an open transaction between requests; here all of them see the test's
    own rows.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def places(ids):
    """What stands for the names in an operation's path."""
    registration = Registration.objects.get(id=ids["registration_id"])
    return {
        **{name: str(value) for name, value in ids.items()},
        "number": 1,
        "token": runtime.launch_link(registration).token,
    }


@pytest.mark.parametrize(
    ("method", "path"), OPERATIONS, ids=[" ".join(operation) for operation in OPERATIONS]
)
def test_no_request_breaks_the_api_and_every_answer_is_documented(
    tenant, api_as, places, one_transaction, method, path
):
    owner = {"Authorization": f"Bearer {api_as(tenant, Role.OWNER).secret}"}
    operation = document()[path][method]
    sound, unsound = (
        operation.as_strategy(generation_mode=mode)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    )

    # The same requests each time: what a build finds, the next one finds too.
    @settings(max_examples=EXAMPLES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(sound | unsound, st.booleans())
    def ask(case, known):
        if known:
            case.path_parameters = {name: places[name] for name in case.path_parameters or {}}
        case.call_and_validate(headers=owner, checks=CHECKS)

    ask()
