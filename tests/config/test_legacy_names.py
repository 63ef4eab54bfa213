"""A home of the last version before today's names goes on as it was: the same tables as a new one, and
nothing lost.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from procrastinate.schema import SchemaManager
from psycopg.conninfo import make_conninfo
from tests.running import Running

from heliograph.core.ids import new_id

BEFORE = Path(__file__).with_name("before.sql")
SECRET = "a secret key of the last version before, for tests"
OWNER = {"email": "owner@endurance.example", "password": "long enough for anybody"}
JOBS = """
INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args, status, attempts)
VALUES ('default', 'journal.forget_mail', 'forget mail', '{}', 'todo', 0)
"""
# What makes a table what it is, without the partitions of months, which each home has of its own time.
SCHEMA = {
    "columns": """
        SELECT table_name, column_name, data_type, character_maximum_length,
               is_nullable, column_default, is_identity
          FROM information_schema.columns
         WHERE table_schema = current_schema()""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = current_schema()::regnamespace AND conrelid <> 0 AND contype <> 'n'""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
          FROM pg_trigger
         WHERE NOT tgisinternal""",
    "functions": """
        SELECT proname, proname, pg_get_functiondef(oid)
          FROM pg_proc
         WHERE pronamespace = current_schema()::regnamespace""",
    "views": "SELECT viewname, viewname, definition FROM pg_views WHERE schemaname = current_schema()",
    "sequences": """
        SELECT sequencename, sequencename, data_type::text
          FROM pg_sequences
         WHERE schemaname = current_schema()""",
    "migrations": "SELECT app, app, name FROM django_migrations",
    "models": "SELECT c.app_label, c.app_label, c.model FROM django_content_type c",
}
LIBRARIES = ("auth_", "account_", "django_", "mfa_", "procrastinate_", "usersessions_")


@pytest.fixture
def old(django_db_setup: None, tmp_path: Path) -> Iterator[Running]:
    """A home on a database of the version before, with a job that waits."""
    name = f"before_{new_id().hex}"
    settings = connection.settings_dict
    where = {
        "host": settings["HOST"],
        "port": settings["PORT"] or None,
        "user": settings["USER"],
        "password": settings["PASSWORD"] or None,
    }
    with psycopg.connect(make_conninfo("", dbname="postgres", **where), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            with psycopg.connect(make_conninfo("", dbname=name, **where), autocommit=True) as database:
                database.execute(SchemaManager.get_schema())
                database.execute(BEFORE.read_text())
                database.execute(JOBS)
            url = f"postgresql://{quote(settings['USER'])}@/{name}?host={quote(settings['HOST'], safe='')}"
            home = Running(tmp_path / "home", DATABASE_URL=url, HELIOGRAPH_SECRET_KEY=SECRET)
            yield home
            home.destroy()
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_tables_are_those_of_a_new_home(old: Running, db: None) -> None:
    said = old.command("up", "--port", str(old.port))
    assert "Make a backup, then run: heliograph migrate" in said.stderr
    migrated = old.command("migrate")
    assert migrated.returncode == 0, migrated.stderr
    with psycopg.connect(old.settings["DATABASE_URL"]) as database, connection.cursor() as cursor:
        for what, sql in SCHEMA.items():
            cursor.execute(sql)
            assert _ours(database.execute(sql).fetchall()) == _ours(cursor.fetchall()), what
    assert old.command("migrate").returncode == 0  # and once more changes nothing


def test_everything_is_there_under_its_new_name(old: Running) -> None:
    assert old.command("migrate").returncode == 0
    with psycopg.connect(old.settings["DATABASE_URL"]) as database:
        jobs = database.execute("SELECT task_name FROM procrastinate_jobs").fetchall()
        kinds = {row[0] for row in database.execute("SELECT subject_kind FROM audit_entry").fetchall()}
        rows = database.execute("SELECT branding FROM dispatch_destination WHERE key = 'hosted'").fetchone()
        (registrations,) = database.execute("SELECT count(*) FROM runtime_registration").fetchone()  # type: ignore[misc]
        (stub_key,) = database.execute(
            "SELECT stub_key FROM dispatch_dispatch WHERE key = 'course-hosted'"
        ).fetchone()  # type: ignore[misc]
    assert [row for row in jobs if row[0].startswith("journal.")] == []
    assert not kinds & {"licence", "organisation"}
    assert {"license", "organization"} <= kinds
    assert rows == (
        {"name": "Northlight", "colors": {"accent": "#b45309", "background": "#fffdf8"}, "language": "de"},
    )
    old.start()

    def api(method: str, path: str, body: Any = None, **headers: str) -> Any:
        raw = None if body is None else json.dumps(body).encode()
        status, answer, _ = old.request(
            method, f"/api{path}", raw, headers={"Content-Type": "application/json", **headers}
        )
        assert status < 300, answer
        return json.loads(answer)

    bearer = {"Authorization": "Bearer " + api("POST", "/token", OWNER)["access"]}
    assert api("GET", "/destinations/hosted", **bearer)["branding"]["colors"]["accent"] == "#b45309"
    assert len(api("GET", "/registrations?limit=100", **bearer)["items"]) == registrations
    attached = [
        entry
        for entry in api("GET", "/org/audit-log?kind=license", **bearer)["items"]
        if entry["verb"] == "attached"
    ]
    assert len(attached) == 3
    licenses = api("GET", "/dispatch/course-licensed/licenses", **bearer)
    assert [(license["name"], license["registrations_used"]) for license in licenses] == [("four", 4)]
    assert api("GET", "/org/pipes", **bearer)["items"][0]["name"] == "To the warehouse"
    assert (
        api("GET", "/dispatch/course-embedded/analytics?from=2026-12-01&to=2026-12-31", **bearer)["summary"][
            "launches"
        ]
        == 4
    )

    # A learner of the kept package comes back with what the LMS kept, and is who they were.
    launch = {"learner": "hosted-0-0", "sitting": str(new_id()), "standard": "scorm12"}
    status, answer, _ = old.request(
        "POST",
        f"/d/{stub_key}/launch",
        json.dumps(launch).encode(),
        "127.0.0.1",
        headers={"Content-Type": "text/plain"},
    )
    assert status == 200, answer
    assert len(api("GET", "/registrations?limit=100", **bearer)["items"]) == registrations


def test_a_version_before_the_last_one_is_refused_and_left_as_it_was(old: Running) -> None:
    with psycopg.connect(old.settings["DATABASE_URL"], autocommit=True) as database:
        database.execute("DELETE FROM django_migrations WHERE name = '0016_few_previews'")
        refused = old.command("migrate")
        assert refused.returncode != 0
        assert "Start the last version before this one" in refused.stderr
        assert database.execute("SELECT count(*) > 0 FROM accounts_organisation").fetchone() == (True,)


def test_a_backup_of_the_version_before_is_restored_and_carried_over(old: Running, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    (old.home / "files").mkdir(parents=True)
    written = old.command("backup", str(file))
    assert written.returncode == 0, written.stderr
    restored = Running(tmp_path / "restored", HELIOGRAPH_SECRET_KEY=SECRET)
    try:
        said = restored.command("restore", str(file))
        assert said.returncode == 0, said.stderr
        restored.start()
        assert restored.health()["ready"]
        with psycopg.connect(restored.postgres.url) as database:
            assert database.execute("SELECT key FROM accounts_organization").fetchall() == [("endurance",)]
    finally:
        restored.destroy()


def _ours(rows: list[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """The rows about our own tables and functions, without partitions of months."""
    return {row for row in rows if not row[0].startswith(LIBRARIES) and not _of_a_month(row)}


def _of_a_month(row: tuple[Any, ...]) -> bool:
    table = row[0].rpartition("_")[2]
    return (table.isdigit() and len(table) == 6) or table == "default"
