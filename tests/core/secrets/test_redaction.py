"""Lines of a log in which a secret stood."""

import logging
import re
from uuid import UUID

import pytest
from django.test import Client
from django.urls import get_resolver
from tests.fixtures import APP, CONTENT

from heliograph.core.secrets import tokens
from heliograph.core.secrets.redaction import HIDDEN, Redacting, redacted

# Fixed, so that every process that runs tests names them alike.
TOKEN = tokens.sign(b"secret", "launch", UUID("0199c2b5-b5a4-7f0e-8a5e-9d0c6b0b5f5f"), 2_000_000_000)
KEY = "5y63zd9ftp6zyaqdj9783x4t9q"


@pytest.mark.parametrize(
    "line",
    [
        *(
            f"Unauthorized: {path}"
            for path in (
                f"/play/{TOKEN}/",
                f"/play/{TOKEN}/commit",
                f"/api/launch/{TOKEN}",
                f"/c/{TOKEN}/a/b.html",
            )
        ),
        *(
            f"Not Found: {path}"
            for path in (
                f"/cmi5/{TOKEN}/fetch",
                f"/d/{TOKEN}/launch",
                f"/portal/{TOKEN}/package",
                f"/share/{TOKEN}/log/1",
            )
        ),
        f"GET /x?token={TOKEN}&b=1",
        f"GET /x?auth=Basic%20{TOKEN}",
        f"Authorization: Bearer {TOKEN}",
        f"{{'HTTP_AUTHORIZATION': 'Basic {TOKEN}'}}",
        f'{{"token": "{TOKEN}", "receipts": "{TOKEN}", "keepsake": "{TOKEN}"}}',
        f"Cookie: heliograph={TOKEN}; heliograph_csrf={TOKEN}",
        f"it failed for {TOKEN}, which is {TOKEN}",
        f"Session(secret={TOKEN!r})",
    ],
)
def test_a_secret_is_hidden_wherever_it_stands(line):
    assert TOKEN not in redacted(line)
    assert HIDDEN in redacted(line)


def test_a_key_of_stripe_is_hidden_by_its_form():
    assert redacted("Invalid API key: sk_test_4eC39HqLyjWDarjtT1zdp7dc") == f"Invalid API key: {HIDDEN}"
    assert "rk_live" not in redacted("of rk_live_4eC39HqLyjWDarjtT1zdp7dc, refused")


# What addresses say that opens nothing; whatever has another name is a secret.
PUBLIC = re.compile(r".*_id|number|pk|path|name|sha2|uidb36")
PART = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


def addresses(patterns, before=""):
    """Every address with a secret in it, and the secret in its place."""
    for route in patterns:
        pattern = before + str(route.pattern)
        if hasattr(route, "url_patterns"):
            yield from addresses(route.url_patterns, pattern)
        elif any(not PUBLIC.fullmatch(a or b) for a, b in PART.findall(pattern)):
            yield "/" + PART.sub(
                lambda part: "1" if PUBLIC.fullmatch(part[1] or part[2]) else KEY, pattern
            ).strip("^$")


SECRET_ADDRESSES = [
    *((APP, address) for address in addresses(get_resolver("heliograph.config.urls").url_patterns)),
    *(
        (CONTENT, address)
        for address in addresses(get_resolver("heliograph.config.content_urls").url_patterns)
    ),
]


@pytest.mark.parametrize(("host", "address"), SECRET_ADDRESSES)
def test_no_address_with_a_secret_is_written_to_the_log(db, caplog, host, address):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False, HTTP_HOST=host)
    for path in (address, f"{address}.", f"{address}/further"):
        browser.get(path)
        browser.post(path, {"answer": "yes"})
    lines = [Redacting("%(levelname)s %(name)s: %(message)s").format(record) for record in caplog.records]
    assert lines, "something was wrong with each of them"
    assert not [line for line in lines if KEY in line]


SECRET_PREFIXES = {
    *("/invitation", "/forgot-password", "/portal", "/share", "/apply", "/api"),
    *("/play", "/c", "/cmi5", "/d", "/proof"),
}


def test_addresses_with_secrets_are_found():
    assert {
        path.rpartition(KEY)[0].rpartition("/")[0].removesuffix("/launch") for _, path in SECRET_ADDRESSES
    } == SECRET_PREFIXES


@pytest.mark.parametrize("path", ["/d/{}/launch", "/d/{}/cmi5/", "/portal/{}/"])
def test_a_key_of_a_package_is_hidden_in_addresses(path):
    assert KEY not in redacted(f"WARNING django.request: Not Found: {path.format(KEY)}")


@pytest.mark.parametrize(
    "line",
    [
        "WARNING django.request: Not Found: /admin/dispatch/0199c2b5-b5a4-7f0e-8a5e-9d0c6b0b5f5f/",
        "ERROR heliograph.config.origins: content origin: GET /static/runtime/player/player.js",
        'File "/srv/heliograph/core/secrets/tokens.py", line 38, in verify',
        "heliograph.accounts.api_auth: the key of northlight was revoked",
    ],
)
def test_what_is_no_secret_is_left(line):
    assert redacted(line) == line


def test_a_traceback_hides_what_its_error_says():
    try:
        raise ValueError(f"cannot read token={TOKEN}")
    except ValueError as reason:
        record = logging.LogRecord(
            "x",
            logging.ERROR,
            "x.py",
            1,
            "API: %s",
            (f"/api/launch/{TOKEN}",),
            (ValueError, reason, reason.__traceback__),
        )
    shown = Redacting("%(levelname)s %(message)s").format(record)
    assert TOKEN not in shown
    assert "Traceback" in shown
