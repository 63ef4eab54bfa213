"""Many learners of an organization, with attempts, openings and answers, made by SQL; and what a process that
looks at them needs.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import psycopg

from benchmarks.server import Server

COURSES, CUSTOMERS, DAYS, QUESTIONS, ACTIVITIES = 8, 4, 90, 5, 3
EACH = 4  # registrations of each member, as learners with the member's address
_LIKE_THE_FIRST = """
INSERT INTO {table}
SELECT (jsonb_populate_record(first, {changes})).*
  FROM {table} first, generate_series(1, {number}) n
 WHERE first.id = (SELECT id FROM {table} ORDER BY id LIMIT 1)
"""
_COPIES = (
    (
        "courses_course",
        COURSES,
        "jsonb_build_object('id', md5('course' || n)::uuid, 'key', 'course-' || n, 'title', 'Course ' || n,"
        " 'published_id', NULL)",
    ),
    (
        "dispatch_destination",
        CUSTOMERS,
        "jsonb_build_object('id', md5('customer' || n)::uuid, 'key', 'customer-' || n,"
        " 'name', 'Customer ' || n)",
    ),
    (
        "dispatch_dispatch",
        COURSES * CUSTOMERS,
        "jsonb_build_object('id', md5('dispatch' || n)::uuid, 'key', 'number-' || n, 'stub_key', 'key-' || n,"
        f" 'course_id', md5('course' || 1 + n % {COURSES})::uuid,"
        f" 'destination_id', md5('customer' || 1 + n / {COURSES} % {CUSTOMERS})::uuid)",
    ),
)
_MAKE = f"""
-- Without triggers, which would take too long for so many rows.
SET session_replication_role = replica;

-- Each dispatch is played in an LMS of its own.
INSERT INTO dispatch_deployment
       (id, organization_id, dispatch_id, domain, name, lms_course, suspended, stub_version, package_format,
        launches, learners, first_launch_at, last_activity_at)
SELECT id, organization_id, id, key || '.example', '', '', false, '3', 'scorm12', 0, 0, now(), now()
  FROM dispatch_dispatch;

CREATE TEMPORARY TABLE made AS
SELECT n, o.id AS organization_id, md5('learner' || n)::uuid AS learner_id,
       md5('registration' || n)::uuid AS registration_id, md5('attempt' || n)::uuid AS attempt_id,
       v.id AS version_id, d.course_id, CASE WHEN n % 5 > 0 THEN d.id END AS dispatch_id,
       now() - abs(hashint8(n)::bigint) % ({{days}} * 86400) * interval '1 second' AS created_at,
       -- 0 is registered only, 1 and 2 have begun, 3 has completed, 4 and 5 have passed, 6 has failed.
       abs(hashint8(n * 7 + 1)) % 7 AS stage, abs(hashint8(n * 7 + 2)) % 101 AS skill
  FROM generate_series(1, {{number}}) n
  CROSS JOIN (SELECT id FROM accounts_organization LIMIT 1) o
  CROSS JOIN (SELECT id FROM courses_courseversion LIMIT 1) v
  JOIN dispatch_dispatch d
    ON d.id = {{dispatch}};

INSERT INTO runtime_learner (id, organization_id, realm, identifier, name, email, created_at)
SELECT learner_id, organization_id, organization_id, 'learner-' || n, '',
       'User-' || (n - 1) / {EACH} + 1 || '@Bench.example', created_at
  FROM made;

INSERT INTO runtime_registration
       (id, organization_id, key, course_id, learner_id, dispatch_id, purpose, attempt_number, launch_count,
        created_at, first_launched_at, last_activity_at, completed_at, completion, success, progress,
        score_scaled, total_centiseconds)
SELECT registration_id, organization_id, 'made-' || n, course_id, learner_id, dispatch_id, 'learning', 1, 1,
       created_at, CASE WHEN stage > 0 THEN created_at + interval '1 minute' END,
       CASE WHEN stage > 0 THEN created_at + interval '1 hour' END,
       CASE WHEN stage > 2
            THEN created_at + (60 + abs(hashint8(n * 7 + 4)) % 500000) * interval '1 second' END,
       CASE WHEN stage > 2 THEN 'completed' WHEN stage > 0 THEN 'incomplete' ELSE 'not attempted' END,
       CASE stage WHEN 4 THEN 'passed' WHEN 5 THEN 'passed' WHEN 6 THEN 'failed' ELSE 'unknown' END,
       CASE stage WHEN 1 THEN 0.2 WHEN 2 THEN 0.6 END, CASE WHEN stage > 3 THEN skill / 100.0 END, 0
  FROM made;

-- Who has begun was there once, and their LMS has the result; of one in two hundred another one.
INSERT INTO dispatch_session
       (id, organization_id, dispatch_id, deployment_id, registration_id, embedded, unconfirmed, folder,
        learner_identifier, learner_name, learner_email, launched_at, last_activity_at, ended_at,
        completion, success, score_scaled, centiseconds, data, sequence)
SELECT uuidv7(), r.organization_id, r.dispatch_id, r.dispatch_id, r.id, false, false, '',
       'learner-' || m.n, '', '', r.first_launched_at, r.last_activity_at, r.last_activity_at,
       r.completion, r.success, r.score_scaled, 6000, '{{{{}}}}', 1
  FROM made m JOIN runtime_registration r ON r.id = m.registration_id
 WHERE m.stage > 0 AND m.dispatch_id IS NOT NULL;
INSERT INTO dispatch_lmsresult (registration_id, organization_id, dispatch_id, standard, written_at, values)
SELECT s.registration_id, s.organization_id, s.dispatch_id, 'scorm12', s.last_activity_at,
       jsonb_build_object(
         'cmi.core.lesson_status',
         jsonb_build_array(CASE WHEN r.success <> 'unknown' THEN r.success ELSE r.completion END,
                           abs(hashint8(m.n * 7 + 5)) % 200 > 0),
         'cmi.core.score.raw', jsonb_build_array((100 * r.score_scaled)::text, true))
  FROM made m JOIN dispatch_session s ON s.registration_id = m.registration_id
  JOIN runtime_registration r ON r.id = m.registration_id;

INSERT INTO runtime_attempt
       (id, organization_id, registration_id, number, version_id, tree, revision, created_at,
        completion, success, progress, score_scaled, total_centiseconds)
SELECT m.attempt_id, m.organization_id, m.registration_id, 1, m.version_id, '{{{{}}}}', 0, m.created_at,
       r.completion, r.success, r.progress, r.score_scaled, 0
  FROM made m JOIN runtime_registration r ON r.id = m.registration_id;

INSERT INTO runtime_activitystate
       (id, organization_id, attempt_id, identifier, data, session, session_open, updated_at)
SELECT uuidv7(), organization_id, attempt_id, 'activity-' || (part + n % 2) % {ACTIVITIES},
       '{{{{}}}}', 1, false, created_at
  FROM made, generate_series(1, {ACTIVITIES}) part
 WHERE stage > 2 OR (stage > 0 AND part <= stage)
 ORDER BY n, part;

INSERT INTO runtime_question
       (id, organization_id, course_id, activity, identifier, kind, text, correct_responses)
SELECT md5(c.id || 'question' || q)::uuid, c.organization_id, c.id, 'activity-2', 'question-' || q, 'choice',
       '', '[]'
  FROM courses_course c, generate_series(1, {QUESTIONS}) q;
INSERT INTO runtime_answer
       (id, organization_id, registration_id, question_id, within, response, correct, answered_at)
SELECT gen_random_uuid(), m.organization_id, m.registration_id, md5(m.course_id || 'question' || q)::uuid,
       m.attempt_id, substr('abcd', 1 + lot.luck % 4, 1), lot.luck % 101 <= m.skill, m.created_at
  FROM made m, generate_series(1, {QUESTIONS}) q,
       LATERAL (SELECT abs(hashint8(m.n * 31 + q)) AS luck) lot
 WHERE m.stage > 2 AND lot.luck % 10 > 0;

-- What the triggers would have put into the queue.
SET session_replication_role = origin;
INSERT INTO core_changequeue
       (organization_id, dispatch_id, course_id, registration_id, learner_id, registered_day)
SELECT organization_id, dispatch_id, course_id, registration_id, learner_id,
       (created_at AT TIME ZONE 'UTC')::date
  FROM made;
INSERT INTO core_changequeue (organization_id, dispatch_id, registration_id, learner_id, day)
SELECT m.organization_id, m.dispatch_id, m.registration_id, m.learner_id,
       (s.launched_at AT TIME ZONE 'UTC')::date
  FROM made m JOIN dispatch_session s ON s.registration_id = m.registration_id;
"""
_SOME_DISPATCH = f"md5('dispatch' || 1 + abs(hashint8(n * 7 + 3)) % {COURSES * CUSTOMERS})::uuid"
FIRST_DISPATCH = "(SELECT id FROM dispatch_dispatch WHERE key NOT LIKE 'number-%')"
_MEMBERS = """
INSERT INTO accounts_user
SELECT (jsonb_populate_record(first, jsonb_build_object(
          'id', md5('user' || n)::uuid, 'email', 'user-' || n || '@bench.example'))).*
  FROM accounts_user first, generate_series(1, {number}) n
 WHERE first.id = (SELECT id FROM accounts_user LIMIT 1);
INSERT INTO accounts_membership
SELECT (jsonb_populate_record(first, jsonb_build_object(
          'id', md5('member' || n)::uuid, 'user_id', md5('user' || n)::uuid, 'role', 'reporter'))).*
  FROM accounts_membership first, generate_series(1, {number}) n
 WHERE first.id = (SELECT id FROM accounts_membership LIMIT 1);
"""
_GROUP = """
INSERT INTO accounts_group (id, organization_id, name, kind, key, created_at)
SELECT md5('group {size}')::uuid, id, 'Group of {size}', 'cohort', 'group-{size}', now()
  FROM accounts_organization LIMIT 1;
INSERT INTO accounts_groupmember (id, group_id, membership_id)
SELECT gen_random_uuid(), md5('group {size}')::uuid, md5('member' || n)::uuid
  FROM generate_series(1, {size}) n;
"""


def fill(
    server: Server,
    number: int,
    members: int = 0,
    groups: Sequence[int] = (),
    days: int = DAYS,
    dispatch: str = _SOME_DISPATCH,
) -> float:
    """Make so many registrations of the last ``days``, each of another learner, and wait until the worker has
    rolled them up; the seconds of that.

    Each of the ``members`` is `EACH` of the learners, and ``groups`` are of so many members. ``dispatch`` is
    an SQL expression of the row's number ``n``.
    """
    customer = server.call("POST", "/api/destinations", {"name": "First customer"})
    server.call("POST", "/api/dispatch", {"course": "course", "destination": customer["id"], "name": "First"})
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for table, copies, changes in _COPIES:
            connection.execute(_LIKE_THE_FIRST.format(table=table, changes=changes, number=copies))
        if members:
            connection.execute(_MEMBERS.format(number=members))
        for size in groups:
            connection.execute(_GROUP.format(size=size))
        connection.execute(_MAKE.format(number=number, days=days, dispatch=dispatch))
        connection.execute("VACUUM ANALYZE")
        started = time.perf_counter()
        while connection.execute("SELECT 1 FROM core_changequeue LIMIT 1").fetchone() is not None:
            time.sleep(0.2)
        seconds = time.perf_counter() - started
        connection.execute("VACUUM ANALYZE")
    return seconds


def ask(server: Server, module: str, *arguments: str) -> Any:
    """What a benchmark's module prints as JSON, in a process of its own beside the server."""
    environment = {**os.environ, "HELIOGRAPH_HOME": str(server.home), "HELIOGRAPH_PORT": str(server.port)}
    environment["DJANGO_SETTINGS_MODULE"] = "heliograph.config.settings"
    command = [sys.executable, "-m", module, *arguments]
    return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)
