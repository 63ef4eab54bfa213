"""Statements through the door: kept as sent, once, whole batches or none, voided, and found again."""

from collections.abc import Callable

import pytest
from tests.lrs.client import VERB, Xapi, statement
from tests.tenants import Tenant

ID = "6f0e4a5e-9d0c-4b0b-8f5f-2a11c2b5b5a4"


def test_a_statement_comes_back_as_it_was_sent_with_what_the_store_says_of_it(xapi: Xapi) -> None:
    sent = (
        b'{"id":"%s", "timestamp":"2026-05-04T10:11:12.1Z","verb":{"id":"x:y"},'
        b'"result":{"score":{"raw":1.50}},' % ID.encode()
    )
    sent += b'"object":{"id":"x:z"},"actor":{"mbox":"mailto:a@example.org"}}'
    assert xapi.post("statements", sent).json() == [ID]
    answer = xapi.get("statements", statementId=ID)
    assert answer.body.startswith(sent[:-1])
    told = answer.json()
    assert told["authority"]["account"]["name"] == xapi.key
    assert told["stored"].endswith("Z")
    assert told["version"] == "1.0.0"
    assert told["timestamp"] == "2026-05-04T10:11:12.1Z"


def test_a_statement_without_a_time_has_the_time_it_was_stored(xapi: Xapi) -> None:
    xapi.store(statement())
    stored = xapi.statements()[0]
    assert stored["timestamp"] == stored["stored"]


def test_the_same_statement_sent_again_is_stored_once_and_another_of_its_id_never(xapi: Xapi) -> None:
    for _ in range(2):
        assert xapi.put("statements", statement(), statementId=ID).status == 204
    refused = xapi.put("statements", statement(verb={"id": "x:other"}), statementId=ID)
    assert (refused.status, refused.code) == (409, "statement_conflict")
    assert [statement["verb"]["id"] for statement in xapi.statements()] == [VERB]


def test_what_may_differ_does_not_make_another_statement(xapi: Xapi) -> None:
    members = [{"mbox": "mailto:a@example.org"}, {"mbox": "mailto:b@example.org"}]
    group_statement = statement(
        id=ID, actor={"objectType": "Group", "member": members}, result={"duration": "PT1.001S"}
    )
    xapi.store(group_statement)
    other = statement(
        id=ID,
        actor={"objectType": "Group", "member": members[::-1]},
        result={"duration": "PT1.009S"},
        verb={"id": VERB, "display": {"de": "erlebte"}},
        object={
            "objectType": "Activity",
            "id": "https://example.org/activities/1",
            "definition": {"name": {"en": "One"}},
        },
        timestamp="2026-05-04T10:11:12Z",
    )
    assert xapi.post("statements", other).status == 200


def test_a_batch_is_stored_whole_or_not_at_all(xapi: Xapi) -> None:
    bad = xapi.post("statements", [statement(), statement(verb={"id": "nothing"})])
    assert (bad.status, bad.rule, bad.json()["statement"]) == (400, "iri", 2)
    xapi.store(statement(id=ID))
    conflicting = xapi.post("statements", [statement(), statement(id=ID, verb={"id": "x:y"})])
    assert conflicting.status == 409
    assert len(xapi.statements()) == 1


def test_the_refusal_says_which_statement_which_property_and_which_rule(xapi: Xapi) -> None:
    answer = xapi.post("statements", [statement(), statement(result={"score": {"scaled": 3}})])
    assert answer.json()["detail"] == (
        "Statement 2: result.score.scaled must be from -1 to 1, not 3 (xAPI 1.0.3 Data 2.4.5.1; 2.0 4.2.2.4)."
    )
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_property_that_is_there_twice_is_refused(xapi: Xapi) -> None:
    twice = (
        b'{"actor":{"mbox":"mailto:a@example.org"},"verb":{"id":"x:y"},'
        b'"object":{"id":"x:z"},"verb":{"id":"x:w"}}'
    )
    assert xapi.post("statements", twice).rule == "property.twice"
    text = statement(result={"response": '{"verb": "verb", "verb": 1}'})
    assert xapi.post("statements", text).status == 200


def test_a_voided_statement_is_found_by_voided_statement_id_alone(xapi: Xapi) -> None:
    xapi.store(statement(id=ID))
    xapi.store(voiding(ID))
    assert xapi.get("statements", statementId=ID).status == 404
    assert xapi.get("statements", voidedStatementId=ID).json()["id"] == ID
    assert [statement["verb"]["id"] for statement in xapi.statements(verb=VERB)] == [
        "http://adlnet.gov/expapi/verbs/voided"
    ]


def test_a_statement_that_comes_after_it_was_voided_is_voided(xapi: Xapi) -> None:
    xapi.store(voiding(ID))
    xapi.store(statement(id=ID))
    assert xapi.get("statements", statementId=ID).status == 404
    assert len(xapi.statements()) == 1


def test_a_voiding_statement_cannot_be_voided(xapi: Xapi) -> None:
    [void] = xapi.store(voiding(ID))
    xapi.store(voiding(void))
    assert xapi.get("statements", statementId=void).status == 200


@pytest.mark.django_db(transaction=True)  # positions are as far apart as transactions
def test_whoever_refers_to_a_statement_is_found_by_its_keys_whichever_came_first(xapi: Xapi) -> None:
    about = {"objectType": "StatementRef", "id": ID}
    [early] = xapi.store(statement(verb={"id": "x:commented"}, object=about))
    xapi.store(statement(id=ID, verb={"id": "x:first"}))
    [late] = xapi.store(statement(verb={"id": "x:commented"}, object=about))
    [chained] = xapi.store(
        statement(verb={"id": "x:agreed"}, object={"objectType": "StatementRef", "id": late})
    )
    assert [statement["id"] for statement in xapi.statements(verb="x:first")] == [chained, late, ID, early]


def test_single_activities_of_the_context_come_back_as_lists(xapi: Xapi) -> None:
    around = {"contextActivities": {"parent": {"id": "x:p"}, "grouping": [{"id": "x:g"}]}}
    xapi.store(statement(context=around))
    assert xapi.statements()[0]["context"]["contextActivities"] == {
        "parent": [{"id": "x:p"}],
        "grouping": [{"id": "x:g"}],
    }


def test_2_0_answers_times_in_utc_and_1_0_3_as_they_were_sent(xapi: Xapi, xapi2: Xapi) -> None:
    xapi.store(statement(timestamp="2026-05-04T10:11:12.5+02:00"))
    xapi2.store(statement(timestamp="2026-05-04T10:11:12.5+02:00"))
    assert {statement["timestamp"] for statement in xapi.statements()} == {
        "2026-05-04T08:11:12.500000Z",
        "2026-05-04T10:11:12.5+02:00",
    }


@pytest.mark.django_db(transaction=True)
def test_pages_follow_each_other_without_a_gap_in_both_directions(xapi: Xapi) -> None:
    ids = [xapi.store(statement())[0] for _ in range(5)] + xapi.store(*(statement() for _ in range(4)))
    for ascending, expected in ((False, ids[::-1]), (True, ids)):
        answer = xapi.get("statements", limit=2, ascending=ascending, verb=VERB).json()
        seen = [statement["id"] for statement in answer["statements"]]
        while answer["more"]:
            assert answer["more"].startswith("/xapi/")
            answer = xapi.get(answer["more"].removeprefix("/xapi/")).json()
            seen += [statement["id"] for statement in answer["statements"]]
        assert seen == expected


def test_filters_look_where_the_standard_says(xapi: Xapi) -> None:
    boss, team = (
        {"mbox": "mailto:boss@example.org"},
        {"objectType": "Group", "member": [{"mbox": "mailto:m@example.org"}]},
    )
    inner = {
        "objectType": "SubStatement",
        **statement(actor={"mbox": "mailto:sub@example.org"}, object={"id": "x:sub"}),
    }
    first, two, three = xapi.store(
        statement(
            context={
                "instructor": boss,
                "team": team,
                "contextActivities": {"grouping": [{"id": "x:course"}]},
            }
        ),
        statement(actor=team, object={"id": "x:other"}),
        statement(object=inner),
    )

    def ids(**query: object) -> list[str]:
        return [statement["id"] for statement in xapi.statements(**query)]

    assert ids(agent={"mbox": "mailto:m@example.org"}) == [two]
    assert ids(agent={"mbox": "mailto:m@example.org"}, related_agents=True) == [two, first]
    assert ids(agent=boss) == []
    assert ids(agent=boss, related_agents=True) == [first]
    assert ids(agent={"mbox": "mailto:sub@example.org"}, related_agents=True) == [three]
    assert ids(activity="x:course") == []
    assert ids(activity="x:course", related_activities=True) == [first]
    assert ids(activity="x:sub", related_activities=True) == [three]
    assert ids(activity="x:other", verb=VERB, agent={"mbox": "mailto:m@example.org"}) == [two]
    assert ids(
        agent={"account": {"homePage": "http://localhost:8000", "name": xapi.key}}, related_agents=True
    ) == [three, two, first]


def test_organizations_never_see_each_other(
    xapi: Xapi, credential_of: Callable[..., Xapi], stranger: Tenant
) -> None:
    other = credential_of(stranger)
    xapi.store(statement(id=ID))
    assert other.statements() == []
    assert other.statements(verb=VERB) == []
    assert other.get("statements", statementId=ID).status == 404
    assert other.put("statements", statement(verb={"id": "x:y"}), statementId=ID).status == 204
    other.store(voiding(ID))
    assert xapi.get("statements", statementId=ID).json()["verb"]["id"] == VERB


def voiding(target: str) -> dict:
    return statement(
        verb={"id": "http://adlnet.gov/expapi/verbs/voided"},
        object={"objectType": "StatementRef", "id": target},
    )


def test_a_statement_that_several_keys_of_a_filter_find_is_found_once(xapi: Xapi) -> None:
    course = {"id": "https://example.org/courses/1"}
    [first] = xapi.store(statement(object=course))
    about = {
        "object": {"objectType": "StatementRef", "id": first},
        "actor": {"mbox": "mailto:bo@example.org"},
    }
    context = {"contextActivities": {"other": [course]}, "instructor": {"mbox": "mailto:ada@example.org"}}
    [second] = xapi.store(statement(**about, context=context))
    ada = '{"mbox":"mailto:ada@example.org"}'
    for query in (
        {"activity": course["id"], "related_activities": "true"},
        {"agent": ada, "related_agents": "true"},
    ):
        for ascending in ("true", "false"):
            assert sorted(
                statement["id"] for statement in xapi.statements(**query, ascending=ascending)
            ) == sorted([first, second])


def test_since_a_time_before_all_times_is_since_the_beginning(xapi: Xapi) -> None:
    xapi.store(statement())
    assert len(xapi.statements(since="1960-01-01T00:00:00Z")) == 1
    assert xapi.statements(until="1960-01-01T00:00:00Z") == []
