"""What this process wrote last for a launch, so that the next commit of the same launch need not read it
again.

A browser keeps its connection, so one process serves most of a sitting. The sequence number tells whether
another one came in between, and the attempt's revision refuses whatever was computed from a state that is no
longer so: what is kept here can be out of date, but never wrong for long.
"""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar
from uuid import UUID

Kept = TypeVar("Kept")
MOST_LAUNCHES, LARGEST = 2_000, 16_384  # 32 MB in each process at the very most


class CommitCache(Generic[Kept]):
    """One value for each of the latest launches; whoever takes it must write before anybody can take it
    again.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, launch_id: UUID) -> Kept | None:
        """What was kept for this launch; it is kept no longer."""
        with self._lock:
            return self._kept.pop(launch_id, None)

    def keep(self, launch_id: UUID, value: Kept, size: int) -> None:
        """Keep a value of ``size`` characters, unless it is large; the oldest gives way."""
        if size > LARGEST:
            return
        with self._lock:
            self._kept[launch_id] = value
            while len(self._kept) > MOST_LAUNCHES:
                self._kept.popitem(last=False)
