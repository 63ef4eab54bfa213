"""Whatever a stranger sends to a door that needs no sign-in, over real HTTP, is answered: by a refusal where
it is nonsense, never by our fault.
"""

import copy
import json
import re
import socket
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.conf import settings as django_settings
from django.urls import URLPattern, URLResolver, get_resolver
from tests.builders import build_package
from tests.journeys.product import Heliograph, Product

from heliograph.lrs.xapi.resources import _RESOURCES as XAPI

pytestmark = pytest.mark.slow
LONG = 100_000
SEGMENTS = (
    "%00", "a%00b", "%ED%A0%80", "%FF%FE", "a" * LONG, "9" * 400, "-1", "NaN",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..", "%0d%0aX:%201", "%5c", "%F0%9F%98%80", "'", "%25", "{}",
    "runtime/%2e%2e/%2e%2e/%2e%2e/secret", "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
VALUES = (
    "%00",
    "%ED%A0%80",
    "%FF",
    "a" * LONG,
    "9" * 400,
    "-1",
    "NaN",
    "1e999",
    "[" * 5000,
    "%7B%7D",
    "%22%5Cu0000%22",
)
NAMES = (
    "cursor", "limit", "search", "completion", "dispatch", "format", "session", "next", "since", "until",
    "registration", "agent", "activity", "verb", "statementId", "voidedStatementId", "activityId", "stateId",
    "profileId", "attachments", "method", "receipt", "page", "%00", "%FF",
)  # fmt: skip
METHODS = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "NONSENSE")
HEADERS: tuple[dict[str, str], ...] = (
    *({"X-Forwarded-For": value} for value in (
        "1.1.1.1, 2.2.2.2, 3.3.3.3, 4.4.4.4, 5.5.5.5", "nobody", "[::1", "a" * 9000, "1.1.1.1:1:1", "\xff",
    )),
    {"X-Forwarded-Proto": "\xff"},
    {"X-Forwarded-Host": "[::1"},
    *({"Authorization": value} for value in ("Bearer " + "a" * 9000, "Bearer session.a", "\xff")),
    *({"Authorization": value} for value in ("Basic AAA=", "Basic YQBiOmM=", "Bearer \xff", "Bearer a.b")),
    *({"Cookie": value} for value in ('heliograph="\\000abcdefghijk"', "heliograph=\xff")),
    *({"Cookie": value} for value in (
        "heliograph=" + "a" * 9000, "heliograph_csrf=\xff; heliograph=a%00b", "=;;=",
    )),
    *({"Content-Type": value} for value in (
        "multipart/form-data", "multipart/form-data; boundary=\xff", "application/json; charset=nonsense",
    )),
    *({"Content-Type": value} for value in (
        "text/html; charset=utf-16", "application/x-www-form-urlencoded; charset=nope", "\xff", "a" * 9000,
    )),
    *({"Content-Encoding": value} for value in ("gzip", "br", "\xff")),
    *({"Accept-Language": value} for value in ("de;q=nan, *;q=inf", "\xff", "a," * 4000)),
    *({"Range": value} for value in (
        "bytes=9999999999999999999-", "bytes=-0", "bytes=5-1", "\xff", "bytes=" + "9" * 400 + "-",
    )),
    *({"If-None-Match": value} for value in ("\xff", '"' * 500, "W/")),
    {"If-Modified-Since": "Sun, 99 Foo 99999 99:99:99 GMT"},
    {"Origin": "\xff"},
    {"Origin": "http://[::1"},
    {"Origin": "a" * 9000},
    {"Referer": "http://[::1"},
    {"Idempotency-Key": "\xff"},
    {"X-Experience-API-Version": "\xff"},
    {"Accept": "\xff"},
    {"HX-Request": "true", "HX-Current-URL": "http://[::1"},
    {"HX-Request": "true", "HX-Current-URL-URI-AutoEncoded": "true", "HX-Current-URL": "%ff%00"},
)  # fmt: skip
LEAVES: tuple[str, ...] = (
    "null", "true", "NaN", "Infinity", "-1", "1e999", "9" * 400, "-" + "9" * 400, "1.5",
    "9223372036854775808", '"\\u0000"', '"\\ud800"', f'"{"a" * LONG}"', '"' + "9" * 400 + '"', '"nan"',
    "[]", "{}", "[" * 400 + "]" * 400, '{"a":' * 400 + "1" + "}" * 400, '["\\u0000"]',
)  # fmt: skip
BODIES = (
    b"", b"\x00", b"\xff\xfe", b"null", b"[]", b"1", b'"a"', b"{", b"[" * LONG, b'{"a":' * LONG, b"NaN",
    b"9" * LONG, b'{"\\u0000": 1}', b"a=%00&b=%FF", b"%00=1", b"a=" + b"a" * LONG, b"--x\r\n\r\n--x--",
    b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16"),
)  # fmt: skip


class Stranger:
    """Sends bytes as they are; notes each answer that is our fault, and each connection that was closed
    without one.
    """

    def __init__(self, product: Product) -> None:
        self.product = product
        self.faults: list[str] = []

    def send(
        self, host: str, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> bytes:
        told = {
            "Host": f"{host}:{self.product.port}",
            "Content-Length": str(len(body)),
            "Connection": "close",
            **(headers or {}),
        }
        head = (
            f"{method} {target} HTTP/1.1\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in told.items())
            + "\r\n"
        )
        answer = b""
        with socket.create_connection(("127.0.0.1", self.product.port), timeout=60) as connection:
            try:
                connection.sendall(head.encode("latin-1") + body)
                while block := connection.recv(65_536):
                    answer += block
            except ConnectionError:
                pass  # refused before it was read to its end; what was answered until then counts
        status = answer[9:12]
        if not status.isdigit() or int(status) >= 500:
            self.faults.append(
                f"{method} {host} {target[:120]} {str(headers)[:120]} {body[:120]!r}: {answer[:300]!r}"
            )
        return answer


@pytest.fixture(scope="module")
def organization(product: Product) -> Heliograph:
    return Heliograph.of(product, "fuzzed")


@pytest.fixture
def stranger(product: Product) -> Iterator[Stranger]:
    made = Stranger(product)
    yield made
    assert not made.faults, (
        f"{len(made.faults)} of our faults:\n" + "\n".join(made.faults[:40]) + product.tail()
    )


@pytest.fixture(scope="module")
def doors(product: Product, organization: Heliograph) -> dict[str, Any]:
    """Every door of the content origin that reads a body, opened: its address, and a body that it takes."""
    course = organization.import_package(build_package(standard="scorm_2004"))
    dispatch, embedded = organization.dispatch(course), organization.dispatch(course, mode="embedded")
    hosted, inside = (_stub_key(organization, dispatched) for dispatched in (dispatch, embedded))
    # From now on its package may be played.
    organization.raw("GET", f"/dispatch/{embedded['id']}/package?mode=embedded")
    launch = {
        "learner": "anna", "name": "Anna", "email": "", "hashed": False, "keepsake": "",
        "mode": "normal", "credit": "credit", "entry": "",
        "stub": "1", "standard": "scorm12", "folder": "/", "sitting": str(uuid4()), "place": "",
        "mode_of_package": "hosted", "began_ago": 0, "scos": ["a.html"],
    }  # fmt: skip
    opened = _ask(product, f"/d/{hosted}/launch", launch)
    within = {**launch, "mode_of_package": "embedded", "sitting": str(uuid4())}
    told = _ask(product, f"/d/{inside}/launch", within)
    session = urlsplit(opened["url"]).path
    player = _ask(product, f"{session}open", {"embedder": ""})
    write = {
        "sequence": 1,
        "element": "cmi.location",
        "written": "1",
        "kept": "1",
        "accepted": True,
        "error": "0",
        "ago": 0,
    }
    state = {
        "completion": "incomplete", "success": "unknown",
        "score_scaled": 0.5, "score_raw": 5.0, "score_min": 0.0, "score_max": 10.0, "progress": 0.5,
        "centiseconds": 5, "elements": {"cmi.location": "1"}, "sco": "a.html",
        "unkept": [{"element": "a", "written": "b", "kept": "c", "error": "0"}],
    }  # fmt: skip
    events = {
        "token": told["callback"],
        "dispatch": "",
        "session": "",
        "events": [{"kind": "state", "sequence": 1, "ago": 0, "body": state}],
    }
    delivery = player["delivery"]["activity"]
    values = [["cmi.location", "1"], ["cmi.score.scaled", "0.5"], ["cmi.interactions.0.id", "a"]]
    commit = {
        "sequence": 1, "activity": delivery, "values": values,
        "calls": [[1, "SetValue", ["cmi.location", "1"], "true", 0]],
        "terminated": False, "event": {"kind": "continue", "target": None},
    }  # fmt: skip
    return {
        f"/d/{hosted}/launch": launch,
        f"/d/{inside}/launch": within,
        f"/d/{hosted}/receipts": {"token": opened["receipts"], "sitting": str(uuid4()), "writes": [write]},
        f"/d/{hosted}/events": events,
        f"{session}open": {"embedder": "https://lms.example"},
        f"{session}replay": {"launch": str(uuid4()), "commits": [commit]},
        f"/play/{player['token']}/commit": {"commits": [commit]},
        f"/play/{player['token']}/progress": {},
    }


def _stub_key(organization: Heliograph, dispatch: dict[str, Any]) -> str:
    package = ZipFile(
        BytesIO(organization.raw("GET", f"/dispatch/{dispatch['id']}/package?format=cmi5&mode=hosted"))
    )
    match = re.search(r"<launchParameters>(.*?)</launchParameters>", package.read("cmi5.xml").decode())
    assert match
    return match[1]


def _ask(product: Product, path: str, body: Any) -> Any:
    status, answer, _ = product.request("POST", path, json.dumps(body).encode(), host="127.0.0.1")
    assert status == 200, answer
    return json.loads(answer)


def addresses(urlconf: Any, prefix: str = "") -> Iterator[str]:
    """Every address of a list of views, with ``{}`` where something stands for something."""
    for pattern in urlconf:
        route = re.sub(r"<[^>]*>|\(\?P<[^)]*\)", "{}", str(pattern.pattern)).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, prefix + route)
        elif isinstance(pattern, URLPattern):
            yield "/" + prefix + route


CONTENT = sorted(set(addresses(get_resolver(django_settings.CONTENT_URLCONF).url_patterns)))
APP = sorted(set(addresses(get_resolver(django_settings.ROOT_URLCONF).url_patterns)))
STORE = [f"/xapi/{resource}" for resource in XAPI]
PLACES = [
    *(("127.0.0.1", path) for path in CONTENT),
    *(("localhost", path) for path in APP),
    *(("localhost", path) for path in STORE),
]
SOME = (
    "/",
    "/health",
    "/metrics",
    "/sign-in/",
    "/verify/",
    "/portal/{}/",
    "/share/{}/",
    "/api/openapi.json",
    "/api/token",
    "/xapi/about",
    "/xapi/statements",
)
POSTED = (
    "/sign-in/",
    "/verify/",
    "/sign-out/",
    "/api/token",
    "/api/token/refresh",
    "/api/token/revoke",
    "/api/dispatch/callback",
)


def leaves(body: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a document, the outer ones first."""
    yield ()
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in inner:
        yield from ((name, *rest) for rest in leaves(value))


def with_leaf(body: Any, way: tuple[Any, ...], leaf: str) -> bytes:
    """The document as JSON with one value written as ``leaf``."""
    mark = "@@leaf@@"
    changed = copy.deepcopy({"": body})
    place: Any = changed
    for step in ("", *way)[:-1]:
        place = place[step]
    place[("", *way)[-1]] = mark
    return json.dumps(changed[""]).replace(f'"{mark}"', leaf).encode()


def test_no_address_breaks_it(stranger: Stranger) -> None:
    for host, address in PLACES:
        for segment in SEGMENTS if "{}" in address else ("",):
            stranger.send(host, "GET", address.replace("{}", segment))
        if "{}" in address:
            stranger.send(host, "GET", address.replace("{}", "a", 1).replace("{}", "%00"))


def test_no_query_breaks_it(stranger: Stranger) -> None:
    for host, address in PLACES:
        known = address.replace("{}", "a")
        for value in VALUES:
            every = "&".join(f"{name}={value}" for name in NAMES)
            stranger.send(host, "GET", f"{known}?{every if len(value) < 1000 else f'search={value}'}")


def test_no_header_and_no_method_breaks_it(stranger: Stranger, doors: dict[str, Any]) -> None:
    some = [address for address in PLACES if address[0] == "127.0.0.1" or address[1] in SOME]
    for host, address in some:
        for headers in HEADERS:
            stranger.send(host, "GET", address.replace("{}", "a"), headers)
    for address, body in doors.items():
        for headers in HEADERS:
            stranger.send("127.0.0.1", "POST", address, headers, json.dumps(body).encode())
    for place, (host, address) in enumerate(PLACES):
        for number in range(3):  # of the seven, each with each kind of place
            stranger.send(host, METHODS[(place + number * 2) % len(METHODS)], address.replace("{}", "a"))
    for host in ("[::1", "a" * 300, "localhost:99999999", "", "127.0.0.1:x", "\xff", "localhost\x01"):
        for _, address in some:
            stranger.send("localhost", "GET", address.replace("{}", "a"), {"Host": host})


def test_no_body_breaks_it(stranger: Stranger, doors: dict[str, Any]) -> None:
    for host, address in [
        *(("127.0.0.1", path) for path in doors),
        *(("localhost", path) for path in POSTED),
    ]:
        for kind in (
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
        ):
            for body in BODIES:
                stranger.send(host, "POST", address, {"Content-Type": kind}, body)
    for host, address in PLACES:
        for kind in ("application/json", "application/x-www-form-urlencoded"):
            stranger.send(host, "POST", address.replace("{}", "a"), {"Content-Type": kind}, b"a=%00&b=%FF")


def test_no_value_in_a_body_breaks_it(stranger: Stranger, doors: dict[str, Any]) -> None:
    signing_in = {
        "/api/token": {"email": "a@example.org", "password": "b", "organization": "c"},
        "/api/token/refresh": {"refresh": "a"},
        "/api/token/revoke": {"refresh": "a"},
        "/api/dispatch/callback": next(
            body for address, body in doors.items() if address.endswith("/events")
        ),
    }
    for host, some in (("127.0.0.1", doors), ("localhost", signing_in)):
        for address, body in some.items():
            for way in leaves(body):
                for leaf in LEAVES:
                    stranger.send(
                        host,
                        "POST",
                        address,
                        {"Content-Type": "application/json"},
                        with_leaf(body, way, leaf),
                    )
    for name in ("login", "password", "next", "remember", "csrfmiddlewaretoken", "receipt", "%00"):
        for value in VALUES:
            for address in ("/sign-in/", "/verify/"):
                stranger.send(
                    "localhost",
                    "POST",
                    address,
                    {"Content-Type": "application/x-www-form-urlencoded"},
                    f"login=a@b.example&password=x&{name}={value}".encode(),
                )


def test_no_request_of_a_credential_breaks_the_record_store(
    stranger: Stranger, organization: Heliograph
) -> None:
    credential = organization.credential()
    agent, activity = {"mbox": "mailto:ada@example.org"}, "https://example.org/1"
    statement = {
        "id": str(uuid4()), "actor": {**agent, "name": "Ada"},
        "verb": {"id": "x:y", "display": {"en": "did"}},
        "object": {"id": activity, "definition": {"name": {"en": "One"}, "extensions": {"x:z": 1}}},
        "result": {
            "score": {"scaled": 0.5, "raw": 1, "min": 0, "max": 2},
            "success": True, "duration": "PT1S", "response": "a",
        },
        "context": {
            "registration": str(uuid4()), "platform": "a", "language": "en",
            "contextActivities": {"parent": [{"id": activity}]},
        },
        "timestamp": "2026-05-04T10:11:12Z",
    }  # fmt: skip
    for version in ("1.0.3", "2.0.0"):
        headers = {
            "Authorization": f"Bearer {credential['token']}",
            "X-Experience-API-Version": version,
            "Content-Type": "application/json",
        }
        for way in leaves(statement):
            for leaf in (
                *LEAVES,
                f'"x:{"a" * LONG}"',
                f'"https://example.org/{"9" * LONG}"',
                '"0000-00-00T00:00:00Z"',
                '"P' + "9" * 400 + 'Y"',
            ):
                stranger.send(
                    "localhost", "POST", "/xapi/statements", headers, with_leaf(statement, way, leaf)
                )
        for body in BODIES:
            for kind in ("application/json", "multipart/mixed; boundary=x", "multipart/mixed"):
                stranger.send(
                    "localhost", "POST", "/xapi/statements", {**headers, "Content-Type": kind}, body
                )
        whole = {
            "agent": json.dumps(agent), "activityId": activity, "stateId": "s", "profileId": "p",
            "registration": str(uuid4()), "verb": "x:y", "activity": activity, "limit": "1",
            "since": "2026-05-04T10:11:12Z", "until": "2026-05-04T10:11:12Z", "ascending": "true",
            "format": "canonical", "attachments": "true", "related_agents": "true",
            "related_activities": "true",
        }  # fmt: skip
        takes = {
            "statements": ("agent", "activity", "verb", "registration", "limit", "since", "until",
                           "ascending", "format", "attachments"),
            "activities": ("activityId",), "agents": ("agent",),
            "activities/state": ("activityId", "agent", "stateId", "registration"),
            "activities/profile": ("activityId", "profileId"), "agents/profile": ("agent", "profileId"),
        }  # fmt: skip
        for resource, names in takes.items():
            for name in names:
                for value in (
                    *VALUES,
                    quote(json.dumps({"mbox": f"mailto:{'a' * LONG}@example.org"})),
                    f"x:{'a' * LONG}",
                    "a%5Cu0000b",
                ):
                    query = "&".join(
                        f"{parameter}={value if parameter == name else quote(whole[parameter])}"
                        for parameter in names
                    )
                    for method, body in (
                        (("GET", b""), ("PUT", b"{}"))
                        if version == "1.0.3"
                        else (("POST", b'{"\\u0000": 1}'),)
                    ):
                        stranger.send(
                            "localhost",
                            method,
                            f"/xapi/{resource}?{query}",
                            {**headers, "If-None-Match": "*"},
                            body,
                        )
        for more in (
            "a",
            quote("é"),
            "W10",
            "W3t9LCIwIl0",
            "A" * LONG,
            "eyJhIjoxfQ",
            "W3siYSI6ICIifSwgIjAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwIl0",
        ):
            stranger.send("localhost", "GET", f"/xapi/statements/more/{more}", headers)


def test_no_key_and_no_token_is_in_the_log(
    product: Product, organization: Heliograph, stranger: Stranger, doors: dict[str, Any]
) -> None:
    registration, link = organization.launch_link(organization.import_package(build_package()), "zoe")
    token = urlsplit(link).path.rsplit("/", 1)[1]
    credential = organization.credential()
    secrets = {token, credential["secret"], credential["token"], organization.secret}
    secrets |= {part for address in doors for part in address.split("/") if len(part) > 20}
    secrets |= {body[name] for body in doors.values() for name in ("token",) if body.get(name)}
    for address in doors:
        for query in ("", "?token=" + token):
            stranger.send("127.0.0.1", "POST", address + query, {}, b"{")
            stranger.send("127.0.0.1", "GET", address + "/nothing" + query)
    for agent in ("one", "another"):
        stranger.send("localhost", "GET", f"/api/launch/{token}", {"User-Agent": agent})
    for path in (
        f"/api/nothing/{token}",
        f"/portal/{token}/",
        f"/share/{token}/",
        f"/nothing/{token}",
        f"/admin/courses/?token={token}",
    ):
        stranger.send("localhost", "GET", path, {"Authorization": f"Bearer {organization.secret}"})
    stranger.send(
        "localhost",
        "PUT",
        f"/xapi/statements?token={token}",
        {"Authorization": f"Bearer {credential['token']}"},
        b"{",
    )
    written = product.log.read_text(errors="replace")
    assert "[hidden]" in written, "refusals are logged"
    assert registration
    for secret in secrets:
        assert secret not in written
