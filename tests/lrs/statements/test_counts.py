"""Statements are counted by person, course, verb and day: each once, from counts alone, and a voided one not
at all.
"""

from collections.abc import Callable
from typing import Any

import pytest
from tests.fixtures import Api
from tests.lrs.client import VERB, Xapi, statement
from tests.tenants import Tenant

from heliograph.lrs.statements import counts

pytestmark = pytest.mark.django_db(transaction=True)
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
COURSE = {
    "contextActivities": {"grouping": [{"id": "x:course", "definition": {"name": {"en": "Fire safety"}}}]}
}


def voiding(target: str) -> dict[str, Any]:
    return statement(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": target})


def counted(api: Api, **query: str) -> dict[str, Any]:
    counts.follow()
    answer = api("GET", "/org/xapi-summary", query_params={"from": "2026-01-01", "to": "2026-12-31", **query})
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def xapi(tenant: Tenant, credential_of: Callable[..., Xapi]) -> Xapi:
    return credential_of(tenant)


def at(day: str, **more: Any) -> dict[str, Any]:
    return statement(timestamp=f"2026-05-{day}T23:30:00Z", **more)


def test_who_did_what_in_which_course_on_which_day(xapi: Xapi, api: Api) -> None:
    ben = {"mbox": "mailto:ben@example.org"}
    xapi.store(
        at("04", context=COURSE),
        at("04", context=COURSE, actor=ben),
        at("05", verb={"id": "x:v", "display": {"en": "did"}}),
    )
    summary = counted(api)
    assert summary["statements"] == 3
    assert summary["by_day"] == [
        {"day": "2026-05-04", "statements": 2},
        {"day": "2026-05-05", "statements": 1},
    ]
    assert [(item["name"], item["statements"]) for item in summary["by_user"]] == [("Ada", 2), ("", 1)]
    assert summary["by_course"][0] == {"id": "x:course", "name": "Fire safety", "statements": 2}
    assert summary["by_verb"] == [
        {"id": VERB, "name": "experienced", "statements": 2},
        {"id": "x:v", "name": "did", "statements": 1},
    ]
    assert counted(api, course="x:course")["statements"] == 2
    assert counted(api, verb="x:v", agent='{"mbox": "mailto:ada@example.org"}')["statements"] == 1
    assert counted(api, agent='{"mbox": "mailto:ben@example.org"}')["by_day"] == [
        {"day": "2026-05-04", "statements": 1}
    ]


def test_following_again_counts_nothing_twice(xapi: Xapi, api: Api) -> None:
    xapi.store(at("04"), at("04"))
    assert [counted(api)["statements"] for _ in range(3)] == [2, 2, 2]


@pytest.mark.parametrize("follow_between", [True, False])
def test_a_voided_statement_is_not_counted_whenever_it_was_voided(
    xapi: Xapi, api: Api, follow_between: bool
) -> None:
    early, late = "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a11", "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12"
    for stored_statement in (
        at("04", id=early),
        voiding(early),
        voiding(early),
        voiding(late),
        at("04", id=late),
    ):
        xapi.store(stored_statement)
        if follow_between:
            counts.follow()
    assert counted(api, verb=VERB)["statements"] == 0
    assert counted(api, verb=VOIDED)["statements"] == 3


def test_another_organizations_statements_are_not_counted(
    xapi: Xapi, stranger: Tenant, api_as: Callable[..., Api]
) -> None:
    xapi.store(at("04"))
    assert counted(api_as(stranger))["statements"] == 0


def test_many_are_counted_in_parts(xapi: Xapi, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "AT_A_TIME", 3)
    xapi.store(*(at("04") for _ in range(10)))
    assert counted(api)["statements"] == 10
