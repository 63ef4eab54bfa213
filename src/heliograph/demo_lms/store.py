"""What the LMS remembers, in one SQLite file: packages, attempts, launches, and every call a course ever
made.

A method is one transaction. Values come back as plain dictionaries, ready for a page or for JSON.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from heliograph.demo_lms import elements as cmi
from heliograph.demo_lms.errors import Refusal
from heliograph.demo_lms.manifest import Course

Row = dict[str, Any]

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS packages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT, standard TEXT, edition TEXT, filename TEXT,
    scos TEXT, missing TEXT, quirks TEXT DEFAULT '{}', uploaded_at TEXT);
CREATE TABLE IF NOT EXISTS learners (
    package INTEGER REFERENCES packages ON DELETE CASCADE, id TEXT, name TEXT, PRIMARY KEY (package, id));
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, package INTEGER REFERENCES packages ON DELETE CASCADE,
    learner TEXT, sco TEXT, number INTEGER,
    elements TEXT DEFAULT '{}', ended INTEGER DEFAULT 0, started_at TEXT, changed_at TEXT,
    UNIQUE (package, learner, sco, number));
CREATE TABLE IF NOT EXISTS launches (
    id TEXT PRIMARY KEY, attempt INTEGER REFERENCES attempts ON DELETE CASCADE,
    mode TEXT, credit TEXT, entry TEXT, shown_in TEXT, quirks TEXT,
    commits INTEGER DEFAULT 0, started_at TEXT, calls_made INTEGER);
CREATE INDEX IF NOT EXISTS launches_of_an_attempt ON launches (attempt);
CREATE TABLE IF NOT EXISTS calls (
    launch TEXT REFERENCES launches ON DELETE CASCADE, n INTEGER, at TEXT, method TEXT, arguments TEXT,
    result TEXT, error TEXT, why TEXT, PRIMARY KEY (launch, n)) WITHOUT ROWID;
"""
JSON_COLUMNS = {"scos", "missing", "quirks", "elements", "arguments"}


class Store:
    """Everything under one folder `home`; opening it again finds everything as it was."""

    def __init__(self, home: Path) -> None:
        self.packages_folder = home / "packages"
        self.packages_folder.mkdir(parents=True, exist_ok=True)
        for stray in self.packages_folder.glob(".upload-*"):  # a killed LMS could not tidy up
            shutil.rmtree(stray, ignore_errors=True)
        self._path = home / "lms.sqlite3"
        with self._transaction() as db:
            db.executescript(SCHEMA)
            if "calls_made" not in {
                row["name"] for row in db.execute("PRAGMA table_info(launches)")
            }:  # made by an earlier version
                db.execute("ALTER TABLE launches ADD COLUMN calls_made INTEGER")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._path, timeout=30)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        try:
            with db:
                yield db
        finally:
            db.close()

    def folder(self, package: int) -> Path:
        return self.packages_folder / str(package)

    # Packages

    def add_package(self, course: Course, filename: str, missing: list[str], unpacked: Path) -> int:
        """Takes over the folder `unpacked`; returns the new package's id."""
        with self._transaction() as db:
            row = db.execute(
                """
                INSERT INTO packages (title, standard, edition, filename, scos, missing, uploaded_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                (
                    course.title,
                    course.standard,
                    course.edition,
                    filename,
                    json.dumps(course.scos_as_json()),
                    json.dumps(missing),
                    now(),
                ),
            )
            package = int(row.lastrowid or 0)
            unpacked.rename(self.folder(package))
        return package

    def packages(self) -> list[Row]:
        query = """SELECT packages.*, (SELECT count(*) FROM learners WHERE package = packages.id) AS learners
                   FROM packages ORDER BY id DESC"""
        return self._rows(query)

    def package(self, package: str) -> Row:
        """Raises Refusal 404."""
        rows = self._rows("SELECT * FROM packages WHERE id = ?", package)
        if not rows:
            raise Refusal(404, "no_such_package", "This LMS holds no such package; it may have been removed.")
        return rows[0]

    def set_quirks(self, package: int, quirks: dict[str, int]) -> None:
        with self._transaction() as db:
            db.execute("UPDATE packages SET quirks = ? WHERE id = ?", (json.dumps(quirks), package))

    def remove_package(self, package: int) -> None:
        """Its learners, attempts, launches and calls go with it."""
        with self._transaction() as db:
            db.execute("DELETE FROM packages WHERE id = ?", (package,))

    # Learners and attempts

    def learners(self, package: int) -> list[Row]:
        return self._rows("SELECT id, name FROM learners WHERE package = ? ORDER BY id", package)

    def learner(self, package: int, learner: str) -> Row:
        """Raises Refusal 404."""
        rows = self._rows("SELECT id, name FROM learners WHERE package = ? AND id = ?", package, learner)
        if not rows:
            raise Refusal(
                404, "no_such_learner", f"Nobody with the id “{learner[:80]}” has opened this package."
            )
        return rows[0]

    def attempts(self, package: int, learner: str) -> list[Row]:
        """Newest change first."""
        query = "SELECT * FROM attempts WHERE package = ? AND learner = ? ORDER BY changed_at DESC, id DESC"
        return self._rows(query, package, learner)

    def latest_attempt(self, package: int, learner: str, sco: str) -> Row | None:
        query = """
            SELECT * FROM attempts
             WHERE package = ? AND learner = ? AND sco = ?
             ORDER BY number DESC
             LIMIT 1
        """
        return next(iter(self._rows(query, package, learner, sco)), None)

    def attempt(self, attempt: str) -> Row:
        """Raises Refusal 404."""
        rows = self._rows("SELECT * FROM attempts WHERE id = ?", attempt)
        if not rows:
            raise Refusal(404, "no_such_attempt", "This LMS holds no such attempt; it may have been removed.")
        return rows[0]

    def add_attempt(self, package: int, learner: str, sco: str) -> Row:
        with self._transaction() as db:
            db.execute(
                "INSERT INTO attempts (package, learner, sco, number, started_at, changed_at)"
                " SELECT ?1, ?2, ?3, 1 + coalesce(max(number), 0), ?4, ?4 FROM attempts"
                " WHERE package = ?1 AND learner = ?2 AND sco = ?3",
                (package, learner, sco, now()),
            )
        rows = self.latest_attempt(package, learner, sco)
        assert rows is not None  # noqa: S101 (just written)
        return rows

    # Launches and calls

    def add_launch(self, launch: Row, package: int, learner: str, name: str) -> None:
        with self._transaction() as db:
            db.execute(
                "INSERT INTO learners VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET name = ?3",
                (package, learner, name),
            )
            db.execute(
                "INSERT INTO launches (id, attempt, mode, credit, entry, shown_in, quirks, started_at)"
                " VALUES (:id, :attempt, :mode, :credit, :entry, :shown_in, :quirks, :started_at)",
                {**launch, "quirks": json.dumps(launch["quirks"]), "started_at": now()},
            )
            db.execute(
                "UPDATE attempts SET ended = 0, changed_at = ? WHERE id = ?", (now(), launch["attempt"])
            )

    def launch(self, launch: str) -> Row:
        """Raises Refusal 404."""
        rows = self._rows("SELECT * FROM launches WHERE id = ?", launch)
        if not rows:
            raise Refusal(404, "no_such_launch", "This LMS knows no such launch.")
        return rows[0]

    def launches(self, attempt: int) -> list[Row]:
        return self._rows("SELECT * FROM launches WHERE attempt = ? ORDER BY started_at, rowid", attempt)

    def count_commit(self, launch: str) -> int:
        """Returns how many commits this launch has sent, this one included."""
        with self._transaction() as db:
            query = "UPDATE launches SET commits = commits + 1 WHERE id = ? RETURNING commits"
            return int(db.execute(query, (launch,)).fetchone()[0])

    def commit(self, launch: Row, elements: dict[str, str], ended: bool) -> None:
        """Stores the whole data model, as this launch now has it."""
        with self._transaction() as db:
            db.execute(
                "UPDATE attempts SET elements = ?, ended = ?, changed_at = ? WHERE id = ?",
                (json.dumps(elements), ended, now(), launch["attempt"]),
            )

    def log(self, launch: str, calls: list[Row], made: int | None = None) -> None:
        """Adds calls to the log; one sent twice is kept once.

        `made` is how many there were when the page was left.
        """
        rows = [{**call, "launch": launch, "arguments": json.dumps(call["arguments"])} for call in calls]
        with self._transaction() as db:
            db.executemany(
                """
                INSERT OR IGNORE INTO calls
                VALUES (:launch, :n, :at, :method, :arguments, :result, :error, :why)
                """,
                rows,
            )
            if made is not None:
                db.execute("UPDATE launches SET calls_made = ? WHERE id = ?", (made, launch))

    def calls(self, attempt: int, limit: int = -1) -> list[Row]:
        """Every call of an attempt in the order made; with `limit` the last ones."""
        query = """
            SELECT * FROM (
              SELECT calls.*, launches.rowid AS launched
                FROM calls
                JOIN launches ON launches.id = calls.launch
               WHERE launches.attempt = ?
               ORDER BY launched DESC, n DESC
               LIMIT ?)
             ORDER BY launched, n
        """
        return [
            {k: v for k, v in row.items() if k != "launched"} for row in self._rows(query, attempt, limit)
        ]

    def calls_total(self, attempt: int) -> int:
        query = "SELECT count(*) AS n FROM calls WHERE launch IN (SELECT id FROM launches WHERE attempt = ?)"
        return int(self._rows(query, attempt)[0]["n"])

    def _rows(self, query: str, *values: object) -> list[Row]:
        with self._transaction() as db:
            return [_as_dict(row) for row in db.execute(query, values)]


def describe(store: Store, package: Row, attempt: Row) -> Row:
    """One attempt as pages and the JSON show it."""
    return {
        **attempt,
        "ended": bool(attempt["ended"]),
        **cmi.summary(package["standard"], attempt["elements"]),
        "launches": store.launches(attempt["id"]),
    }


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _as_dict(row: sqlite3.Row) -> Row:
    return {key: json.loads(row[key]) if key in JSON_COLUMNS else row[key] for key in row.keys()}  # noqa: SIM118
