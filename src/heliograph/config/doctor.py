"""What is misconfigured, in a sentence each."""

import os
import shutil
from dataclasses import dataclass

from heliograph.config import database
from heliograph.config.environment import Environment
from heliograph.core.embedded_postgres import LEAST_FREE_BYTES
from heliograph.core.errors import Problem


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``level``: fine, advice, wrong."""

    level: str
    sentence: str


def examine() -> list[Finding]:
    """Look at settings, home, database and worker; stops where going on makes no sense."""
    try:
        environment = Environment.read()
    except Problem as problem:
        return [Finding("wrong", problem.sentence)]
    findings = [Finding("fine", f"Pages and API are at {environment.url}, course content is at {environment.content_url}.")]
    findings += [_home(environment)]
    if any(finding.level == "wrong" for finding in findings):
        return findings
    try:
        with database.joined():
            import django

            django.setup()
            database.bring_up_to_date(migrate=False)
            findings += _running(environment)
    except Problem as problem:
        findings.append(Finding("wrong", problem.sentence))
    return findings + _advice(environment)


def _home(environment: Environment) -> Finding:
    home = environment.home
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        return Finding("wrong", f"HELIOGRAPH_HOME {home} cannot be made: {reason.strerror}.")
    if not os.access(home, os.W_OK):
        return Finding("wrong", f"HELIOGRAPH_HOME {home} cannot be written to. Give it to the user that runs Heliograph.")
    free = shutil.disk_usage(home).free
    if free < 5 * LEAST_FREE_BYTES:
        return Finding("advice", f"The disk of HELIOGRAPH_HOME {home} has only {free // 2**20} MB free.")
    return Finding("fine", f"Files are kept in {home}, with {free // 2**30} GB free.")


def _running(environment: Environment) -> list[Finding]:
    from heliograph.config import health

    state = health.state()
    kind = "embedded PostgreSQL" if environment.embedded else "PostgreSQL of DATABASE_URL"
    findings = [Finding("fine", f"The {kind} answers and is at this version.")]
    if state["worker"] != "up":
        findings.append(
            Finding(
                "advice",
                "No worker was heard of in the last minute: imports wait until “heliograph up” or “heliograph worker” runs.",
            )
        )
    if state["backlog"]["failed"]:
        findings.append(Finding("advice", f"{state['backlog']['failed']} background jobs were given up; the log says why."))
    return findings


def _advice(environment: Environment) -> list[Finding]:
    found = []
    if not environment.local and environment.embedded:
        found.append(
            Finding(
                "advice",
                "The embedded database serves a public address. Back up HELIOGRAPH_HOME, or move to a PostgreSQL of your own.",
            )
        )
    if not environment.local and not environment.metrics_token:
        found.append(Finding("advice", "HELIOGRAPH_METRICS_TOKEN is not set, so /metrics answers nobody."))
    if not environment.local and environment.mail_server is None:
        found.append(Finding("advice", "HELIOGRAPH_MAIL_URL is not set, so no mail is sent: warnings wait on the page Outbox."))
    if not environment.local and environment.outbound_private:
        found.append(
            Finding("advice", "HELIOGRAPH_OUTBOUND_PRIVATE is on: managers can make Heliograph send requests into your own network.")
        )
    if not environment.local and not environment.content_host.startswith("*."):
        found.append(
            Finding(
                "advice",
                "All courses share one content origin, where one course could read what another keeps in a learner's browser. "
                "Give each its own with HELIOGRAPH_CONTENT_URL=https://*.content.example.org",
            )
        )
    return found
