"""Chores that come often: one worker at a time does each, and no failure ends them."""

import logging
import threading

import pytest
from django.db import OperationalError, connection
from procrastinate.contrib.django import app as jobs

from heliograph.core.background import chores
from heliograph.core.background.chores import Chore, alone_with, do

pytestmark = pytest.mark.django_db(transaction=True)


def in_another_worker(work) -> None:
    """By a thread, which has a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_it_is_done_each_time_it_is_asked_for():
    done = []
    chore = Chore("count", 1, lambda: done.append(1))
    do(chore)
    do(chore)
    assert done == [1, 1]


def test_another_worker_leaves_alone_what_one_is_doing_and_nothing_else():
    done = []

    def work() -> None:
        in_another_worker(lambda: do(Chore("same", 1, lambda: done.append("same"))))
        in_another_worker(lambda: do(Chore("other", 1, lambda: done.append("other"))))

    do(Chore("same", 1, work))
    assert done == ["other"]
    do(Chore("same", 1, lambda: done.append("later")))
    assert done == ["other", "later"]


@pytest.mark.parametrize(
    ("reason", "said"),
    [(ValueError("what is wrong"), "chore frail"), (OperationalError("gone away"), "database is away")],
)
def test_what_fails_is_told_and_comes_again(caplog, reason, said):
    tries = []

    def work() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise reason

    with caplog.at_level(logging.WARNING):
        do(Chore("frail", 1, work))
    assert said in caplog.text
    do(Chore("frail", 1, work))
    assert len(tries) == 2


def test_a_lost_connection_is_replaced_and_its_lock_is_gone():
    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    done = []

    def both() -> None:
        do(Chore("fatal", 1, work))
        do(Chore("fatal", 1, lambda: done.append(1)))

    in_another_worker(both)
    assert done == [1]


def test_who_waits_has_its_turn_when_the_other_is_done():
    order = []

    def work() -> None:
        with alone_with("shared", wait=True):
            order.append("second")
        connection.close()

    with alone_with("shared", wait=False) as mine:
        assert mine
        waiting = threading.Thread(target=work)
        waiting.start()
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_all_that_must_come_often_does():
    jobs.perform_import_paths()  # as the worker does
    assert {chore.name: chore.seconds for chore in chores.CHORES} == {
        "assignments.remind": 60,
        "marketplace.complete_courses": 5,
        "marketplace.payments": 2,
        "runtime.emit_events": 5,
        "delivery.enqueue_due": 10,
        "dispatch.follow_postbacks": 10,
        "dispatch.emit_statements": 10,
        "lrs.begin_pipes": 2,
        "lrs.count_statements": 10,
        "runtime.emit_statements": 10,
    }
