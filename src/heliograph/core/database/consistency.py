"""Up to when everything that was written can be read."""

from datetime import datetime

from heliograph.core.database.prepared import PreparedStatement as Prepared


def consistent_through() -> datetime:
    """Everything written at this time or before can be read: the beginning of the oldest transaction that may
    still write something.

    A transaction that has written nothing for long only reads; PostgreSQL's own processes write none.
    """
    row = _CONSISTENT.row({})
    assert row is not None  # noqa: S101 - an aggregate always has a row
    moment: datetime = row[0]
    return moment


_CONSISTENT = Prepared("""
SELECT least(clock_timestamp(), min(xact_start)) - interval '2 milliseconds'
  FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
   AND state <> 'idle' AND backend_type = 'client backend'
   AND (backend_xid IS NOT NULL OR xact_start > clock_timestamp() - interval '10 seconds')
""")
