"""Behind proxies the header that names the client is a list that its first entries may say anything in."""

import pytest
from tests.fixtures import APP

FORWARDED = [
    "1.1.1.1, 2.2.2.2, 3.3.3.3, 4.4.4.4, 5.5.5.5",
    "nobody",
    "[::1",
    "1.1.1.1:80:90",
    "",
    ",,,,",
    "a" * 9000,
    "::ffff:1.1.1.1%eth0",
    "\xff",
]


@pytest.mark.parametrize("proxies", [0, 1, 2])
@pytest.mark.parametrize("forwarded", FORWARDED)
@pytest.mark.parametrize("socket", ["10.0.0.1", "", "nonsense"])
def test_no_list_of_addresses_breaks_a_door_that_counts_by_them(
    db, client, settings, proxies, forwarded, socket
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if proxies else None
    for method, path in (
        ("post", "/sign-in/"),
        ("get", "/portal/nothing/"),
        ("get", "/share/nothing/"),
        ("get", "/metrics"),
        ("get", "/api/launch/x"),
    ):
        told = {"data": {"login": "a@example.org", "password": "b"}} if method == "post" else {}
        for name in ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP"):
            answer = getattr(client, method)(
                path,
                HTTP_HOST=APP,
                REMOTE_ADDR=socket,
                **{name: forwarded},
                HTTP_X_FORWARDED_PROTO=forwarded,
                **told,
            )
            assert answer.status_code < 500, (path, forwarded)
    signed_in = client.post(
        "/api/token",
        {"email": "a@example.org", "password": "b"},
        content_type="application/json",
        HTTP_HOST=APP,
        REMOTE_ADDR=socket,
        HTTP_X_FORWARDED_FOR=forwarded,
    )
    assert signed_in.status_code in (401, 422, 429)
