import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.running import gone, kill, until

from heliograph.core.database.embedded_postgres import (
    LONGEST_SOCKET_FOLDER,
    ROOT_FOLDER,
    DatabaseInUseElsewhere,
    DatabaseMissing,
    DatabaseUnavailable,
    EmbeddedPostgres,
    HomeCopied,
)


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
    code = "import sys,time; from pathlib import Path; "
    code += "from heliograph.core.database.embedded_postgres import EmbeddedPostgres as E\n"
    code += "E(Path(sys.argv[1])).join(); print('joined', flush=True); time.sleep(60)"
    user = subprocess.Popen([sys.executable, "-c", code, str(server.home)], stdout=subprocess.PIPE)
    assert user.stdout is not None
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


def written(server: EmbeddedPostgres) -> None:
    """Something that only this database has."""
    with psycopg.connect(server.join()) as connection:
        connection.execute("CREATE TABLE kept (word text)")
    server.leave()


def holds_what_was_written(server: EmbeddedPostgres) -> bool:
    with psycopg.connect(server.join()) as connection:
        return connection.execute("SELECT to_regclass('kept')").fetchone() == ("kept",)


@pytest.fixture
def elsewhere(tmp_path):
    """The same home's next path."""
    made = EmbeddedPostgres(tmp_path / "elsewhere")
    yield made
    made.leave()
    if made.home.exists():
        made.destroy()


def test_a_home_that_was_moved_finds_its_database_again(server, elsewhere):
    written(server)
    server.home.rename(elsewhere.home)
    assert holds_what_was_written(elsewhere)
    elsewhere.leave()
    elsewhere.home.rename(server.home)
    assert holds_what_was_written(server)


def test_a_new_home_where_another_one_was_has_a_database_of_its_own(server, elsewhere):
    written(server)
    server.home.rename(elsewhere.home)
    assert not holds_what_was_written(server)
    assert holds_what_was_written(elsewhere)


@pytest.mark.parametrize("in_use", [False, True])
def test_a_copy_of_a_home_neither_shares_its_database_nor_begins_another(server, elsewhere, in_use):
    written(server)
    if in_use:
        server.join()
    shutil.copytree(server.home, elsewhere.home, ignore=shutil.ignore_patterns(".s.*"))
    with pytest.raises(HomeCopied, match="is a copy of") as refused:
        elsewhere.join()
    assert refused.value.document()["code"] == "home_copied"
    elsewhere.leave()
    assert server.running() == in_use
    assert holds_what_was_written(server)


def test_a_copy_takes_the_place_of_a_home_that_is_gone(server, elsewhere):
    written(server)
    shutil.copytree(server.home, elsewhere.home)
    shutil.rmtree(server.home)
    assert holds_what_was_written(elsewhere)


def test_a_home_that_is_moved_while_its_database_runs_waits_for_its_end(server, elsewhere):
    written(server)
    server.join()
    server.home.rename(elsewhere.home)
    with pytest.raises(DatabaseInUseElsewhere, match="still runs"):
        elsewhere.join()
    elsewhere.home.rename(server.home)
    server.leave()
    server.home.rename(elsewhere.home)
    assert holds_what_was_written(elsewhere)


@pytest.mark.parametrize("with_its_id", [True, False])
def test_a_home_with_files_and_no_database_is_not_given_an_empty_one(server, elsewhere, with_its_id):
    written(server)
    elsewhere.home.mkdir()
    (elsewhere.home / "files").mkdir()
    (elsewhere.home / "files" / "content").write_text("of a course")
    if with_its_id:
        (elsewhere.home / "database.id").write_text("0123456789ab")
    with pytest.raises(DatabaseMissing, match="heliograph restore FILE") as refused:
        elsewhere.join()
    assert refused.value.document()["code"] == "database_missing"
    assert not elsewhere.data.exists()


def test_a_database_from_before_ids_is_named_where_it_lies(server):
    written(server)
    (server.home / "database.id").unlink()
    if server.as_root:
        homes = ROOT_FOLDER.glob("*/home")
        lies = next(
            version_file.parent
            for version_file in homes
            if version_file.read_text().endswith(f"\n{server.home}")
        )
        (lies / "home").unlink()
        lies.rename(ROOT_FOLDER / server.digest)
    else:
        (server.folder / "home").unlink()
    assert holds_what_was_written(server)
    server.leave()
    assert holds_what_was_written(server)


def test_a_cluster_that_was_made_just_before_a_crash_is_used(server):
    written(server)
    named = server.folder
    server.identity.unlink()
    named.rename(server.folder)
    assert holds_what_was_written(server)


def joined(server: EmbeddedPostgres) -> subprocess.Popen[bytes]:
    """Another process that uses the server and does nothing else."""
    code = "import sys,time; from pathlib import Path\n"
    code += "from heliograph.core.database.embedded_postgres import EmbeddedPostgres\n"
    code += "EmbeddedPostgres(Path(sys.argv[1])).join(); print('joined', flush=True); time.sleep(600)"
    user = subprocess.Popen([sys.executable, "-c", code, str(server.home)], stdout=subprocess.PIPE)
    assert user.stdout is not None
    assert user.stdout.readline() == b"joined\n"
    return user


def test_when_all_who_use_it_are_killed_the_server_is_stopped(server):
    users = [joined(server) for _ in range(2)]
    users[0].kill()
    users[0].wait()
    assert server.running()
    users[1].kill()
    users[1].wait()
    until(lambda: not server.running(), "nobody uses it and it has ended")
    server.join()
    assert server.running()


def test_a_kill_of_the_whole_tree_of_those_who_use_it_spares_the_keeper_and_the_server_is_stopped(server):
    user = joined(server)
    tree = [psutil.Process(user.pid), *psutil.Process(user.pid).children(recursive=True)]
    for process in tree:
        process.kill()
    user.wait()
    until(lambda: not server.running(), "the server has ended with its users")


def test_where_the_keeper_was_killed_the_next_to_join_starts_another(server):
    server.join()
    until(lambda: len(keepers(server)) == 1, "one process waits for the end of all others")
    [killed] = keepers(server)
    kill(killed)
    users = [joined(server) for _ in range(2)]
    until(lambda: len(keepers(server)) == 1, "there is one again")
    server.leave()
    for user in users:
        user.kill()
        user.wait()
    until(lambda: not server.running(), "the server has ended with its users")


def test_a_server_that_is_started_again_has_one_keeper(server):
    for _ in range(3):
        server.join()
        until(lambda: len(keepers(server)) == 1, "one process waits for the end of all others")
        server.leave()
        until(lambda: not keepers(server), "it has ended with the server")


def keepers(server: EmbeddedPostgres) -> list[psutil.Process]:
    processes = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            keeps = process.cmdline()[1:] == ["-m", EmbeddedPostgres.__module__, str(server.home)]
            if keeps and not gone(process):
                processes.append(process)
    return processes
