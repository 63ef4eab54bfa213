"""Nothing that waits for the network holds up anybody else: who says nothing, who says it slowly, who says
too much, who never listens.
"""

import contextlib
import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.config.front_server import BLOCK, BLOCKS
from tests.running import free_port, until

from heliograph.config.server.rsgi import SIGN_IN_PATHS
from heliograph.config.server.supervisor import LARGEST_HEAD

MEGABYTE = 2**20
MANY = 40  # of each kind; the server has three threads


class Server:
    """The front, its address, and connections to it that do what they like."""

    def __init__(self, port: int, process: psutil.Process, home: Path) -> None:
        self.port, self.process, self.home = port, process, home

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Host": "localhost", **headers})  # type: ignore[arg-type]
            answer = connection.getresponse()
            return answer.status, answer.read()

    def say(self, raw: bytes, hears: int | None = None) -> socket.socket:
        """A connection on which this was said; ``hears``: the bytes that it takes in at once, at most."""
        connection = socket.socket()
        connection.settimeout(30)
        if hears:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, hears)
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(raw)
        return connection

    def answers(self) -> bool:
        return self.ask("GET", "/health")[0] == 200 and self.ask("GET", "/page")[0] == 200

    def open_files(self) -> int:
        return sum(child.num_fds() for child in self.process.children())

    def at_rest(self) -> int:
        """How many files are open when nobody is connected; what earlier connections left is over."""
        worker = self.process.children()[0]
        until(
            lambda: all(connection.status != "ESTABLISHED" for connection in worker.net_connections()),
            "nobody is connected",
        )
        return self.open_files()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home, port = tmp_path_factory.mktemp("front") / "home", free_port()
    environment = {**os.environ, "HELIOGRAPH_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.config.front_server", str(port)], env=environment
    )
    started = Server(port, psutil.Process(process.pid), home)
    try:
        until(lambda: listens(port), "it listens")
        yield started
    finally:
        process.terminate()
        process.wait(30)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def everything(connection: socket.socket) -> bytes:
    """All that comes until the server ends the connection."""
    with connection:
        return b"".join(iter(lambda: connection.recv(MEGABYTE), b""))


POST = b"POST /page HTTP/1.1\r\nHost: localhost\r\n"
RUDE = {
    "says nothing": b"",
    "says half a header": b"GET /page HTTP/1.1\r\nHost: loc",
    "promises a body": POST + b"Content-Length: 500\r\n\r\n",
    "promises a large body": POST + b"Content-Length: 500000\r\n\r\nabc",
    "begins a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nFFFF\r\nabc",
}
FOR_PEOPLE = ("Sec-Fetch-Dest: iframe", "Sec-Fetch-Dest: document", "Accept: text/html,*/*;q=0.8")
ASKS_NOTHING_MORE = "asks nothing more"
WAITED_FOR = {
    **RUDE,
    **{header: POST + header.encode() + b"\r\nContent-Length: 500\r\n\r\n" for header in FOR_PEOPLE},
    ASKS_NOTHING_MORE: b"GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.fixture(scope="module")
def heard(server: Server) -> dict[str, bytes]:
    """All that those hear whom the server waits for: it waits for them side by side."""
    connections = {manner: server.say(said) for manner, said in WAITED_FOR.items()}
    return {manner: everything(connection) for manner, connection in connections.items()}


@pytest.mark.parametrize("manner", RUDE)
def test_others_are_answered_while_many_a_client(server: Server, manner: str) -> None:
    connections = [server.say(RUDE[manner]) for _ in range(MANY)]
    assert server.answers()
    for connection in connections:
        connection.close()


def test_others_are_answered_while_many_take_nothing_of_a_film(server: Server) -> None:
    connections = [
        server.say(b"GET /film HTTP/1.1\r\nHost: localhost\r\n\r\n", hears=4096) for _ in range(MANY)
    ]
    for connection in connections:
        assert connection.recv(12) == b"HTTP/1.1 200"
    assert server.answers()
    for connection in connections:
        connection.close()


def test_who_takes_nothing_for_too_long_is_left_and_leaves_nothing_open(server: Server) -> None:
    before = server.at_rest()
    connections = [server.say(b"GET /film HTTP/1.1\r\nHost: localhost\r\n\r\n", hears=4096) for _ in range(5)]
    for connection in connections:
        assert connection.recv(12) == b"HTTP/1.1 200"
    until(lambda: server.open_files() <= before, "nothing of them is open")
    for connection in connections:
        with contextlib.suppress(ConnectionResetError):
            assert len(everything(connection)) < BLOCKS * len(BLOCK)


def test_who_goes_away_in_the_middle_leaves_nothing_open(server: Server) -> None:
    before = server.at_rest()
    for _ in range(5):
        connection = server.say(b"GET /film HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.recv(MEGABYTE)
        connection.close()
    until(lambda: server.open_files() <= before, "nothing of them is open")


@pytest.mark.parametrize("manner", ["says nothing", "says half a header"])
def test_a_header_that_does_not_come_ends_the_connection(heard: dict[str, bytes], manner: str) -> None:
    assert not heard[manner]


def test_a_connection_that_asks_nothing_more_is_ended(heard: dict[str, bytes]) -> None:
    assert heard[ASKS_NOTHING_MORE].startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("manner", ["promises a body", "promises a large body", "begins a chunk"])
def test_a_body_that_does_not_come_is_told_so(heard: dict[str, bytes], manner: str) -> None:
    answer = heard[manner]
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"request_too_slow" in answer
    assert b"timed out" in answer


@pytest.mark.parametrize("header", FOR_PEOPLE)
def test_what_the_server_itself_refuses_in_a_courses_frame_is_a_page_for_people(
    heard: dict[str, bytes], header: str
) -> None:
    answer = heard[header]
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"<h1>Request timeout</h1>" in answer
    assert b"content-type: text/html" in answer.lower()


def test_a_body_that_comes_in_drops_is_told_so_however_often_it_moves(server: Server) -> None:
    with server.say(POST + b"Content-Length: 500000\r\n\r\n") as connection:
        connection.settimeout(0.1)
        answer = b""
        while not answer:
            connection.sendall(b"x")
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(1000)
    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("size", [0, 1, 500, 65_536, 65_537, 300_000, MEGABYTE])
def test_a_body_arrives_as_it_was_sent(server: Server, size: int) -> None:
    body = os.urandom(size)
    said = f"{size} {hashlib.sha256(body).hexdigest()} ".encode()
    assert server.ask("POST", "/page", body)[1].startswith(said)
    pieces = (body[at : at + 50_000] for at in range(0, size, 50_000))
    assert server.ask("POST", "/page", pieces)[1].startswith(said)  # in chunks, without a length


@pytest.mark.parametrize(
    "half",
    [b"Content-Length: 77\r\n\r\nabc", b"Content-Length: 70077\r\n\r\nabc",
     b"Transfer-Encoding: chunked\r\n\r\n4D\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
)  # fmt: skip
def test_half_a_body_is_never_taken_for_a_whole_one(server: Server, half: bytes) -> None:
    before = json.loads(server.ask("GET", "/taken")[1])
    server.say(POST + half).close()
    assert server.ask("POST", "/page", b"12345")[0] == 200
    server.at_rest()
    assert json.loads(server.ask("GET", "/taken")[1]) == [*before, 5]


@pytest.mark.parametrize("length", [f"Content-Length: {4 * 2**30}", "Transfer-Encoding: chunked"])
def test_a_stranger_is_refused_before_a_large_body_is_read(server: Server, length: str) -> None:
    connection = server.say(POST + f"{length}\r\n\r\n".encode())
    if "chunked" in length:
        with contextlib.suppress(OSError):  # it may be refused while we speak
            for _ in range(40):
                connection.sendall(b"10000\r\n" + bytes(65_536) + b"\r\n")
    with contextlib.suppress(ConnectionResetError):
        answer = everything(connection)
        assert answer.startswith(b"HTTP/1.1 401")
        assert b"Sign in before sending a request of this size" in answer
    uploads = server.home / "uploads"
    assert not list(uploads.iterdir())


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/play/nonsense/commit", b"not valid"),
        ("/play/nonsense/replay", b"not valid"),
        ("/d/whatever/launch", b"The limit is 1 MB"),
    ],
)
def test_a_large_body_for_the_player_needs_its_token(server: Server, path: str, sentence: bytes) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {2 * MEGABYTE}\r\n\r\n".encode()
    answer = everything(server.say(head))
    assert answer.split()[1] in (b"401", b"413")
    assert sentence in answer


def test_results_and_health_go_on_while_all_pages_are_stuck(server: Server) -> None:
    assert server.ask("POST", "/play/hold/commit", b"")[0] == 200
    stuck = [server.say(b"GET /stuck HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(6)]
    player, stub = (
        ("/play/token/commit", "/play/token/progress", "/play/token/replay"),
        ("/d/key/events", "/d/key/receipts"),
    )
    lanes = dict.fromkeys(("/health", *player, *stub, "/api/dispatch/callback"), b"results")
    lanes |= dict.fromkeys(("/xapi/statements", "/xapi/activities/state", "/cmi5/token/fetch"), b"records")
    for path, lane in lanes.items():
        for body in (b"{}", bytes(80_000), bytes(MEGABYTE), iter([bytes(80_000)])):
            status, said = server.ask("POST", path, body)
            assert (status, said.split()[-1]) == (200, lane)
    head = (
        f"POST /play/nonsense/commit HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {2 * MEGABYTE}\r\n\r\n"
    ).encode()
    assert everything(server.say(head)).startswith(b"HTTP/1.1 401")
    assert server.ask("POST", "/play/release/commit", b"")[0] == 200
    for connection in stuck:
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        connection.close()


def test_results_and_pages_go_on_while_the_record_store_is_stuck(server: Server) -> None:
    assert server.ask("POST", "/play/hold/commit", b"")[0] == 200
    stuck = [server.say(b"GET /xapi/stuck HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(6)]
    assert server.ask("POST", "/play/token/commit", b"{}")[1].endswith(b"results")
    assert server.ask("GET", "/page")[1].endswith(b"pages")
    assert server.ask("POST", "/play/release/commit", b"")[0] == 200
    for connection in stuck:
        with connection:
            assert connection.recv(1000).endswith(b"records")


@pytest.mark.parametrize("path", SIGN_IN_PATHS)
def test_pages_go_on_while_all_sign_ins_wait(server: Server, path: str) -> None:
    assert server.ask("POST", "/play/hold/commit", b"")[0] == 200
    waiting = [
        server.say(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx".encode())
        for _ in range(6)
    ]
    assert server.ask("GET", "/page")[1].endswith(b"pages")
    assert server.ask("GET", path)[1].endswith(b"pages")
    assert server.ask("POST", "/play/release/commit", b"")[0] == 200
    for connection in waiting:
        with connection:
            assert connection.recv(1000).endswith(b"sign-ins")


@pytest.mark.parametrize("where", ["address", "header"])
def test_a_head_that_is_longer_than_any_is_refused_unread(server: Server, where: str) -> None:
    much = b"x" * 3 * LARGEST_HEAD  # what has come in one piece is looked at first
    head = (
        b"GET /page?%s HTTP/1.1\r\nHost: localhost\r\n"
        if where == "address"
        else b"GET /page HTTP/1.1\r\nHost: localhost\r\nX-Much: %s\r\n"
    )
    with contextlib.suppress(ConnectionError):  # it may be refused while we speak
        answer = everything(server.say(head % much + b"\r\n"))
        assert not answer or answer.split()[1] in (b"414", b"431")
    assert server.ask("GET", "/page", **{"X-Much": "x" * 30_000})[0] == 200


def test_a_film_leaves_whole(server: Server) -> None:
    status, film = server.ask("GET", "/film")
    assert (status, len(film)) == (200, BLOCKS * len(BLOCK))
    assert film == BLOCK * BLOCKS


def test_an_export_is_sent_when_it_is_whole_and_says_how_long_it_is(server: Server) -> None:
    answer = everything(server.say(b"GET /export HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert f"content-length: {BLOCKS * len(BLOCK)}".encode() in head.lower()
    assert body == BLOCK * BLOCKS
    assert not list((server.home / "uploads").iterdir())


def test_an_export_that_fails_half_way_is_a_refusal_and_never_half_a_file(server: Server) -> None:
    status, said = server.ask("GET", "/broken")
    assert status == 500
    assert b"Something went wrong." in said
    assert not list((server.home / "uploads").iterdir())


def test_a_head_request_has_the_headers_alone(server: Server) -> None:
    assert server.ask("HEAD", "/film") == (200, b"")
    assert server.ask("HEAD", "/page") == (200, b"")


def test_headers_arrive_as_wsgi_has_them_and_none_passes_for_another(server: Server) -> None:
    raw = (
        b"GET /a%C3%A9%2Fb HTTP/1.1\r\nHost: localhost\r\n"
        b"X-Twice: one\r\nX-Twice: two\r\nX_Hidden: proxy\r\nConnection: close\r\n\r\n"
    )
    answer = everything(server.say(raw))
    assert "/aé/b one,two  pages".encode() in answer


def test_a_film_that_fails_half_way_is_cut_off_and_nothing_of_it_stays_open(server: Server) -> None:
    before = server.at_rest()
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        server.ask("GET", "/broken-film")
    until(lambda: server.open_files() <= before, "nothing of it is open")
    assert server.answers()
