"""A reverse proxy that is not declared: noticed for the operator, believed by nobody."""

from dataclasses import replace

import pytest
from django.conf import settings as loaded
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory
from tests.fixtures import APP

from heliograph.accounts.adapter import AccountAdapter
from heliograph.accounts.models import CacheEntry
from heliograph.config import doctor
from heliograph.config.server import proxies

pytestmark = pytest.mark.django_db
FORWARDED = {
    "X-Forwarded-For": "198.51.100.1",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
}


@pytest.fixture(autouse=True)
def _nothing_is_noted():
    cache.delete(proxies.KEY)


def said() -> list[str]:
    return [
        finding.sentence
        for finding in doctor._running(loaded.HELIOGRAPH)
        if "reverse proxy" in finding.sentence
    ]


def test_the_doctor_tells_of_a_proxy_that_is_not_declared_and_what_to_do():
    assert said() == []
    Client(HTTP_HOST=APP).get("/sign-in/", REMOTE_ADDR="10.1.2.3", headers=FORWARDED)
    [sentence] = said()
    assert "come from 10.1.2.3" in sentence
    assert "set HELIOGRAPH_TRUSTED_PROXIES=1" in sentence


def test_requests_that_nobody_passed_on_are_not_worth_a_word():
    Client(HTTP_HOST=APP).get("/sign-in/")
    assert said() == []


def test_what_is_noticed_is_one_row_however_many_requests_come():
    for number in range(20):
        middleware = proxies.ProxyMiddleware(lambda request: HttpResponse())  # as in another process
        middleware(RequestFactory().get("/", REMOTE_ADDR=f"10.0.0.{number}", headers=FORWARDED))
    assert CacheEntry.objects.filter(cache_key__contains=proxies.KEY).count() == 1


def test_a_declared_proxy_is_not_noticed(settings):
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, trusted_proxies=1)
    Client(HTTP_HOST=APP).get("/sign-in/", headers=FORWARDED)
    assert not CacheEntry.objects.filter(cache_key__contains=proxies.KEY).exists()
    assert said() == []


def test_nobody_believes_what_an_undeclared_proxy_says():
    request = RequestFactory().get("/", REMOTE_ADDR="10.1.2.3", HTTP_HOST=APP, headers=FORWARDED)
    assert AccountAdapter().get_client_ip(request) == "10.1.2.3"
    assert not request.is_secure()
    assert request.get_host() == APP
    assert loaded.SECURE_PROXY_SSL_HEADER is None
    assert not loaded.USE_X_FORWARDED_HOST


def test_a_declared_proxy_names_the_client(settings):
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, trusted_proxies=1)
    request = RequestFactory().get("/", REMOTE_ADDR="10.1.2.3", headers=FORWARDED)
    assert AccountAdapter().get_client_ip(request) == "198.51.100.1"
