"""The page that tells what came of the leavings: the pools, each beside its goal and the bare course, then
every cell.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

from tests.leavings.plan import VALUES, Cell
from tests.leavings.play import Try

HOST_GOAL, LMS_GOAL = 0.99, 0.95
MOST_UNPLAYED = 0.01
WAYS = {
    "course_exit": "the course's own exit",
    "our_exit": "our Exit",
    "lms_exit": "the LMS's exit link",
    "closed": "tab or pop-up closed",
    "address": "another address",
    "back": "the browser's Back",
    "killed": "killed tab",
}
MOMENTS = {
    "at_once": "at once",
    "beforeunload": "`beforeunload`",
    "pagehide": "`pagehide`",
    "unload": "`unload`",
}
STANDARDS = {"scorm_12": "SCORM 1.2", "scorm_2004": "SCORM 2004"}
HEAD = """# What arrives when a learner leaves

Written by `make leavings`, which opens a course in the reference LMS in Chromium, leaves it, and asks the \
host and the LMS what they have: the
status, the score and the time (in the LMS where the session ends). A course reports once, *at once* (when \
it is done, more than a second
before a kill) or while its page goes. *Bare* is the same course in the same LMS without us. The LMS \
behaves as `moodle` or `outermost-first`
(which ends the session when its own page goes) by halves. Several browsers play at once \
(`LEAVINGS_WORKERS`) and slow each other: one alone also leaves pages
that have not loaded yet.

Goals: 99 of 100 on the host, 95 of 100 in the LMS. An LMS that takes the frame out of its page, and a \
leaving that somebody cancels, are tested
on their own (`tests/journeys/test_leavings.py`): there the host has the result, and the next launch \
repairs the LMS.
"""


def document(tries: list[Try], planned: int) -> tuple[str, list[str]]:
    """The page, and the pools that miss their goal; ``planned`` leavings make a whole run."""
    played = [tried for tried in tries if not tried.problem]
    failed = len(tries) - len(played)
    pools = _grouped(played, lambda cell: cell.pool)
    missed = [f"{pool}" for pool, tries in pools.items() if _misses(_ours(tries))]
    if failed > MOST_UNPLAYED * len(tries):
        missed.append(f"{failed} of {len(tries)} could not be played")
    notes = (
        f"\n{len(played)} of the {planned} leavings of a whole run were played."
        + (f" {failed} could not be opened in time, and count nowhere." if failed else "")
        + "\n"
    )
    return HEAD + notes + _pool_table(pools) + _cell_table(played), missed


def _misses(tries: list[Try]) -> bool:
    return bool(tries) and (_share(tries, "host") < HOST_GOAL or _share(tries, "lms") < LMS_GOAL)


def _pool_table(pools: dict[tuple[str, ...], list[Try]]) -> str:
    rows = [
        "",
        "## By way, moment and standard",
        "| leaves by | reports | standard | tries | host | LMS | bare in the LMS |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for (way, moment, standard), played in sorted(pools.items(), key=lambda item: _order(item[0])):
        ours, bare = _ours(played), [tried for tried in played if tried.cell.package == "bare"]
        words = [
            WAYS[way],
            MOMENTS[moment],
            STANDARDS[standard],
            str(len(ours)),
            _of(ours, "host"),
            _of(ours, "lms"),
            _of(bare, "lms"),
        ]
        rows.append(f"| {' | '.join(words)} |{' **below the goal**' if _misses(ours) else ''}")
    return "\n".join(rows) + "\n"


def _cell_table(tries: list[Try]) -> str:
    rows = [
        "\n## Every cell",
        "Host and LMS of hosted and embedded packages, and the LMS with the bare course, as arrived/tried.",
        "| leaves by | reports | standard | window | KB | LMS "
        "| hosted: host | LMS | embedded: host | LMS | bare: LMS |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    cells = _grouped(
        tries, lambda cell: (cell.way, cell.moment, cell.standard, cell.window, cell.kilobytes, cell.lms)
    )
    for key, played in sorted(cells.items(), key=lambda item: _order(item[0])):
        way, moment, standard, *rest = key
        by = {
            package: [tried for tried in played if tried.cell.package == package]
            for package in VALUES["package"]
        }
        words = [WAYS[way], MOMENTS[moment], STANDARDS[standard], *rest]
        words += [
            _of(by["hosted"], "host"),
            _of(by["hosted"], "lms"),
            _of(by["embedded"], "host"),
            _of(by["embedded"], "lms"),
            _of(by["bare"], "lms"),
        ]
        rows.append(f"| {' | '.join(words)} |")
    return "\n".join(rows) + "\n"


def _order(key: tuple[str, ...]) -> tuple[int, ...]:
    every = [value for values in VALUES.values() for value in values]
    return tuple(every.index(value) for value in key)


def _grouped(
    tries: Iterable[Try], key: Callable[[Cell], tuple[str, ...]]
) -> dict[tuple[str, ...], list[Try]]:
    groups: dict[tuple[str, ...], list[Try]] = defaultdict(list)
    for tried in tries:
        groups[key(tried.cell)].append(tried)
    return groups


def _ours(tries: list[Try]) -> list[Try]:
    return [tried for tried in tries if tried.cell.package != "bare"]


def _share(tries: list[Try], side: str) -> float:
    return sum(getattr(tried, side) for tried in tries) / len(tries)


def _of(tries: list[Try], side: str) -> str:
    return f"{sum(getattr(tried, side) for tried in tries)}/{len(tries)}" if tries else "–"
