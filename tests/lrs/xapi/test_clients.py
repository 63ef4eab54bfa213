"""Published clients of others speak with the store as they speak with any: one for Python, over HTTP; the
ones for browsers are in journeys.
"""

import threading
from collections.abc import Callable, Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.db import connection
from tests.lrs.client import Xapi
from tests.tenants import Tenant
from tincan import (
    Activity,
    ActivityDefinition,
    Agent,
    AgentProfileDocument,
    Attachment,
    LanguageMap,
    RemoteLRS,
    Result,
    Score,
    StateDocument,
    Statement,
    Verb,
)

from heliograph.lrs.xapi.app import application


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endpoint(transactional_db: None) -> Iterator[str]:
    """The store's address, answered by a thread."""
    server = make_server("127.0.0.1", 0, application, handler_class=_Quiet)

    def serve() -> None:
        server.serve_forever(0.05)
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/xapi/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def lrs(endpoint: str, tenant: Tenant, credential_of: Callable[..., Xapi]) -> RemoteLRS:
    made = credential_of(tenant)
    return RemoteLRS(endpoint=endpoint, username=made.key, password=made.secret, version="1.0.3")


def done(verb: str = "completed") -> Statement:
    return Statement(
        actor=Agent(mbox="mailto:ada@example.org", name="Ada"),
        verb=Verb(id=f"http://adlnet.gov/expapi/verbs/{verb}", display=LanguageMap({"en-US": verb})),
        object=Activity(
            id="https://example.org/activities/1",
            definition=ActivityDefinition(name=LanguageMap({"en-US": "One"})),
        ),
        result=Result(score=Score(scaled=0.9), success=True, completion=True),
    )


def test_statements_are_saved_read_and_queried(lrs: RemoteLRS) -> None:
    saved = lrs.save_statement(done())
    assert saved.success, saved.data
    read = lrs.retrieve_statement(saved.content.id)
    assert (read.content.actor.name, read.content.result.score.scaled) == ("Ada", 0.9)
    several = lrs.save_statements([done("passed"), done("failed"), done("passed")])
    assert several.success, several.data
    answer = lrs.query_statements({"verb": Verb(id="http://adlnet.gov/expapi/verbs/passed"), "limit": 1})
    assert answer.success, answer.data
    assert len(answer.content.statements) == 1
    further = lrs.more_statements(answer.content)
    assert further.success, further.data
    assert len(further.content.statements) == 1


def test_about_tells_the_version(lrs: RemoteLRS) -> None:
    assert "1.0.3" in lrs.about().content.version


def test_states_and_profiles_are_kept(lrs: RemoteLRS) -> None:
    activity, agent = Activity(id="https://example.org/activities/1"), Agent(mbox="mailto:ada@example.org")
    state = StateDocument(
        id="bookmark", activity=activity, agent=agent, content=bytearray(b"page 3"), content_type="text/plain"
    )
    assert lrs.save_state(state).success
    read = lrs.retrieve_state(activity, agent, "bookmark")
    assert bytes(read.content.content) == b"page 3"
    assert lrs.retrieve_state_ids(activity, agent).content == ["bookmark"]
    assert lrs.delete_state(read.content).success
    assert lrs.retrieve_state(activity, agent, "bookmark").response.status == 404
    profile = AgentProfileDocument(
        id="settings", agent=agent, content=bytearray(b"{}"), content_type="application/json", etag="*"
    )
    assert lrs.save_agent_profile(profile).response.status in (204, 412)


def test_what_is_refused_is_told(lrs: RemoteLRS) -> None:
    refused = lrs.save_statement(
        Statement(
            actor=Agent(mbox="mailto:ada@example.org"), verb=Verb(id="no scheme"), object=Activity(id="x:y")
        )
    )
    assert not refused.success
    assert b"must be an IRI" in refused.data.encode() if isinstance(refused.data, str) else refused.data


def test_files_that_lie_elsewhere_are_named(lrs: RemoteLRS) -> None:
    statement = done()
    statement.attachments = [
        Attachment(
            usage_type="https://example.org/certificate", display=LanguageMap({"en": "Certificate"}),
            content_type="text/plain", length=3,
            sha2="a" * 64, fileurl="https://example.org/certificate.txt",
        )
    ]  # fmt: skip
    assert lrs.save_statement(statement).success
