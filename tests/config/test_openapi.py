"""The OpenAPI document has no gaps: what every operation does, takes and answers is said, with an example,
and so is how it says no.
"""

import re

import jsonschema_rs
import pytest
from django.conf import settings
from ninja import Schema
from tests.fixtures import APP

from heliograph.config.api import api as heliograph_api

DOCUMENT = heliograph_api.get_openapi_schema()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
every_operation = pytest.mark.parametrize(
    ("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS]
)


def test_it_is_made_once_however_often_it_is_asked_for(client):
    answers = [client.get("/api/openapi.json", HTTP_HOST=APP) for _ in range(2)]
    assert {answer.json()["openapi"] for answer in answers} == {"3.1.0"}
    assert heliograph_api.get_openapi_schema() is DOCUMENT


@every_operation
def test_an_operation_says_what_it_does_and_where_it_belongs(name, operation):
    assert operation["summary"][0].isupper()
    assert not operation["summary"].endswith(".")
    assert operation["description"].strip().endswith((".", "…"))
    assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", operation["operationId"])
    assert len(operation["tags"]) == 1
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}


@every_operation
def test_it_says_what_it_takes(name, operation):
    for parameter in operation.get("parameters", []):
        assert (
            parameter["in"] == "path"
            or parameter.get("description")
            or parameter["schema"].get("description")
        ), parameter["name"]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        assert content["schema"]


@every_operation
def test_its_examples_fit_what_it_takes_and_answers(name, operation):
    answers = [answer for status, answer in operation["responses"].items() if int(status) < 400]
    for content in [
        content
        for part in [operation.get("requestBody", {}), *answers]
        for content in part.get("content", {}).values()
    ]:
        if content["schema"].get("format") != "binary":
            _validate(content["example"], content["schema"])
    for parameter in operation.get("parameters", []):
        _validate(parameter["example"], parameter["schema"])


def _validate(example, schema):
    jsonschema_rs.Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(example)


@every_operation
def test_it_says_what_it_answers_and_every_refusal_is_a_problem_document(name, operation):
    answers = {str(status): answer for status, answer in operation["responses"].items()}
    assert any(status[0] in "23" for status in answers)
    for status, answer in answers.items():
        if int(status) >= 400:
            assert answer["content"] == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
            }
        elif status not in ("204", "302"):
            assert all(content["schema"] for content in answer["content"].values())
    assert "400" in answers
    assert ("422" in answers) is (name.split()[0] in ("POST", "PATCH", "PUT"))
    if operation.get("security"):
        assert {"401", "403", "429"} <= answers.keys()
    if "{" in name and operation.get("security"):
        assert "404" in answers


def test_operations_have_names_of_their_own():
    names = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(names) == len(set(names))


def test_shapes_have_names_of_their_own():
    """Of two with one name, the document would show one for both."""

    def below(shape: type) -> set[type]:
        found: list[type] = shape.__subclasses__()
        return {each for near in found for each in (near, *below(near))}

    names = [each.__name__ for each in below(Schema) if each.__module__.startswith("heliograph.")]
    assert sorted(names) == sorted(set(names))


def test_every_list_is_paged_alike():
    lists = [
        (name, operation)
        for name, operation in OPERATIONS
        if any(parameter["name"] == "cursor" for parameter in operation.get("parameters", []))
    ]
    assert len(lists) >= 10
    for name, operation in lists:
        reference = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rsplit(
            "/", 1
        )[1]
        assert {"items", "next_cursor", "next"} == DOCUMENT["components"]["schemas"][reference][
            "properties"
        ].keys(), name


def test_it_says_where_the_api_is_and_how_to_sign_in():
    assert [server["url"] for server in DOCUMENT["servers"]] == [settings.HELIOGRAPH.url]
    assert all(scheme.get("description") for scheme in DOCUMENT["components"]["securitySchemes"].values())
