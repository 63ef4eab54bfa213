"""`make leavings`: plays every meaningful leaving three times, each way × moment × standard until it has 100
tries.

It writes docs/protocols/leavings.md, and fails where a goal is missed.

`LEAVINGS_TRIES=20` makes the pools smaller, `LEAVINGS_WORKERS=6` plays more at once, and
`LEAVINGS_MINUTES=30` ends it after so long.
"""

import os
import random
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from tests.conftest import FLAGS, WHOLE_CHROMIUM
from tests.demo_lms.client import Lms
from tests.journeys.product import Heliograph, Product
from tests.leavings.plan import Cell, every_cell
from tests.leavings.play import Field, play
from tests.leavings.table import document

from heliograph.demo_lms.server import serve

PAGE = Path(__file__).parents[2] / "docs/protocols/leavings.md"


def main() -> int:
    tries_each = int(os.environ.get("LEAVINGS_TRIES", "100"))
    minutes = float(os.environ.get("LEAVINGS_MINUTES", "inf"))
    workers = int(os.environ.get("LEAVINGS_WORKERS", "4"))
    with tempfile.TemporaryDirectory(prefix="heliograph-leavings-") as folder:
        product = Product(Path(folder) / "home", HELIOGRAPH_OUTBOUND_PRIVATE="on")
        try:
            product.start()
            with serve(Path(folder) / "lms", host="localhost") as running:
                field = Field.prepare(Heliograph.of(product), Lms(running.url))
                tries = play(
                    field,
                    _cells(tries_each),
                    {"executable_path": WHOLE_CHROMIUM, "args": FLAGS},
                    workers,
                    minutes,
                )
        finally:
            product.destroy()
    text, missed = document(tries, len(_cells(100)))
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    return 1 if missed else 0


def _cells(tries_each: int) -> list[Cell]:
    """Each cell three times, and each pool of ours filled up; in a random order, so that a slow minute is
    nobody's alone.
    """
    times = min(3, tries_each)
    pools: dict[tuple[bool, str, str, str], list[Cell]] = defaultdict(list)
    for cell in every_cell():
        pools[(cell.package == "bare", *cell.pool)].append(cell)
    chosen = []
    for (bare, *_), cells in pools.items():
        some = [cell for cell in cells for _ in range(times)]
        rest = 0 if bare else max(0, tries_each - len(some))
        chosen += some[: max(tries_each, len(cells))] + [random.choice(cells) for _ in range(rest)]
    random.shuffle(chosen)
    return chosen


if __name__ == "__main__":
    sys.exit(main())
