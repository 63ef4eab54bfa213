"""Counting for /metrics: nothing is counted twice, nothing is lost between two writes, and nobody waits for
it or fails by it.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import Error, connection, connections

from heliograph.core import counters
from heliograph.core.errors import NotFound, Unavailable
from heliograph.core.models import Counter


def times(name: str) -> int:
    return counters.totals().get(name, (0, 0.0))[0]


@pytest.mark.django_db
def test_a_block_is_done_refused_or_failed():
    before = [times(f"thing_{how}") for how in ("done", "refused", "failed")]
    with counters.measured("thing"):
        pass
    for problem in (NotFound("It is not there."), Unavailable("Not now."), ValueError()):
        with pytest.raises(type(problem)), counters.measured("thing"):
            raise problem
    assert [
        times(f"thing_{how}") - count
        for how, count in zip(("done", "refused", "failed"), before, strict=True)
    ] == [1, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_many_threads_count_every_time_whoever_writes(monkeypatch):
    monkeypatch.setattr(counters, "WRITE_EVERY", 0.0)
    before = times("thread")

    def work(_):
        for _ in range(25):
            counters.count("thread", 0.5)
        connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert times("thread") - before == 200
    assert Counter.objects.get(name="thread").seconds == 100


@pytest.mark.django_db(transaction=True)
def test_while_the_table_cannot_be_written_nobody_fails_and_nothing_is_lost(monkeypatch):
    monkeypatch.setattr(counters, "WRITE_EVERY", 0.0)
    before = times("patient")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_counter RENAME TO core_counter_away")
    try:
        counters.count("patient")
        with pytest.raises(Error):
            counters.totals()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE core_counter_away RENAME TO core_counter")
    assert times("patient") - before == 1
