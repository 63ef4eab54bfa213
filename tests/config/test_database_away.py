"""While the database is away, everybody is told so, in their own language, and asked to come back in a
moment.
"""

import logging

import pytest
from django.db import OperationalError, connection
from django.urls import reverse
from procrastinate.exceptions import ConnectorException
from tests.fixtures import APP, CONTENT

from heliograph.config.outage import OncePerOutage, database_away
from heliograph.dispatch import admission
from heliograph.runtime import actions


def gone(*_):
    """What every statement does when the server has gone."""
    raise OperationalError("server closed the connection unexpectedly")


@pytest.fixture
def away(db):
    with connection.execute_wrapper(gone):
        yield


def is_a_problem_document(answer):
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "2"
    assert answer.json()["code"] == "database_away"
    assert "Try again in a few seconds" in answer.json()["detail"]


def test_a_player_is_told_to_send_again(client, registration_address, away):
    is_a_problem_document(
        client.post(f"{registration_address}open", "{}", content_type="text/plain", HTTP_HOST=CONTENT)
    )


def test_a_program_is_told_to_ask_again(api, away):
    is_a_problem_document(api("get", "/courses"))


def test_a_stranger_gets_a_page(client, away):
    answer = client.post("/sign-in/", {"login": "a@b.example", "password": "whatever it is"}, HTTP_HOST=APP)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "2"
    assert "The service is temporarily unavailable" in answer.content.decode()


def test_a_member_gets_a_page_and_stays_signed_in(client, tenant):
    client.raise_request_exception = False
    client.force_login(tenant.organization.memberships.get(role="owner").user)
    with connection.execute_wrapper(gone):
        answer = client.get(reverse("dispatches"), HTTP_HOST=APP)
    assert answer.status_code == 503
    assert "The service is temporarily unavailable" in answer.content.decode()
    assert client.get(reverse("dispatches"), HTTP_HOST=APP).status_code == 200


def test_the_queue_being_away_is_the_database_being_away():
    queue = ConnectorException("the queue")
    queue.__cause__ = OperationalError("gone")
    assert database_away(queue)
    assert database_away(ValueError("something else")) is None


def test_the_log_tells_of_an_outage_once_and_of_everything_else_always():
    def record(reason, **more):
        made = logging.LogRecord(
            "a.name", logging.ERROR, "", 1, "a message", (), (type(reason), reason, None) if reason else None
        )
        made.__dict__.update(more)
        return made

    once, first = OncePerOutage(), record(OperationalError("gone\nand more"))
    assert once.filter(first)
    assert (first.getMessage(), first.exc_info) == ("the database is away: gone", None)
    assert not once.filter(record(OperationalError("gone")))
    assert not once.filter(record(None, status_code=503))
    assert once.filter(record(ValueError("a defect")))
    assert once.filter(record(None))


@pytest.fixture
def registration_address(dispatch):
    address = actions.player_address(admission.admit(dispatch, "anna"))
    return address[address.index("/play/") :]
