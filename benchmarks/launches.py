"""Launching: from the API call to the first byte of the SCO."""

import http.client
import json
import time
from collections.abc import Iterator

from benchmarks.figure import figure, percentile
from benchmarks.packages import _dispatch
from benchmarks.server import Server, running

LAUNCHES = 200


def run() -> Iterator[str]:
    with running() as server:
        dispatch = _dispatch(server)
        for number in range(10):
            _launch(server, dispatch, f"warm-{number}")
        seconds = [_launch(server, dispatch, f"learner-{number}") for number in range(LAUNCHES)]
        health = [_timed(lambda: server.call("GET", "/api/org/meta")) for _ in range(LAUNCHES)]
        yield figure(
            "milliseconds from the launch call to the SCO's first byte, p99, "
            "beside five of the lightest API call",
            percentile(seconds, 0.99) * 1000, 5 * percentile(health, 0.99) * 1000, "stated",
            median=round(percentile(seconds, 0.5) * 1000, 1),
        )  # fmt: skip


def _launch(server: Server, dispatch: str, learner: str) -> float:
    begun = time.perf_counter()
    link = server.call("POST", f"/api/dispatch/{dispatch}/launch", {"learner": {"id": learner}})
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", f"/api/launch/{link['token']}", headers={"Host": f"localhost:{server.port}"})
    answer = connection.getresponse()
    answer.read()
    session = answer.headers["Location"].rstrip("/").rsplit("/", 1)[1]
    content = {"Host": f"127.0.0.1:{server.port}"}
    connection.request("GET", f"/play/{session}/", headers=content)
    connection.getresponse().read()
    connection.request("POST", f"/play/{session}/open", "{}", content)
    opened = json.loads(connection.getresponse().read())
    connection.request("GET", opened["delivery"]["url"], headers=content)
    assert connection.getresponse().read(1)
    return time.perf_counter() - begun


def _timed(call: object) -> float:
    begun = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - begun
