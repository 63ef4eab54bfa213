"""What was written since figures were last counted: parts fill the queue with triggers of their own,
`insights` empties it.

A trigger calls the function `core_note_change` of the database, so that whoever writes a row, at whatever
time and in whatever way, has its day counted again. Each change leaves a row of its own, so no writer waits
for another.
"""

from typing import Final
from uuid import UUID

from django.db import connection

CREATE: Final = """
CREATE FUNCTION core_note_change(
  organization uuid, dispatch uuid, course uuid, registration uuid, learner uuid,
  active_day date, registered_day date
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO core_changequeue
         (organization_id, dispatch_id, course_id, registration_id, learner_id, day, registered_day)
  VALUES (organization, dispatch, course, registration, learner, active_day, registered_day);
$$;
"""
DROP: Final = "DROP FUNCTION core_note_change(uuid, uuid, uuid, uuid, uuid, date, date);"

_PREPARE = """
CREATE TEMPORARY TABLE IF NOT EXISTS taken_changes (
  dispatch_id uuid, course_id uuid, registration_id uuid, learner_id uuid, day date, registered_day date
) ON COMMIT DELETE ROWS
"""
_TAKE = """
WITH taken AS (
  DELETE FROM core_changequeue WHERE id IN (
    SELECT id FROM core_changequeue
     WHERE organization_id = %(organization)s AND (%(dispatch)s::uuid IS NULL OR dispatch_id = %(dispatch)s)
     ORDER BY id LIMIT %(most)s
  ) RETURNING dispatch_id, course_id, registration_id, learner_id, day, registered_day
), kept AS (
  INSERT INTO taken_changes SELECT DISTINCT * FROM taken
)
SELECT count(*) FROM taken
"""


def take(organization_id: UUID, dispatch_id: UUID | None, most: int) -> int:
    """Move up to ``most`` changes of an organization, or one of its dispatches, into the temporary table
    `taken_changes`.

    Returns how many there were. The table has each of them once, and is empty again after the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        cursor.execute("DELETE FROM taken_changes")
        cursor.execute(_TAKE, {"organization": organization_id, "dispatch": dispatch_id, "most": most})
        (taken,) = cursor.fetchone()
    return int(taken)


def not_waiting(organization_id: UUID, registrations: list[UUID]) -> list[UUID]:
    """Those of the registrations of which no change waits in the queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM unnest(%s::uuid[]) AS id
            EXCEPT
            SELECT registration_id FROM core_changequeue WHERE organization_id = %s
            """,
            [registrations, organization_id],
        )
        return [row[0] for row in cursor.fetchall()]
