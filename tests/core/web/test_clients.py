"""Where a request comes from: what a client says of itself is believed only as far as declared proxies vouch
for it.
"""

import pytest

from heliograph.core.web.clients import UNKNOWN, client_address, is_forwarded, network_of

PEER = "203.0.113.5"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "", PEER),
        (0, "198.51.100.1", PEER),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1, 198.51.100.1, 192.0.2.1", "198.51.100.1"),
        (2, "198.51.100.1", PEER),
        (1, "", UNKNOWN),
        (1, "nonsense", UNKNOWN),
        (1, "198.51.100.1:4711", "198.51.100.1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
        (1, "1" * 5000, UNKNOWN),
    ],
)
def test_a_client_is_who_the_outermost_declared_proxy_says(proxies, forwarded, expected):
    environ = {"REMOTE_ADDR": PEER, "HTTP_X_FORWARDED_FOR": forwarded}
    assert client_address(environ, proxies) == expected


def test_who_has_no_address_is_unknown():
    assert client_address({"REMOTE_ADDR": ""}, 0) == client_address({}, 0) == UNKNOWN


def test_a_subscriber_of_ipv6_is_one_client():
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::"
    assert network_of("2001:db8:1:3::9") != "2001:db8:1:2::"
    assert network_of(PEER) == PEER
    assert network_of(UNKNOWN) == UNKNOWN


@pytest.mark.parametrize("name", ["X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_FORWARDED_HOST", "FORWARDED"])
def test_a_request_that_a_proxy_passed_on_is_told_by_its_headers(name):
    assert is_forwarded({f"HTTP_{name}": "x"})
    assert not is_forwarded({"REMOTE_ADDR": PEER})
