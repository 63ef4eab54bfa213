"""Append-only tables by month: rows land in the month of their id; none is lost where no month was made."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine
from django.db import connection

from heliograph.audit.actions import record
from heliograph.audit.models import Entry
from heliograph.core.actor import system
from heliograph.core.database.partitions import ensure_months
from heliograph.core.ids import new_id

TABLE = "audit_entry"
pytestmark = pytest.mark.django_db


def partitions() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, pg_get_expr(c.relpartbound, c.oid)
              FROM pg_inherits i
              JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = %s::regclass
            """,
            [TABLE],
        )
        return dict(cursor.fetchall())


def where(entry_id: UUID) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text FROM {TABLE} WHERE id = %s", [entry_id])
        return cursor.fetchone()[0]


def written() -> Entry:
    record(system(new_id()), "tested", "thing", None, "A thing")
    return Entry.objects.latest("id")


def test_this_month_and_the_next_three_are_made_across_the_turn_of_the_year():
    with time_machine.travel(datetime(2031, 11, 30, 23, 59, tzinfo=UTC)):
        ensure_months([TABLE])
    made = {name for name in partitions() if name > f"{TABLE}_2031" and name < f"{TABLE}_2033"}
    assert made == {f"{TABLE}_{month}" for month in ("203111", "203112", "203201", "203202")}


def test_months_join_without_a_gap():
    with time_machine.travel(datetime(2031, 11, 1, tzinfo=UTC)):
        ensure_months([TABLE])
    bounds = [partitions()[f"{TABLE}_{month}"] for month in ("203111", "203112", "203201", "203202")]
    ends = [bound.split("'")[3] for bound in bounds]
    assert [bound.split("'")[1] for bound in bounds[1:]] == ends[:-1]


def test_making_them_again_changes_nothing():
    ensure_months([TABLE])
    before = partitions()
    ensure_months([TABLE])
    assert partitions() == before


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2031, 11, 1, tzinfo=UTC),
        datetime(2031, 11, 30, 23, 59, 59, 999_000, tzinfo=UTC),
        datetime(2032, 2, 29, 12, tzinfo=UTC),
    ],
)
def test_a_row_lies_in_the_month_of_its_id(moment):
    with time_machine.travel(datetime(2031, 11, 15, tzinfo=UTC)):
        ensure_months([TABLE])
    first_of_moment = UUID(int=int(moment.timestamp() * 1000) << 80)
    entry = Entry.objects.create(
        id=first_of_moment,
        organization_id=new_id(),
        actor_kind="system",
        actor_label="",
        verb="",
        subject_kind="",
        subject_label="",
        at=moment,
    )
    assert where(entry.id) == f"{TABLE}_{moment:%Y%m}"


def test_a_row_without_a_month_is_kept_all_the_same():
    far = UUID(int=int(datetime(2050, 1, 1, tzinfo=UTC).timestamp() * 1000) << 80)
    Entry.objects.create(
        id=far,
        organization_id=new_id(),
        actor_kind="system",
        actor_label="",
        verb="",
        subject_kind="",
        subject_label="",
        at=datetime.now(UTC),
    )
    assert where(far) == f"{TABLE}_default"


def test_a_month_made_too_late_takes_over_its_rows():
    moment = datetime(2031, 11, 15, tzinfo=UTC)
    late = UUID(int=int(moment.timestamp() * 1000) << 80)
    Entry.objects.create(
        id=late,
        organization_id=new_id(),
        actor_kind="system",
        actor_label="",
        verb="",
        subject_kind="",
        subject_label="",
        at=moment,
    )
    assert where(late) == f"{TABLE}_default"
    with time_machine.travel(moment):
        ensure_months([TABLE])
    assert where(late) == f"{TABLE}_203111"


def test_what_is_written_today_does_not_end_in_the_default_partition():
    ensure_months([TABLE])
    assert where(written().id) == f"{TABLE}_{datetime.now(UTC):%Y%m}"
