"""Roll-ups beside commits: 200 learners at once change their results, in a dispatch that has had a busy
day.
"""

import json
import time
from collections.abc import Iterator
from uuid import UUID

import psycopg

from benchmarks.commits import LEARNERS, Session, drive, opened
from benchmarks.figure import figure
from benchmarks.learners import FIRST_DISPATCH, ask, fill
from benchmarks.server import Server, running

BUSY, COMMITS, ROUNDS = 50_000, 40, 5


class _Scoring(Session):
    """Each commit changes what figures are counted from."""

    def values(self) -> list[list[str]]:
        score = ["cmi.core.score.raw", str(self.sequence % 101)]
        return [["cmi.core.lesson_status", "incomplete"], score, *super().values()]


def run() -> Iterator[str]:
    with running() as server:
        fill(server, BUSY, days=1, dispatch=FIRST_DISPATCH)
        with psycopg.connect(server.database_url) as connection:
            (dispatch,) = connection.execute(f"SELECT {FIRST_DISPATCH}").fetchone() or ()
        sessions: list[Session] = [_launch(server, dispatch, number) for number in range(LEARNERS)]
        ask(server, "benchmarks.rollups")
        committing = rolling_up = 0.0
        for _ in range(ROUNDS):
            started = time.perf_counter()
            drive(sessions, COMMITS)
            committing += time.perf_counter() - started
            rolling_up += ask(server, "benchmarks.rollups")
        yield figure(
            f"seconds of a roll-up after {COMMITS} commits of each of {LEARNERS} learners, in a dispatch "
            f"with {BUSY:,} others on that day, beside the seconds of the commits",
            rolling_up / ROUNDS,
            committing / ROUNDS,
            "≤ 1×",
            at_most=1.0,
            commits_a_second=round(ROUNDS * LEARNERS * COMMITS / committing),
        )


def _launch(server: Server, dispatch: UUID, number: int) -> Session:
    ask_for = {"learner": {"id": f"scoring-{number}"}}
    link = server.call("POST", f"/api/dispatch/{dispatch}/launch", ask_for)
    return _Scoring(server, opened(server, link["token"]))


def _roll_up() -> float:
    import django

    django.setup()
    from heliograph.insights import rollup

    started = time.perf_counter()
    rollup.roll_up()
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(_roll_up()))
