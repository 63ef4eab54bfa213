"""Every rule of the table of requests, through the door: its good requests are answered, its last bad one is
refused with its code.
"""

import pytest
from tests.lrs.client import Answer, Xapi

from heliograph.lrs.rules.requests import REQUESTS, ExampleRequest, RequestRule

VERSIONS = {"1.0.3": "1.0.3", "2.0": "2.0.0"}
CASES = [
    pytest.param(rule, number, version, id=f"{rule.code}-{position}-{number}-{version}")
    for position, rule in enumerate(REQUESTS)
    for version in VERSIONS
    if rule.only in ("", version)
    for number in range(len(rule.bad))
]
# Where an earlier request makes what the last one finds.
IN_A_ROW = ("document_not_mergeable", "precondition_failed", "document_conflict")


def ask(xapi: Xapi, asked: ExampleRequest) -> Answer:
    return xapi.request(asked.method, asked.resource, asked.body, asked.headers, **asked.query)


@pytest.mark.parametrize(("rule", "number", "version"), CASES)
def test_a_bad_request_is_refused_with_its_rules_code(
    xapi: Xapi, rule: RequestRule, number: int, version: str
) -> None:
    xapi.version = VERSIONS[version]
    if rule.code in IN_A_ROW:
        answers = [ask(xapi, asked) for asked in rule.bad]
        answer = answers[-1]
        assert [reply.status for reply in answers[:-1]] == [204] * (len(answers) - 1)
    else:
        answer = ask(xapi, rule.bad[number])
    assert (answer.status, answer.code) == (rule.status, rule.code)
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize(("rule", "number", "version"), [case for case in CASES if case.values[1] == 0])
def test_good_requests_are_answered(xapi: Xapi, rule: RequestRule, number: int, version: str) -> None:
    xapi.version = VERSIONS[version]
    for asked in rule.good:
        answer = ask(xapi, asked)
        assert answer.status in (200, 204), answer.body
