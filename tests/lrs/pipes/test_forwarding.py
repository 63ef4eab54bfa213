"""Forwarding: what arrives in another store, in which order, and what happens while it misbehaves."""

import json
import random
import time
from collections import defaultdict
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from tests.fixtures import take_jobs
from tests.lrs.client import statement
from tests.lrs.pipes import store
from tests.lrs.pipes.conftest import run, stored, until_next_try

from heliograph.core import clock, counters
from heliograph.lrs.models import Pipe, Undelivered
from heliograph.lrs.pipes import actions, lease, queries, worker
from heliograph.lrs.rules.statement import VOIDED

OWN = "https://example.org/courses/1"
BOUNDARY = "a-boundary-that-occurs-nowhere-else"


def numbered(count: int, **changes):
    return [
        statement(id=str(uuid4()), object={"id": f"https://example.org/activities/{number}"}, **changes)
        for number in range(count)
    ]


def ids(statements):
    return [statement["id"] for statement in statements]


def voiding(statement_id: str):
    return statement(
        id=str(uuid4()), verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": statement_id}
    )


def with_file(content: bytes, **changes):
    """A statement with an attachment, and the multipart body that carries both."""
    hashed = sha256(content).hexdigest()
    attachment = {
        "usageType": "https://example.org/certificate",
        "display": {"en": "A certificate"},
        "contentType": "text/plain",
        "length": len(content),
        "sha2": hashed,
    }
    made = statement(id=str(uuid4()), attachments=[attachment], **changes)
    head = f"--{BOUNDARY}\r\nContent-Type: application/json\r\n\r\n{json.dumps(made)}\r\n"
    head += f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n"
    head += f"Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {hashed}\r\n\r\n"
    return made, head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def store_file(xapi, body: bytes):
    answer = xapi.request(
        "POST", "statements", body, headers={"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}
    )
    assert answer.status == 200, answer.body


def refuse(which, status: int = 400, text: bytes = b"we do not like it"):
    """A judge that refuses every request that carries a statement of these ids."""

    def judge(request):
        carries = request.method in ("POST", "PUT") and any(
            identifier.encode() in request.body for identifier in which
        )
        return store.answering(status, text) if carries else None

    return judge


# -- what arrives


def test_everything_arrives_once_in_order_and_as_it_is_here(pipe_to, xapi, theirs, server):
    sent = numbered(120)
    xapi.store(*sent[:70])
    xapi.store(*sent[70:])
    pipe = run(pipe_to())
    arrived = stored(theirs)
    assert ids(arrived) == ids(sent)
    assert [{**statement, "stored": ""} for statement in arrived] == [
        {**statement, "stored": ""} for statement in stored(xapi)
    ]
    assert [len(json.loads(request.body)) for request in server.asked_for("POST")] == [50, 50, 20]
    assert not any(b'"stored"' in request.body for request in server.asked)
    assert (pipe.moved, pipe.tries, pipe.last_error) == (120, 0, "")
    run(pipe)
    assert len(server.asked_for("POST")) == 3


def test_a_pipe_from_now_on_leaves_the_past_alone(pipe_to, xapi, theirs):
    xapi.store(*numbered(3))
    pipe = pipe_to(from_beginning=False)
    assert stored(theirs) == []
    later = numbered(2)
    xapi.store(*later)
    assert run(pipe).moved == 2
    assert ids(stored(theirs)) == ids(later)


def test_a_statement_without_an_id_or_time_arrives_with_those_it_has_here(pipe_to, xapi, theirs):
    xapi.store(statement())
    run(pipe_to())
    here, there = stored(xapi)[0], stored(theirs)[0]
    assert (there["id"], there["timestamp"]) == (here["id"], here["timestamp"])


def test_a_voided_statement_arrives_and_then_what_voids_it(pipe_to, xapi, theirs):
    first, second = numbered(2)
    xapi.store(first, second)
    gone = voiding(first["id"])
    xapi.store(gone)
    run(pipe_to())
    assert ids(stored(theirs)) == [second["id"], gone["id"]]
    assert theirs.get("statements", voidedStatementId=first["id"]).status == 200


def test_files_go_along_with_the_statements_that_name_them(pipe_to, xapi, theirs, server):
    first, *others = numbered(3)
    xapi.store(first)
    with_one, body = with_file(b"passed with honors")
    store_file(xapi, body)
    xapi.store(*others)
    run(pipe_to())
    assert ids(stored(theirs)) == ids([first, with_one, *others])
    assert len(server.asked_for("POST")) == 1
    assert (
        b"passed with honors" in theirs.get("statements", statementId=with_one["id"], attachments="true").body
    )


def test_large_files_are_sent_in_several_requests(pipe_to, xapi, theirs, server):
    sent = [with_file(bytes([number]) * 3_000_000) for number in range(3)]
    for _, body in sent:
        store_file(xapi, body)
    run(pipe_to())
    assert ids(stored(theirs)) == [pair["id"] for pair, _ in sent]
    assert len(server.asked_for("POST")) == 3


def test_a_store_of_2_0_gets_what_only_it_has(pipe_to, xapi2, theirs):
    agents = [{"objectType": "contextAgent", "agent": {"mbox": "mailto:b@example.org"}}]
    xapi2.store(statement(context={"contextAgents": agents}))
    assert run(pipe_to(version="2.0.0")).moved == 1
    assert stored(theirs)[0]["context"]["contextAgents"] == agents


def test_a_store_of_1_0_3_gets_statements_of_2_0_as_its_own_and_refuses_what_it_does_not_have(
    pipe_to, xapi2, theirs
):
    plain = statement(id=str(uuid4()))
    unknown = statement(
        id=str(uuid4()),
        context={
            "contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:b@example.org"}}]
        },
    )
    xapi2.store(plain, unknown)
    pipe = run(pipe_to(version="1.0.3"))
    assert [(statement["id"], statement["version"]) for statement in stored(theirs)] == [
        (plain["id"], "1.0.3")
    ]
    assert pipe.moved == 1
    assert "contextAgents" in Undelivered.objects.get(statement_id=unknown["id"]).reason


# -- filters


def test_a_filter_takes_verbs_activities_also_related_ones_and_agents(pipe_to, xapi, theirs):
    done = {"id": "http://adlnet.gov/expapi/verbs/completed"}
    right = statement(
        id=str(uuid4()), verb=done, context={"contextActivities": {"grouping": [{"id": f"{OWN}/lesson"}]}}
    )
    wrong_verb = statement(id=str(uuid4()), object={"id": f"{OWN}/lesson"})
    wrong_activity = statement(id=str(uuid4()), verb=done, object={"id": "https://example.org/courses/2"})
    wrong_agent = statement(
        id=str(uuid4()), verb=done, object={"id": f"{OWN}/lesson"}, actor={"mbox": "mailto:eve@example.org"}
    )
    xapi.store(right, wrong_verb, wrong_activity, wrong_agent)
    pipe = pipe_to(
        filter={"verbs": [done["id"]], "activities": [f"{OWN}/*"], "agents": ["mailto:ada@example.org"]}
    )
    assert run(pipe).moved == 1
    assert ids(stored(theirs)) == [right["id"]]
    assert queries.lag(pipe).count == 0


def test_what_voids_a_statement_passes_where_that_one_does(pipe_to, xapi, theirs):
    chosen, other = statement(id=str(uuid4()), object={"id": OWN}), statement(id=str(uuid4()))
    xapi.store(chosen, other)
    xapi.store(voiding(chosen["id"]), voiding(other["id"]))
    assert run(pipe_to(filter={"activities": [OWN]})).moved == 2
    assert theirs.get("statements", voidedStatementId=chosen["id"]).status == 200


def test_what_came_from_a_store_is_not_sent_back_there(pipe_to, xapi, theirs, server):
    theirs.store(*numbered(3))
    run(pipe_to("import"))
    mine = numbered(2)
    xapi.store(*mine)
    pipe = run(pipe_to())
    assert pipe.moved == 2
    assert [ids(json.loads(request.body)) for request in server.asked_for("POST")] == [ids(mine)]


# -- what goes wrong


@pytest.mark.parametrize(
    "fault",
    [store.dropped, store.stored_and_dropped, store.stored_and_reset, store.stored_and_failed, store.cut],
)
def test_whatever_became_of_a_request_its_statements_arrive_once_and_in_order(
    pipe_to, xapi, theirs, server, fault
):
    sent = numbered(60)
    xapi.store(*sent)
    server.faults = [None, fault, fault]
    pipe = run(pipe_to())
    assert pipe.moved in (50, 60)  # a connection that was used before is tried anew at once
    run(pipe, 3)
    assert ids(stored(theirs)) == ids(sent)
    assert (pipe.moved, Undelivered.objects.count()) == (60, 0)


def test_a_pipe_says_why_it_waits_and_waits_ever_longer(pipe_to, xapi, server):
    xapi.store(*numbered(1))
    server.judge = lambda request: store.answering(503, b'{"message": "we are rebuilding"}')
    pipe = run(pipe_to())
    assert queries.state_of(pipe).state == "waiting"
    assert (pipe.last_error, pipe.last_status) == (
        "The other LRS responded with status 503: we are rebuilding",
        503,
    )
    assert timedelta(seconds=8) < until_next_try(pipe) < timedelta(seconds=11)
    run(pipe, 3)
    assert timedelta(seconds=70) < until_next_try(pipe) < timedelta(seconds=81)
    server.judge = lambda request: None
    assert (run(pipe).moved, pipe.tries, pipe.last_error) == (1, 0, "")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "rejected the key"),
        (403, "lacks permission"),
        (404, "No LRS found at this address"),
        (302, "a redirect"),
    ],
)
def test_a_door_that_is_shut_stops_the_whole_pipe_and_loses_nothing(
    pipe_to, xapi, theirs, server, status, words
):
    sent = numbered(2)
    xapi.store(*sent)
    server.judge = lambda request: store.answering(status)
    pipe = run(pipe_to())
    assert words in pipe.last_error
    assert (pipe.moved, Undelivered.objects.count()) == (0, 0)
    server.judge = lambda request: None
    assert run(pipe).moved == 2


def test_a_store_that_asks_for_time_gets_it(pipe_to, xapi, server):
    xapi.store(*numbered(1))
    server.faults = [store.answering(429, Retry_After="120")]
    pipe = run(pipe_to())
    assert timedelta(seconds=115) < until_next_try(pipe) <= timedelta(seconds=120)
    assert pipe.id not in lease.due()


def test_a_store_that_takes_too_long_is_left_alone(pipe_to, xapi, server, monkeypatch):
    monkeypatch.setattr("heliograph.lrs.pipes.client.SECONDS_TO_ANSWER", 0.3)
    xapi.store(*numbered(1))
    server.faults = [store.slow(1.0)]
    pipe = run(pipe_to())
    assert "no answer within" in pipe.last_error


def test_something_that_answers_and_is_no_record_store_is_not_believed(pipe_to, xapi, server):
    xapi.store(*numbered(1))
    server.judge = lambda request: store.answering(200, b"<html>Welcome</html>")
    pipe = run(pipe_to())
    assert "Not an LRS" in pipe.last_error
    assert pipe.moved == 0


def test_a_statement_that_is_refused_is_set_aside_and_the_others_arrive(pipe_to, xapi, theirs, server):
    sent = numbered(10)
    xapi.store(*sent)
    server.judge = refuse([sent[4]["id"]])
    pipe = run(pipe_to())
    assert ids(stored(theirs)) == ids(sent[:4] + sent[5:])
    row = Undelivered.objects.get()
    assert (row.statement_id, row.status, row.reason) == (
        sent[4]["id"],
        400,
        "The other LRS responded with status 400: we do not like it",
    )
    assert (pipe.moved, queries.state_of(pipe).state) == (9, "up to date")


def test_a_store_that_refuses_whatever_we_ask_blames_no_statement(pipe_to, xapi, server):
    xapi.store(*numbered(3))
    server.judge = lambda request: store.answering(400, b"Unsupported version")
    pipe = run(pipe_to())
    assert "Unsupported version" in pipe.last_error
    assert (pipe.moved, Undelivered.objects.count()) == (0, 0)


def test_a_store_that_complains_about_what_it_has_already_counts_as_served_where_it_is_the_same(
    pipe_to, xapi, theirs, server
):
    sent = numbered(3)
    xapi.store(*sent)
    theirs.store(*sent[:2])
    refuse_all = refuse(ids(sent[:2]), 409)
    server.judge = refuse_all
    pipe = run(pipe_to())
    assert (pipe.moved, Undelivered.objects.count()) == (3, 0)
    assert ids(stored(theirs)) == ids(sent)


def test_a_different_statement_of_the_same_id_is_set_aside(pipe_to, xapi, theirs):
    sent = numbered(3)
    xapi.store(*sent)
    theirs.store(statement(id=sent[1]["id"], object={"id": "https://example.org/another"}))
    pipe = run(pipe_to())
    assert pipe.moved == 2
    assert "a different statement" in Undelivered.objects.get(statement_id=sent[1]["id"]).reason


def test_one_that_was_set_aside_can_be_tried_again_or_be_done_without(pipe_to, xapi, theirs, server, tenant):
    sent = numbered(2)
    xapi.store(*sent)
    server.judge = refuse(ids(sent))
    pipe = run(pipe_to())
    first, second = (Undelivered.objects.get(statement_id=statement_id) for statement_id in ids(sent))
    actions.retry(tenant.owner, first)
    run(pipe)
    first.refresh_from_db()
    assert (first.state, first.tries) == ("refused", 2)
    server.judge = lambda request: None
    actions.retry(tenant.owner, first)
    assert pipe.id in lease.due()
    assert run(pipe).moved == 1
    actions.dismiss(tenant.owner, second)
    assert list(queries.undelivered(pipe)) == []
    assert ids(stored(theirs)) == [sent[0]["id"]]


# -- whose turn it is


def test_a_paused_pipe_does_nothing_and_goes_on_where_it_stopped(pipe_to, xapi, theirs, tenant):
    pipe = pipe_to()
    actions.pause(tenant.owner, pipe)
    xapi.store(*numbered(2))
    assert run(pipe).moved == 0
    assert lease.due() == []
    actions.resume(tenant.owner, pipe)
    assert lease.due() == [pipe.id]
    assert run(pipe).moved == 2


def test_two_workers_never_have_the_same_pipe_until_the_lease_of_one_is_over(pipe_to):
    pipe = pipe_to()
    first = lease.claim(pipe.id)
    assert lease.claim(pipe.id) is None
    Pipe.objects.update(leased_until=clock.now() - timedelta(seconds=1))
    second = lease.claim(pipe.id)
    assert first is not None
    assert second is not None
    with pytest.raises(lease.TurnOver):
        lease.note(first, moved=5)
    lease.note(second, moved=7)
    pipe.refresh_from_db()
    assert pipe.moved == 7


def test_the_next_turn_of_a_pipe_begins_while_the_job_of_the_one_before_ends(pipe_to):
    pipe = pipe_to()
    job = ("lrs.run_pipe", {"pipe_id": str(pipe.id)})
    lease.enqueue(pipe.id)
    assert take_jobs().count(job) == 1
    lease.enqueue(pipe.id)
    lease.enqueue(pipe.id)
    assert take_jobs().count(job) == 1, "it does not wait for the next poll"


def test_what_is_changed_during_a_turn_ends_it_and_nothing_is_counted_twice(
    pipe_to, xapi, theirs, server, tenant
):
    sent = numbered(60)
    xapi.store(*sent)
    pipe = pipe_to()

    def pause_meanwhile(handler):
        answer = handler.passed_on()
        actions.pause(tenant.owner, Pipe.objects.get())
        return answer

    server.faults = [pause_meanwhile]
    assert run(pipe).moved == 0
    actions.resume(tenant.owner, pipe)
    assert run(pipe).moved == 60
    assert ids(stored(theirs)) == ids(sent)


def test_a_turn_is_over_after_a_while_and_the_next_one_goes_on_there(pipe_to, xapi, theirs, server):
    sent = numbered(200)
    xapi.store(*sent)
    pipe = pipe_to()
    server.judge = lambda request: store.slow(0.2)
    time.sleep(0.01)
    assert worker.run(pipe.id, seconds=0.3) is True
    pipe.refresh_from_db()
    assert 0 < pipe.moved < 200
    assert lease.due() == [pipe.id]
    server.judge = lambda request: None
    assert run(pipe).moved == 200
    assert ids(stored(theirs)) == ids(sent)


def test_a_turn_is_over_too_where_statements_go_one_by_one(pipe_to, xapi, theirs, server):
    sent = numbered(20)
    xapi.store(*sent)
    pipe = pipe_to()
    refuse_second = refuse([sent[1]["id"]])
    server.judge = lambda request: (
        refuse_second(request) or (store.slow(0.1) if request.method == "PUT" else None)
    )
    time.sleep(0.01)
    assert worker.run(pipe.id, seconds=0.5) is True
    pipe.refresh_from_db()
    assert 0 < pipe.moved < 19
    server.judge = refuse_second
    assert run(pipe).moved == 19
    assert ids(stored(theirs)) == ids([sent[0], *sent[2:]])


def test_nothing_overtakes_a_statement_that_is_still_being_stored(
    pipe_to, xapi, theirs, tenant, credential_of
):
    """A position is when a transaction began; what ends late still comes before what began after it."""
    import threading

    from django.db import connection, connections, transaction

    held, go = threading.Event(), threading.Event()
    late, early = numbered(2)

    def slowly():
        with transaction.atomic():
            # Nobody waits for whom nobody names.
            xapi.store({**late, "actor": {"mbox": "mailto:late@example.org"}})
            held.set()
            go.wait(20)
        connections.close_all()

    thread = threading.Thread(target=slowly)
    thread.start()
    held.wait(20)
    xapi.store(early)
    pipe = run(pipe_to())
    assert pipe.moved == 0
    go.set()
    thread.join()
    assert connection.is_usable()
    run(pipe)
    assert ids(stored(theirs)) == [late["id"], early["id"]]


def test_what_is_moved_and_refused_is_counted(pipe_to, xapi, server):
    before = counters.totals()
    sent = numbered(5)
    xapi.store(*sent)
    server.judge = refuse([sent[0]["id"]])
    run(pipe_to())
    after = counters.totals()
    assert after["forward_done"][0] - before.get("forward_done", (0, 0))[0] == 4
    assert after["forward_refused"][0] - before.get("forward_refused", (0, 0))[0] == 1


@pytest.mark.parametrize("seed", range(4))
def test_whatever_goes_wrong_at_every_step_the_other_store_has_what_passes_once_and_in_order(
    pipe_to, xapi, theirs, server, seed
):
    """Random failures of every kind at every request, leases that run out, and statements that come in
    meanwhile.
    """
    chance = random.Random(seed)
    learners = [{"mbox": f"mailto:{name}@example.org"} for name in ("ada", "ben", "cyd")]
    kinds = [
        store.dropped,
        store.stored_and_dropped,
        store.stored_and_reset,
        store.stored_and_failed,
        store.cut,
        store.answering(500),
        store.answering(429, Retry_After="1"),
        store.answering(404),
        store.answering(401),
    ]
    bad: set[str] = set()
    refuse_bad = refuse(bad)
    server.judge = lambda request: (
        refuse_bad(request) or (chance.choice(kinds) if chance.random() < 0.4 else None)
    )
    pipe = pipe_to(filter={"activities": [f"{OWN}/*"]})
    passing = []
    for _ in range(12):
        batch = []
        for _ in range(chance.randrange(1, 40)):
            inside = chance.random() < 0.7
            made = statement(
                id=str(uuid4()),
                actor=chance.choice(learners),
                object={"id": f"{OWN}/1" if inside else "https://example.org/2"},
            )
            batch.append(made)
            if inside and chance.random() < 0.02:
                bad.add(made["id"])
            elif inside:
                passing.append(made)
        xapi.store(*batch)
        if chance.random() < 0.3:  # a worker that dies in the middle: its turn is never ended
            lease.claim(pipe.id)
            Pipe.objects.filter(id=pipe.id).update(leased_until=None)
        run(pipe)
    server.judge = refuse_bad
    run(pipe, 2)
    arrived = [*theirs.statements(ascending=True, limit=500)]
    assert sorted(ids(arrived)) == sorted(ids(passing))
    by_actor = defaultdict(list)
    for passed in passing:
        by_actor[passed["actor"]["mbox"]].append(passed["id"])
    for mbox, expected in by_actor.items():
        assert [statement["id"] for statement in arrived if statement["actor"]["mbox"] == mbox] == expected
    assert {row.statement_id for row in Undelivered.objects.all()} == bad
    assert pipe.moved == len(passing)
