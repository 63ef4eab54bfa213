"""The record store's OpenAPI document tells the truth: whatever a program sends by it, each answer is one
that it foretells.
"""

from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from tests.fixtures import APP
from tests.lrs.client import Xapi

from heliograph.config.server.wsgi import application
from heliograph.lrs.authentication import basic
from heliograph.lrs.xapi.openapi import document
from heliograph.lrs.xapi.resources import _RESOURCES, MORE

OPERATIONS = [(method.upper(), path) for path, methods in document()["paths"].items() for method in methods]
CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]


@cache
def loaded() -> Any:
    return schemathesis.openapi.from_wsgi("/xapi/openapi.json", application, base_url=f"http://{APP}/xapi")


def test_every_resource_is_in_the_document() -> None:
    there = {
        (method, f"/{name}")
        for name, methods in _RESOURCES.items()
        for method in methods
        if name not in (MORE, "openapi.json")
    }
    assert set(OPERATIONS) == there


@pytest.mark.parametrize(
    ("method", "path"), OPERATIONS, ids=[" ".join(operation) for operation in OPERATIONS]
)
def test_no_request_breaks_the_store_and_every_answer_is_documented(
    xapi: Xapi, method: str, path: str
) -> None:
    operation = loaded()[path][method]
    sound, unsound = (
        operation.as_strategy(generation_mode=mode)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    )

    @settings(max_examples=40, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(sound | unsound)
    def ask(case: Any) -> None:
        case.call_and_validate(
            headers={"Authorization": f"Basic {basic(xapi.key, xapi.secret)}"}, checks=CHECKS
        )

    ask()
