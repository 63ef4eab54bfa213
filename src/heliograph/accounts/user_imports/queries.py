"""Reading imports of users."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import QuerySet

from heliograph.accounts.errors import UserImportNotFound
from heliograph.accounts.models import UserImport, UserImportRow
from heliograph.accounts.user_imports import columns
from heliograph.accounts.user_imports.actions import stored_name
from heliograph.core.clock import now
from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext

KEPT_FOR = timedelta(days=30)
GROUPS_NAMED = 20  # of those that an import would make
WORKING = (UserImport.State.CHECKING, UserImport.State.APPLYING, UserImport.State.UNDOING)


def user_imports(organization_id: UUID) -> QuerySet[UserImport]:
    """The organization's imports of users, newest first; each is kept for 30 days."""
    return UserImport.objects.filter(organization_id=organization_id).order_by("-id")


def user_import(organization_id: UUID, import_id: str) -> UserImport:
    """One of them; raises `UserImportNotFound`."""
    by_id = parse_id(import_id)
    found = user_imports(organization_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise UserImportNotFound(gettext("Import of users not found."))
    return found


def wrong(user_import: UserImport) -> QuerySet[UserImportRow]:
    """The rows with wrong cells, as the file has them."""
    return user_import.rows.filter(verdict="wrong").order_by("number")


# Groups that are named by rows which would be applied, and are not there, by their names in lower case.
_NEW_GROUPS = """
WITH named AS (
  SELECT lower(g.name) AS key, min(g.name) AS name
    FROM accounts_userimportrow r CROSS JOIN jsonb_array_elements_text(r.groups) g(name)
   WHERE r.user_import_id = %(id)s AND r.verdict IN ('create', 'change')
   GROUP BY lower(g.name)
), new AS (
  SELECT name FROM named
   WHERE key NOT IN (SELECT lower(name) FROM accounts_group WHERE organization_id = %(organization)s)
)
SELECT (SELECT count(*) FROM new), ARRAY(SELECT name FROM new ORDER BY lower(name), name LIMIT %(most)s)
"""


class NewGroups(NamedTuple):
    """The groups that an import would make: how many, and the first of them by name."""

    total: int
    names: list[str]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.total - len(self.names)


def new_groups(user_import: UserImport) -> NewGroups:
    """The groups that would be made if the import were applied now."""
    with connection.cursor() as cursor:
        cursor.execute(
            _NEW_GROUPS,
            {"id": user_import.id, "organization": user_import.organization_id, "most": GROUPS_NAMED},
        )
        total, names = cursor.fetchone()
    return NewGroups(total, names)


def left(user_import: UserImport) -> QuerySet[UserImportRow]:
    """The rows that an undo could not take back wholly: changed since, gone, or used."""
    return user_import.rows.filter(outcome__in=("kept", "deactivated", "gone")).order_by("number")


def problems(rows: Iterator[UserImportRow] | QuerySet[UserImportRow]) -> Iterator[dict[str, str]]:
    """Each wrong cell: its ``row``, ``column``, ``value``, ``code`` and what to do as ``message``."""
    for row in rows:
        for problem in row.problems:
            yield {
                "row": str(row.number),
                "column": problem["column"],
                "value": problem["value"],
                "code": problem["code"],
                "message": str(columns.MESSAGES[problem["code"]]),
            }


def forget_old() -> None:
    """Delete imports that are over 30 days old, with their files."""
    old = UserImport.objects.filter(created_at__lt=now() - KEPT_FOR).exclude(state__in=WORKING)
    for user_import in old:
        default_storage.delete(stored_name(user_import))
        user_import.rows.all().delete()
        user_import.delete()
