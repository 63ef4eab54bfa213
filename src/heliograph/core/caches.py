"""A cache that is bounded by what it holds and not by how many: what strangers upload differs in size by a
factor of thousands."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """The values that were asked for last, as many as fit into ``most`` bytes; the very last one is kept
    whatever its size.

    Sizes are the caller's estimates. For several threads.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        """The value, which now is the last one to go; None where it is not held."""
        with self._lock:
            value = self._values.get(key)
            if value is None:
                return None
            self._values.move_to_end(key)
            return value[0]

    def put(self, key: Key, value: Value, size: int) -> None:
        """Hold a value of ``size`` bytes in place of what was held under its key; the longest unused give
        way."""
        with self._lock:
            self._forget(key)
            self._values[key] = (value, size)
            self._held += size
            while self._held > self._most and len(self._values) > 1:
                self._forget(next(iter(self._values)))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self._held = 0

    def __len__(self) -> int:
        return len(self._values)

    def _forget(self, key: Key) -> None:
        if key in self._values:
            self._held -= self._values.pop(key)[1]
