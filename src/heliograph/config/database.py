"""The database, up and at this version: the embedded one is joined and migrated by itself, another one only when asked."""

import contextlib
from collections.abc import Iterator

from heliograph.config.environment import Environment
from heliograph.core.embedded_postgres import DatabaseUnavailable, EmbeddedPostgres
from heliograph.core.errors import Misconfigured

MIGRATING = 0x48454C49  # the advisory lock that lets one process migrate at a time


class NotMigrated(Misconfigured):
    code = "database_not_migrated"


@contextlib.contextmanager
def joined() -> Iterator[EmbeddedPostgres | None]:
    """The embedded database while the block runs; None where DATABASE_URL names another."""
    environment = Environment.read()
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
    """Apply what is missing; raises `NotMigrated` where that was not asked for, `DatabaseUnavailable` where no database answers."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    from heliograph.config.worker import PARTITIONED
    from heliograph.core.partitions import ensure_months

    settings.UPLOAD_FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
            try:
                executor = MigrationExecutor(connection)
                missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
                if missing and not migrate and not settings.HELIOGRAPH.embedded:
                    raise NotMigrated("The database is older than this Heliograph. Make a backup, then run: heliograph migrate")
                if missing:
                    call_command("migrate", verbosity=0, interactive=False)
                    ensure_months(PARTITIONED)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])
    except OperationalError as reason:
        advice = "Start Heliograph again" if settings.HELIOGRAPH.embedded else "Check DATABASE_URL"
        raise DatabaseUnavailable(f"The database does not answer: {str(reason).strip().splitlines()[0]}. {advice}.") from None
