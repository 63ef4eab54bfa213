"""Lines of a log in which a secret stood."""

import logging
from uuid import UUID

import pytest

from heliograph.core import tokens
from heliograph.core.redaction import HIDDEN, Redacting, redacted

# Fixed, so that every process that runs tests names them alike.
TOKEN = tokens.sign(b"secret", "launch", UUID("0199c2b5-b5a4-7f0e-8a5e-9d0c6b0b5f5f"), 2_000_000_000)
KEY = "5y63zd9ftp6zyaqdj9783x4t9q"


@pytest.mark.parametrize(
    "line",
    [
        *(f"Unauthorized: {path}" for path in (f"/play/{TOKEN}/", f"/play/{TOKEN}/commit", f"/api/launch/{TOKEN}", f"/c/{TOKEN}/a/b.html")),
        *(
            f"Not Found: {path}"
            for path in (f"/cmi5/{TOKEN}/fetch", f"/d/{TOKEN}/launch", f"/portal/{TOKEN}/package", f"/share/{TOKEN}/log/1")
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


@pytest.mark.parametrize("path", ["/d/{}/launch", "/d/{}/cmi5/", "/portal/{}/"])
def test_a_key_of_a_package_is_hidden_in_addresses(path):
    assert KEY not in redacted(f"WARNING django.request: Not Found: {path.format(KEY)}")


@pytest.mark.parametrize(
    "line",
    [
        "WARNING django.request: Not Found: /admin/dispatch/0199c2b5-b5a4-7f0e-8a5e-9d0c6b0b5f5f/",
        "ERROR heliograph.config.origins: content origin: GET /static/runtime/player/player.js",
        'File "/srv/heliograph/core/tokens.py", line 38, in verify',
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
            "x", logging.ERROR, "x.py", 1, "API: %s", (f"/api/launch/{TOKEN}",), (ValueError, reason, reason.__traceback__)
        )
    shown = Redacting("%(levelname)s %(message)s").format(record)
    assert TOKEN not in shown
    assert "Traceback" in shown
