"""A home of the last version before today's names: its tables, columns and words are renamed, and nothing
else changes.

Before the first release every part's migrations were made one, and British spelling and some riddles went
from tables, columns and stored words. A database from before is carried over as a whole or not at all, when
it is brought up to date: `legacy_names.sql`, then the triggers, functions and views of today's migrations.
"""

from importlib import resources
from typing import TYPE_CHECKING

from django.db import connection, migrations, transaction
from django.db.migrations.recorder import MigrationRecorder

from heliograph.core.errors import Misconfigured

if TYPE_CHECKING:
    from django.db.migrations.loader import MigrationLoader

# The last migration that each part had.
LAST = {
    ("accounts", "0003_invitations_and_sign_ins"),
    ("core", "0002_installation"),
    ("courses", "0003_names_as_the_zip_writes_them"),
    ("dispatch", "0016_few_previews"),
    ("insights", "0001_initial"),
    ("journal", "0004_forgetting_learners"),
    ("lrs", "0004_pipes"),
    ("runtime", "0009_journal_forgets_learners"),
}
INITIAL = "0001_initial"


class DatabaseSkipsAVersion(Misconfigured):
    """The database is of a version before the last one that this one knows."""

    code = "database_skips_a_version"


def is_from_before(loader: "MigrationLoader") -> bool:
    """Whether the database has the names of the versions before. Raises `DatabaseSkipsAVersion`."""
    applied = set(loader.applied_migrations)
    if ("journal", INITIAL) not in applied:
        return False
    if not applied >= LAST:
        raise DatabaseSkipsAVersion(
            "The database was last used by a Heliograph that this one cannot take over from. "
            "Start the last version before this one on it once "
            "(commit f5dd6e5 or later, before the names changed), then this one."
        )
    return True


@transaction.atomic
def carry_over(loader: "MigrationLoader") -> None:
    """Give the database the names of today; all of it, or nothing."""
    with connection.cursor() as cursor:
        cursor.execute(resources.files(__package__).joinpath("legacy_names.sql").read_text())
        for sql in _made_by_migrations(loader):
            cursor.execute(sql)


def _made_by_migrations(loader: "MigrationLoader") -> list[str]:
    """The SQL of the first migrations that now count as applied, in their order: triggers, functions, views.
    Parts that came later are migrated as usual.
    """
    applied = MigrationRecorder(connection).applied_migrations()
    ours = {
        key
        for key in loader.disk_migrations
        if key[1] == INITIAL and key in applied and _is_ours(loader.disk_migrations[key])
    }
    order = {
        key: None
        for leaf in loader.graph.leaf_nodes()
        for key in loader.graph.forwards_plan(leaf)
        if key in ours
    }
    return [
        str(operation.sql)
        for key in order
        for operation in loader.disk_migrations[key].operations
        if isinstance(operation, migrations.RunSQL)
    ]


def _is_ours(migration: migrations.Migration) -> bool:
    return type(migration).__module__.startswith("heliograph.")
