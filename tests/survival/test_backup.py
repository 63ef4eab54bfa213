"""A backup is taken while learners learn, and restored elsewhere: what was acknowledged is there."""

import json
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from tests.running import Running, until
from tests.survival.test_kills import LOCATION, Learner, ask, course, register

PASSWORD = "long enough for anybody"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Running(tmp_path_factory.mktemp("backup") / "home", HELIOGRAPH_LAUNCH_TOKEN_SECONDS="86400")
    yield made.start()
    made.destroy()


@pytest.fixture(scope="module")
def bearer(server, tmp_path_factory):
    package = tmp_path_factory.mktemp("course") / "course.zip"
    package.write_bytes(course(1))
    owner = ["--owner", "o@northlight.example", "--password", PASSWORD]
    assert server.command("organization", "northlight", *owner).returncode == 0
    imported = server.command("import", str(package), "--organization", "northlight", "--course", "taken")
    assert imported.returncode == 0, imported.stderr
    return signed_in(server)


@pytest.fixture(scope="module")
def before(server, bearer, tmp_path_factory):
    """The backup that was taken while two learners learned, and what each had acknowledged when it began."""
    learners = [Learner(server, register(server, bearer, f"learner-{number}")) for number in range(2)]
    unopened = json.loads(server.command("launch", "taken", "--learner", "later", "--json").stdout)
    for learner in learners:
        learner.start()
    until(lambda: all(learner.answers[200] > 5 for learner in learners), "everybody learns", log=server.tail)
    acknowledged = all_acknowledged(learners)
    file = tmp_path_factory.mktemp("kept") / "backup.tar"
    said = server.command("backup", str(file), "--json")
    learned = all_acknowledged(learners)
    for learner in learners:
        learner.enough.set()
    for learner in learners:
        learner.join(60)
    assert said.returncode == 0, said.stderr
    assert sum(learned.values()) > sum(acknowledged.values())
    session = learners[0].session
    return {"file": file, "acknowledged": acknowledged, "session": session, "url": unopened["url"]}


@pytest.fixture(scope="module")
def restored(before, tmp_path_factory):
    made = Running(tmp_path_factory.mktemp("restored") / "another" / "position")
    said = made.command("restore", str(before["file"]))
    assert said.returncode == 0, said.stderr
    yield made.start()
    made.destroy()


@pytest.fixture
def elsewhere(tmp_path):
    """A home that nothing was restored to yet."""
    made = Running(tmp_path / "elsewhere")
    yield made
    made.destroy()


def all_acknowledged(learners: list[Learner]) -> dict[str, int]:
    return {launch: last for learner in learners for launch, last in dict(learner.acknowledged).items()}


def signed_in(server: Running) -> str:
    secret = json.dumps({"email": "o@northlight.example", "password": PASSWORD}).encode()
    return "Bearer " + ask(server, "POST", "/api/token", secret, **JSON)[1]["access"]


def files_of(server: Running) -> dict[str, bytes]:
    folder = server.home / "files"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_backup_is_read_by_its_owner_alone_and_nothing_is_left_beside_it(before, server):
    assert before["file"].stat().st_mode & 0o777 == 0o600
    assert list(before["file"].parent.iterdir()) == [before["file"]]
    assert not list((server.home / "files").glob("import-*"))


def test_every_commit_acknowledged_before_is_there_and_each_launch_is_whole(before, restored):
    with psycopg.connect(restored.postgres.url) as connection:
        launches = connection.execute(
            "SELECT l.id::text, l.last_sequence,"
            " (SELECT count(*) FROM runtime_runtimecall c WHERE c.launch_id = l.id AND c.applied)"
            " FROM runtime_launch l WHERE l.last_sequence > 0"
        ).fetchall()
        assert all(sequence == logged for _, sequence, logged in launches)
        held = {launch: sequence for launch, sequence, _ in launches}
        assert all(held.get(launch, 0) >= last for launch, last in before["acknowledged"].items())
        newest = (
            "SELECT DISTINCT ON (attempt_id) s.data ->> %s, l.last_sequence::text FROM runtime_launch l"
            " JOIN runtime_activitystate s USING (attempt_id)"
            " WHERE l.last_sequence > 0 ORDER BY attempt_id, l.id DESC"
        )
        states = connection.execute(newest, [LOCATION]).fetchall()
        assert len(states) == 2
        assert all(kept == sequence for kept, sequence in states)


def test_files_are_there_byte_for_byte(before, server, restored):
    assert files_of(restored)
    assert files_of(restored) == files_of(server)


def test_people_sign_in_and_find_their_learners(before, restored):
    answer = ask(restored, "GET", "/api/registrations", None, Authorization=signed_in(restored))[1]
    assert {item["learner"]["id"] for item in answer["items"]} == {"learner-0", "learner-1", "later"}


def test_tokens_that_were_signed_before_are_taken(before, restored, bearer):
    assert ask(restored, "GET", "/api/courses", None, Authorization=bearer)[0] == 200
    assert restored.get(f"/play/{before['session']}/", host="127.0.0.1")[0] == 200
    path = before["url"].partition("/api/")[2]
    assert restored.get(f"/api/{path}")[0] == 302


def test_learners_go_on_where_they_were(before, restored):
    learner = Learner(restored, before["session"])
    learner.start()
    until(lambda: learner.answers[200] > 3, "commits are taken", log=restored.tail)
    learner.enough.set()
    learner.join(60)
    assert not learner.faults


def test_a_home_that_is_not_empty_is_left_as_it_is(before, restored):
    held = sorted(restored.home.iterdir())
    refuses(restored, before["file"], "home_not_empty")
    assert sorted(restored.home.iterdir()) == held
    assert restored.health()["ready"]


def test_what_is_no_whole_backup_is_refused_and_leaves_nothing(before, elsewhere, tmp_path):
    content = before["file"].read_bytes()
    for name, damaged in (("short", content[: len(content) // 2]), ("none", b"no archive"), ("empty", b"")):
        (tmp_path / name).write_bytes(damaged)
        refuses(elsewhere, tmp_path / name, "backup_unreadable")
    with tarfile.open(before["file"]) as whole, tarfile.open(tmp_path / "endless", "w") as cut:
        for member in whole.getmembers()[:-1]:
            cut.addfile(member, whole.extractfile(member))
    refuses(elsewhere, tmp_path / "endless", "backup_unreadable")
    refuses(elsewhere, tmp_path / "missing", "backup_unreadable")
    assert not elsewhere.home.exists() or not list(elsewhere.home.iterdir())


def test_another_secret_key_is_refused_and_leaves_nothing(before, elsewhere):
    refuses(elsewhere, before["file"], "secret_key_differs", HELIOGRAPH_SECRET_KEY="another one " * 4)
    assert not list(elsewhere.home.iterdir())


def test_a_database_that_is_not_empty_is_left_as_it_is(before, restored, elsewhere):
    refuses(elsewhere, before["file"], "database_not_empty", DATABASE_URL=restored.postgres.url)
    assert not list(elsewhere.home.iterdir())
    assert restored.health()["ready"]


def test_a_backup_of_one_external_database_is_restored_into_another(restored, tmp_path):
    def external(name: str) -> str:
        """A database that lies in nobody's home, as far as its Heliograph knows."""
        with psycopg.connect(restored.postgres.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return urlsplit(restored.postgres.url)._replace(path=f"/{name}").geturl()

    old, new = (Running(tmp_path / name, DATABASE_URL=external(name)) for name in ("old", "new"))
    owner = ["--owner", "o@elsewhere.example", "--password", PASSWORD]
    assert "is empty. Run: heliograph migrate" in old.command("organization", "elsewhere", *owner).stderr
    assert old.command("migrate").returncode == 0
    assert old.command("organization", "elsewhere", *owner).returncode == 0
    assert old.command("backup", str(tmp_path / "backup.tar")).returncode == 0
    said = new.command("restore", str(tmp_path / "backup.tar"))
    assert said.returncode == 0, said.stderr
    identities = [(made.home / "installation.id").read_text() for made in (old, new)]
    assert identities[0] == identities[1]
    assert not (new.home / "postgres").exists()
    with psycopg.connect(new.settings["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT email FROM accounts_user").fetchall() == [("o@elsewhere.example",)]
    another = Running(tmp_path / "another", DATABASE_URL=new.settings["DATABASE_URL"])
    (another.home / "files" / "elsewhere").mkdir(parents=True)
    assert (
        json.loads(another.command("launch", "taken", "--learner", "anna", "--json").stdout)["code"]
        == "database_of_another_home"
    )


def test_nothing_starts_on_half_a_restore_and_the_next_one_is_whole(before, elsewhere):
    (elsewhere.home / "files" / "half").mkdir(parents=True)
    (elsewhere.home / "restoring").touch()
    said = elsewhere.command("launch", "taken", "--learner", "anna", "--json")
    assert json.loads(said.stdout)["code"] == "restore_unfinished"
    assert elsewhere.command("restore", str(before["file"])).returncode == 0
    assert not (elsewhere.home / "files" / "half").exists()
    assert elsewhere.command("launch", "taken", "--learner", "anna").returncode == 0


def test_a_backup_that_cannot_be_written_is_said_so(server, bearer, tmp_path):
    for target in (tmp_path / "nowhere" / "backup.tar", tmp_path):
        said = server.command("backup", str(target), "--json")
        assert (said.returncode, json.loads(said.stdout)["code"]) == (2, "backup_not_written")


def refuses(server: Running, file: Path, code: str, **settings: str) -> None:
    said = server.command("restore", str(file), "--json", **settings)
    assert said.returncode == 2, said.stdout
    assert json.loads(said.stdout)["code"] == code
    assert "Traceback" not in said.stderr
