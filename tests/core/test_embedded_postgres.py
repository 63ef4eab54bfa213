import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from heliograph.core.embedded_postgres import LONGEST_SOCKET_FOLDER, DatabaseUnavailable, EmbeddedPostgres


@pytest.fixture
def server(tmp_path):
    made = EmbeddedPostgres(tmp_path / "home")
    yield made
    made.leave()
    made.destroy()


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_the_last_to_leave_stops_the_server_and_nothing_is_lost(server):
    other = EmbeddedPostgres(server.home)
    with psycopg.connect(server.join()) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('here')")
    other.join()
    server.leave()
    assert other.running()
    other.leave()
    assert not other.running()
    with psycopg.connect(server.join()) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("here",)]


def test_a_process_that_is_killed_does_not_keep_the_server_up(server):
    code = "import sys,time; from pathlib import Path; from heliograph.core.embedded_postgres import EmbeddedPostgres as E\n"
    code += "E(Path(sys.argv[1])).join(); print('joined', flush=True); time.sleep(60)"
    user = subprocess.Popen([sys.executable, "-c", code, str(server.home)], stdout=subprocess.PIPE)
    assert user.stdout.readline() == b"joined\n"
    server.join()
    user.kill()
    user.wait()
    server.leave()
    assert not server.running()


def test_a_killed_server_comes_back_with_what_was_committed(server):
    with psycopg.connect(server.join()) as connection:
        connection.execute("CREATE TABLE kept (word text)")
    os.kill(postmaster(server), signal.SIGKILL)
    deadline = time.monotonic() + 30
    while server.running() and time.monotonic() < deadline:
        time.sleep(0.05)
    with psycopg.connect(server.join()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_server_that_is_still_on_its_way_up_is_waited_for(server):
    with psycopg.connect(server.join()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 300000) AS number")
    os.kill(postmaster(server), signal.SIGKILL)
    deadline = time.monotonic() + 30
    while server.running() and time.monotonic() < deadline:
        time.sleep(0.05)
    options = " ".join(f"-c {name}={value}" for name, value in server._settings().items())
    while "shared memory" in server._log_tail()[-300:] or not server.running():
        server.log.write_text("")
        server._control("start", "-W", "-l", str(server.log), "-o", options)
        time.sleep(0.01)
    with psycopg.connect(server.join()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (300000,)


def test_only_a_socket_listens_and_strangers_cannot_reach_it(server):
    with psycopg.connect(server.join()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert server.socket.stat().st_mode & 0o077 == 0


def test_no_folder_above_is_opened(server, tmp_path):
    before = {folder: folder.stat().st_mode for folder in (tmp_path, *tmp_path.parents)}
    server.join()
    assert {folder: folder.stat().st_mode for folder in before} == before


def test_a_database_of_another_version_is_refused_in_a_sentence(server):
    server.join()
    server.leave()
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(DatabaseUnavailable, match="made by PostgreSQL 17"):
        server.join()


def test_the_socket_path_fits_however_deep_the_home_is(tmp_path):
    deep = EmbeddedPostgres(Path(tmp_path, *["a-rather-long-folder-name"] * 8))
    assert len(str(deep.socket).encode()) <= LONGEST_SOCKET_FOLDER
