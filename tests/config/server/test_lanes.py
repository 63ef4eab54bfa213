"""Threads that answer for an event loop: each asker hears of its own work, none waits for ever, and too many
are sent away.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable

import pytest

from heliograph.config.server import lanes
from heliograph.config.server.lanes import Lane
from heliograph.core.errors import Unavailable

WORKS = 500


class Late(deque[object]):
    """Lets other threads go on before it holds what it is given, as a system may at any time."""

    def append(self, item: object) -> None:
        time.sleep(0.0005)
        super().append(item)


def with_lane(work: Callable[[Lane], Awaitable[object]], threads: int = 4, **more: int) -> object:
    async def run() -> object:
        return await work(Lane(asyncio.get_running_loop(), "lane", threads, **more))

    return asyncio.run(run())


def test_nobody_waits_for_ever_whenever_a_thread_is_interrupted(monkeypatch):
    monkeypatch.setattr(lanes, "deque", Late)

    async def one_after_another(lane: Lane) -> int:
        return sum([await lane.run(lambda: 1) for _ in range(WORKS)])

    async def work(lane: Lane) -> list[int]:
        async with asyncio.timeout(60):  # what is lost is lost for ever
            return await asyncio.gather(*(one_after_another(lane) for _ in range(4)))

    assert with_lane(work) == [WORKS] * 4


def test_what_a_work_raises_its_asker_is_told():
    async def work(lane: Lane) -> object:
        with pytest.raises(ZeroDivisionError):
            await lane.run(lambda: 1 // 0)
        return await lane.run(lambda: "and the next is done")

    assert with_lane(work, threads=1) == "and the next is done"


def test_who_gave_up_keeps_nobody_else_from_hearing():
    begun, released = threading.Event(), threading.Event()

    def held() -> None:
        begun.set()
        released.wait(30)

    async def work(lane: Lane) -> object:
        given_up = lane.run(held)
        await asyncio.to_thread(begun.wait, 30)
        given_up.cancel()
        released.set()
        return await lane.run(lambda: "done")

    assert with_lane(work, threads=1) == "done"


def test_more_than_may_wait_are_told_to_come_back():
    begun, released = threading.Event(), threading.Event()

    def held() -> None:
        begun.set()
        released.wait(30)

    async def work(lane: Lane) -> object:
        first = lane.run(held)
        await asyncio.to_thread(begun.wait, 30)
        waiting = [lane.run(lambda: None) for _ in range(3)]
        with pytest.raises(Unavailable) as refused:
            lane.run(lambda: None)
        released.set()
        await asyncio.gather(first, *waiting)
        return refused.value.problem_code

    assert with_lane(work, threads=1, most_waiting=3) == "busy"
