"""The process tree: it starts with one command, ends with Ctrl-C, and gets up again whatever is killed."""

import signal

import psutil
import pytest
from tests.running import Running, gone, kill, running, until


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("supervised") / "home") as server:
        yield server


@pytest.fixture
def own_server(tmp_path):
    made = Running(tmp_path / "home")
    yield made
    made.destroy()


def organisation(server: Running, key: str):
    return server.command("organisation", key, "--owner", f"owner@{key}.example")


def nothing_is_left(server: Running) -> bool:
    return not server.processes() and server.postmaster() is None


def comes_back(server: Running, killed: list[psutil.Process]) -> None:
    """Ready again, with nobody of those who were killed."""

    def back() -> bool:
        health = server.health()
        everybody = server.worker() and server.web_server() and len(server.web_processes()) == 2 and server.postmaster()
        return bool(everybody) and health.get("ready") is True and health["worker"] == "up"

    until(back, f"it is back; the log: {server.tail()}")
    assert not {process.pid for process in killed} & {process.pid for process in server.processes()}


def test_one_command_brings_up_web_and_worker_and_says_where(server):
    health = server.health()
    assert (health["live"], health["ready"], health["database"], health["worker"]) == (True, True, "up", "up")
    assert f"Heliograph is at http://localhost:{server.port}" in server.log.read_text()
    assert (server.home / "port").read_text() == str(server.port)


def test_a_killed_web_process_is_replaced(server):
    killed = server.web_processes()[0]
    kill(killed)
    comes_back(server, [killed])


def test_a_killed_web_server_takes_its_processes_along_and_is_replaced(server):
    killed = [server.web_server(), *server.web_processes()]
    kill(killed[0])
    until(lambda: all(map(gone, killed)), "its processes have ended with it", 10)
    comes_back(server, killed)


def test_a_killed_worker_is_replaced(server):
    killed = server.worker()
    kill(killed)
    comes_back(server, [killed])


def test_a_killed_database_is_started_again_with_all_it_held(server):
    assert organisation(server, "held").returncode == 0
    killed = server.postmaster()
    kill(killed)
    until(lambda: server.postmaster() not in (None, killed), "there is another postmaster")
    comes_back(server, [killed])
    assert "already" in organisation(server, "held").stderr


@pytest.mark.slow
def test_ctrl_c_ends_all_of_it_and_the_next_start_goes_on(own_server):
    own_server.start()
    assert organisation(own_server, "kept").returncode == 0
    assert own_server.interrupt() == 0
    assert nothing_is_left(own_server)
    assert not (own_server.home / "port").exists()
    own_server.start()
    assert organisation(own_server, "kept").returncode == 2
    assert own_server.interrupt() == 0
    assert nothing_is_left(own_server)


@pytest.mark.slow
def test_a_killed_supervisor_leaves_nothing_behind_and_the_next_start_recovers(own_server):
    own_server.start()
    assert organisation(own_server, "kept").returncode == 0
    own_server.process.kill()
    own_server.process.wait()
    until(lambda: not own_server.processes(), "web and worker have ended", 15)
    own_server.start()
    assert organisation(own_server, "kept").returncode == 2
    assert own_server.interrupt() == 0
    assert nothing_is_left(own_server)


def test_a_port_that_is_taken_is_said_in_a_sentence(server):
    said = server.command("up", "--port", str(server.port))
    assert said.returncode == 2
    assert said.stderr.startswith(f"heliograph: Port {server.port} on 127.0.0.1 cannot be used")
    assert "Traceback" not in said.stderr
    assert server.health()["ready"]


@pytest.mark.slow
def test_two_homes_run_side_by_side_and_know_nothing_of_each_other(server, own_server):
    own_server.start()
    assert organisation(own_server, "ours").returncode == 0
    assert organisation(server, "ours").returncode == 0
    assert own_server.interrupt() == 0
    assert nothing_is_left(own_server)
    assert server.health()["ready"]


def test_sigterm_ends_it_as_ctrl_c_does(own_server):
    own_server.start(ready=False)
    until(lambda: own_server.health().get("ready"), "it answers")
    own_server.process.send_signal(signal.SIGTERM)
    assert own_server.process.wait(60) == 0
    until(lambda: nothing_is_left(own_server), "nothing is left", 5)
