"""What a released version of the API took and answered, every later one takes and answers."""

import copy
import json
from pathlib import Path

import pytest
from tests.config.api_surface import broken, surface

from heliograph.config.api import api

RELEASED = json.loads((Path(__file__).parent / "released_api.json").read_text())
NOW = surface(api.get_openapi_schema())


def test_no_released_operation_has_changed_so_that_a_program_would_break():
    """Before the first release there is none.

    Where this fails, keep the old way working, or tell of the break in the changelog.
    """
    assert broken(RELEASED, NOW) == []


def without(place):
    def change(operation):
        operation["takes"].pop(place, None)
        operation["answers"].pop(place, None)

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda operation: operation.update(address="POST /api/dispatches"), "its address was"),
        (without("body.name"), "it took body.name"),
        (lambda operation: operation["takes"].update({"body.color": "string!"}), "it asks for body.color"),
        (lambda operation: operation["takes"].update({"body.name": "integer"}), "body.name was string"),
        (lambda operation: operation["takes"].update({"body.name": "string!"}), "body.name was string"),
        (without("201.state"), "it answered 201.state as string"),
        (
            lambda operation: operation["answers"].update({"201.expires_at": "string"}),
            "it answered 201.expires_at as null|string",
        ),
        (without("201"), "it answered 201 as answered"),
    ],
)
def test_what_would_break_a_program_is_seen(change, sentence):
    later = copy.deepcopy(NOW)
    change(later["createDispatch"])
    (difference,) = broken(NOW, later)
    assert difference.startswith(f"createDispatch: {sentence}")


def test_an_operation_that_is_gone_is_seen():
    assert broken(NOW, {name: operation for name, operation in NOW.items() if name != "createDispatch"}) == [
        "createDispatch is gone"
    ]


def test_what_only_adds_breaks_nothing():
    later = copy.deepcopy(NOW)
    later["createDispatch"]["takes"] |= {
        "body.color": "string",
        "body.course": NOW["createDispatch"]["takes"]["body.course"].removesuffix("!"),
    }
    later["createDispatch"]["answers"] |= {"201.color": "string"}
    later["archiveDispatch"] = later["createDispatch"]
    assert broken(NOW, later) == []
