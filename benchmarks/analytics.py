"""Analytics: the page of an organization with many sessions against the same page with few, over the same 90
days.

The many are a million, or as many as BENCH_SESSIONS says: ten million take an hour to make and roll up where
others work too, and 12 GB.
"""

import http.cookiejar
import os
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from statistics import median

import psycopg

from benchmarks.figure import figure
from benchmarks.server import Server, running

FEW, MANY = 100_000, int(os.environ.get("BENCH_SESSIONS", "1000000"))
FEW_DISPATCHES, MANY_DISPATCHES, SESSIONS_OF_DISPATCH = 8, 400, 500
# Each leaves the first customer's dispatch only, whose figures are the same however many others there are.
FILTERS = {
    "customer": "destination=customer-0",
    "course and customer": "course=course&destination=customer-0",
    "LMS": "lms=course-customer-0.example",
}
CUSTOMERS, SESSIONS_OF_ONE, DAYS, VIEWS = 8, 10, 90, 40

_MAKE = """
-- Without triggers, which would take too long for so many rows.
SET session_replication_role = replica;

-- Learners, spread over the customers.
INSERT INTO runtime_learner (id, organization_id, realm, identifier, name, email, created_at)
SELECT md5('learner' || n)::uuid, d.organization_id, d.destination_id, 'learner-' || n, '', '', now()
  FROM generate_series({first}, {last}) n
  JOIN numbered d ON d.number = n % {customers};

-- A registration of each: every second one completed, every fourth one passed.
INSERT INTO runtime_registration
       (id, organization_id, key, course_id, learner_id, dispatch_id,
        purpose, attempt_number, launch_count,
        created_at, first_launched_at, completed_at,
        completion, success, total_centiseconds)
SELECT md5('registration' || n)::uuid, d.organization_id, 'key-' || n, d.course_id,
       md5('learner' || n)::uuid, d.id,
       'learning', 1, 1,
       now() - n % {days} * interval '1 day', now(),
       CASE WHEN n % 2 = 0 THEN now() - n % {days} * interval '1 day' END,
       CASE WHEN n % 2 = 0 THEN 'completed' ELSE 'incomplete' END,
       CASE WHEN n % 4 = 0 THEN 'passed' ELSE 'unknown' END, 0
  FROM generate_series({first}, {last}) n
  JOIN numbered d ON d.number = n % {customers};

-- Their sessions, at moments that a hash spreads over the days, the same in every run.
INSERT INTO dispatch_session
       (id, organization_id, dispatch_id, deployment_id, registration_id, embedded, unconfirmed, folder,
        learner_identifier, learner_name, learner_email,
        launched_at, last_activity_at, ended_at,
        completion, success, score_scaled, centiseconds, data, sequence)
SELECT uuidv7(), d.organization_id, d.id, d.deployment_id, md5('registration' || n)::uuid, true, false, '',
       'learner-' || n, '', '',
       at, at, at,
       CASE WHEN n % 2 = 0 THEN 'completed' ELSE 'incomplete' END,
       CASE WHEN n % 4 = 0 THEN 'passed' ELSE 'unknown' END, n % 100 / 100.0, 6000, '{{}}', 1
  FROM generate_series({first}, {last}) n
  JOIN numbered d ON d.number = n % {customers},
       generate_series(1, {sessions}) visit,
       LATERAL (SELECT now() - abs(hashint8(n * 10 + visit)::bigint)
                             % ({days} * 86400) * interval '1 second' AS at) moment;

-- What the triggers would have put into the queue.
SET session_replication_role = origin;
INSERT INTO core_changequeue (organization_id, dispatch_id, registration_id, learner_id, registered_day)
SELECT organization_id, dispatch_id, id, learner_id, (created_at AT TIME ZONE 'UTC')::date
  FROM runtime_registration
 WHERE key IN (SELECT 'key-' || n FROM generate_series({first}, {last}) n);
INSERT INTO core_changequeue (organization_id, dispatch_id, registration_id, learner_id, day)
SELECT DISTINCT s.organization_id, s.dispatch_id, s.registration_id, r.learner_id,
       (s.launched_at AT TIME ZONE 'UTC')::date
  FROM dispatch_session s
  JOIN runtime_registration r ON r.id = s.registration_id
 WHERE r.key IN (SELECT 'key-' || n FROM generate_series({first}, {last}) n);
"""


def run() -> Iterator[str]:
    with running() as few, running() as many:
        _fill(few, FEW)
        seconds = _fill(many, MANY)
        paths = ("/admin/analytics/?period=90d", "/admin/dispatch/course-customer-0/analytics/?period=90d")
        for name, path in zip(("the organization", "one dispatch"), paths, strict=True):
            many_seconds, few_seconds = _view_in_turn((many, few), path)
            yield figure(
                f"analytics page of {name} over 90 days with {MANY:,} sessions, "
                f"in milliseconds beside {FEW:,}",
                many_seconds * 1000, few_seconds * 1000, "≤ 1.5×", at_most=1.5,
            )  # fmt: skip
        yield figure(
            f"sessions a second, rolled up for the first time, of {MANY:,}", MANY / seconds, 1, "stated"
        )
    yield from _filtered()


def _filtered() -> Iterator[str]:
    """The page with filters, beside the same page where there are fewer other dispatches."""
    with running() as few, running() as many:
        for server, dispatches in ((few, FEW_DISPATCHES), (many, MANY_DISPATCHES)):
            _fill(server, SESSIONS_OF_DISPATCH * dispatches, dispatches)
        for name, asked in FILTERS.items():
            many_seconds, few_seconds = _view_in_turn((many, few), f"/admin/analytics/?period=90d&{asked}")
            yield figure(
                f"analytics page filtered by {name} with {MANY_DISPATCHES} dispatches, "
                f"in milliseconds beside {FEW_DISPATCHES}",
                many_seconds * 1000, few_seconds * 1000, "≤ 1.5×", at_most=1.5,
            )  # fmt: skip


def _dispatches(server: Server, customers: int) -> None:
    for number in range(customers):
        destination = server.call("POST", "/api/destinations", {"name": f"Customer {number}"})
        server.call(
            "POST",
            "/api/dispatch",
            {"course": "course", "destination": destination["id"], "name": f"Dispatch {number}"},
        )
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        connection.execute(
            """
            INSERT INTO dispatch_deployment
                   (id, organization_id, dispatch_id, domain, name, lms_course,
                    suspended, stub_version, package_format,
                    launches, learners, first_launch_at, last_activity_at)
            SELECT gen_random_uuid(), organization_id, id, key || '.example', '', '',
                   false, '', '',
                   0, 0, now(), now()
              FROM dispatch_dispatch
            """
        )


def _fill(server: Server, sessions: int, customers: int = CUSTOMERS) -> float:
    """Make so many sessions, and wait until the worker has rolled them up; the seconds of that."""
    _dispatches(server, customers)
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        connection.execute(
            """
            CREATE TEMPORARY TABLE numbered AS
            SELECT d.*, p.id AS deployment_id, row_number() OVER (ORDER BY d.id) - 1 AS number
              FROM dispatch_dispatch d
              JOIN dispatch_deployment p ON p.dispatch_id = d.id
            """
        )
        numbers = {"customers": customers, "days": DAYS, "sessions": SESSIONS_OF_ONE}
        connection.execute(_MAKE.format(first=0, last=sessions // SESSIONS_OF_ONE - 1, **numbers))
        connection.execute("VACUUM ANALYZE")
        started = time.perf_counter()
        while connection.execute("SELECT 1 FROM core_changequeue LIMIT 1").fetchone() is not None:
            time.sleep(0.2)
        seconds = time.perf_counter() - started
        connection.execute("VACUUM ANALYZE")
    return seconds


def _view_in_turn(servers: tuple[Server, ...], path: str) -> list[float]:
    """The median seconds of the page in each server; in turn, because the machine's mood changes."""
    browsers = [_signed_in(server) for server in servers]
    times: list[list[float]] = [[] for _ in servers]
    for _ in range(VIEWS):
        for open_page, spent in zip(browsers, times, strict=True):
            begun = time.perf_counter()
            assert b"Activity over time" in open_page(path)
            spent.append(time.perf_counter() - begun)
    return [median(spent[2:]) for spent in times]


def _signed_in(server: Server) -> Callable[[str], bytes]:
    """Opens pages as the owner."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    origin = f"http://localhost:{server.port}"
    form = browser.open(f"{origin}/sign-in/").read().decode()
    secret = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert secret
    fields = {"csrfmiddlewaretoken": secret[1], "login": "owner@bench.example", "password": "long enough"}
    browser.open(f"{origin}/sign-in/", urllib.parse.urlencode(fields).encode())
    return lambda path: browser.open(origin + path).read()
