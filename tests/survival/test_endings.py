"""However the process tree ends, by Ctrl-C or killed in whole or in part, nothing is left of it, and the next
start goes on with all it held.
"""

import signal

import psutil
import pytest
from tests.running import Running, until


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Running(tmp_path_factory.mktemp("mortal") / "home")
    yield made
    made.destroy()


def organization(server: Running, key: str):
    return server.command("organization", key, "--owner", f"owner@{key}.example")


def nothing_is_left(server: Running) -> bool:
    return not server.processes() and server.postmaster() is None


def test_ctrl_c_ends_all_of_it_and_leaves_another_home_alone(server, product):
    server.start()
    assert organization(server, "kept").returncode == 0
    assert server.interrupt() == 0
    assert nothing_is_left(server)
    assert not (server.home / "port").exists()
    assert product.health()["ready"]


def test_a_killed_supervisor_leaves_nothing_running_and_the_next_start_goes_on(server):
    server.start()
    assert organization(server, "more").returncode == 0
    server.process.kill()
    server.process.wait()
    until(lambda: nothing_is_left(server), "web, worker and database have ended")
    server.start()
    assert organization(server, "third").returncode == 0
    tree = psutil.Process(server.process.pid)
    for process in [tree, *tree.children(recursive=True)]:
        process.kill()
    server.process.wait()
    until(
        lambda: nothing_is_left(server),
        "the database has ended though the whole tree that used it was killed",
    )
    server.start()
    assert organization(server, "kept").returncode == 2
    assert organization(server, "more").returncode == 2
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(60) == 0
    assert nothing_is_left(server)
