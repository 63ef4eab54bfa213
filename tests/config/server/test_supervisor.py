"""The process tree: it starts with one command, and gets up again whatever is killed; how it ends is told in
`tests/survival`.
"""

import contextlib
import http.client
import socket

import psutil
import pytest
from tests.running import Running, free_port, gone, kill, until


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@pytest.fixture(scope="module")
def server(product):
    return product


def organization(server: Running, key: str):
    return server.command("organization", key, "--owner", f"owner@{key}.example")


def comes_back(server: Running, killed: list[psutil.Process]) -> None:
    """Ready again, with nobody of those who were killed."""

    def back() -> bool:
        health = server.health()
        everybody = (
            server.worker()
            and server.web_server()
            and len(server.web_processes()) == 2
            and server.postmaster()
        )
        return bool(everybody) and health.get("ready") is True and health["worker"] == "up"

    until(back, "it is back", log=server.tail)
    assert not {process.pid for process in killed} & {process.pid for process in server.processes()}


def test_one_command_brings_up_web_and_worker_and_says_where(server):
    health = server.health()
    assert (health["live"], health["ready"], health["database"], health["worker"]) == (True, True, "up", "up")
    said = f"Heliograph is at http://localhost:{server.port}"
    until(lambda: said in server.log.read_text(), "it says where it is, once the web server answers")
    assert (server.home / "port").read_text() == str(server.port)


def test_a_killed_web_process_is_replaced(server):
    killed = server.web_processes()[0]
    kill(killed)
    comes_back(server, [killed])


def test_a_killed_web_server_takes_its_processes_along_and_is_replaced(server):
    killed = [server.web_server(), *server.web_processes()]
    kill(killed[0])
    until(lambda: all(map(gone, killed)), "its processes have ended with it")
    comes_back(server, killed)


def test_a_killed_worker_is_replaced(server):
    killed = server.worker()
    kill(killed)
    comes_back(server, [killed])


def test_a_killed_database_is_started_again_with_all_it_held(server):
    assert organization(server, "held").returncode == 0
    killed = server.postmaster()
    kill(killed)
    until(lambda: server.postmaster() not in (None, killed), "there is another postmaster")
    comes_back(server, [killed])
    assert "already" in organization(server, "held").stderr


def test_a_port_that_is_taken_is_said_in_a_sentence(server, tmp_path):
    said = server.command("up", "--port", str(server.port), HELIOGRAPH_HOME=str(tmp_path))
    assert said.returncode == 2
    assert said.stderr.startswith(f"heliograph: Port {server.port} on 127.0.0.1 cannot be used")
    assert "Traceback" not in said.stderr
    assert server.health()["ready"]


def test_a_host_that_leaves_nobody_at_the_announced_address_is_refused_in_a_sentence(server, tmp_path):
    said = server.command(
        "up", "--host", "127.0.0.2", "--port", str(free_port()), HELIOGRAPH_HOME=str(tmp_path / "home")
    )
    assert said.returncode == 2
    assert said.stderr.startswith(
        "heliograph: Heliograph would listen on 127.0.0.2 only, and HELIOGRAPH_URL is http://localhost:"
    )
    assert "Traceback" not in said.stderr


def test_a_host_that_is_no_address_is_refused_in_a_sentence(server, tmp_path):
    said = server.command(
        "up", "--host", "nowhere.invalid", "--port", str(free_port()), HELIOGRAPH_HOME=str(tmp_path / "home")
    )
    assert said.returncode == 2
    assert said.stderr.startswith(
        "heliograph: “nowhere.invalid” is neither an address nor a host name that this machine can resolve."
    )
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("host", "address"), [("localhost", "127.0.0.1"), pytest.param("::1", "::1", marks=needs_ipv6)]
)
def test_it_answers_at_a_host_that_is_a_name_or_an_ipv6_address(tmp_path, host, address):
    public = {
        "HELIOGRAPH_URL": "https://learn.example.org",
        "HELIOGRAPH_CONTENT_URL": "https://content.example.net",
    }
    made = Running(tmp_path / "home", **public, HELIOGRAPH_SECRET_KEY="x" * 48)

    def answers() -> bool:
        with (
            contextlib.suppress(OSError),
            contextlib.closing(http.client.HTTPConnection(address, made.port, timeout=5)) as connection,
        ):
            connection.request("GET", "/health", headers={"Host": "learn.example.org"})
            return connection.getresponse().status == 200
        return False

    try:
        made.start("--host", host, ready=False)
        until(answers, "it answers there", log=made.tail)
        assert "restarting" not in made.tail()
        again = made.command(
            "up", "--host", host, "--port", str(made.port), HELIOGRAPH_HOME=str(tmp_path / "another")
        )
        assert again.stderr.startswith(
            f"heliograph: Port {made.port} on {address} cannot be used: Address already in use."
        )
    finally:
        made.destroy()


def test_an_address_that_names_another_port_is_said_when_it_starts(server, tmp_path):
    other = free_port()
    settings = {"HELIOGRAPH_HOME": str(tmp_path / "home"), "HELIOGRAPH_URL": f"http://localhost:{other}"}
    # It says so, and then finds no database.
    settings |= {"DATABASE_URL": f"postgresql://nobody@127.0.0.1:{other}/nothing"}
    port = free_port()
    said = server.command("up", "--port", str(port), **settings)
    assert (
        f"heliograph: HELIOGRAPH_URL is http://localhost:{other}, but Heliograph listens on port {port}"
        in said.stderr
    )
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("address", ["http://localhost:80000", "http://localhost:80a0"])
@pytest.mark.parametrize("word", ["up", "doctor"])
def test_an_address_whose_port_is_none_is_said_in_a_sentence(server, tmp_path, word, address):
    said = server.command(word, HELIOGRAPH_HOME=str(tmp_path / "home"), HELIOGRAPH_URL=address)
    assert said.returncode != 0
    assert f"HELIOGRAPH_URL is “{address}”, which has no valid host or port" in said.stdout + said.stderr
    assert "Traceback" not in said.stderr


def test_a_second_one_in_the_same_home_is_refused_in_a_sentence(server):
    said = server.command("up", "--port", str(free_port()))
    assert said.returncode == 2
    running = f"Heliograph is already running in {server.home} (process {server.process.pid})"
    assert said.stderr.startswith(f"heliograph: {running}")
    assert server.health()["ready"]


def test_the_reference_lms_has_a_port_too(tmp_path, server):
    for port, reason in ((server.port - 90, "cannot be used"), (65_500, "needs port 65590")):
        said = server.command("demo", "--port", str(port), HELIOGRAPH_HOME=str(tmp_path))
        assert said.returncode == 2
        assert reason in said.stderr
        assert "Traceback" not in said.stderr
