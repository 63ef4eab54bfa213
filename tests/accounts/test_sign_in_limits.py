"""Guessing passwords: it is slow, costs the server little and stores nothing that grows; a right password is
let in.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta

import pytest
import time_machine
from django.test import Client, RequestFactory
from django.urls import reverse
from tests.fixtures import APP

from heliograph.accounts import actions, queries, sign_in_limits
from heliograph.accounts.adapter import BROWSER_COOKIE
from heliograph.accounts.errors import SignInBusy, TooManyTries, WrongPassword
from heliograph.accounts.models import FailedSignIns
from heliograph.config.server.rsgi import SIGN_IN_PATHS, THREADS
from heliograph.core.clock import now
from heliograph.core.errors import NotSignedIn
from heliograph.core.roles import Role

EMAIL, PASSWORD = "manager@northlight.example", "long enough"


def ask(password, email=EMAIL, address="192.0.2.1"):
    return actions.sign_in(RequestFactory().post("/api/token", REMOTE_ADDR=address), email, password, None)


def guess(times, email=EMAIL, address="192.0.2.1"):
    """Wrong passwords; what the last one was answered."""
    for number in range(times):
        with pytest.raises((WrongPassword, TooManyTries)) as refused:
            ask(f"guess {number}", email, address)
    return refused.value


def test_who_guesses_is_asked_to_wait_longer_with_each_guess(tenant):
    assert isinstance(guess(5), WrongPassword)
    waits = [guess(1).details["retry_after"] for _ in range(4)]
    assert waits == [2, 4, 8, 16]
    assert guess(20).details["retry_after"] == 900


def test_a_right_password_is_let_in_however_much_was_guessed_before_from_the_same_place(client, tenant):
    guess(30)
    assert ask(PASSWORD)
    answer = client.post(
        "/sign-in/", {"login": EMAIL, "password": PASSWORD}, HTTP_HOST=APP, REMOTE_ADDR="192.0.2.1"
    )
    assert answer.status_code == 302


def test_a_guess_is_told_nothing_but_to_wait(client, tenant):
    guess(6)
    for email in (EMAIL, "nobody@northlight.example"):
        guess(6, email=email)
        body = {"email": email, "password": "wrong"}
        answer = client.post(
            "/api/token", body, content_type="application/json", HTTP_HOST=APP, REMOTE_ADDR="192.0.2.1"
        )
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_sign_ins")
        assert int(answer["Retry-After"]) > 0
    page = client.post(
        "/sign-in/", {"login": EMAIL, "password": "wrong"}, HTTP_HOST=APP, REMOTE_ADDR="192.0.2.1"
    )
    assert "Too many attempts" in page.text


def test_a_person_is_counted_at_all_addresses_and_an_address_for_all_people(tenant):
    for number in range(20):
        guess(1, address=f"198.51.100.{number}")
    assert isinstance(guess(1, address="198.51.100.99"), TooManyTries)
    for number in range(20):
        guess(1, email=f"{number}@elsewhere.example", address="203.0.113.1")
    assert isinstance(guess(1, email="another@elsewhere.example", address="203.0.113.1"), TooManyTries)


def test_all_addresses_of_one_ipv6_network_count_as_one(tenant):
    for number in range(5):
        guess(1, address=f"2001:db8:1:2::{number + 1}")
    assert isinstance(guess(1, address="2001:db8:1:2:ffff::1"), TooManyTries)
    assert isinstance(guess(1, address="2001:db8:1:3::1"), WrongPassword)


def test_failures_are_forgotten_after_an_hour_and_those_of_a_person_here_once_they_sign_in(tenant):
    guess(6)
    ask(PASSWORD)
    assert isinstance(guess(1), WrongPassword)
    with time_machine.travel(now() + timedelta(hours=2)):
        assert isinstance(guess(5), WrongPassword)
        sign_in_limits.forget_old()
        assert FailedSignIns.objects.exists()
    with time_machine.travel(now() + timedelta(hours=4)):
        sign_in_limits.forget_old()
        assert not FailedSignIns.objects.exists()


def test_guesses_fill_no_more_than_a_fixed_number_of_rows_and_name_nobody(tenant, monkeypatch):
    monkeypatch.setattr(sign_in_limits, "SLOTS", 16)
    for number in range(60):
        guess(1, email=f"{number}@elsewhere.example", address=f"198.51.100.{number}")
    assert FailedSignIns.objects.count() <= 16
    assert {field.name for field in FailedSignIns._meta.get_fields()} == {"slot", "count", "last_at"}


def test_a_right_api_key_works_however_many_wrong_ones_are_tried(tenant):
    _, secret = actions.create_api_key(tenant.owner, "sync", Role.MANAGER)
    for number in range(50):
        with pytest.raises(NotSignedIn):
            queries.actor_of_bearer(f"hg_{number}")
    assert queries.actor_of_bearer(secret)


class Guessers:
    """People whose passwords are being checked, until they are told to go on."""

    def __init__(self, lane):
        self.lane, self.resume, self.entered = lane, threading.Event(), threading.Semaphore(0)
        self.at_once = self.most_at_once = 0
        self.pool = ThreadPoolExecutor(20)

    def enter(self, network):
        def run():
            with self.lane.turn(network) as failed:
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                self.entered.release()
                self.resume.wait(30)
                self.at_once -= 1
                failed()

        return self.pool.submit(run)


@pytest.mark.parametrize(
    ("lane", "waiting"),
    [(sign_in_limits.ORDINARY, 2), (sign_in_limits.SUSPECTED, 2), (sign_in_limits.KNOWN, 1)],
    ids=["ordinary", "suspected", "known"],
)
def test_one_password_is_checked_at_a_time_in_each_lane_and_few_wait(lane, waiting):
    """So guesses keep neither the processor nor the threads of a process to themselves."""
    guessers = Guessers(lane)
    first = guessers.enter("192.0.2.1")
    guessers.entered.acquire()
    others = [guessers.enter(f"192.0.2.{number}") for number in range(2, 12)]
    ended = as_completed(others, timeout=30)
    refused = [next(ended).exception() for _ in range(10 - waiting)]
    assert all(isinstance(refusal, SignInBusy) for refusal in refused)
    guessers.resume.set()
    assert [future.exception() for future in ended] == [None] * waiting
    assert first.result(30) is None
    assert guessers.most_at_once == 1


def test_guesses_in_both_lanes_at_once_leave_a_thread_to_who_is_known_and_to_who_is_sent_away():
    """Sign-ins have threads of their own (`test_front`): all of them together are as many as may wait, and
    more.
    """
    threads = ThreadPoolExecutor(THREADS[-1])
    lanes = [Guessers(lane) for lane in (sign_in_limits.ORDINARY, sign_in_limits.SUSPECTED)]
    for lane in lanes:
        lane.pool = threads
    held = [lane.enter(f"192.0.2.{number}") for number in range(20) for lane in lanes]
    known = Guessers(sign_in_limits.KNOWN)
    known.pool = threads
    known.resume.set()
    known.enter("a browser").result(30)
    assert not all(future.done() for future in held)
    for lane in lanes:
        lane.resume.set()
    assert [future.exception(30) for future in held].count(None) == 6


def test_whoever_checks_a_password_has_the_threads_of_sign_ins():
    assert {reverse("account_login"), reverse("account_reauthenticate"), "/api/token"} == set(SIGN_IN_PATHS)


def test_one_network_that_hammers_leaves_room_for_the_person_at_another(tenant):
    guess(25)
    guessers = Guessers(sign_in_limits.SUSPECTED)
    first = guessers.enter("192.0.2.1")
    guessers.entered.acquire()
    with pytest.raises(SignInBusy):
        ask(PASSWORD)
    guessers.resume.set()
    first.result(30)
    assert ask(PASSWORD, address="198.51.100.7")


def test_a_browser_in_which_its_person_has_signed_in_before_waits_for_nobody(tenant):
    browser = Client(REMOTE_ADDR="192.0.2.1", HTTP_HOST=APP)
    assert browser.post("/sign-in/", {"login": EMAIL, "password": PASSWORD}).status_code == 302
    browser.post("/sign-out/")
    guess(25)
    guessers = [Guessers(lane) for lane in (sign_in_limits.SUSPECTED, sign_in_limits.ORDINARY)]
    held = [guesser.enter("192.0.2.1") for guesser in guessers for _ in range(4)]
    for guesser in guessers:
        guesser.entered.acquire()
    assert browser.post("/sign-in/", {"login": EMAIL, "password": PASSWORD}).status_code == 302
    for guesser in guessers:
        guesser.resume.set()
    assert any(future.exception(30) is None for future in held)


def test_a_known_browser_is_known_for_its_own_person_only_and_cannot_be_made_up(tenant):
    mark = sign_in_limits.browser_token(EMAIL)
    assert sign_in_limits.browser_of(mark, EMAIL)
    assert not sign_in_limits.browser_of(mark, "owner@northlight.example")
    assert not sign_in_limits.browser_of(mark[:-1] + "x", EMAIL)
    assert EMAIL not in mark
    thief = Client(REMOTE_ADDR="192.0.2.1", HTTP_HOST=APP)
    thief.cookies[BROWSER_COOKIE] = mark
    for number in range(6):
        thief.post("/sign-in/", {"login": EMAIL, "password": f"guess {number}"})
    assert "Too many attempts" in thief.post("/sign-in/", {"login": EMAIL, "password": "guess"}).text


def test_a_person_who_was_deactivated_everywhere_gets_no_tokens(tenant):
    person = tenant.organization.memberships.get(role="manager").user
    person.is_active = False
    person.save(update_fields=["is_active"])
    with pytest.raises(WrongPassword):
        ask(PASSWORD)


def test_guesses_are_counted_in_all_processes_together(product):
    """Two web processes answer in turn; each by itself would have let five guesses pass."""
    email, password = "counted@guesses.example", "a password worth guessing"
    assert (
        product.command("organization", "guesses", "--owner", email, "--password", password).returncode == 0
    )

    def sign_in(word):
        body = json.dumps({"email": email, "password": word}).encode()
        status, answer, _ = product.request(
            "POST", "/api/token", body, headers={"Content-Type": "application/json"}
        )
        return status, json.loads(answer).get("code")

    answers = [sign_in(f"guess {number}") for number in range(6)]
    assert answers == [(401, "wrong_credentials")] * 5 + [(429, "too_many_sign_ins")]
    assert sign_in(password)[0] == 200
