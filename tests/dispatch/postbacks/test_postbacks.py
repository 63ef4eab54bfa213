"""Postbacks: what is told, to whom, how often, in which order, and what happens while nobody answers."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.fixtures import take_jobs
from tests.receiver import receiver
from tests.running import PATIENCE

from heliograph.audit.models import Entry
from heliograph.core import clock, http_client
from heliograph.core.background.chores import alone_with
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.dispatch import actions, admission, errors
from heliograph.dispatch.models import Postback
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Registration, RuntimeCall


@pytest.fixture
def intranet(settings):
    """Private addresses are allowed, as in an intranet."""
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, outbound_private=True)


@pytest.fixture
def customer(intranet):
    with receiver() as running:
        yield running


@pytest.fixture
def told(tenant, dispatch, customer):
    """A dispatch whose changes go to the customer's server."""
    postbacks.set_address(tenant.manager, dispatch, customer.url)
    return dispatch


def work(registration, **outcome):
    """What a commit leaves behind: the outcome, and a line in the log of calls."""
    moment = clock.now()
    Registration.objects.filter(id=registration.id).update(last_activity_at=moment, **outcome)
    RuntimeCall.objects.create(
        organization_id=registration.organization_id,
        registration_id=registration.id,
        attempt_id=new_id(),
        launch_id=new_id(),
        sequence=1,
        activity="one",
        received_at=moment,
    )


def send(dispatch):
    """Send all that waits, whenever it would have been its turn."""
    Postback.objects.filter(dispatch=dispatch, state="waiting").update(next_try_at=clock.now())
    postbacks.CHANNEL.send_due(dispatch.id)


def messages(customer, dispatch):
    return [postback.read(dispatch.signing_secret) for postback in customer.received]


def kinds(customer, dispatch):
    return [message["type"] for message in messages(customer, dispatch)]


def test_each_milestone_is_told_once_and_in_order(told, customer):
    anna = admission.admit(told, "anna", "Anna Šimková", "anna@brandt.example")
    work(anna, completion="incomplete")
    postbacks.follow()
    work(anna, completion="completed", completed_at=clock.now())
    postbacks.follow()
    work(anna, success="passed")
    postbacks.follow()
    assert postbacks.follow() == postbacks.sweep() == 0
    send(told)
    assert kinds(customer, told) == [
        "registration.registered",
        "registration.completed",
        "registration.changed",
    ]
    newest = messages(customer, told)[-1]["data"]
    assert newest["registration"]["id"] == str(anna.id)
    assert newest["registration"]["learner"] == {
        "id": "anna",
        "name": "Anna Šimková",
        "email": "anna@brandt.example",
    }
    assert (newest["registration"]["completion"], newest["registration"]["success"]) == (
        "completed",
        "passed",
    )
    assert (newest["dispatch"]["key"], newest["destination"]["key"], newest["course"]["key"]) == (
        told.key,
        "brandt",
        "course",
    )


def test_a_score_is_told_when_the_session_is_over_and_not_after_every_question(told, customer):
    anna = admission.admit(told, "anna")
    for score in (0.2, 0.4, 0.6):
        work(anna, score_scaled=score)
        assert postbacks.follow() == 0
    Registration.objects.filter(id=anna.id).update(last_activity_at=clock.now() - timedelta(minutes=3))
    assert postbacks.sweep() == 1
    send(told)
    assert messages(customer, told)[-1]["data"]["registration"]["score"]["scaled"] == 0.6


def test_a_score_is_told_at_once_when_the_learner_leaves_properly(told, customer):
    anna = admission.admit(told, "anna")
    launch = runtime.open_launch(anna.id, "normal")
    work(anna, score_raw=80.0)
    assert postbacks.follow() == 0
    launch.ended_at = clock.now()
    launch.save()
    assert postbacks.follow() == 1


def test_a_new_attempt_is_told_at_once(told, tenant, customer):
    anna = admission.admit(told, "anna")
    work(anna, completion="completed", attempt_number=1)
    postbacks.follow()
    runtime.new_attempt(
        tenant.manager, Registration.objects.select_related("course__published").get(id=anna.id)
    )
    send(told)
    assert kinds(customer, told)[-1] == "registration.changed"
    assert messages(customer, told)[-1]["data"]["registration"]["attempt"] == 2


def test_what_was_there_before_the_address_is_not_told(tenant, dispatch, customer):
    anna = admission.admit(dispatch, "anna")
    postbacks.set_address(tenant.manager, dispatch, customer.url)
    assert postbacks.sweep() == 0
    work(anna, completion="completed")
    assert postbacks.follow() == 1
    assert dispatch.postbacks.get().kind == "registration.completed"


def test_a_dispatch_without_an_address_tells_nobody(dispatch):
    anna = admission.admit(dispatch, "anna")
    work(anna, completion="completed")
    assert postbacks.follow() == postbacks.sweep() == 0
    assert not Postback.objects.exists()


def test_previews_are_nobodys_business(told):
    preview = admission.preview(told)
    work(preview, completion="completed")
    assert postbacks.follow() == postbacks.sweep() == 0


def test_a_server_that_fails_is_asked_again_ever_later_until_it_takes_it(told, customer):
    customer.answers = [503, 500]
    admission.admit(told, "anna")
    waits = []
    for _ in range(2):
        send(told)
        row = Postback.objects.get()
        assert row.state == "waiting"
        assert row.next_try_at is not None
        waits.append(row.next_try_at - clock.now())
    assert (row.status, row.answer, row.tries) == (500, "answered 500", 2)
    assert timedelta(seconds=8) < waits[0] < timedelta(seconds=11) < waits[1] < timedelta(seconds=21)
    send(told)
    row = Postback.objects.get()
    assert (row.state, row.status, row.tries, row.next_try_at) == ("delivered", 200, 3, None)
    assert {postback.headers["webhook-id"] for postback in customer.received} == {str(row.id)}


def test_nothing_is_tried_before_its_time(told, customer):
    customer.answers = [503]
    admission.admit(told, "anna")
    send(told)
    postbacks.CHANNEL.send_due(told.id)
    assert len(customer.received) == 1
    assert postbacks.CHANNEL.due_shards() == []


def test_later_news_of_a_learner_wait_for_the_earlier_and_other_learners_do_not(told, customer):
    customer.answers = [500]
    anna = admission.admit(told, "anna")
    work(anna, completion="completed")
    postbacks.follow()
    admission.admit(told, "boris")
    send(told)
    assert [row.state for row in Postback.objects.order_by("id")] == ["waiting", "waiting", "delivered"]
    send(told)
    assert kinds(customer, told) == [
        "registration.registered",
        "registration.registered",
        "registration.registered",
        "registration.completed",
    ]


def test_an_address_where_nobody_answers_is_asked_once_and_then_left_alone(told, customer, tenant):
    postbacks.set_address(tenant.manager, told, "http://127.0.0.1:9/nobody")
    for learner in ("anna", "boris", "clara"):
        admission.admit(told, learner)
    send(told)
    assert sorted(Postback.objects.values_list("tries", flat=True)) == [0, 0, 1]
    assert postbacks.CHANNEL.due_shards() == []
    assert "cannot be reached" in Postback.objects.get(tries=1).answer


def test_after_two_days_it_is_given_up_and_can_be_replayed(told, customer, tenant):
    customer.answers = [500]
    admission.admit(told, "anna")
    Postback.objects.update(give_up_at=clock.now())
    send(told)
    row = Postback.objects.get()
    assert (row.state, row.next_try_at) == ("given up", None)
    postbacks.replay(tenant.manager, postbacks.postback(told, str(row.id)))
    send(told)
    row.refresh_from_db()
    assert (row.state, row.tries) == ("delivered", 1)
    assert Entry.objects.filter(verb="retried webhook for").count() == 1


def test_a_delivered_one_can_be_replayed_under_its_old_id(told, customer, tenant):
    admission.admit(told, "anna")
    send(told)
    postbacks.replay(tenant.manager, postbacks.postback(told, str(Postback.objects.get().id)))
    send(told)
    first, second = customer.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_a_new_secret_signs_what_is_sent_from_then_on(told, customer, tenant):
    old = told.signing_secret
    assert old.startswith("whsec_")
    new = postbacks.remake_secret(tenant.manager, told)
    admission.admit(told, "anna")
    send(told)
    assert customer.received[0].read(new)
    with pytest.raises(Exception, match="No matching signature"):
        customer.received[0].read(old)


def test_without_an_address_what_waits_is_given_up_and_nothing_replays(told, tenant):
    admission.admit(told, "anna")
    postbacks.set_address(tenant.manager, told, "")
    row = Postback.objects.select_related("dispatch").get()
    assert row.state == "given up"
    with pytest.raises(errors.NoPostbackAddress):
        postbacks.replay(tenant.manager, row)


def test_reporters_change_nothing(told, tenant):
    reporter = tenant.actors[Role.REPORTER]
    for change in (
        lambda: postbacks.set_address(reporter, told, ""),
        lambda: postbacks.remake_secret(reporter, told),
        lambda: postbacks.replay(reporter, Postback(dispatch=told)),
    ):
        with pytest.raises(Forbidden):
            change()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "https://",
        "https://user:pw@a.example/",
        "http://a.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.8/x",
        "https://169.254.169.254/latest",
        "https://a.example/#part",
        "https://[::ffff:10.0.0.1]/",
        "x" * 3000,
        "https://a.example:port/",
    ],
)
def test_an_address_that_could_reach_into_our_network_is_refused(tenant, dispatch, url):
    with pytest.raises(Invalid):
        postbacks.set_address(tenant.manager, dispatch, url)
    assert dispatch.postback_url == ""


def test_a_name_that_leads_into_our_network_is_refused_when_we_connect(tenant, dispatch):
    """`localhost` is such a name; what it leads to is only known when it is asked."""
    with receiver() as inside:
        postbacks.set_address(
            tenant.manager, dispatch, f"https://localhost:{inside.url.split(':')[2].split('/')[0]}/"
        )
        admission.admit(dispatch, "anna")
        send(dispatch)
        assert "private network" in Postback.objects.get().answer
        with pytest.raises(http_client.NoAnswer, match="private network"):
            http_client.post(inside.url, b"{}", {})
        assert inside.received == []


def test_a_redirect_is_not_followed(told, customer):
    def elsewhere(request):
        request.send_response(302)
        request.send_header("Location", customer.url)
        request.end_headers()

    customer.answers = [elsewhere]
    admission.admit(told, "anna")
    send(told)
    assert (Postback.objects.get().status, len(customer.received)) == (302, 1)


def test_of_an_endless_answer_only_the_beginning_is_read(told, customer):
    def endless(request):
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(b"x" * 65536)
        except OSError:
            pass

    customer.answers = [endless]
    admission.admit(told, "anna")
    send(told)
    assert len(Postback.objects.get().answer) == 500


def test_a_server_that_drips_its_answer_is_left_at_the_deadline(told, customer, monkeypatch):
    monkeypatch.setattr(http_client, "SECONDS_IN_ALL", 1.0)
    left = threading.Event()

    def drip(request):
        try:
            request.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for n in range(300):
                request.wfile.write(f"X-{n}: slow\r\n".encode())
                time.sleep(0.1)
        except OSError:
            left.set()

    customer.answers = [drip]
    admission.admit(told, "anna")
    send(told)
    assert "no answer within 1 seconds" in Postback.objects.get().answer
    assert left.wait(PATIENCE), "the connection was closed before the answer had ended"


def test_what_is_due_has_a_job_and_only_one(told):
    for learner in ("anna", "boris"):
        admission.admit(told, learner)
    jobs = ProcrastinateJob.objects.filter(task_name="delivery.send", status="todo")
    assert jobs.filter(args__channel="postbacks").count() == 1


def test_the_next_job_of_a_dispatch_begins_while_the_one_before_ends(told):
    job = ("delivery.send", {"channel": "postbacks", "shard": str(told.id)})
    admission.admit(told, "anna")
    assert take_jobs().count(job) == 1
    postbacks.CHANNEL.enqueue(told.id)
    postbacks.CHANNEL.enqueue(told.id)
    assert take_jobs().count(job) == 1, "it does not wait for the next poll"


@pytest.mark.django_db(transaction=True)
def test_while_one_worker_sends_the_postbacks_of_a_dispatch_another_is_free_for_others(told, customer):
    admission.admit(told, "anna")

    def send():
        postbacks.CHANNEL.send_due(told.id)
        connections.close_all()

    with ThreadPoolExecutor(1) as another, alone_with(f"postbacks of {told.id}", wait=True):
        another.submit(send).result()
    assert not customer.received
    postbacks.CHANNEL.send_due(told.id)
    assert len(customer.received) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_each_state_once_and_send_each_message_once(told, customer):
    learners = [admission.admit(told, f"learner-{n}") for n in range(12)]
    for learner in learners:
        work(learner, completion="completed")

    def at_work(_):
        try:
            postbacks.follow()
            postbacks.sweep()
            postbacks.CHANNEL.send_due(told.id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(at_work, range(8)))
    postbacks.CHANNEL.send_due(told.id)  # what came while the one whose turn it was had just ended
    received = messages(customer, told)
    by_learner: dict[str, list[str]] = {}
    for message in received:
        by_learner.setdefault(message["data"]["registration"]["id"], []).append(message["type"])
    assert len({postback.headers["webhook-id"] for postback in customer.received}) == len(received) == 24
    assert all(
        types == ["registration.registered", "registration.completed"] for types in by_learner.values()
    )


def test_a_program_sets_the_address_reads_what_was_sent_and_sends_it_again(dispatch, api, customer):
    assert (
        api("PATCH", f"/dispatch/{dispatch.key}", {"postback_url": customer.url}).json()["postback_url"]
        == customer.url
    )
    secret = api("POST", f"/dispatch/{dispatch.key}/signing-secret").json()["signing_secret"]
    dispatch.refresh_from_db()
    admission.admit(dispatch, "anna")
    send(dispatch)
    [row] = api("GET", f"/dispatch/{dispatch.key}/postbacks?state=delivered").json()["items"]
    assert (row["kind"], row["status"], row["answer"]) == ("registration.registered", 200, "answered 200")
    assert row["body"] == customer.received[0].read(secret)
    answer = api("POST", f"/dispatch/{dispatch.key}/postbacks/{row['id']}/replay")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    send(dispatch)
    assert len(customer.received) == 2
    assert (
        api("PATCH", f"/dispatch/{dispatch.key}", {"postback_url": "ftp://x"}).json()["code"]
        == "address_invalid"
    )
    assert secret not in str(api("GET", f"/dispatch/{dispatch.key}").json())


def test_a_dispatch_is_made_with_its_address(tenant, course, dispatch, customer):
    made = actions.create_dispatch(tenant.manager, course, dispatch.destination, postback_url=customer.url)
    assert made.signing_secret
    assert made.postback_url == customer.url


def test_the_page_shows_the_secret_once_and_what_became_of_each_message(tenant, dispatch, client, customer):
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    page = f"/admin/dispatch/{dispatch.id}/"
    client.post(f"{page}postbacks/address", {"postback_url": customer.url})
    dispatch.refresh_from_db()
    assert dispatch.signing_secret in client.get(f"{page}postbacks/").text
    assert dispatch.signing_secret not in client.get(f"{page}postbacks/").text
    customer.answers = [500]
    admission.admit(dispatch, "anna", "Anna Šimková")
    send(dispatch)
    listed = client.get(f"{page}postbacks/?state=waiting").text
    assert "answered 500" in listed
    assert "Anna Šimková" in listed
    client.post(f"{page}postbacks/{Postback.objects.get().id}/replay")
    send(dispatch)
    assert Postback.objects.get().state == "delivered"
    assert "registration.registered" in client.get(f"{page}postbacks/?csv=1").getvalue().decode()


def test_what_was_delivered_or_given_up_is_kept_for_three_months(told):
    for learner in ("anna", "boris"):
        admission.admit(told, learner)
    send(told)
    old, failed = Postback.objects.order_by("id")
    Postback.objects.filter(id=old.id).update(delivered_at=clock.now() - timedelta(days=91))
    Postback.objects.filter(id=failed.id).update(state="given up", delivered_at=None)
    postbacks.CHANNEL.forget_old()
    assert Postback.objects.get().id == failed.id
    Postback.objects.update(give_up_at=clock.now() - timedelta(days=91))
    postbacks.CHANNEL.forget_old()
    assert not Postback.objects.exists()
