"""Requests to addresses that people gave us: answered whole or not at all, in time, and never inside our own
network.
"""

import contextlib
import ipaddress
import socket
import threading
import time
from dataclasses import replace

import pytest
from tests.lrs.pipes import store
from tests.lrs.pipes.store import served
from tests.running import PATIENCE, until

from heliograph.core import http_client
from heliograph.core.errors import Invalid
from heliograph.core.http_client import HttpSession, NoAnswer, TooLong


@pytest.fixture
def server(settings):
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, outbound_private=True)
    with served() as running:
        running.judge = lambda request: store.answering(200, b"taken: " + request.body, X_Said="hello")
        yield running


def test_any_method_is_sent_and_the_whole_answer_told(server):
    with HttpSession() as line:
        for method in ("GET", "PUT", "POST"):
            reply = line.ask(
                method,
                server.endpoint,
                {"X-Asked": "yes"},
                b"x" * 5000 if method != "GET" else b"",
                longest=10_000,
            )
            assert (reply.status, reply.headers["x-said"]) == (200, "hello")
            assert len(reply.body) == (7 if method == "GET" else 5007)
    assert [request.method for request in server.asked] == ["GET", "PUT", "POST"]
    assert server.asked[0].headers["x-asked"] == "yes"


def test_requests_on_a_line_share_a_connection(server):
    seen = []

    def answer(handler):
        seen.append(handler.client_address)
        return 200, {}, b""

    server.judge = lambda request: answer
    with HttpSession() as line:
        for _ in range(3):
            line.ask("GET", server.endpoint, {})
    assert len(seen) == 3
    assert len(set(seen)) == 1


def test_an_answer_beyond_the_limit_is_none(server):
    with HttpSession() as line:
        with pytest.raises(TooLong, match="larger than 5 bytes"):
            line.ask("GET", server.endpoint, {}, longest=5)
        assert line.ask("GET", server.endpoint, {}, longest=7).body == b"taken: "


def test_a_connection_that_has_gone_meanwhile_is_made_anew_once(server):
    with HttpSession() as line:
        line.ask("GET", server.endpoint, {})
        server.faults = [store.dropped]
        assert line.ask("GET", server.endpoint, {}).status == 200
        server.faults = [store.dropped, store.dropped]
        with pytest.raises(NoAnswer):
            line.ask("GET", server.endpoint, {})
    assert len(server.asked) == 5


def test_a_first_request_that_is_not_answered_is_not_sent_twice(server):
    server.faults = [store.dropped]
    with HttpSession() as line, pytest.raises(NoAnswer, match="cannot be reached"):
        line.ask("POST", server.endpoint, {}, b"x")
    assert len(server.asked) == 1


def test_every_request_has_a_deadline_of_its_own(server):
    seen, resume = [], threading.Event()

    def notes_who_asks(handler):
        seen.append(handler.client_address)
        return 200, {}, b""

    def waits(handler):
        resume.wait(PATIENCE)
        return 200, {}, b""

    def answered_in_time():
        with contextlib.suppress(NoAnswer):  # a busy machine may take longer
            return line.ask("GET", server.endpoint, {}, seconds=0.3)

    with HttpSession() as line:
        server.judge = lambda request: notes_who_asks
        until(answered_in_time, "a request is answered before its deadline")
        time.sleep(0.3)  # until that has passed
        line.ask("GET", server.endpoint, {}, seconds=PATIENCE)
        assert seen[-1] == seen[-2], "on the same connection"
        server.judge = lambda request: waits
        try:
            with pytest.raises(NoAnswer, match="no answer within"):
                line.ask("GET", server.endpoint, {}, seconds=0.1)
        finally:
            resume.set()


def test_a_server_that_drips_is_left_at_the_deadline(server):
    left = threading.Event()

    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            for _ in range(1000):
                handler.wfile.write(b"x")
                time.sleep(0.1)
        except OSError:
            left.set()

    server.judge = lambda request: drip
    with HttpSession() as line, pytest.raises(NoAnswer):
        line.ask("GET", server.endpoint, {}, seconds=0.5)
    assert left.wait(PATIENCE), "the connection was closed before the answer had ended"


def test_a_redirect_is_told_and_not_followed(server):
    server.judge = lambda request: store.answering(302, Location=f"{server.endpoint}/elsewhere")
    with HttpSession() as line:
        assert line.ask("GET", server.endpoint, {}).status == 302
    assert len(server.asked) == 1


def test_an_address_inside_our_network_is_not_asked(server, settings):
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, outbound_private=False)
    with HttpSession() as line, pytest.raises(NoAnswer, match="private network"):
        line.ask("GET", server.endpoint, {})
    with pytest.raises(NoAnswer, match="private network"):
        http_client.post(server.endpoint, b"", {})
    assert server.asked == []


INSIDE = [
    "127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.0.8", "192.88.99.1",
    "224.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "feff::1", "ff02::1", "100::1", "2001:db8::1",
    "3fff::1", "5f00::1",
    "::ffff:10.0.0.1", "::10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254",
    "64:ff9b:1::1", "64:ff9b:1::808:808",
    "2002:a00:1::1", "2002:7f00:1::", "2001:0:a00:1:0:ffff:f7f7:f7f7", "2001:0:808:808:0:ffff:f5ff:fffe",
    "2a00:1450::5efe:a00:1", "2a00:1450::200:5efe:a9fe:a9fe",
]  # fmt: skip
OUTSIDE = [
    "8.8.8.8", "2a00:1450:4001:82b::200e", "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::1",
    "::ffff:8.8.8.8", "2001:0:808:808:0:ffff:f7f7:f7f7", "2a00:1450::5efe:808:808",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_leads_inside_is_refused_written_out_and_behind_a_name(address, monkeypatch):
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Invalid) as refused:
        http_client.refuse_address(f"https://{host}/", "endpoint")
    assert refused.value.problem_code == "address_invalid"
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(family, socket.SOCK_STREAM, 6, "", (address, 443))]
    )
    with pytest.raises(NoAnswer, match="has a private network address"):
        http_client.post("https://lms.example.org/", b"", {})


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_on_the_internet_is_sent_to(address):
    assert http_client.is_public(ipaddress.ip_address(address))
