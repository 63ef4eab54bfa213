"""What embedded packages report becomes statements, unless the dispatch keeps no records of its learners."""

import json
from collections.abc import Callable

import pytest
from tests.fixtures import CONTENT
from tests.lrs.client import Xapi
from tests.tenants import Tenant

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.dispatch.embedded import callback, statements
from heliograph.dispatch.models import Dispatch


@pytest.fixture(autouse=True)
def _fresh() -> None:
    callback._routes.clear()


@pytest.fixture
def played(client, dispatch: Dispatch) -> None:
    """A learner has played the embedded course from beginning to end."""
    Dispatch.objects.update(embedded_since=now())
    asked = {
        "learner": "ada", "name": "Ada", "stub": "2", "standard": "scorm12", "sitting": str(new_id()),
        "mode_of_package": "embedded", "scos": ["index.html"],
    }  # fmt: skip
    answer = client.post(
        f"/d/{dispatch.stub_key}/launch",
        json.dumps(asked),
        content_type="text/plain",
        HTTP_HOST=CONTENT,
        HTTP_ORIGIN="https://lms.example",
    )
    token = answer.json()["callback"]
    state = {
        "completion": "incomplete",
        "sco": "index.html",
        "elements": {"cmi.core.lesson_status": "incomplete"},
    }
    passed = {
        "completion": "completed", "success": "passed", "sco": "index.html", "score_raw": 90.0,
        "elements": {
            "cmi.core.lesson_status": "passed", "cmi.core.score.raw": "90",
            "cmi.interactions.0.id": "q", "cmi.interactions.0.student_response": "a",
        },
    }  # fmt: skip
    events = [
        {"sequence": 1, "kind": "state", "body": state}, {"sequence": 2, "kind": "state", "body": passed},
        {"sequence": 3, "kind": "state", "body": passed}, {"sequence": 4, "kind": "end"},
    ]  # fmt: skip
    callback.answer(json.dumps({"token": token, "events": events}).encode())


@pytest.mark.usefixtures("played")
def test_an_embedded_session_is_told_once(tenant: Tenant, credential_of: Callable[..., Xapi]) -> None:
    for _ in range(2):
        statements.follow()
    stored = credential_of(tenant).statements(ascending=True)
    assert sorted(statement["verb"]["id"].rpartition("/")[2] for statement in stored) == sorted(
        ["initialized", "scored", "completed", "passed", "responded", "terminated"]
    )
    assert {statement["actor"]["account"]["name"] for statement in stored} == {"ada"}


@pytest.mark.usefixtures("played")
def test_a_dispatch_that_keeps_no_records_tells_nothing(
    dispatch: Dispatch, tenant: Tenant, credential_of: Callable[..., Xapi]
) -> None:
    Dispatch.objects.filter(id=dispatch.id).update(tracking=False)
    statements.follow()
    assert credential_of(tenant).statements() == []
