"""Hosted packages: how many the builder makes in a second of CPU, and how many come over HTTP.

A package is put together from parts that were deflated before, and five are built while one is deflated
whole. At least three are asked for: with what a machine does in a second that has nothing to do.
"""

import http.client
import os
import time
import zlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from benchmarks.figure import figure
from benchmarks.server import running

BUILDS, DOWNLOADS = 20_000, 400
LEAST_BESIDE_DEFLATING = 3.0


def run() -> Iterator[str]:
    with running() as server:
        os.environ |= {"HELIOGRAPH_HOME": str(server.home), "HELIOGRAPH_PORT": str(server.port)}
        yield _builder()
        yield _over_http(server)


def _builder() -> str:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heliograph.config.settings")
    import django

    django.setup()
    from heliograph.dispatch.package import builder

    brand = {
        "name": "Northlight",
        "language": "de",
        "colors": {"accent": "#b45309"},
        "texts": {"de": {"left.title": "Geschafft!"}},
    }
    dispatch: Any = SimpleNamespace(
        course=SimpleNamespace(title="Working at height"),
        destination=SimpleNamespace(host="", identity="as_given", branding=brand),
        stub_key="k" * 26,
        course_id=SimpleNamespace(hex="0" * 32),
        branding={},
    )
    package = builder.build(dispatch, "scorm12")
    begun = time.process_time()
    for _ in range(BUILDS):
        builder.build(dispatch, "scorm12")
    rate = BUILDS / (time.process_time() - begun)
    begun = time.process_time()
    for _ in range(2000):
        zlib.compress(package, 9)
    from_scratch = 2000 / (time.process_time() - begun)
    return building_figure(rate, from_scratch)


def building_figure(rate: float, from_scratch: float) -> str:
    """Packages built in a second of CPU, beside how often one is deflated in that time."""
    return figure(
        "branded hosted packages per CPU second, beside deflating one from scratch",
        rate,
        from_scratch,
        f"≥ {LEAST_BESIDE_DEFLATING:g}×",
        at_least=LEAST_BESIDE_DEFLATING * from_scratch,
    )


def _over_http(server: Any) -> str:
    dispatch = _dispatch(server)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    headers = {"Host": f"localhost:{server.port}", "Authorization": f"Bearer {server.secret}"}

    def rate(path: str) -> float:
        begun = time.perf_counter()
        for _ in range(DOWNLOADS):
            connection.request("GET", path, headers=headers)
            assert connection.getresponse().read()
        return DOWNLOADS / (time.perf_counter() - begun)

    rate("/health")
    plain = rate("/api/org/meta")
    return figure(
        "packages per second over HTTP on one connection, beside the lightest API call",
        rate(f"/api/dispatch/{dispatch}/package"),
        plain,
        "stated",
    )


def _dispatch(server: Any) -> str:
    server.call("POST", "/api/destinations", {"name": "Brandt", "key": "brandt"})
    made = server.call("POST", "/api/dispatch", {"course": "course", "destination": "brandt"})
    return str(made["id"])
