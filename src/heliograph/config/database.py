"""The database, up and at this version: the embedded one is joined and migrated by itself, another one only
when asked.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from heliograph.config.environment import Environment
from heliograph.core.database.embedded_postgres import DatabaseMissing, DatabaseUnavailable, EmbeddedPostgres
from heliograph.core.errors import Misconfigured
from heliograph.core.ids import new_id, parse_id

if TYPE_CHECKING:
    from django.db.migrations.loader import MigrationLoader

INSTALLATION = (
    "installation.id"  # the file in a home that names the installation whose database DATABASE_URL is
)
RESTORING = "restoring"  # the file in a home that is not whole yet
OLDER = "The database is older than this Heliograph. Make a backup, then run: heliograph migrate"
PARTITIONED = ["audit_entry", "runtime_runtimecall", "dispatch_sessionevent", "lrs_statement", "lrs_key"]
MIGRATING = 0x48454C49  # the advisory lock that lets one process migrate at a time


class NotMigrated(Misconfigured):
    code = "database_not_migrated"


class DatabaseNewer(Misconfigured):
    """A later Heliograph has changed the tables in ways that this one does not know."""

    code = "database_newer"


class DatabaseOfAnotherHome(Misconfigured):
    """The database of DATABASE_URL and the files of the home belong to two installations."""

    code = "database_of_another_home"


class RestoreUnfinished(Misconfigured):
    code = "restore_unfinished"


@contextlib.contextmanager
def joined(restoring: bool = False) -> Iterator[EmbeddedPostgres | None]:
    """The embedded database while the block runs; None where DATABASE_URL names another.

    Raises `RestoreUnfinished` for a home that a backup is being restored to, unless ``restoring``, and
    `DatabaseUnavailable` where the database cannot run.
    """
    environment = Environment.read()
    if (environment.home / RESTORING).exists() and not restoring:
        raise RestoreUnfinished(
            f"A backup is being restored to {environment.home}, or a restore was cut short. "
            f"Wait for its end, or run it again: heliograph restore FILE"
        )
    server = EmbeddedPostgres(environment.home) if environment.embedded else None
    if server:
        server.join()
    try:
        yield server
    finally:
        from django.db import connections

        with contextlib.suppress(Exception):
            connections.close_all()
        if server:
            server.leave()


def bring_up_to_date(migrate: bool) -> None:
    """Apply what is missing.

    Raises `NotMigrated` where that was not asked for, `DatabaseNewer` for one that a later version has used,
    `DatabaseSkipsAVersion` for one that is too old, `DatabaseMissing` for an empty one beside files,
    `DatabaseOfAnotherHome`, `DatabaseUnavailable` where none answers.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from heliograph.config import legacy_names
    from heliograph.core.database.partitions import ensure_months

    settings.UPLOAD_FOLDER.mkdir(parents=True, exist_ok=True)
    with _answering(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        try:
            executor = MigrationExecutor(connection)
            if legacy_names.is_from_before(executor.loader):
                if not migrate and not settings.HELIOGRAPH.embedded:
                    raise NotMigrated(OLDER)
                legacy_names.carry_over(executor.loader)
                executor = MigrationExecutor(connection)
            _refuse_newer(executor.loader)
            _refuse_empty_beside_files(executor.loader)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if missing and not migrate and not settings.HELIOGRAPH.embedded:
                if not executor.loader.applied_migrations:
                    raise NotMigrated("The database is empty. Run: heliograph migrate")
                raise NotMigrated(OLDER)
            if missing:
                call_command("migrate", verbosity=0, interactive=False)
                ensure_months(PARTITIONED)
            if not settings.HELIOGRAPH.embedded:
                _refuse_another_home(settings.HELIOGRAPH.home)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])


def check_home() -> None:
    """Raise `DatabaseOfAnotherHome` where the database is known to belong to another home than this one."""
    from django.conf import settings
    from django.db import connection

    if settings.HELIOGRAPH.embedded:
        return
    with _answering(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('core_installation') IS NOT NULL")
        if cursor.fetchone()[0]:  # one of a version before has none
            _refuse_another_home(settings.HELIOGRAPH.home)


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    """Raise `DatabaseUnavailable` where the database does not answer within the block."""
    from django.conf import settings
    from django.db import OperationalError

    try:
        yield
    except OperationalError as reason:
        advice = "Start Heliograph again" if settings.HELIOGRAPH.embedded else "Check DATABASE_URL"
        raise DatabaseUnavailable(
            f"The database does not answer: {str(reason).strip().splitlines()[0]}. {advice}."
        ) from None


def _refuse_newer(loader: "MigrationLoader") -> None:
    """Raise `DatabaseNewer` where migrations were applied that this version does not have."""
    replaced = {
        replaced_one for migration in loader.disk_migrations.values() for replaced_one in migration.replaces
    }
    unknown = sorted(set(loader.applied_migrations) - set(loader.disk_migrations) - replaced)
    if unknown:
        raise DatabaseNewer(
            f"The database was last used by a newer Heliograph ({'.'.join(unknown[-1])} is not known here). "
            f"Run that version, or restore a backup of this one into an empty folder: heliograph restore FILE"
        )


def _refuse_empty_beside_files(loader: "MigrationLoader") -> None:
    """Raise `DatabaseMissing` where nothing was ever applied, and the home has files of another database."""
    from django.conf import settings

    files = settings.HELIOGRAPH.home / "files"
    if not loader.applied_migrations and files.is_dir() and any(files.iterdir()):
        raise DatabaseMissing(
            f"{settings.HELIOGRAPH.home} has files, and the database is empty. "
            f"Check DATABASE_URL, or restore a backup into an empty folder and database: "
            f"heliograph restore FILE"
        )


def _refuse_another_home(home: Path) -> None:
    """Raise `DatabaseOfAnotherHome` where the database has another id than the home, or one and the home has
    files and none.

    A database without an id gets the home's, and a home without one the database's.
    """
    from heliograph.core.models import Installation

    file, files = home / INSTALLATION, home / "files"
    known = parse_id(file.read_text().strip()) if file.exists() else None
    installation = Installation.objects.first()
    if installation is None:
        installation = Installation.objects.create(id=known or new_id())
    elif known != installation.id and (known or (files.is_dir() and any(files.iterdir()))):
        raise DatabaseOfAnotherHome(
            f"The database of DATABASE_URL belongs to another installation than the files in {home}. Check "
            f"both. To use them together on purpose, write {installation.id} into the file {file}"
        )
    file.write_text(f"{installation.id}\n")
