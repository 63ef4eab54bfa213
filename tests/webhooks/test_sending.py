"""Webhooks sent to real receivers: what arrives, signed by whom, and what happens where nothing does."""

import base64
import contextlib
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from standardwebhooks.webhooks import WebhookVerificationError
from tests.fixtures import take_jobs
from tests.receiver import receiver
from tests.running import PATIENCE

from heliograph.audit.models import Entry
from heliograph.core import clock, http_client
from heliograph.core.background.chores import one_of
from heliograph.core.errors import Invalid
from heliograph.core.ids import new_id
from heliograph.delivery.models import Mail
from heliograph.webhooks import actions, channel, home, topics
from heliograph.webhooks.channel import CHANNEL
from heliograph.webhooks.errors import EndpointDisabled
from heliograph.webhooks.models import DeliveryAttempt, Endpoint, Event, Message

WAITS_FOR_US = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def happen(tenant, topic="course.published", about=None):
    """An event of a topic, with the data of its example."""
    example = topics.TOPICS[topic].example
    return actions.emit(tenant.organization.id, topic, example, about or actions.About())


def test_an_event_arrives_signed_with_its_id_type_time_and_data(tenant, make_endpoint, customer, send):
    endpoint = make_endpoint("course.*")
    event = happen(tenant)
    send(endpoint)
    (received,) = customer.received
    message = received.read(endpoint.secret)
    assert message["id"] == received.headers["webhook-id"] == str(event.id)
    assert (message["type"], message["data"]["course"]["key"]) == ("course.published", "fire-safety")
    assert received.body == event.body.encode()
    delivered = Message.objects.get()
    assert (delivered.state, delivered.status, delivered.tries) == ("delivered", 200, 1)
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.status, attempt.response, attempt.url) == (200, "answered 200", customer.url)
    assert attempt.headers["webhook-id"] == str(event.id)


def test_an_event_of_a_change_that_is_undone_is_never_sent(tenant, make_endpoint):
    make_endpoint()
    with transaction.atomic():
        happen(tenant)
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    assert not Event.objects.exists()


def test_nothing_is_kept_for_an_organization_that_nobody_asks_about(tenant):
    assert happen(tenant) is None
    assert not Event.objects.exists()


def test_every_retry_and_replay_has_the_same_id_and_the_same_bytes(tenant, make_endpoint, customer, send):
    endpoint = make_endpoint()
    event = happen(tenant)
    customer.answers = [500, 503]
    for _ in range(3):
        send(endpoint)
    actions.replay(tenant.owner, Message.objects.get())
    send(endpoint)
    assert {received.headers["webhook-id"] for received in customer.received} == {str(event.id)}
    assert len({received.body for received in customer.received}) == 1
    assert len(customer.received) == 4
    assert [attempt.status for attempt in DeliveryAttempt.objects.order_by("id")] == [500, 503, 200, 200]


def test_endpoints_get_what_they_have_chosen_and_nothing_else(tenant, make_endpoint):
    course, other = (new_id() for _ in range(2))
    made = {
        "group": make_endpoint("course.*"),
        "topic": make_endpoint("course.deleted"),
        "all": make_endpoint("*"),
        "import": make_endpoint("import.failed"),
    }
    narrowed = make_endpoint("*")
    Endpoint.objects.filter(id=narrowed.id).update(course_id=course)
    happen(tenant, "course.published", actions.About(course=course))
    happen(tenant, "course.published", actions.About(course=other))
    counted = {name: Message.objects.filter(endpoint=endpoint).count() for name, endpoint in made.items()}
    assert counted == {"group": 2, "topic": 0, "all": 2, "import": 0}
    assert Message.objects.filter(endpoint=narrowed).count() == 1


def test_a_redirect_is_a_failure_and_is_not_followed(tenant, make_endpoint, customer, send):
    def redirect(request):
        request.send_response(302)
        request.send_header("Location", "http://127.0.0.1:1/inside")
        request.end_headers()

    customer.answers = [redirect]
    endpoint = make_endpoint()
    happen(tenant)
    send(endpoint)
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.status, attempt.response) == (
        302,
        "Redirects are not followed (http://127.0.0.1:1/inside).",
    )
    assert Message.objects.get().state == "waiting"
    assert len(customer.received) == 1


def test_a_connection_that_is_reset_is_tried_again(tenant, make_endpoint, customer, send):
    def reset(request):
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.connection.close()
        request.close_connection = True

    customer.answers = [reset]
    endpoint = make_endpoint()
    happen(tenant)
    send(endpoint)
    assert DeliveryAttempt.objects.get().status is None
    send(endpoint)
    assert Message.objects.get().state == "delivered"


@pytest.fixture
def hurried(monkeypatch):
    """Requests that end soon, instead of after 15 seconds."""
    monkeypatch.setattr(http_client, "SECONDS_IN_ALL", 0.3)


def test_a_server_that_hangs_holds_nobody_up(tenant, make_endpoint, customer, send, hurried):
    asleep = threading.Event()
    customer.answers = [lambda request: asleep.wait(PATIENCE)]
    endpoint = make_endpoint()
    happen(tenant)
    send(endpoint)
    asleep.set()
    assert DeliveryAttempt.objects.get().response == "There was no answer within 0 seconds."
    assert Message.objects.get().state == "waiting"


def test_a_body_that_drips_ends_with_the_deadline(tenant, make_endpoint, customer, send, hurried):
    asleep = threading.Event()

    def drip(request):
        request.send_response(200)
        request.send_header("Content-Length", "1000000")
        request.end_headers()
        with contextlib.suppress(OSError):
            while not asleep.wait(0.05):
                request.wfile.write(b".")

    customer.answers = [drip]
    endpoint = make_endpoint()
    happen(tenant)
    send(endpoint)
    asleep.set()
    assert DeliveryAttempt.objects.get().status is None


def test_of_a_giant_body_only_the_beginning_is_read(tenant, make_endpoint, customer, send):
    written = []

    def flood(request):
        request.send_response(200)
        request.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(1_000):
                written.append(request.wfile.write(b"x" * 100_000))

    customer.answers = [flood]
    endpoint = make_endpoint()
    happen(tenant)
    send(endpoint)
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.status, attempt.response) == (200, "x" * 500)
    assert sum(written) < 50_000_000


def test_addresses_inside_are_refused_when_saved_and_when_sent(
    tenant, make_endpoint, customer, send, settings
):
    endpoint = make_endpoint()
    happen(tenant)
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, outbound_private=False)
    for url in ("https://127.0.0.1/hook", "https://10.1.2.3/", "https://[::1]/", "http://example.org/"):
        with pytest.raises(Invalid) as refused:
            actions.create_endpoint(tenant.owner, url, ["*"])
        assert refused.value.details["field"] == "url"
    send(endpoint)
    assert customer.received == []
    assert "private network address" in DeliveryAttempt.objects.get().response


def test_gone_disables_at_once_and_tells_the_administrators(tenant, make_endpoint, customer, send):
    customer.answers = [410]
    endpoint = make_endpoint()
    happen(tenant)
    send(endpoint)
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "gone")
    assert Message.objects.get().state == "given up"
    mailed = Mail.objects.get()
    assert set(mailed.to) == {"admin@northlight.example", "owner@northlight.example"}
    assert endpoint.url in mailed.text
    assert str(endpoint.id) in mailed.text
    assert happen(tenant) is None, "nobody is left who wants to know"


def test_an_endpoint_that_took_nothing_for_three_days_is_disabled(tenant, make_endpoint, customer, send):
    customer.answers = [500] * 10
    endpoint = make_endpoint()
    happen(tenant)
    send(endpoint)
    assert Endpoint.objects.get().state == "failing"
    with clock.at(clock.now() + timedelta(days=3, minutes=1)):
        send(endpoint)
        endpoint.refresh_from_db()
        assert (endpoint.enabled, endpoint.disabled_reason) == (False, "failing")
    assert Mail.objects.count() == 1
    (attention,) = home.attention(tenant.organization.id)
    assert "enable it again" in attention.text
    assert str(endpoint.id) in attention.address
    assert Entry.objects.filter(verb="disabled", subject_id=endpoint.id).exists()


def test_an_endpoint_that_took_anything_meanwhile_stays(tenant, make_endpoint, customer, send):
    endpoint = make_endpoint()
    customer.answers = [500]
    happen(tenant)
    send(endpoint)
    with clock.at(clock.now() + timedelta(days=1)):
        Message.objects.update(next_try_at=clock.now() + timedelta(hours=1))
        happen(tenant, "course.deleted")
        CHANNEL.send_due(endpoint.id)
    with clock.at(clock.now() + timedelta(days=3, minutes=1)):
        customer.answers = [500]
        send(endpoint)
    states = set(Message.objects.values_list("state", flat=True))
    assert states == {"delivered", "given up"}
    assert Endpoint.objects.get().enabled


def test_both_secrets_sign_for_a_day(tenant, make_endpoint, customer, send):
    endpoint = make_endpoint()
    fresh = actions.rotate_secret(tenant.owner, endpoint)
    happen(tenant)
    send(endpoint)
    assert len(customer.received[0].headers["webhook-signature"].split(" ")) == 2
    assert customer.received[0].read(endpoint.secret) == customer.received[0].read(fresh)
    Endpoint.objects.update(old_secret_ends_at=clock.now())
    happen(tenant)
    send(endpoint)
    assert customer.received[1].read(fresh)
    with pytest.raises(WebhookVerificationError):
        customer.received[1].read(endpoint.secret)


def test_secrets_are_kept_encrypted(make_endpoint):
    endpoint = make_endpoint()
    kept = bytes(Endpoint.objects.get().encrypted_secret)
    assert endpoint.secret.encode() not in kept
    assert base64.b64decode(endpoint.secret.removeprefix("whsec_")) not in kept


def test_events_of_a_registration_arrive_in_order_where_asked(tenant, make_endpoint, customer, send):
    ordered, anna, ben = make_endpoint(in_order=True), new_id(), new_id()
    names = ("registration.created", "registration.launched", "registration.completed")
    for name in names:
        for learner in (anna, ben):
            happen(tenant, name, actions.About(registration=learner))
    customer.answers = [500]
    send(ordered)
    told = [message.event.topic for message in Message.objects.filter(state="waiting").order_by("id")]
    assert told == list(names), "what follows a failure waits; the other registration does not"
    send(ordered)
    assert not Message.objects.filter(state="waiting").exists()
    arrived = [received.read(ordered.secret) for received in customer.received]
    times = {message["id"]: message["type"] for message in arrived[-3:]}
    assert list(times.values()) == list(names)


def test_another_endpoint_in_order_waits_for_nobody_elses_failure(tenant, make_endpoint, send):
    with receiver() as broken:
        broken.answers = [500]
        first, second = make_endpoint(in_order=True, url=broken.url), make_endpoint(in_order=True)
        learner = actions.About(registration=new_id())
        happen(tenant, "registration.created", learner)
        happen(tenant, "registration.completed", learner)
        send(first)
        send(second)
    assert Message.objects.filter(endpoint=first, state="waiting").count() == 2
    assert Message.objects.filter(endpoint=second, state="delivered").count() == 2


def test_several_messages_are_on_their_way_at_once(tenant, make_endpoint, customer, send):
    together = threading.Barrier(4, timeout=PATIENCE)

    def meet(request):
        together.wait()
        request.send_response(200)
        request.end_headers()

    customer.answers = [meet] * 4
    endpoint = make_endpoint()
    for _ in range(4):
        happen(tenant)
    send(endpoint)
    assert Message.objects.filter(state="delivered").count() == 4


def test_a_range_is_replayed_and_nothing_outside_of_it(tenant, make_endpoint, customer, send):
    endpoint = make_endpoint()
    customer.answers = [200, 410]
    happen(tenant)
    send(endpoint)
    happen(tenant)
    send(endpoint)
    with pytest.raises(EndpointDisabled):
        actions.replay_range(tenant.owner, endpoint)
    endpoint = actions.set_enabled(tenant.owner, endpoint, True)
    later = clock.now()
    assert actions.replay_range(tenant.owner, endpoint, since=later) == 0
    assert actions.replay_range(tenant.owner, endpoint, until=later) == 1
    send(endpoint)
    assert customer.received[1].body == customer.received[2].body
    assert actions.replay_range(tenant.owner, endpoint, until=later, failed_only=False) == 2
    send(endpoint)
    assert len(customer.received) == 5


def test_a_worker_that_died_after_sending_sends_again_under_the_same_id(tenant, make_endpoint, customer):
    endpoint = make_endpoint()
    happen(tenant)
    rows = CHANNEL._claim(endpoint.id)
    with CHANNEL._sender() as send_all:
        send_all(rows)  # and the worker dies before it notes anything
    assert CHANNEL._claim(endpoint.id) == [], "its lease goes on"
    assert CHANNEL.due_shards() == []
    with clock.at(clock.now() + CHANNEL.lease + timedelta(seconds=1)):
        assert CHANNEL.due_shards() == [str(endpoint.id)]
        CHANNEL.send_due(endpoint.id)
    first, second = customer.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert Message.objects.get().state == "delivered"


def test_an_endpoint_that_hangs_leaves_another_organizations_alone(
    tenant, stranger, make_endpoint, customer, hurried
):
    hanging = make_endpoint()
    theirs, secret = actions.create_endpoint(stranger.owner, customer.url, ["*"])
    for _ in range(300):
        happen(tenant)
    happen(stranger)
    asleep = threading.Event()
    customer.answers = [lambda request: asleep.wait(PATIENCE)] * 8
    CHANNEL.send_due(hanging.id)
    asleep.set()
    waiting = Message.objects.filter(endpoint=hanging, state="waiting", next_try_at__gt=clock.now())
    assert waiting.count() == 300, "one round is tried, then all of the endpoint's messages wait"
    customer.answers.clear()
    CHANNEL.send_due(theirs.id)
    assert customer.received[-1].read(secret)["type"] == "course.published"


def test_what_a_worker_died_over_is_sent_again_when_its_lease_ends(tenant, make_endpoint, customer):
    endpoint = make_endpoint()
    event = happen(tenant)
    [claimed] = CHANNEL._claim(endpoint.id)
    CHANNEL.send_due(endpoint.id)
    assert customer.received == [], "somebody may be sending it"
    with clock.at(clock.now() + CHANNEL.lease):
        CHANNEL.send_due(endpoint.id)
    [received] = customer.received
    assert received.read(endpoint.secret)["id"] == str(event.id)
    assert Message.objects.get(id=claimed.id).state == "delivered"


def test_failing_endpoints_have_fewer_places_than_those_that_answer(tenant, make_endpoint, customer, send):
    endpoint = make_endpoint()
    before = channel._shares(endpoint.id)
    customer.answers = [500]
    happen(tenant)
    send(endpoint)
    assert set(before.values()) == {channel.OF_ORGANIZATION}
    assert set(channel._shares(endpoint.id).values()) == {
        channel.OF_ORGANIZATION,
        channel.FAILING_OF_ORGANIZATION,
        channel.FAILING,
    }
    send(endpoint)
    assert channel._shares(endpoint.id) == before, "it answers again"


@pytest.mark.django_db(transaction=True)
def test_an_endpoint_without_a_place_is_the_next_one(tenant, make_endpoint, customer):
    first, second = make_endpoint(), make_endpoint()
    happen(tenant)
    [share] = channel._shares(first.id)
    taken, free = threading.Barrier(channel.OF_ORGANIZATION + 1), threading.Event()

    def hold_a_place():
        with one_of(share, channel.OF_ORGANIZATION) as mine:
            assert mine
            taken.wait(PATIENCE)
            free.wait(PATIENCE)
        connection.close()

    holders = [threading.Thread(target=hold_a_place) for _ in range(channel.OF_ORGANIZATION)]
    for holder in holders:
        holder.start()
    taken.wait(PATIENCE)
    take_jobs()
    CHANNEL.send_due(second.id)
    assert customer.received == []
    assert take_jobs() == []
    free.set()
    for holder in holders:
        holder.join()
    CHANNEL.send_due(first.id)
    assert len(customer.received) == 1
    assert [arguments["shard"] for _, arguments in take_jobs()] == [str(second.id)]


def test_old_events_go_with_their_log(tenant, make_endpoint, customer, send):
    endpoint = make_endpoint()
    happen(tenant)
    send(endpoint)
    happen(tenant)
    with clock.at(clock.now() + timedelta(days=31)):
        actions.forget_old()
    assert Event.objects.count() == 1, "the one that waits"
    assert not DeliveryAttempt.objects.exists()
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_endpoint_is_disabled_while_a_worker_notes_what_came_of_its_events(
    tenant, make_endpoint, customer
):
    """Both write the endpoint and its messages: the endpoint first, so that neither fails."""
    endpoint = make_endpoint()
    happen(tenant)
    customer.answers = [500]

    def at_work():
        try:
            CHANNEL.send_due(endpoint.id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as workers:
        with transaction.atomic():
            Endpoint.objects.select_for_update(no_key=True).get(id=endpoint.id)
            worker = workers.submit(at_work)
            wait_until_blocked()
            actions.set_enabled(tenant.owner, endpoint, False)
        worker.result(PATIENCE)
    assert Message.objects.get().state == "given up"
    assert not Endpoint.objects.get().enabled


def wait_until_blocked():
    """Until another connection waits for what this one holds."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(WAITS_FOR_US)
            if cursor.fetchone():
                return
