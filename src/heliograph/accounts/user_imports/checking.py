"""Checking a file: its rows are staged as they stream by, then compared with the organization in sets."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Count

from heliograph.accounts import roles
from heliograph.accounts.models import UserImport, UserImportRow
from heliograph.accounts.user_imports import columns, reading
from heliograph.accounts.user_imports.actions import stored_name
from heliograph.core.clock import now

State = UserImport.State
ANALYZE = "ANALYZE accounts_userimportrow"
_COPY = """
COPY accounts_userimportrow
  (user_import_id, number, email, name, role, groups, problems, verdict, outcome, before) FROM STDIN
"""
# Of several rows with an address, the first one counts.
_REPEATED = """
UPDATE accounts_userimportrow r
   SET verdict = 'wrong',
       problems = r.problems || jsonb_build_array(
         jsonb_build_object('column', 'email', 'value', left(r.email, 200), 'code', 'email_repeated'))
  FROM (SELECT id, row_number() OVER (PARTITION BY email ORDER BY number) AS place
          FROM accounts_userimportrow WHERE user_import_id = %(id)s AND email <> '') numbered
 WHERE r.id = numbered.id AND numbered.place > 1
"""
# Members whom the file names: only what this organization knows of them is looked at.
_EXISTING = """
UPDATE accounts_userimportrow r
   SET membership_id = m.id,
       verdict = CASE
         WHEN m.role <> ALL(%(given)s::text[]) THEN 'wrong'
         WHEN NOT %(update)s THEN 'skip'
         WHEN (r.name <> '' AND r.name <> CASE WHEN m.name <> '' THEN m.name
                                               WHEN m.joined_at IS NOT NULL THEN u.name ELSE '' END)
           OR (r.role <> '' AND r.role <> m.role)
           OR EXISTS (SELECT FROM jsonb_array_elements_text(r.groups) named(name)
                       WHERE NOT EXISTS (SELECT FROM accounts_groupmember i
                                           JOIN accounts_group g ON g.id = i.group_id
                                          WHERE i.membership_id = m.id AND lower(g.name) = lower(named.name)))
         THEN 'change' ELSE 'unchanged' END,
       problems = CASE WHEN m.role <> ALL(%(given)s::text[])
         THEN r.problems || jsonb_build_array(
           jsonb_build_object('column', 'role', 'value', r.role, 'code', 'member_above'))
         ELSE r.problems END
  FROM accounts_user u
  JOIN accounts_membership m ON m.user_id = u.id AND m.organization_id = %(organization)s
 WHERE r.user_import_id = %(id)s AND r.verdict = 'create' AND lower(u.email) = r.email
"""
# Owners are not limited to a part of the organization.
_LIMITED_OWNER = """
UPDATE accounts_userimportrow r
   SET verdict = 'wrong',
       problems = r.problems || jsonb_build_array(
         jsonb_build_object('column', 'role', 'value', r.role, 'code', 'owner_limited'))
  FROM accounts_membership m
 WHERE r.user_import_id = %(id)s AND r.verdict = 'change' AND m.id = r.membership_id AND r.role = 'owner'
   AND (m.scope_folders <> '{}' OR m.scope_destinations <> '{}' OR m.scope_groups <> '{}')
"""
# Where no owner would be left, none of the rows that take the role away is right.
_LAST_OWNER = """
UPDATE accounts_userimportrow r
   SET verdict = 'wrong',
       problems = r.problems || jsonb_build_array(
         jsonb_build_object('column', 'role', 'value', r.role, 'code', 'last_owner'))
  FROM accounts_membership m
 WHERE r.user_import_id = %(id)s AND r.verdict = 'change' AND m.id = r.membership_id
   AND m.role = 'owner' AND r.role NOT IN ('', 'owner')
   AND NOT EXISTS (
     SELECT FROM accounts_membership o JOIN accounts_user u ON u.id = o.user_id
      WHERE o.organization_id = %(organization)s AND o.role = 'owner' AND o.is_active AND u.is_active
        AND (o.joined_at IS NOT NULL OR u.address_proven_at IS NOT NULL)
        AND NOT EXISTS (SELECT FROM accounts_userimportrow d
                         WHERE d.user_import_id = %(id)s AND d.verdict = 'change'
                           AND d.membership_id = o.id AND d.role NOT IN ('', 'owner')))
"""


def check(import_id: UUID) -> UserImport:
    """Read the file and say of each row what would be done; safe to repeat."""
    job = UserImport.objects.get(id=import_id)
    if job.state != State.CHECKING:
        return job
    try:
        with transaction.atomic(), NamedTemporaryFile(dir=settings.UPLOAD_FOLDER) as copy:
            return _stage(job, _local(job, copy))
    except reading.Refused as refusal:
        UserImport.objects.filter(id=job.id, state=State.CHECKING).update(
            state=State.REFUSED,
            error_code=refusal.code,
            error=str(refusal.sentence),
            error_source=getattr(refusal.sentence, "source", {}),
            finished_at=now(),
        )
        default_storage.delete(stored_name(job))
    job.refresh_from_db()
    return job


def _local(job: UserImport, copy: Any) -> Path:
    """The file on this machine's disk."""
    with default_storage.open(stored_name(job), "rb") as stored:
        while block := stored.read(2**20):
            copy.write(block)
    copy.flush()
    return Path(copy.name)


def _stage(job: UserImport, path: Path) -> UserImport:
    job = UserImport.objects.select_for_update().get(id=job.id)
    if job.state != State.CHECKING:
        return job
    rows = reading.rows(path, job.filename)
    job.headings = [heading.strip()[:100] for heading in next(rows, [])]
    if not any(job.headings):
        raise reading.Refused("empty")
    if len(job.mapping) != len(job.headings):
        job.mapping = columns.recognized(job.headings)
    if "email" not in job.mapping:
        job.state = State.UNMAPPED
        job.save()
        return job
    job.rows.all().delete()
    given = _given(job)
    known = {role.word: role.word in given for role in roles.all_roles(job.organization_id)}
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for line in _lines(job, rows, known):
            copy.write_row(line)
    _compare(job)
    job.counts = dict(
        UserImportRow.objects.filter(user_import=job).values_list("verdict").annotate(count=Count("id"))
    )
    job.total = sum(job.counts.values())
    job.state = State.READY
    job.save()
    return job


def _lines(job: UserImport, rows: Iterator[list[str]], known: dict[str, bool]) -> Iterator[tuple[Any, ...]]:
    """What COPY takes of each row; it asks the database nothing, which is busy with it."""
    for number, cells in enumerate(rows, 2):
        if not any(cell.strip() for cell in cells):
            continue
        row = columns.read(cells, job.mapping, known)
        verdict = "wrong" if row.problems else "create"
        groups, problems = json.dumps(row.groups), json.dumps(row.problems)
        yield (job.id, number, row.email, row.name, row.role, groups, problems, verdict, "", "{}")


def _given(job: UserImport) -> list[str]:
    """The roles that whoever imports may give, and take from people who have them."""
    return roles.words_within(job.organization_id, roles.granted(job.organization_id, job.role))


def _compare(job: UserImport) -> None:
    values: dict[str, Any] = {
        "id": job.id,
        "organization": job.organization_id,
        "update": job.update_existing,
        "given": _given(job),
    }
    with connection.cursor() as cursor:
        for statement in (
            _REPEATED,
            "ANALYZE accounts_userimportrow",
            _EXISTING,
            _LIMITED_OWNER,
            _LAST_OWNER,
        ):
            cursor.execute(statement, values)
