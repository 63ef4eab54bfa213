"""A launch link opens the course once: for the learner who follows it, whoever else looks at it before."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from tests.fixtures import APP

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.core.secrets.tokens import TokenExpired, TokenRefused
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch import admission
from heliograph.dispatch.errors import LaunchRefused
from heliograph.runtime import actions
from heliograph.runtime.errors import LaunchUsed, RegistrationNotFound
from heliograph.runtime.models import LaunchToken

BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Sec-Fetch-Mode": "navigate",
}
OTHER = {**BROWSER, "User-Agent": "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15"}


@pytest.fixture
def registration(tenant, course):
    learner = actions.ensure_learner(tenant.organization.id, tenant.organization.id, "anna", "Anna")
    return actions.register(tenant.manager, course, learner)[0]


@pytest.fixture
def follow(client):
    def run(link, method="get", **headers):
        return getattr(client, method)(f"/api/launch/{link.token}", headers=headers or BROWSER, HTTP_HOST=APP)

    return run


def test_a_link_opens_the_course_once_and_then_says_what_to_do(registration, follow):
    link = actions.launch_link(registration)
    first = follow(link)
    assert (first.status_code, first["Cache-Control"], first["Referrer-Policy"]) == (
        302,
        "no-store",
        "no-referrer",
    )
    assert "/play/" in first["Location"]
    with time_machine.travel(now() + timedelta(seconds=20)):
        again = follow(link)
    assert (again.status_code, again.json()["code"]) == (401, "launch_used")
    assert "request a new one" in again.json()["detail"]
    assert "Location" not in again


def test_a_person_reads_the_refusal_as_a_page(registration, follow):
    link = actions.launch_link(registration)
    follow(link)
    with time_machine.travel(now() + timedelta(seconds=20)):
        again = follow(link, **BROWSER, Accept="text/html,*/*;q=0.8")
    assert (again.status_code, again["Content-Type"]) == (401, "text/html; charset=utf-8")
    assert "This link works only once" in again.content.decode()
    assert again["Cache-Control"] == "no-store"


def test_the_same_browser_may_repeat_its_request_at_once_and_no_other_may(registration, follow):
    link = actions.launch_link(registration)
    assert follow(link).status_code == 302
    assert follow(link).status_code == 302, "a reload, or a request that was lost"
    assert follow(link, **OTHER).json()["code"] == "launch_used"


@pytest.mark.parametrize(
    "looks",
    [
        {**BROWSER, "Sec-Purpose": "prefetch;prerender"},
        {**BROWSER, "Purpose": "prefetch"},
        {**BROWSER, "X-Moz": "prefetch"},
        {**BROWSER, "Sec-Fetch-Mode": "no-cors"},
        {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
        {"User-Agent": "facebookexternalhit/1.1"},
        {"User-Agent": "WhatsApp/2.23.20.0"},
        {"User-Agent": "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5"},
    ],
    ids=str,
)
def test_what_only_looks_at_a_link_leaves_it_to_the_learner(registration, follow, looks):
    link = actions.launch_link(registration)
    for method in ("get", "head"):
        looked = follow(link, method, **looks)
        assert looked.status_code in (200, 503)
        assert "Location" not in looked
        assert "/play/" not in looked.content.decode()
    assert LaunchToken.objects.get().used_at is None
    assert follow(link, **OTHER).status_code == 302


def test_a_head_request_says_whether_the_link_is_one(registration, follow):
    link = actions.launch_link(registration)
    assert follow(link, "head", **BROWSER).status_code == 200
    with time_machine.travel(link.expires_at + timedelta(seconds=1)):
        assert follow(link, "head", **BROWSER).status_code == 401
    assert follow(link).status_code == 302


def test_a_phone_with_an_odd_name_is_a_browser(registration, follow):
    cubot = {"User-Agent": "Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 20)"}
    assert follow(actions.launch_link(registration), **cubot).status_code == 302


def test_each_link_is_one_of_its_own(registration):
    first, second = (actions.launch_link(registration) for _ in range(2))
    assert first.token != second.token
    actions.redeem(first.token, "one")
    actions.redeem(second.token, "another")
    with pytest.raises(LaunchUsed):
        actions.redeem(first.token, "another")


def test_a_refused_opening_uses_nothing_up(tenant, dispatch):
    link = admission.direct_link(dispatch, "anna")
    dispatching.change_dispatch(tenant.manager, dispatch, enabled=False)
    with pytest.raises(LaunchRefused):
        actions.redeem(link.token, "one")
    dispatching.change_dispatch(tenant.manager, dispatch, enabled=True)
    assert "/play/" in actions.redeem(link.token, "another")


def test_only_a_digest_is_kept_and_that_not_for_long(registration):
    link = actions.launch_link(registration)
    row = LaunchToken.objects.values_list().get()
    assert link.token not in str(row)
    actions.forget_launch_tokens()
    assert LaunchToken.objects.exists()
    with time_machine.travel(link.expires_at + timedelta(seconds=1)):
        for _ in range(2):
            with pytest.raises(TokenExpired):
                actions.redeem(link.token)
            actions.forget_launch_tokens()
    assert not LaunchToken.objects.exists()
    with pytest.raises(TokenRefused):
        actions.redeem(link.token[:-4] + "AAAA")


def test_a_link_goes_with_its_registration(tenant, registration):
    link = actions.launch_link(registration)
    actions.delete_registration(tenant.owner, registration)
    with pytest.raises(RegistrationNotFound):
        actions.redeem(link.token)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_gets_in(registration):
    link, barrier = actions.launch_link(registration), threading.Barrier(8)

    def redeem(number):
        barrier.wait()
        try:
            return actions.redeem(link.token, f"browser {number} {new_id()}")
        except LaunchUsed:
            return ""
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert len([redeemed for redeemed in threads.map(redeem, range(8)) if redeemed]) == 1
