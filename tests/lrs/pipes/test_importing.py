"""Importing: another store's statements come here once, as they were, whatever is cut off on the way."""

import json
import random
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.lrs.client import statement
from tests.lrs.pipes import store
from tests.lrs.pipes.conftest import run, stored, until_next_try
from tests.lrs.pipes.test_forwarding import ids, numbered, store_file, voiding, with_file

from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.lrs.models import Key, Pipe, Undelivered
from heliograph.lrs.people import actions as people
from heliograph.lrs.pipes import actions, importing, lease, queries, rules
from heliograph.lrs.pipes.tasks import forget_undelivered
from heliograph.lrs.statements import write


class Killed(BaseException):
    """A worker that is no more."""


def changed(change):
    """A fault that passes a request on and lets ``change`` alter the document that is answered."""

    def play(handler):
        status, headers, body = handler.passed_on()
        if "multipart" in headers.get("Content-Type", ""):
            boundary = headers["Content-Type"].split('"')[1]
            body = body.split(b"\r\n\r\n", 1)[1].split(f"\r\n--{boundary}".encode())[0]
        document = json.loads(body)
        change(document)
        return status, {"Content-Type": "application/json"}, json.dumps(document).encode()

    return play


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr(importing, "PAGE", 10)


def asked_for_pages(server):
    return [request.path for request in server.asked_for("GET")]


# -- what comes


def test_everything_comes_in_order_with_its_id_and_authority(pipe_to, xapi, theirs, server):
    sent = numbered(35)
    theirs.store(*sent)
    pipe = run(pipe_to("import"))
    assert ids(stored(xapi)) == ids(sent)
    assert [statement["authority"] for statement in stored(xapi)] == [
        statement["authority"] for statement in stored(theirs)
    ]
    assert len(asked_for_pages(server)) == 4
    assert (pipe.moved, pipe.last_error, queries.state_of(pipe).state) == (35, "", "up to date")
    assert pipe.reached_at is not None
    assert (
        pipe.reached_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        == stored(theirs)[-1]["stored"]
    )


def test_it_stays_up_to_date_and_counts_nothing_twice(pipe_to, xapi, theirs):
    theirs.store(*numbered(12))
    pipe = run(pipe_to("import"))
    assert timedelta(minutes=4) < until_next_try(pipe) <= timedelta(minutes=5)
    news = numbered(3)
    theirs.store(*news)
    pipe = run(pipe)
    assert (pipe.moved, ids(stored(xapi))[-3:]) == (15, ids(news))


def test_one_that_shall_not_stay_is_finished_at_the_end(pipe_to, xapi, theirs, tenant):
    theirs.store(*numbered(12))
    pipe = run(pipe_to("import", continuous=False))
    assert queries.state_of(pipe).state == "finished"
    assert lease.due() == []
    theirs.store(*numbered(1))
    assert run(pipe).moved == 12
    actions.try_now(tenant.owner, pipe)
    assert run(pipe).moved == 13


def test_files_come_with_the_statements_that_name_them(pipe_to, xapi, theirs):
    made, body = with_file(b"passed with honors")
    store_file(theirs, body)
    theirs.store(*numbered(1))
    assert run(pipe_to("import")).moved == 2
    assert b"passed with honors" in xapi.get("statements", statementId=made["id"], attachments="true").body


def test_a_voided_statement_comes_too_and_is_voided_here(pipe_to, xapi, theirs):
    first, second = numbered(2)
    theirs.store(first, second)
    gone = voiding(first["id"])
    theirs.store(gone)
    assert run(pipe_to("import")).moved == 3
    assert ids(stored(xapi)) == [second["id"], gone["id"]]
    assert xapi.get("statements", voidedStatementId=first["id"]).status == 200


def test_a_store_of_2_0_is_read_as_one(pipe_to, xapi2, theirs, credential_of, stranger):
    agents = [{"objectType": "contextAgent", "agent": {"mbox": "mailto:b@example.org"}}]
    credential_of(stranger, version="2.0.0").store(statement(context={"contextAgents": agents}))
    assert run(pipe_to("import", version="2.0.0")).moved == 1
    assert xapi2.statements()[0]["context"]["contextAgents"] == agents


def test_what_is_here_already_is_known_and_not_counted(pipe_to, xapi, theirs):
    both = numbered(3)
    xapi.store(*both)
    theirs.store(*both, *numbered(2))
    assert run(pipe_to("import")).moved == 2
    assert len(stored(xapi)) == 5


# -- other stores' ways


@pytest.mark.parametrize(
    "form", ["/xapi/statements/more/{}", "statements/more/{}", "http://127.0.0.1:1/xapi/statements/more/{}"]
)
def test_a_more_is_followed_in_every_form_that_stores_give_it(pipe_to, xapi, theirs, server, form):
    def rewrite(document):
        if document["more"]:
            document["more"] = form.format(document["more"].rsplit("/", 1)[1])

    theirs.store(*numbered(25))
    server.judge = lambda request: changed(rewrite)
    assert run(pipe_to("import")).moved == 25


@pytest.mark.parametrize("last", ["", None, ...])
def test_an_answer_may_say_in_several_ways_that_it_is_the_last(pipe_to, xapi, theirs, server, last):
    def rewrite(document):
        document["more"] = last
        if last is ...:
            del document["more"]

    theirs.store(*numbered(5))
    server.judge = lambda request: changed(rewrite)
    assert queries.state_of(run(pipe_to("import"))).state == "up to date"


def test_our_key_is_never_sent_to_another_server(pipe_to, theirs, server):
    theirs.store(*numbered(25))
    server.judge = lambda request: changed(
        lambda document: document.update(more=f"http://localhost:{server.port}/xapi/statements")
    )
    pipe = run(pipe_to("import"))
    assert "another server (localhost)" in pipe.last_error
    assert pipe.moved == 0


def test_a_page_that_leads_to_itself_stops_the_pipe(pipe_to, theirs, server):
    theirs.store(*numbered(25))
    server.judge = lambda request: changed(
        lambda document: document.update(more=request.path if "more" in request.path else document["more"])
    )
    assert "is the same page" in run(pipe_to("import")).last_error


def test_a_store_that_has_forgotten_a_page_is_asked_again_from_the_newest_that_came(
    pipe_to, xapi, theirs, server
):
    sent = numbered(35)
    theirs.store(*sent)
    server.faults = [None, None, store.answering(404, b"no such more")]
    pipe = run(pipe_to("import"))
    assert ids(stored(xapi)) == ids(sent)
    assert pipe.moved == 35
    assert "since=" in asked_for_pages(server)[3]


def test_pages_that_are_too_large_are_asked_for_in_smaller_ones(pipe_to, xapi, theirs, server, monkeypatch):
    monkeypatch.setattr(importing, "LONGEST_PAGE", 6_000)
    sent = [statement(id=str(uuid4()), result={"response": "x" * 500}) for _ in range(12)]
    theirs.store(*sent)
    assert run(pipe_to("import")).moved == 12
    assert any("limit=2" in path for path in asked_for_pages(server))


def test_something_that_is_no_record_store_is_not_believed(pipe_to, server):
    server.judge = lambda request: store.answering(200, b'{"hello": "world"}')
    assert "Not an LRS" in run(pipe_to("import")).last_error


def test_statements_that_our_rules_refuse_are_set_aside_and_the_others_come(
    pipe_to, xapi, theirs, server, tenant
):
    sent = numbered(12)
    theirs.store(*sent)

    def spoil(document):
        for raw in document["statements"]:
            if raw["id"] == sent[3]["id"]:
                raw["verb"] = {"id": "no iri"}
            if raw["id"] == sent[5]["id"]:
                del raw["id"], raw["actor"]

    server.judge = lambda request: changed(spoil)
    pipe = run(pipe_to("import"))
    assert (pipe.moved, queries.state_of(pipe).state) == (10, "up to date")
    assert ids(stored(xapi)) == [
        statement["id"] for number, statement in enumerate(sent) if number not in (3, 5)
    ]
    first, second = Undelivered.objects.order_by("id")
    assert (first.statement_id, "verb" in first.reason) == (sent[3]["id"], True)
    assert second.statement_id.startswith("without an id")
    actions.dismiss(tenant.owner, second)
    assert run(pipe).moved == 10
    assert Undelivered.objects.count() == 2
    server.judge = lambda request: None
    actions.retry(tenant.owner, first)
    pipe = run(pipe)
    assert sent[3]["id"] in ids(stored(xapi))
    assert [row.state for row in Undelivered.objects.all()] == ["dismissed"]


def test_what_was_set_aside_is_kept_for_three_months_for_it_names_people(pipe_to, theirs, server, tenant):
    sent = numbered(5)
    theirs.store(*sent)

    def spoil(document):
        for raw in document["statements"][:4]:
            raw["verb"] = {"id": "no iri"}

    server.judge = lambda request: changed(spoil)
    pipe = run(pipe_to("import"))
    old, dismissed, third, _ = Undelivered.objects.order_by("id")
    actions.dismiss(tenant.owner, dismissed)
    actions.retry(tenant.owner, third)
    Undelivered.objects.filter(id__in=(old.id, dismissed.id, third.id)).update(
        at=clock.now() - timedelta(days=91)
    )
    forget_undelivered(0)
    assert sorted(Undelivered.objects.values_list("state", flat=True)) == ["again", "refused"]
    entry = Entry.objects.get(verb="forgot undelivered statements of")
    assert (entry.organization_id, entry.subject_id, entry.details) == (
        tenant.organization.id,
        pipe.id,
        {"count": 2},
    )
    forget_undelivered(0)
    assert Undelivered.objects.count() == 2


def test_a_person_who_is_forgotten_is_so_in_what_was_set_aside_too(pipe_to, theirs, server, tenant):
    sent = numbered(3)
    theirs.store(*sent)

    def spoil(document):
        for raw in document["statements"][:2]:
            raw["verb"] = {"id": "no iri"}
        document["statements"][1]["actor"] = {"mbox": "mailto:ben@example.org"}

    server.judge = lambda request: changed(spoil)
    pipe = run(pipe_to("import"))
    assert len(list(people.of_person(tenant.organization.id, "mbox mailto:ada@example.org"))) == 2
    people.erase(tenant.owner, {"mbox": "mailto:ada@example.org"}, "She asked for it")
    kept = Undelivered.objects.order_by("id").values_list("state", "sent")
    assert [(state, "ben@" in text) for state, text in kept] == [("dismissed", False), ("refused", True)]
    assert list(people.of_person(tenant.organization.id, "mbox mailto:ada@example.org")) == []
    assert not Key.objects.filter(
        organization_id=tenant.organization.id, key=rules.origin_key(pipe.endpoint)
    ).exists()
    assert run(pipe).moved == 1


# -- what is cut off


@pytest.mark.parametrize(
    "step", ["before the page is stored", "before it is recorded", "after it is recorded"]
)
def test_a_worker_that_is_killed_at_any_step_loses_nothing_and_brings_nothing_twice(
    pipe_to, xapi, theirs, server, monkeypatch, step
):
    sent = numbered(35)
    theirs.store(*sent)
    pipe = pipe_to("import")
    with monkeypatch.context() as patch:
        _kill_in_second_page(patch, step)
        with pytest.raises(Killed):
            run(pipe)
    moved = 20 if step == "after it is recorded" else 10
    assert (len(stored(xapi)), Pipe.objects.get().moved) == (moved, moved)
    Pipe.objects.update(leased_until=clock.now() - timedelta(seconds=1))
    before = len(server.asked)
    pipe = run(pipe)
    assert (ids(stored(xapi)), pipe.moved) == (ids(sent), 35)
    assert len(server.asked) - before == (2 if moved == 20 else 3)
    assert "/more/" in server.asked[before].path


def _kill_in_second_page(patch, step: str) -> None:
    pages = []
    if step == "after it is recorded":
        keep = importing._keep

        def keep_and_die(pipe, page):
            keep(pipe, page)
            pages.append(page)
            if len(pages) == 2:
                raise Killed

        patch.setattr(importing, "_keep", keep_and_die)
        return
    real = write.store

    def die(*given, **named):
        pages.append(given)
        if len(pages) == 2 and step == "before the page is stored":
            raise Killed
        real(*given, **named)
        if len(pages) == 2:
            raise Killed

    patch.setattr(write, "store", die)


@pytest.mark.parametrize(
    "fault", [store.dropped, store.cut, store.answering(500), store.answering(429), store.answering(401)]
)
def test_it_goes_on_at_the_very_page_where_the_other_store_failed(pipe_to, xapi, theirs, server, fault):
    sent = numbered(35)
    theirs.store(*sent)
    server.faults = [None, None, fault, fault]
    pipe = run(pipe_to("import"))
    assert (pipe.moved, pipe.tries) == (20, 1)
    assert pipe.last_error
    server.faults = []
    pipe = run(pipe)
    assert (ids(stored(xapi)), pipe.moved, pipe.last_error) == (ids(sent), 35, "")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_goes_wrong_at_every_step_everything_is_here_once_and_in_order(
    pipe_to, xapi, theirs, server, seed
):
    """Random failures of every kind at every request, forgotten pages, workers that die, and statements that
    come in meanwhile.
    """
    chance = random.Random(seed)
    kinds = [
        store.dropped,
        store.cut,
        store.answering(500),
        store.answering(404),
        store.answering(400),
        store.answering(401),
        store.answering(429, Retry_After="1"),
        store.answering(200, b"<html>"),
    ]
    server.judge = lambda request: chance.choice(kinds) if chance.random() < 0.3 else None
    sent, voided = [], set()
    pipe = pipe_to("import")
    for _ in range(10):
        batch = numbered(chance.randrange(1, 30))
        theirs.store(*batch)
        sent += ids(batch)
        if chance.random() < 0.5:
            gone = voiding(chance.choice(batch)["id"])
            theirs.store(gone)
            sent.append(gone["id"])
            voided.add(gone["object"]["id"])
        if chance.random() < 0.3:
            lease.claim(pipe.id)
            Pipe.objects.filter(id=pipe.id).update(leased_until=None)
        run(pipe)
    server.judge = lambda request: None
    run(pipe, 2)
    assert ids(stored(xapi)) == [statement_id for statement_id in sent if statement_id not in voided]
    assert all(
        xapi.get("statements", voidedStatementId=statement_id).status == 200 for statement_id in voided
    )
    assert (pipe.moved, Undelivered.objects.count()) == (len(sent), 0)
