"""The OpenAPI document has no gaps: what every operation does, takes and answers is said, and so is how it says no."""

import pytest

from heliograph.config.api import api as heliograph_api

DOCUMENT = heliograph_api.get_openapi_schema()
OPERATIONS = [(f"{method.upper()} {path}", one) for path, methods in DOCUMENT["paths"].items() for method, one in methods.items()]
every_operation = pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])


@every_operation
def test_an_operation_says_what_it_does_and_where_it_belongs(name, operation):
    assert operation["summary"][0].isupper()
    assert not operation["summary"].endswith(".")
    assert operation["tags"]
    assert operation["operationId"]


@every_operation
def test_it_says_what_it_takes(name, operation):
    for parameter in operation.get("parameters", []):
        assert parameter["in"] == "path" or parameter.get("description") or parameter["schema"].get("description"), parameter["name"]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        assert content["schema"]


@every_operation
def test_it_says_what_it_answers_and_every_refusal_is_a_problem_document(name, operation):
    answers = {str(status): answer for status, answer in operation["responses"].items()}
    assert any(status[0] in "23" for status in answers)
    for status, answer in answers.items():
        if int(status) >= 400:
            assert answer["content"] == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
        elif status not in ("204", "302"):
            assert all(content["schema"] for content in answer["content"].values())
    assert "422" in answers
    if operation.get("security"):
        assert {"401", "403"} <= answers.keys()
    if "{" in name and operation.get("security"):
        assert "404" in answers


def test_operations_have_names_of_their_own():
    names = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(names) == len(set(names))


def test_every_list_is_paged_alike():
    lists = [(name, one) for name, one in OPERATIONS if any(parameter["name"] == "cursor" for parameter in one.get("parameters", []))]
    assert len(lists) >= 10
    for name, operation in lists:
        reference = operation["responses"][200]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        assert {"items", "next_cursor", "next"} == DOCUMENT["components"]["schemas"][reference]["properties"].keys(), name
