"""Cookies that only this very host can have set, where the app is served over https."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client
from tests.fixtures import APP

from heliograph.accounts.adapter import BROWSER_COOKIE
from heliograph.config.message_cookie import MessageCookie

SAID = """
from django.conf import settings
from heliograph.accounts.adapter import BROWSER_COOKIE
from heliograph.accounts.api_auth import SessionAuth
from heliograph.config.message_cookie import MessageCookie
print(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, BROWSER_COOKIE, MessageCookie.cookie_name,
      SessionAuth.param_name)
print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SESSION_COOKIE_PATH,
      settings.SESSION_COOKIE_DOMAIN)
"""
PUBLIC = {
    "HELIOGRAPH_URL": "https://learn.example.org",
    "HELIOGRAPH_CONTENT_URL": "https://content.example.net",
    "HELIOGRAPH_SECRET_KEY": "a secret that is long enough for anybody",
}


def settings_with(tmp_path, values: dict[str, str]) -> list[list[str]]:
    """What another process reads from these settings."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("HELIOGRAPH_", "DJANGO_"))
    }
    program = f"import django; django.setup(){SAID}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **environment,
            "DJANGO_SETTINGS_MODULE": "heliograph.config.settings",
            "HELIOGRAPH_HOME": str(tmp_path),
            **values,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.split() for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("values", "prefix", "secure"), [(PUBLIC, "__Host-", "True"), ({}, "", "False")], ids=["https", "http"]
)
def test_cookies_are_named_by_how_the_app_is_served(tmp_path, values, prefix, secure):
    names, (*secures, path, domain) = settings_with(tmp_path, values)
    plain = ["heliograph", "heliograph_csrf", "heliograph_known", "heliograph_messages", "heliograph"]
    assert names == [f"{prefix}{name}" for name in plain]
    assert secures == [secure, secure]
    assert (path, domain) == ("/", "None"), "or browsers would not take the prefix (RFC 6265bis, 4.1.3.2)"


def test_no_other_cookie_is_set_than_those(tenant):
    browser, names = Client(HTTP_HOST=APP), set()
    credentials = {"login": "manager@northlight.example", "password": "long enough"}
    for method, path, fields in (
        ("get", "/sign-in/", {}),
        ("post", "/forgot-password/", {"email": "manager@northlight.example"}),
        ("post", "/sign-in/", credentials),
        ("post", "/account/", {"name": "Mia"}),  # says in a message that it was done
        ("post", "/account/confirm/", credentials),
        ("get", "/account/two-factor/totp/activate/", {}),
        ("get", "/admin/dispatch/", {}),
        ("post", "/organization/", {"organization": str(tenant.organization.id)}),
        ("post", "/sign-out/", {}),
    ):
        answer = getattr(browser, method)(path, fields)
        assert answer.status_code in (200, 302), path
        names |= set(answer.cookies)
    assert names == {
        settings.SESSION_COOKIE_NAME,
        settings.CSRF_COOKIE_NAME,
        BROWSER_COOKIE,
        MessageCookie.cookie_name,
    }
