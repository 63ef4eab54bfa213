"""The objects of the demo whose pages have something to show, read from its database."""

import hashlib
from typing import LiteralString
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row

SECRET = "photographed"  # of a link of each kind, for people without an account

# Those with most to show: a dispatch with a license and webhooks, one whose customer's LMS lost results,
# a course with a version that waits, and somebody whose result differs.
_OBJECTS: LiteralString = """
SELECT (SELECT id FROM dispatch_dispatch WHERE key = 'lifting-brandt') AS dispatch,
       (SELECT id FROM dispatch_dispatch WHERE key = 'phishing-sunda') AS differing,
       (SELECT id FROM courses_course WHERE key = 'forklift') AS course,
       (SELECT id FROM dispatch_destination WHERE key = 'brandt') AS customer,
       (SELECT id FROM courses_import ORDER BY id DESC LIMIT 1) AS import,
       (SELECT course_id FROM runtime_question ORDER BY id LIMIT 1) AS asked,
       (SELECT registration_id FROM dispatch_relayreceipt WHERE NOT agrees LIMIT 1) AS registration
"""
_LINK: LiteralString = """
INSERT INTO dispatch_sharelink
  (id, organization_id, destination_id, deployment_id, digest, expires_at, created_by, created_at)
SELECT %s, organization_id, CASE WHEN %s THEN destination_id END, CASE WHEN NOT %s THEN deployment_id END,
       %s, now() + interval '30 days', 'Olga Owner', now()
  FROM (SELECT d.organization_id, d.destination_id, e.id AS deployment_id
          FROM dispatch_dispatch d JOIN dispatch_deployment e ON e.dispatch_id = d.id
         WHERE d.key = 'lifting-brandt' LIMIT 1) thing
"""


def link(database: str) -> None:
    """Make a link to the portal of the customer, and one to its LMS's health, as a manager would."""
    with psycopg.connect(database, autocommit=True) as connection:
        for kind in ("portal", "share"):
            of_customer = kind == "portal"
            digest = hashlib.sha256(f"{SECRET}-{kind}".encode()).hexdigest()
            connection.execute(_LINK, [uuid4(), of_customer, of_customer, digest])


def addresses(database: str) -> list[str]:
    """Where to begin; links of the last one are followed first."""
    with psycopg.connect(database, row_factory=dict_row) as connection:
        ids = connection.execute(_OBJECTS).fetchone()
    assert ids, "the demo has no history"
    return [
        "/",
        f"/portal/{SECRET}-portal/",
        f"/share/{SECRET}-share/",
        "/sign-in/",
        "/forgot-password/",
        "/admin/nothing/",
        f"/admin/courses/imports/{ids['import']}/",
        f"/admin/courses/{ids['course']}/versions/2/changes",
        f"/admin/courses/{ids['course']}/versions/",
        f"/admin/courses/{ids['course']}/dispatches/",
        f"/admin/dispatch/{ids['differing']}/receipts/?of=mismatch",
        f"/admin/registrations/{ids['registration']}/",
        f"/admin/destinations/{ids['customer']}/",
        f"/admin/courses/{ids['course']}/",
        f"/admin/org/analytics/questions/?course={ids['asked']}",
        f"/admin/org/analytics/paths/?course={ids['course']}",
        f"/admin/dispatch/{ids['dispatch']}/",
    ]
