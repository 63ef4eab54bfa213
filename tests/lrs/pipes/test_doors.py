"""Who may see and change pipes, what they are told, and that a secret never leaves."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from tests.fixtures import Api
from tests.lrs.client import statement
from tests.lrs.pipes import store
from tests.lrs.pipes.conftest import run
from tests.lrs.pipes.test_forwarding import numbered, refuse

from heliograph.accounts import actions as accounts
from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.roles import Role
from heliograph.lrs.models import Pipe, Undelivered
from heliograph.lrs.pipes import actions, lease, queries
from heliograph.lrs.pipes.actions import PipeSettings
from heliograph.lrs.pipes.errors import PipeInvalid

SECRET = "a-secret-that-nobody-may-see"


@pytest.fixture
def program(tenant, client):
    return Api(client, accounts.create_api_key(tenant.owner, "tests", Role.ADMIN)[1])


@pytest.fixture
def person(tenant):
    client = Client()
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    return client


@pytest.fixture
def given(server, theirs):
    credential = {"key": theirs.key, "secret": theirs.secret, "version": "1.0.3"}
    return {"name": "To the warehouse", "direction": "forward", "endpoint": server.endpoint, **credential}


def test_a_program_makes_tests_pauses_and_removes_a_pipe(program, given, xapi):
    tested = program("POST", "/org/pipes/test", given).json()
    assert tested == {"ok": True, "sentence": tested["sentence"]}
    assert "the key can write statements. Supported xAPI versions" in tested["sentence"]
    agent = {"account": {"homePage": "https://lms.example.org", "name": "ada"}}
    filter = {
        "verbs": ["http://adlnet.gov/expapi/verbs/experienced"],
        "activities": [],
        "agents": [agent, "mailto:ada@example.org"],
    }
    made = program("POST", "/org/pipes", {**given, "filter": filter})
    assert made.status_code == 201
    pipe = made.json()
    assert (pipe["state"], pipe["lag"]["count"]) == ("not begun", 0)
    assert pipe["filter"]["agents"] == [agent, {"mbox": "mailto:ada@example.org"}]
    xapi.store(*numbered(3))
    waiting = program("GET", f"/org/pipes/{pipe['id']}").json()
    assert waiting["lag"]["count"] == 3
    run(Pipe.objects.get())
    assert program("GET", "/org/pipes").json()["items"][0]["moved"] == 3
    assert program("POST", f"/org/pipes/{pipe['id']}/test", {}).json()["ok"]
    assert program("PATCH", f"/org/pipes/{pipe['id']}", {"paused": True}).json()["state"] == "paused"
    assert program("POST", f"/org/pipes/{pipe['id']}/try", {}).status_code == 409
    assert (
        program("PATCH", f"/org/pipes/{pipe['id']}", {"paused": False, "name": "Renamed"}).json()["name"]
        == "Renamed"
    )
    assert program("POST", f"/org/pipes/{pipe['id']}/try", {}).status_code == 202
    assert program("DELETE", f"/org/pipes/{pipe['id']}").status_code == 204
    assert program("GET", f"/org/pipes/{pipe['id']}").status_code == 404


def test_a_program_decides_about_what_was_not_delivered(program, pipe_to, xapi, server):
    sent = numbered(2)
    xapi.store(*sent)
    server.judge = refuse([sent_one["id"] for sent_one in sent])
    pipe = run(pipe_to())
    address = f"/org/pipes/{pipe.id}/undelivered"
    rows = program("GET", address).json()["items"]
    assert [row["statement"] for row in rows] == [sent[1]["id"], sent[0]["id"]]
    assert program("POST", f"{address}/{rows[0]['id']}/retry", {}).json()["state"] == "again"
    assert program("DELETE", f"{address}/{rows[1]['id']}").status_code == 204
    assert len(program("GET", address).json()["items"]) == 1


def test_a_person_sees_how_each_pipe_does_and_why_one_waits(person, pipe_to, xapi, server):
    xapi.store(*numbered(2))
    pipe = pipe_to()
    server.judge = lambda request: store.answering(401)
    run(pipe)
    listed = person.get("/records/pipes/").content.decode()
    assert "To the warehouse" in listed
    assert "rejected the key and secret (401)" in listed
    assert "2 pending since" in listed
    server.judge = lambda request: None
    run(pipe)
    listed = person.get("/records/pipes/").content.decode()
    assert "Up to date" in listed
    assert "2 transferred" in listed


def test_a_person_makes_changes_and_tries_a_pipe(person, given, tenant, xapi, theirs, server):
    said = person.post("/records/pipes/test", given).content.decode()
    assert "the key can write statements" in said
    assert (
        "rejected the key"
        in person.post("/records/pipes/test", {**given, "secret": "wrong"}).content.decode()
    )
    assert (
        "is not a valid URL"
        in person.post("/records/pipes/test", {**given, "endpoint": "lrs"}).content.decode()
    )
    answer = person.post(
        "/records/pipes/new",
        {**given, "begin": "now", "activities": "https://a.example/*\n\nhttps://b.example/1"},
    )
    pipe = Pipe.objects.get()
    assert answer.url == f"/records/pipes/{pipe.id}/"
    assert pipe.filter == {"activities": ["https://a.example/*", "https://b.example/1"]}
    agents = 'mailto:ada@example.org\n{"account":{"homePage":"https://lms.example.org","name":"ada l"}}'
    person.post(f"{answer.url}change", {"name": "Another", "agents": agents, "version": "2.0.0"})
    pipe.refresh_from_db()
    assert (pipe.name, pipe.version, list(pipe.filter)) == ("Another", "2.0.0", ["agents"])
    shown = person.get(answer.url).content.decode()
    assert "mailto:ada@example.org" in shown
    person.post(
        f"{answer.url}change",
        {
            "name": "Another",
            "agents": re.findall(r'name="agents"[^>]*>([^<]*)<', shown)[0].replace("&quot;", '"'),
        },
    )
    before = pipe.filter
    pipe.refresh_from_db()
    assert pipe.filter == before
    assert "the key can write statements" in person.post(f"{answer.url}test").content.decode()


def test_what_was_not_delivered_can_be_retried_and_dismissed_on_the_page(
    person, pipe_to, xapi, theirs, server
):
    sent = numbered(2)
    xapi.store(*sent)
    server.judge = refuse([sent_one["id"] for sent_one in sent])
    pipe = run(pipe_to())
    page = f"/records/pipes/{pipe.id}/"
    assert "we do not like it" in person.get(page).content.decode()
    first, second = Undelivered.objects.order_by("id")
    server.judge = lambda request: None
    person.post(f"{page}undelivered/{first.id}/retry")
    person.post(f"{page}undelivered/{second.id}/dismiss", {"confirmed": "1"})
    run(pipe)
    assert "No failed statements" in person.get(page).content.decode()
    assert len(theirs.statements()) == 1
    assert person.get(f"{page}?csv=1").status_code == 200


def test_a_key_and_a_secret_are_never_told_again(person, program, given, tenant):
    pipe = program("POST", "/org/pipes", {**given, "key": "our-key-there", "secret": SECRET})
    assert SECRET not in pipe.content.decode()
    address = f"/org/pipes/{pipe.json()['id']}"
    program("PATCH", address, {"secret": f"{SECRET}-2"})
    seen = [
        program("GET", address).content,
        program("GET", "/org/pipes").content,
        program("GET", "/org/audit-log").content,
    ]
    seen += [
        person.get(f"/records/pipes/{pipe.json()['id']}/").content,
        person.get("/records/pipes/").content,
    ]
    seen += [
        str(list(Entry.objects.values())).encode(),
        str(list(Pipe.objects.values())).encode(),
        bytes(Pipe.objects.get().encrypted_credentials),
    ]
    assert not any(SECRET.encode() in body or b"our-key-there" in body for body in seen)


def test_everything_people_do_is_in_the_journal(pipe_to, tenant, server, xapi):
    sent = numbered(1)
    xapi.store(*sent)
    server.judge = refuse([sent[0]["id"]])
    pipe = run(pipe_to())
    row = Undelivered.objects.get()
    actions.change_pipe(
        tenant.owner, pipe, name="Another", filter={"verbs": ["https://example.org/v"]}, secret="another"
    )
    actions.pause(tenant.owner, pipe)
    actions.resume(tenant.owner, pipe)
    actions.try_now(tenant.owner, pipe)
    actions.retry(tenant.owner, row)
    actions.dismiss(tenant.owner, row)
    actions.remove_pipe(tenant.owner, pipe)
    verbs = list(Entry.objects.filter(subject_kind="pipe").order_by("id").values_list("verb", flat=True))
    done = [
        "created",
        "changed",
        "paused",
        "resumed",
        "tried",
        "retried a statement of",
        "dismissed a statement of",
        "removed",
    ]
    assert verbs == done


def test_managers_may_do_nothing_with_pipes(pipe_to, tenant):
    pipe, manager = pipe_to(), tenant.manager
    row = Undelivered.objects.create(pipe=pipe, statement_id="x", reason="", at=clock.now())
    asked = PipeSettings("https://lrs.example.org/xapi", "k", "s")
    for change in (
        lambda: actions.create_pipe(manager, "P", "forward", asked),
        lambda: actions.change_pipe(manager, pipe, name="P"),
        lambda: actions.pause(manager, pipe),
        lambda: actions.resume(manager, pipe),
        lambda: actions.try_now(manager, pipe),
        lambda: actions.remove_pipe(manager, pipe),
        lambda: actions.retry(manager, row),
        lambda: actions.dismiss(manager, row),
        lambda: actions.test_connection(manager, "forward", asked),
        lambda: actions.test_pipe(manager, pipe),
    ):
        with pytest.raises(Forbidden):
            change()


def test_a_pipe_of_another_organization_is_not_there(pipe_to, stranger, client):
    pipe = pipe_to()
    row = Undelivered.objects.create(pipe=pipe, statement_id="x", reason="", at=clock.now())
    other = Api(client, accounts.create_api_key(stranger.owner, "tests", Role.OWNER)[1])
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/try"),
        ("POST", "/test"),
        ("GET", "/undelivered"),
        ("POST", f"/undelivered/{row.id}/retry"),
        ("DELETE", f"/undelivered/{row.id}"),
    ):
        assert (
            other(
                method, f"/org/pipes/{pipe.id}{path}", {} if method in ("POST", "PATCH") else None
            ).status_code
            == 404
        ), path
    assert other("GET", "/org/pipes").json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"endpoint": "ftp://lrs.example.org"}, "address_invalid"),
        ({"endpoint": "https://user:pw@lrs.example.org"}, "address_invalid"),
        ({"endpoint": "https://lrs.example.org/xapi?x=1"}, "address_invalid"),
        ({"endpoint": "https://lrs.example.org:port/"}, "address_invalid"),
        ({"key": ""}, "pipe_credential"),
        ({"key": "a:b"}, "pipe_credential"),
        ({"secret": "line\nbreak"}, "pipe_credential"),
        ({"name": " "}, "pipe_invalid"),
        ({"filter": {"verbs": ["no iri"]}}, "pipe_filter"),
        ({"filter": {"agents": [{"name": "Nobody"}]}}, "pipe_filter"),
        ({"filter": {"agents": ["{"]}}, "pipe_filter"),
        ({"direction": "import", "filter": {"verbs": ["https://example.org/v"]}}, "pipe_filter"),
        ({"direction": "import", "from_beginning": False}, "pipe_invalid"),
    ],
)
def test_what_cannot_be_a_pipe_is_refused_with_a_sentence(program, given, changes, code):
    answer = program("POST", "/org/pipes", {**given, **changes})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["detail"].endswith((".", "/xapi", "/heliograph", "/1", "…"))


def test_an_address_inside_our_network_is_refused(tenant, settings):
    from dataclasses import replace

    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, outbound_private=False)
    for endpoint in (
        "http://lrs.example.org/xapi",
        "https://127.0.0.1/xapi",
        "https://[::1]/xapi",
        "https://169.254.169.254/xapi",
    ):
        with pytest.raises(Invalid):
            actions.create_pipe(tenant.owner, "P", "forward", PipeSettings(endpoint, "k", "s"))
        with pytest.raises(Invalid):
            actions.test_connection(tenant.owner, "forward", PipeSettings(endpoint, "k", "s"))
    pipe = actions.create_pipe(tenant.owner, "P", "import", PipeSettings("https://localhost/xapi", "k", "s"))
    assert "private network" in run(pipe).last_error


def test_an_organization_does_not_forward_to_itself(tenant, server, xapi):
    with pytest.raises(PipeInvalid, match="credential of this LRS"):
        actions.create_pipe(
            tenant.owner, "P", "forward", PipeSettings(server.endpoint, xapi.key, xapi.secret)
        )


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (store.answering(404), "No LRS found at this address"),
        (store.answering(200, b"<html>"), "“about” resource is not readable"),
        (store.dropped, "cannot be reached"),
        (store.answering(302, Location="https://elsewhere.example"), "a redirect"),
    ],
)
def test_a_connection_that_would_not_work_is_told_so(tenant, server, theirs, fault, words):
    server.judge = lambda request: fault
    tested = actions.test_connection(
        tenant.owner, "forward", PipeSettings(server.endpoint, theirs.key, theirs.secret)
    )
    assert not tested.ok
    assert words in tested.sentence


def test_a_connection_is_tested_for_what_the_pipe_will_do(tenant, stranger, server, credential_of):
    writer = credential_of(stranger, "statements/write")
    asked = PipeSettings(server.endpoint, writer.key, writer.secret)
    assert actions.test_connection(tenant.owner, "forward", asked).ok
    tested = actions.test_connection(tenant.owner, "import", asked)
    assert (tested.ok, "lacks the permission" in tested.sentence) == (False, True)


def test_the_lag_is_counted_up_to_a_bound_and_tells_the_age_of_the_oldest(pipe_to, xapi, monkeypatch):
    monkeypatch.setattr(queries, "MOST_COUNTED", 3)
    pipe = pipe_to()
    assert queries.lag(pipe) == queries.Lag()
    xapi.store(*numbered(3))
    first = queries.lag(pipe)
    assert (first.count, first.more) == (3, False)
    assert first.oldest is not None
    assert clock.now() - first.oldest < timedelta(seconds=20)
    xapi.store(*numbered(1))
    assert (queries.lag(pipe).count, queries.lag(pipe).more) == (3, True)
    assert queries.oldest_waiting() > 0
    run(pipe)
    assert queries.oldest_waiting() == 0


def test_a_pipe_is_due_only_while_it_has_something_to_do(pipe_to, xapi):
    pipe = pipe_to()
    assert lease.due() == []
    xapi.store(statement())
    assert lease.due() == [pipe.id]
    run(pipe)
    assert lease.due() == []
