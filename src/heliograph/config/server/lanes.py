"""Threads for what has arrived whole: a lane each for what must never wait for the rest."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from heliograph.core.errors import Unavailable

Result = TypeVar("Result")
MOST_WAITING: Final = 1_000


class Lane:
    """So many threads, and the work that waits for them, oldest first."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, name: str, threads: int, most_waiting: int = MOST_WAITING
    ) -> None:
        self._loop = loop
        self._most_waiting = most_waiting
        self._waiting: SimpleQueue[tuple[asyncio.Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._done: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._woken = False
        for number in range(threads):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def run(self, work: Callable[[], Result]) -> "asyncio.Future[Result]":
        """What ``work`` returns, done by one of the threads.

        Raises `Unavailable` where too much waits already.
        """
        if self._waiting.qsize() >= self._most_waiting:
            raise Unavailable(
                "This server has too much to do at the moment. Try again in a few seconds.", code="busy"
            )
        future: asyncio.Future[Result] = self._loop.create_future()
        self._waiting.put((future, work))
        return future

    def _work(self) -> None:
        while True:
            future, work = self._waiting.get()
            try:
                result, failure = work(), None
            except BaseException as reason:
                result, failure = None, reason
            self._done.append((future, result, failure))
            if not self._woken:  # else the loop is still to come, and takes this along
                self._woken = True
                self._loop.call_soon_threadsafe(self._resolve_waiting)
            del future, work, result, failure

    def _resolve_waiting(self) -> None:
        self._woken = False  # before it looks: who comes after that wakes it again
        while self._done:
            future, result, failure = self._done.popleft()
            if future.done():
                continue
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)
