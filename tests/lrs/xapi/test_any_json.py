"""Whatever anybody sends: a statement is stored and reads back equal, or refused with a sentence; never an
error of ours.
"""

import copy
import json
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.lrs.client import Xapi, statement
from tests.lrs.rules.test_table import WHOLE
from tests.tenants import Tenant

SOME = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
OURS = ("stored", "authority", "id", "version", "timestamp")
WORDS = st.sampled_from(
    [
        *(
            "Agent",
            "Group",
            "Activity",
            "SubStatement",
            "StatementRef",
            "mailto:a@example.org",
            "x:y",
            "https://example.org/",
            "en",
            "PT1S",
            "choice",
        ),
        *(
            "2026-05-04T10:11:12Z",
            "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12",
            "",
            "\x00",
            "http://adlnet.gov/expapi/verbs/voided",
            "a" * 64,
        ),
    ]
)
NAMES = st.sampled_from(
    [
        *(
            "objectType",
            "id",
            "mbox",
            "account",
            "homePage",
            "name",
            "member",
            "display",
            "definition",
            "score",
            "min",
            "max",
            "raw",
            "actor",
        ),
        *(
            "verb",
            "object",
            "context",
            "result",
            "attachments",
            "extensions",
            "parent",
            "registration",
            "statement",
            "contextAgents",
            "agent",
        ),
        *("en", "stored", "authority"),
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | WORDS
)
INSIDE = NAMES | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(INSIDE, inner, max_size=5),
    max_leaves=20,
)
KINDS = st.sampled_from(["application/json", "multipart/mixed; boundary=x"])
PARAMETERS = st.sampled_from(
    ["agent", "verb", "activity", "since", "limit", "registration", "format", "statementId", "ascending"]
)
GROUP = {"objectType": "Group", "member": [{"mbox": "mailto:m@example.org"}]}
SUB = {
    "objectType": "SubStatement",
    **{name: WHOLE[name] for name in ("actor", "verb", "result", "attachments")},
    "object": {"id": "x:y"},
}
BASES = [
    WHOLE,
    {**WHOLE, "actor": GROUP},
    {**WHOLE, "object": SUB},
    {**WHOLE, "object": {"objectType": "StatementRef", "id": "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a19"}},
    {
        **WHOLE,
        "context": {
            "contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:m@example.org"}}],
            "team": GROUP,
        },
    },
]


def positions(value: Any, way: tuple = ()) -> list[tuple]:
    """Every way to a value inside of a JSON value."""
    paths = [way] if way else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner_value in inner:
        paths += positions(inner_value, (*way, step))
    return paths


@st.composite
def mutated(draw: Any) -> dict[str, Any]:
    """A statement with any value at any position, or a property more."""
    made = copy.deepcopy(draw(st.sampled_from(BASES)))
    made.pop("id", None)
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(positions(made)))
        inner = made
        for step in way[:-1]:
            inner = inner[step]
        step = draw(NAMES) if isinstance(inner, dict) and draw(st.integers(0, 3)) == 0 else way[-1]
        inner[step] = draw(VALUES)
    return made


@SOME
@given(said=mutated(), version=st.sampled_from(["1.0.3", "2.0.0"]))
def test_any_value_at_any_place_is_stored_and_reads_back_equal_or_is_refused_with_a_sentence(
    xapi: Xapi, said: dict, version: str
) -> None:
    xapi.version = version
    answer = xapi.post("statements", json.dumps(said).encode())
    if answer.status != 200:
        assert answer.status == 400, answer.body
        assert answer.json()["detail"].endswith(".")
        return
    [stored] = answer.json()
    for form in ("exact", "ids", "canonical"):
        shown = xapi.get("statements", statementId=stored, format=form)
        if shown.status == 404:
            shown = xapi.get("statements", voidedStatementId=stored, format=form)
        assert shown.status == 200, shown.body
        if form == "exact":
            assert without_ours(shown.json()) == without_ours(with_lists(said))


def without_ours(stated: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stated.items() if name not in OURS}


def with_lists(stated: dict[str, Any]) -> dict[str, Any]:
    """Single activities of the context come back as lists."""
    made = copy.deepcopy(stated)
    for whole in (made, made["object"]):
        listed = whole.get("context", {}).get("contextActivities", {}) if isinstance(whole, dict) else {}
        for name, value in listed.items():
            listed[name] = [value] if isinstance(value, dict) else value
    return made


@SOME
@given(body=st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()), kind=KINDS)
def test_any_bytes_are_a_request_that_is_refused(xapi: Xapi, body: bytes, kind: str) -> None:
    answer = xapi.request("POST", "statements", body, {"Content-Type": kind})
    assert answer.status == 400 or answer.json() == []


@SOME
@given(parameters=st.dictionaries(PARAMETERS, st.text() | VALUES.map(json.dumps), max_size=3))
@pytest.mark.parametrize(
    "resource",
    ["statements", "activities", "agents", "activities/state", "agents/profile", "activities/profile"],
)
def test_any_parameters_are_answered_or_refused(xapi: Xapi, resource: str, parameters: dict) -> None:
    answer = xapi.get(
        resource, **{name: text.encode("utf-8", "replace").decode() for name, text in parameters.items()}
    )
    assert answer.status in (200, 400, 404), answer.body


@pytest.mark.parametrize(
    "raw",
    [b"", b"[", b"nul", b"\xff", b'"\xed\xa0\x80"', b"[" * 100_000,
     b'{"a":' * 100_000, b'{"actor": 1e999}', b'{"id": "\\ud800"}', b"[1]", b"[[]]", b"1" * 5000],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_statement_at_all_is_refused(xapi: Xapi, raw: bytes) -> None:
    answer = xapi.post("statements", raw)
    assert answer.status == 400, answer.body


@pytest.mark.parametrize("text", ["\x00", "\ud7ff", "\uffff", "\U0001f6f0", '"\\', "\u2028"], ids=range(6))
def test_every_character_is_kept(xapi: Xapi, text: str) -> None:
    xapi.store(
        statement(
            result={"response": text, "extensions": {"x:y": {text: text}}},
            actor={"mbox": "mailto:a@example.org", "name": text},
        )
    )
    assert xapi.statements()[0]["result"] == {"response": text, "extensions": {"x:y": {text: text}}}


@pytest.mark.parametrize(
    "number", ["1.50", "1E400", "123456789012345678901234567890", "0.1234567890123456789", "-0.0", "1e-7"]
)
def test_numbers_keep_every_digit(xapi: Xapi, number: str) -> None:
    said = json.dumps(statement(result={"extensions": {"x:y": "HERE"}})).replace('"HERE"', number).encode()
    answer = xapi.post("statements", said)
    if answer.status == 200:
        assert f'"x:y": {number}'.encode() in xapi.get("statements").body
    else:
        assert number == "1E400"


@pytest.mark.django_db(transaction=True)
def test_writers_of_overlapping_batches_never_wait_for_ever_and_never_store_twice(
    tenant: Tenant, credential_of: Callable[..., Xapi]
) -> None:
    xapi = credential_of(tenant)
    ids = [str(uuid4()) for _ in range(60)]
    failures: list[bytes] = []

    def write(seed: int) -> None:
        order = sorted(ids, key=lambda statement_id: UUID(statement_id).int * (seed * 2 + 1) % 1_000_003)
        for start in range(0, 60, 20):
            batch = [
                referring(statement_id, ids[start])
                if seed % 2 and statement_id != ids[start]
                else statement(id=statement_id)
                for statement_id in order[start : start + 20]
            ]
            answer = xapi.post("statements", batch)
            if answer.status not in (200, 409):
                failures.append(answer.body)
        connection.close()

    def referring(statement_id: str, target: str) -> dict:
        return statement(id=statement_id, object={"objectType": "StatementRef", "id": target})

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []
    stored = [statement["id"] for statement in everything(xapi)]
    assert len(stored) == len(set(stored))
    assert set(stored) <= set(ids)


def everything(xapi: Xapi) -> list[dict[str, Any]]:
    answer = xapi.get("statements").json()
    statements = answer["statements"]
    while answer["more"]:
        answer = xapi.get(answer["more"].removeprefix("/xapi/")).json()
        statements += answer["statements"]
    return statements


def test_the_same_statement_from_many_writers_at_once_is_stored_once(
    transactional_db: None, tenant: Tenant, credential_of: Callable[..., Xapi]
) -> None:
    xapi, said, seen = credential_of(tenant), [statement(id=str(uuid4())) for _ in range(10)], []

    def write() -> None:
        seen.append(xapi.post("statements", said).status)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [200] * 8
    assert len(xapi.statements()) == 10
    assert msgspec.json.decode(xapi.get("statements").body)["more"] == ""
