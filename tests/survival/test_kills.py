"""Learners commit, programs record statements and courses are imported while the server is killed part by
part.

What was acknowledged is there, once, and nothing is half.
"""

import hashlib
import http.client
import json
import random
import threading
import time
import zlib
from collections import Counter
from uuid import uuid4

import psycopg
import pytest
from tests.builders import build_package
from tests.lrs.client import statement
from tests.running import Running, kill, running, until

LEARNERS, RECORDERS = 4, 2
SECONDS = 20.0
LOCATION = "cmi.core.lesson_location"
PASSWORD = "long enough for anybody"
ANSWERS = {0, 200, 202, 503}
"""Nobody there, done, taken in, come back in a moment: a server that is killed has nothing else to say."""


class Learner(threading.Thread):
    """A browser's side of the commit protocol: what was not acknowledged is sent again, with whatever came
    since.
    """

    def __init__(self, server: Running, session: str) -> None:
        super().__init__(daemon=True)
        self.server, self.session = server, session
        self.enough = threading.Event()
        self.answers: Counter[int] = Counter()
        self.acknowledged: dict[str, int] = {}
        self.faults: list[str] = []

    def run(self) -> None:
        while not self.enough.is_set() and not self.faults:
            self.learn(self.post(f"/play/{self.session}/open", {}))

    def learn(self, opened: dict) -> None:
        """One launch: some dozens of commits, each sent until it is acknowledged."""
        if not opened:
            return
        launch, token = opened["launch"], opened["token"]
        self.acknowledged[launch] = 0
        unsent: list[dict] = []
        for sequence in range(1, 60):
            unsent.append(commit(opened["delivery"]["activity"], sequence))
            answer = self.post(f"/play/{token}/commit", {"commits": unsent})
            if answer:
                token = answer.get("token", token)
                self.acknowledged[launch] = answer["sequence"]
                unsent = [commit for commit in unsent if commit["sequence"] > answer["sequence"]]
            if self.faults or (self.enough.is_set() and not unsent):
                return
            time.sleep(0.05)
        while unsent and not self.faults:
            answer = self.post(f"/play/{token}/commit", {"commits": unsent})
            if answer:
                self.acknowledged[launch] = answer["sequence"]
                return

    def post(self, path: str, body: dict) -> dict:
        """The answer; empty where it has to be sent again."""
        status, document = ask(self.server, "POST", path, json.dumps(body).encode(), host="127.0.0.1")
        self.answers[status] += 1
        if status == 200:
            return document
        if status not in ANSWERS:
            self.faults.append(f"{status} {document}")
        time.sleep(0.2)
        return {}


class Owner(threading.Thread):
    """A program that uploads a course after the other; every third one is none."""

    def __init__(self, server: Running, bearer: str) -> None:
        super().__init__(daemon=True)
        self.server, self.bearer = server, bearer
        self.enough = threading.Event()
        self.answers: Counter[int] = Counter()
        self.taken: dict[str, str] = {}

    def run(self) -> None:
        number = 0
        while not self.enough.is_set():
            number += 1
            content, state = (b"not a zip at all", "refused") if number % 3 == 0 else (course(number), "done")
            status, document = upload(self.server, self.bearer, f"course-{number}.zip", content)
            self.answers[status] += 1
            if status == 202:
                self.taken[document["id"]] = state
            time.sleep(0.3)


class Recorder(threading.Thread):
    """A program that stores statements, one or several at a time; what was not acknowledged is sent again as
    it was.
    """

    def __init__(self, server: Running, token: str) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.headers = {
            "Authorization": f"Bearer {token}",
            "X-Experience-API-Version": "1.0.3",
            "Content-Type": "application/json",
        }
        self.enough = threading.Event()
        self.acknowledged: list[str] = []
        self.faults: list[str] = []

    def run(self) -> None:
        chance = random.Random()
        while not self.enough.is_set() and not self.faults:
            batch = [statement(id=str(uuid4())) for _ in range(chance.choice([1, 1, 20]))]
            self.store(batch if len(batch) > 1 else batch[0])
            time.sleep(0.02)

    def store(self, said: dict | list[dict]) -> None:
        while not self.faults:
            status, document = ask(
                self.server, "POST", "/xapi/statements", json.dumps(said).encode(), **self.headers
            )
            if status == 200:
                self.acknowledged += document
                return
            if status not in ANSWERS:
                self.faults.append(f"{status} {document}")
            time.sleep(0.2)


def commit(activity: str, sequence: int) -> dict:
    call = [sequence, "LMSSetValue", [LOCATION, str(sequence)], "true", 0]
    return {
        "sequence": sequence,
        "activity": activity,
        "values": [[LOCATION, str(sequence)]],
        "calls": [call],
    }


def course(number: int) -> bytes:
    noise = random.Random(number)
    files = {f"pages/{page}.html": f"<p>{noise.random()}</p>" * 50 for page in range(150)}
    return build_package(title=f"Course {number}", files={**files, "film.mp4": noise.randbytes(3 * 2**19)})


def ask(
    server: Running, method: str, path: str, body: bytes | None, host: str = "localhost", **headers: str
) -> tuple[int, dict]:
    """Status and document; status 0 where nobody answered."""
    try:
        status, answer, _ = server.request(method, path, body, host, 30, headers)
        return status, json.loads(answer)
    except (OSError, http.client.HTTPException):
        return 0, {}


def upload(server: Running, bearer: str, name: str, content: bytes) -> tuple[int, dict]:
    frame = "a-frame-that-occurs-nowhere-else"
    head = (
        f'--{frame}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/zip\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{frame}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={frame}", "Authorization": bearer}
    return ask(server, "POST", "/api/imports", body, **headers)


def register(server: Running, bearer: str, learner: str) -> str:
    """The session token with which a learner's player opens."""
    headers = {"Authorization": bearer, "Content-Type": "application/json"}
    body = json.dumps({"course": "taken", "learner": {"id": learner}}).encode()
    registration = ask(server, "POST", "/api/registrations", body, **headers)[1]["id"]
    token = ask(server, "POST", f"/api/registrations/{registration}/launch", b"{}", **headers)[1]["token"]
    _, _, answer = server.get(f"/api/launch/{token}")
    return answer["location"].rstrip("/").rsplit("/", 1)[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("survival") / "home") as server:
        yield server


@pytest.fixture(scope="module")
def survived(server, tmp_path_factory):
    """Learners, owner and recorders after the kills, when all stands again and every import has ended."""
    package = tmp_path_factory.mktemp("course") / "course.zip"
    build_package(package)
    assert (
        server.command(
            "organization", "northlight", "--owner", "o@northlight.example", "--password", PASSWORD
        ).returncode
        == 0
    )
    assert (
        server.command("import", str(package), "--organization", "northlight", "--course", "taken").returncode
        == 0
    )
    secret = json.dumps({"email": "o@northlight.example", "password": PASSWORD}).encode()
    bearer = (
        "Bearer "
        + ask(server, "POST", "/api/token", secret, **{"Content-Type": "application/json"})[1]["access"]
    )
    learners = [Learner(server, register(server, bearer, f"learner-{number}")) for number in range(LEARNERS)]
    owner = Owner(server, bearer)
    credential = json.loads(
        server.command("lrs", "credential", "--organization", "northlight", "--json").stdout
    )
    recorders = [Recorder(server, credential["token"]) for _ in range(RECORDERS)]
    threads: list[Learner | Owner | Recorder] = [*learners, owner, *recorders]
    for thread in threads:
        thread.start()
    kill_at_random(server)
    # However slow the machine is: what follows looks at something.
    until(
        lambda: set(owner.taken.values()) == {"done", "refused"},
        f"packages of both kinds were taken: {owner.answers}",
    )
    until(
        lambda: all(learner.answers[200] > 20 for learner in learners),
        f"everybody learns again: {[learner.faults for learner in learners]}",
    )
    until(
        lambda: all(len(recorder.acknowledged) > 50 for recorder in recorders),
        f"everybody records: {[recorder.faults for recorder in recorders]}",
    )
    for thread in threads:
        thread.enough.set()
    server.wait_until_ready()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    with psycopg.connect(server.postgres.url) as database:

        def imported() -> bool:
            unfinished = "SELECT count(*) FROM courses_import WHERE state IN ('queued', 'running')"
            count = database.execute(unfinished).fetchone()
            database.rollback()
            return count == (0,)

        until(imported, "every import has ended", 150, log=server.tail)
        yield learners, owner, recorders, database


def kill_at_random(server: Running) -> None:
    """Every part at least once, in an order of chance, then more of them until the time is over."""
    parts = {
        "web process": lambda: next(iter(server.web_processes()), None),
        "web server": server.web_server,
        "worker": server.worker,
        "database": server.postmaster,
    }
    chance, end = random.Random(), time.monotonic() + SECONDS
    queue: list[str] = []
    while time.monotonic() < end:
        queue = queue or chance.sample(sorted(parts), len(parts))
        victim = parts[queue[-1]]()
        if victim:
            kill(victim)
            queue.pop()
        time.sleep(chance.uniform(0.5, 4))


def test_nobody_was_told_anything_but_to_come_back(survived):
    learners, owner, recorders, _ = survived
    assert not [fault for person in (*learners, *recorders) for fault in person.faults]
    assert set(owner.answers) <= ANSWERS


def test_every_acknowledged_commit_is_there_exactly_once(survived):
    learners, _, _, database = survived
    logged = Counter(
        database.execute("SELECT launch_id::text, sequence FROM runtime_runtimecall WHERE applied").fetchall()
    )
    assert not [commit for commit, times in logged.items() if times != 1]
    acknowledged = {
        (launch, sequence)
        for learner in learners
        for launch, last in learner.acknowledged.items()
        for sequence in range(1, last + 1)
    }
    assert acknowledged
    assert acknowledged <= set(logged)


def test_the_last_value_of_each_launch_is_the_one_that_was_stored(survived):
    learners, _, _, database = survived
    for learner in learners:
        launch, last = list(learner.acknowledged.items())[-1]
        stored = database.execute(
            """
            SELECT s.data ->> %s, l.last_sequence
              FROM runtime_activitystate s
              JOIN runtime_launch l USING (attempt_id)
             WHERE l.id = %s
            """,
            [LOCATION, launch],
        ).fetchone()
        assert stored == (str(last), last) or last == 0


def test_every_import_that_was_taken_ended_as_it_should(survived):
    _, owner, _, database = survived
    ended = dict(database.execute("SELECT id::text, state FROM courses_import").fetchall())
    assert {number: ended.get(number) for number in owner.taken} == owner.taken


def test_every_acknowledged_statement_is_there_exactly_once_and_whole(survived):
    _, _, recorders, database = survived
    stored = Counter(
        row[0] for row in database.execute("SELECT statement_id::text FROM lrs_statement").fetchall()
    )
    assert not [commit for commit, times in stored.items() if times != 1]
    acknowledged = {commit for recorder in recorders for commit in recorder.acknowledged}
    assert acknowledged <= set(stored)
    claimed = database.execute(
        "SELECT statement_id::text FROM lrs_statementid WHERE position IS NOT NULL"
    ).fetchall()
    assert {row[0] for row in claimed} == set(stored)
    without_keys = """
        SELECT count(*)
          FROM lrs_statement s
          LEFT JOIN lrs_key k USING (organization_id, id)
         WHERE k.id IS NULL
    """
    assert database.execute(without_keys).fetchone() == (0,)


def test_statements_are_counted_once_whoever_was_killed_while_counting(survived):
    _, _, _, database = survived
    tallied = "SELECT coalesce(sum(count), 0) = (SELECT count(*) FROM lrs_statement) FROM lrs_statementcount"
    until(
        lambda: database.execute(tallied).fetchone() == (True,) or database.rollback(),
        "every statement is counted",
        60,
    )


def test_sessions_in_courses_are_told_once_whoever_was_killed_while_telling(survived):
    _, _, _, database = survived
    untold = """
        SELECT count(*) FROM runtime_runtimecall c LEFT JOIN runtime_emittedbatch n ON n.source_id = c.id
         WHERE n.source_id IS NULL AND c.applied
    """
    until(
        lambda: database.execute(untold).fetchone() == (0,) or database.rollback(),
        "every commit was looked at",
        60,
    )


def test_no_course_is_half(survived, server):
    _, _, _, database = survived
    assert database.execute("SELECT count(*) FROM courses_course WHERE published_id IS NULL").fetchone() == (
        0,
    )
    assert not database.execute(
        """
        SELECT v.id
          FROM courses_courseversion v
          LEFT JOIN courses_coursefile f ON f.version_id = v.id
         GROUP BY v.id
        HAVING count(f.id) <> v.file_count OR v.file_count = 0
        """
    ).fetchall()
    assert not database.execute(
        """
        SELECT v.id
          FROM courses_courseversion v
          LEFT JOIN courses_import i ON i.version_id = v.id
         GROUP BY v.id
        HAVING count(i.id) <> 1
        """
    ).fetchall()
    columns = 'organization_id::text, blob, "offset", stored_bytes, deflated, sha256'
    for organization, blob, offset, stored, deflated, sha256 in database.execute(
        f"SELECT {columns} FROM courses_coursefile"
    ):
        with open(server.home / "files" / organization / blob[:2] / blob, "rb") as file:
            file.seek(offset)
            content = file.read(stored)
        assert hashlib.sha256(zlib.decompress(content, -15) if deflated else content).hexdigest() == sha256


def test_no_job_is_left_behind(survived):
    _, _, _, database = survived
    until(
        lambda: (
            not database.execute(
                "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND queueing_lock IS NULL"
            ).fetchall()
            or database.rollback()
        ),
        "no job waits for a dead worker",
    )
    assert not database.execute(
        "SELECT task_name FROM procrastinate_jobs WHERE status = 'failed' AND queueing_lock IS NULL"
    ).fetchall()
