"""Minutes of mixed load while web processes, the web server, the worker and the database are killed at
random: nothing acknowledged is lost.

Learners launch and commit, embedded packages report, a program makes destinations and dispatches, packages
are downloaded, postbacks and mail go to real servers on loopback. Whoever gets no answer sends again. In the
end each acknowledgment is looked for in the database, once. ENDURANCE_MINUTES says how long, 10 unless it is
set.
"""

import contextlib
import hashlib
import http.client
import json
import os
import random
import tempfile
import threading
import time
import urllib.parse
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.controller import Controller
from standardwebhooks import Webhook
from tests.builders import build_package
from tests.receiver import Received, Receiver, receiver
from tests.running import Running, free_port, kill

from benchmarks.figure import figure
from heliograph.core.ids import new_id

OWNER, PASSWORD = "owner@endurance.example", "long enough for anybody"
HOSTED, EMBEDDED, COMMITS, EVENTS = 8, 8, 25, 25
SETTLING = 300  # seconds, at most, until all that is due was sent and counted
# Nobody there, too much at once, come back in a moment: sent again, as a browser does.
REACHED = {
    0,
    429,
    503,
}
PARTS = ("web process", "web server", "worker", "database")


def run() -> Iterator[str]:
    minutes = float(os.environ.get("ENDURANCE_MINUTES", "10"))
    with tempfile.TemporaryDirectory(prefix="heliograph-endurance-") as folder:
        report = endure(Path(folder) / "home", minutes * 60, lambda: random.uniform(5, 14))
    for sentence in report.faults:
        yield figure(sentence, 1, 1, "never", at_most=0)
    for name, acknowledged in report.acknowledged.items():
        lost, twice = report.lost[name], report.twice[name]
        yield figure(
            f"{name} lost or there twice, of those acknowledged",
            lost + twice,
            acknowledged,
            "none",
            at_most=0.0,
        )
    yield figure(
        f"minutes of load, requests and kills: {report.summary()}",
        minutes,
        minutes,
        "stated",
        kills=dict(report.kills),
        answers=report.answers,
    )


@dataclass
class Report:
    """What was promised and what became of it."""

    kills: Counter[str] = field(default_factory=Counter)
    answers: dict[str, dict[str, int]] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)
    twice: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def look(self, name: str, promised: set[Any], stored: Counter[Any]) -> None:
        """Each of what was promised is to be found once; what was not acknowledged may be there too, but no
        more than once.
        """
        self.acknowledged[name] = len(promised)
        self.lost[name] = len(promised - stored.keys())
        self.twice[name] = sum(1 for times in stored.values() if times > 1)

    def expect(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.faults.append(sentence)

    def summary(self) -> str:
        return ", ".join(f"{number:,} {name}" for name, number in self.acknowledged.items())


@dataclass
class Place:
    """The running product with one hosted and one embedded dispatch, and who hears from it."""

    server: Running
    bearer: str
    course: str
    hosted: dict[str, Any]
    embedded: dict[str, Any]
    licensed: dict[str, Any]
    signing_secret: str
    customer: Receiver

    def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": self.bearer, "Content-Type": "application/json"}
        return ask(
            self.server,
            method,
            f"/api{path}",
            None if body is None else json.dumps(body),
            "localhost",
            headers,
        )


def endure(home: Path, seconds: float, pause: Callable[[], float], most_kills: int | None = None) -> Report:
    """Load and kills for so long, then the count of what is there."""
    report, postman = Report(), Postman()
    mail = Controller(postman, hostname="127.0.0.1", port=free_port())
    mail.start()
    server = Running(
        home,
        HELIOGRAPH_OUTBOUND_PRIVATE="on",
        HELIOGRAPH_MAIL_URL=f"smtp://127.0.0.1:{mail.port}?starttls=off",
    )
    try:
        with receiver() as customer:
            place = furnish(server, customer)
            clients: list[Client] = [
                *(Hosted(place, n) for n in range(HOSTED)),
                *(Embedded(place, n) for n in range(EMBEDDED)),
                Program(place, 0),
                Downloader(place, 0),
                Licensed(place, 0),
            ]
            kill_at_random(server, report, clients, seconds, pause, most_kills)
            report.answers = {
                kind.__name__: {
                    str(status): times
                    for status, times in sorted(
                        sum((c.answers for c in clients if type(c) is kind), Counter()).items()
                    )
                }
                for kind in (Hosted, Embedded, Program, Downloader, Licensed)
            }
            report.faults += [fault for client in clients for fault in client.faults]
            count_all(place, clients, report, postman)
    finally:
        server.destroy()
        mail.stop()
    return report


def furnish(server: Running, customer: Receiver) -> Place:
    package = server.home.with_name("course.zip")
    build_package(package)
    server.start()
    assert (
        server.command("organization", "endurance", "--owner", OWNER, "--password", PASSWORD).returncode == 0
    )
    assert (
        server.command("import", str(package), "--organization", "endurance", "--course", "course").returncode
        == 0
    )
    place = Place(server, "", "", {}, {}, {}, "", customer)
    place.bearer = (
        "Bearer " + place.api("POST", "/token", {"email": OWNER, "password": PASSWORD})[1]["access"]
    )
    # It outlives the load.
    place.bearer = (
        "Bearer " + place.api("POST", "/org/api-keys", {"name": "endurance", "role": "admin"})[1]["secret"]
    )

    def made(path: str, body: Any) -> dict[str, Any]:
        status, document = place.api("POST", path, body)
        assert status < 300, document
        return dict(document)

    def dispatch(key: str, **more: Any) -> dict[str, Any]:
        destination = made("/destinations", {"name": key, "key": key})
        return made("/dispatch", {"course": "course", "destination": destination["id"], "name": key, **more})

    place.hosted, place.embedded, place.licensed = (
        dispatch("hosted", postback_url=customer.url),
        dispatch("embedded"),
        dispatch("licensed"),
    )
    place.signing_secret = made(f"/dispatch/{place.hosted['id']}/signing-secret", {})["signing_secret"]
    made(f"/dispatch/{place.licensed['id']}/licenses", {"name": "four", "registration_limit": 4})
    with psycopg.connect(server.postgres.url) as database:
        rows = database.execute("SELECT id::text, stub_key FROM dispatch_dispatch").fetchall()
        keys: dict[str, str] = dict(rows)
    for registration in (place.hosted, place.embedded, place.licensed):
        registration["stub_key"] = keys[registration["id"]]
    # From now on its package may be played.
    assert place.api("GET", f"/dispatch/{place.embedded['id']}/package?mode=embedded")[0] == 200
    return place


def ask(
    server: Running, method: str, path: str, body: str | None, host: str, headers: dict[str, str]
) -> tuple[int, Any]:
    """Status and document; status 0 where nobody answered."""
    try:
        status, answer, _ = server.request(
            method, path, None if body is None else body.encode(), host, 30, headers
        )
        return status, json.loads(answer) if answer[:1] in (b"{", b"[") else answer
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}


class Client(threading.Thread):
    """Works until it is told to stop, and then until everything it has to say was taken."""

    def __init__(self, place: Place, number: int) -> None:
        super().__init__(daemon=True)
        self.place, self.number = place, number
        self.enough = threading.Event()
        self.answers: Counter[int] = Counter()
        self.faults: list[str] = []
        self.promised: dict[str, set[Any]] = {}

    def run(self) -> None:
        with contextlib.suppress(Refused):
            for turn in count():
                if self.enough.is_set():
                    return
                self.work(turn)

    def work(self, turn: int) -> None:
        raise NotImplementedError

    def until_taken(self, call: Callable[[], tuple[int, Any]], fine: tuple[int, ...] = (200, 201)) -> Any:
        """The answer, however often it has to be asked for."""
        while True:
            status, document = call()
            self.answers[status] += 1
            if status in fine:
                return document
            if status not in REACHED:
                self.faults.append(f"{type(self).__name__} was answered {status} {str(document)[:300]}")
                raise Refused
            time.sleep(0.2)

    def tell(self, path: str, body: Any, origin: str = "") -> Any:
        headers = {"Content-Type": "text/plain", **({"Origin": origin} if origin else {})}
        return self.until_taken(
            lambda: ask(self.place.server, "POST", path, json.dumps(body), "127.0.0.1", headers)
        )

    def keep(self, name: str, *promised: Any) -> None:
        self.promised.setdefault(name, set()).update(promised)


def answers_of(clients: list[Client], kind: type[Client]) -> Counter[int]:
    return sum((client.answers for client in clients if isinstance(client, kind)), Counter())


class Refused(Exception):
    """The server said what it must not say."""


class Hosted(Client):
    """A learner in a hosted package: launch, commits, receipts; the last commit passes the course and leaves
    it.
    """

    def work(self, turn: int) -> None:
        door, sitting, origin = (
            f"/d/{self.place.hosted['stub_key']}",
            str(new_id()),
            f"https://lms-{self.number}.example",
        )
        launch = self.tell(
            f"{door}/launch",
            {"learner": f"hosted-{self.number}-{turn}", "sitting": sitting, "standard": "scorm12"},
            origin,
        )
        session = urllib.parse.urlsplit(launch["url"]).path.rstrip("/").rpartition("/")[2]
        opened = self.tell(f"/play/{session}/open", {})
        token, activity, unsent = opened["token"], opened["delivery"]["activity"], []
        for sequence in range(1, COMMITS + 1):
            unsent.append(self.commit(activity, sequence))
            if sequence % 3 and sequence < COMMITS:
                continue  # what comes while one is on its way goes with the next
            answer = self.tell(f"/play/{token}/commit", {"commits": unsent})
            token = answer.get("token", token)
            self.keep(
                "commits",
                *(
                    (opened["launch"], commit["sequence"])
                    for commit in unsent
                    if commit["sequence"] <= answer["sequence"]
                ),
            )
            unsent = [commit for commit in unsent if commit["sequence"] > answer["sequence"]]
            self.report(door, launch["receipts"], sitting, sequence)
            time.sleep(0.05)
        self.keep("completed registrations", launch["registration"])

    def commit(self, activity: str, sequence: int) -> dict[str, Any]:
        values = [["cmi.core.lesson_location", str(sequence)]]
        last = sequence == COMMITS
        if last:
            values += [["cmi.core.score.raw", "80"], ["cmi.core.lesson_status", "passed"]]
        calls = [[sequence, "LMSSetValue", value, "true", 0] for value in values]
        event = {"event": {"kind": "exit_all"}} if last else {}
        return {
            "sequence": sequence,
            "activity": activity,
            "values": values,
            "calls": calls,
            "terminated": last,
            **event,
        }

    def report(self, door: str, token: str, sitting: str, sequence: int) -> None:
        write = {
            "sequence": sequence,
            "element": "cmi.core.lesson_location",
            "written": str(sequence),
            "kept": str(sequence),
            "accepted": True,
        }
        stored = self.tell(f"{door}/receipts", {"token": token, "sitting": sitting, "writes": [write]})[
            "stored"
        ]
        if stored >= sequence:
            self.keep("receipts", (sitting, sequence))


class Embedded(Client):
    """A learner in an embedded package: handshake and events, in batches that overlap."""

    def work(self, turn: int) -> None:
        door, sitting, origin = (
            f"/d/{self.place.embedded['stub_key']}",
            str(new_id()),
            f"https://lms-{self.number}.example",
        )
        said = {
            "learner": f"embedded-{self.number}-{turn}",
            "mode_of_package": "embedded",
            "sitting": sitting,
            "scos": ["sco-1.html"],
        }
        token = self.tell(f"{door}/launch", said, origin)["callback"]
        waiting: list[dict[str, Any]] = []
        for sequence in range(1, EVENTS + 1):
            waiting.append(self.event(sequence))
            if sequence % 2 and sequence < EVENTS:
                continue
            answer = self.tell(f"{door}/events", {"token": token, "events": waiting}, origin)
            token = answer.get("token", token)
            self.keep(
                "callback events",
                *(
                    (sitting, commit["sequence"])
                    for commit in waiting
                    if commit["sequence"] <= answer["stored"]
                ),
            )
            # The last one goes again.
            waiting = [commit for commit in waiting if commit["sequence"] >= answer["stored"]]
            time.sleep(0.05)

    def event(self, sequence: int) -> dict[str, Any]:
        if sequence == EVENTS:
            return {"sequence": sequence, "kind": "end", "ago": 0, "body": {}}
        done = sequence == EVENTS - 1
        body = {
            "completion": "completed" if done else "incomplete",
            "sco": "sco-1.html",
            "score_raw": sequence,
            "centiseconds": sequence * 10,
        }
        return {"sequence": sequence, "kind": "state", "ago": 5, "body": body}


class Program(Client):
    """Makes a destination and a dispatch of it, again and again, by keys of its own: where an answer was
    lost, the key is taken already.
    """

    def work(self, turn: int) -> None:
        key = f"made-{turn}"
        self.until_taken(
            lambda: self.place.api("POST", "/destinations", {"name": key, "key": key}), (201, 409)
        )
        self.keep("destinations in the journal", key)
        body = {"course": "course", "destination": key, "name": key, "key": key}
        self.until_taken(lambda: self.place.api("POST", "/dispatch", body), (201, 409))
        self.keep("dispatches in the journal", key)
        time.sleep(0.2)


class Downloader(Client):
    """Downloads the packages: always whole, always the same bytes."""

    def work(self, turn: int) -> None:
        for dispatch, mode in ((self.place.hosted, "hosted"), (self.place.embedded, "embedded")):
            path = f"/dispatch/{dispatch['id']}/package?mode={mode}"
            package = self.until_taken(partial(self.place.api, "GET", path))
            self.keep(f"{mode} packages", hashlib.sha256(package).hexdigest())
        time.sleep(0.3)


class Licensed(Client):
    """New learners until the license is full: its warnings go out as mail."""

    def work(self, turn: int) -> None:
        said = {"learner": f"licensed-{turn}", "sitting": str(new_id())}
        headers = {"Content-Type": "text/plain"}
        path = f"/d/{self.place.licensed['stub_key']}/launch"
        self.until_taken(
            lambda: ask(self.place.server, "POST", path, json.dumps(said), "127.0.0.1", headers), (200, 403)
        )
        time.sleep(0.5)


class Postman:
    """Takes every mail and remembers its id."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken[str(message_from_bytes(envelope.content)["Message-ID"])] += 1
        return "250 taken"


def kill_at_random(
    server: Running,
    report: Report,
    clients: list[Client],
    seconds: float,
    pause: Callable[[], float],
    most: int | None,
) -> None:
    """Every part in turn, in an order of chance, while the clients work; then they finish what they have
    begun.
    """
    victims = {
        "web process": lambda: next(iter(server.web_processes()), None),
        "web server": server.web_server,
        "worker": server.worker,
        "database": server.postmaster,
    }
    for client in clients:
        client.start()
    end, queue = time.monotonic() + seconds, list[str]()
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, pause()))
        queue = queue or random.sample(PARTS, len(PARTS))
        victim = victims[queue[-1]]()
        if victim and (most is None or report.kills.total() < most):
            kill(victim)
            report.kills[queue.pop()] += 1
    for client in clients:
        client.enough.set()
    server.wait_until_ready()
    for client in clients:
        client.join(120)
        report.expect(not client.is_alive(), f"{type(client).__name__} {client.number} was never answered")


def count_all(place: Place, clients: list[Client], report: Report, postman: Postman) -> None:
    promised: defaultdict[str, set[Any]] = defaultdict(set)
    for client in clients:
        for name, some in client.promised.items():
            promised[name].update(some)
    with psycopg.connect(place.server.postgres.url, autocommit=True) as database:

        def counted(sql: str) -> Counter[Any]:
            return Counter(row[0] if len(row) == 1 else row for row in database.execute(sql).fetchall())

        report.look(
            "commits",
            promised["commits"],
            counted("SELECT launch_id::text, sequence FROM runtime_runtimecall WHERE applied"),
        )
        report.look(
            "callback events",
            promised["callback events"],
            counted("SELECT session_id::text, sequence FROM dispatch_sessionevent"),
        )
        report.look(
            "receipts",
            promised["receipts"],
            counted("SELECT page_load_id::text, sequence FROM dispatch_relayreceipt"),
        )
        for subject, name in (
            ("destination", "destinations in the journal"),
            ("dispatch", "dispatches in the journal"),
        ):
            entries = f"""
                SELECT subject_label
                  FROM audit_entry
                 WHERE subject_kind = '{subject}' AND verb = 'created' AND subject_label LIKE 'made-%'
            """
            report.look(name, promised[name], counted(entries))
        settle(place, database, promised["completed registrations"], report)
        completed = counted(
            "SELECT registration_id::text FROM dispatch_postback WHERE kind = 'registration.completed'"
        )
        report.look("completed registrations", promised["completed registrations"], completed)
        delivered = {
            row[0]
            for row in database.execute("SELECT id::text FROM dispatch_postback WHERE state = 'delivered'")
        }
        received = Counter(str(postback.headers["webhook-id"]) for postback in place.customer.received)
        report.expect(
            all(signed(postback, place.signing_secret) for postback in place.customer.received),
            "a postback is not signed as it should be",
        )
        report.acknowledged["postbacks"] = len(delivered)
        report.lost["postbacks"] = (
            len(delivered - received.keys()) + counted("SELECT state FROM dispatch_postback")["waiting"]
        )
        report.expect(received.keys() <= delivered, "postbacks arrived that nobody knows of")
        mails = counted("SELECT id::text FROM delivery_mail WHERE state = 'delivered'")
        report.acknowledged["mails"] = len(mails)
        report.lost["mails"] = sum(1 for mail in mails if not any(mail in taken for taken in postman.taken))
        report.twice["mails"] = sum(
            1 for times in counted("SELECT subject, text FROM delivery_mail").values() if times > 1
        )
        report.expect(bool(mails), "no mail was written")
        for mode in ("hosted", "embedded"):
            report.expect(len(promised[f"{mode} packages"]) == 1, f"downloads of the {mode} package differ")
        report.expect(
            last_states_agree(database),
            "a registration does not stand where its last acknowledged commit left it",
        )


def signed(postback: Received, secret: str) -> bool:
    """Whether a postback carries our signature; how long ago it came does not matter here."""
    moment = datetime.fromtimestamp(int(postback.headers["webhook-timestamp"]), tz=UTC)
    return bool(
        Webhook(secret).sign(postback.headers["webhook-id"], moment, postback.body.decode())
        == postback.headers["webhook-signature"]
    )


def settle(place: Place, database: Any, completed: set[str], report: Report) -> None:
    """Wait until all jobs that are due are done, as if the pauses between two tries were over, and figures
    were asked for.
    """

    def left() -> dict[str, int]:
        counts = {}
        for table in ("dispatch_postback", "delivery_mail"):
            database.execute(
                f"""
                UPDATE {table} SET next_try_at = now()
                 WHERE state = 'waiting' AND next_try_at > now() + interval '1 minute'
                """
            )
            [counts[table]] = database.execute(
                f"SELECT count(*) FROM {table} WHERE state = 'waiting'"
            ).fetchone()
        told = """
            SELECT count(DISTINCT registration_id)
              FROM dispatch_postback
             WHERE kind = 'registration.completed'
        """
        counts["completions to tell"] = len(completed) - database.execute(told).fetchone()[0]
        for dispatch in (place.hosted, place.embedded, place.licensed):
            place.api("GET", f"/dispatch/{dispatch['id']}/analytics")
        counts["figures that differ"] = 0 if figures_agree(database) else 1
        return {name: number for name, number in counts.items() if number > 0}

    end = time.monotonic() + SETTLING
    while (rest := left()) and time.monotonic() < end:
        time.sleep(1)
    report.expect(
        not rest,
        f"{SETTLING} s after the last kill this was still to be done: {rest}; {place.server.tail()[-800:]}",
    )


_COUNTED = """
SELECT dispatch_id::text, deployment_id::text, day, sum(launches)::int,
       sum(learners)::int, sum(centiseconds)::bigint,
       sum(completions)::int
  FROM insights_dailytotals
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3
"""
_RECOUNTED = """
SELECT s.dispatch_id::text, s.deployment_id::text, (s.launched_at AT TIME ZONE 'UTC')::date, count(*)::int,
       count(DISTINCT s.registration_id)::int, sum(s.centiseconds)::bigint,
       (count(DISTINCT s.registration_id) FILTER (WHERE r.completed_at IS NOT NULL))::int
  FROM dispatch_session s
  JOIN runtime_registration r ON r.id = s.registration_id
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3
"""


def figures_agree(database: Any) -> bool:
    """Whether the roll-ups are what a plain count of the sessions gives; every learner of this load sits
    once, so completions are theirs.
    """
    return bool(database.execute(_COUNTED).fetchall() == database.execute(_RECOUNTED).fetchall())


def last_states_agree(database: Any) -> bool:
    """The place that each hosted launch stored is that of its last commit; each embedded session has the
    state of its newest event.
    """
    hosted = """
        SELECT count(*)
          FROM runtime_activitystate s
          JOIN runtime_launch l USING (attempt_id)
         WHERE l.last_sequence > 0
           AND s.data ->> 'cmi.core.lesson_location' <> l.last_sequence::text
    """
    embedded = """
        SELECT count(*)
          FROM dispatch_session s
          JOIN LATERAL (
            SELECT max(sequence) AS newest
              FROM dispatch_sessionevent e
             WHERE e.session_id = s.id AND e.kind = 'state'
          ) e ON true
         WHERE s.embedded
           AND (s.sequence, s.score_raw) IS DISTINCT FROM (e.newest, e.newest::float)
           AND e.newest IS NOT NULL
    """
    return all(database.execute(sql).fetchone() == (0,) for sql in (hosted, embedded))
