"""What is misconfigured, in a sentence each."""

import os
import shutil
from dataclasses import dataclass

import psycopg

from heliograph.config import database
from heliograph.config.environment import Environment, port_in_use
from heliograph.config.server.loading import load
from heliograph.core.database.embedded_postgres import LEAST_FREE_BYTES, EmbeddedPostgres
from heliograph.core.errors import Problem

LONGEST_WAIT = 5  # seconds
WORDS = {"fine": "OK", "advice": "WARN", "wrong": "ERROR"}  # what the command line says of a level


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at. ``level``: fine, advice, wrong."""

    level: str
    sentence: str


def examine() -> list[Diagnosis]:
    """Look at settings, home, database and worker, and say all that is wrong with any of them."""
    environment, faults = Environment.examine()
    findings = [Diagnosis("wrong", fault.sentence) for fault in faults]
    if not faults:
        where = f"Website and API: {environment.url}; course content: {environment.content_url}."
        findings.append(Diagnosis("fine", where))
    home = _home(environment)
    findings += [home] if home.sentence not in [finding.sentence for finding in findings] else []
    if any(finding.level == "wrong" for finding in findings):
        findings += _database(environment) if home.level != "wrong" or not environment.embedded else []
        return findings + _advice(environment)
    try:
        with database.joined():
            load()
            database.bring_up_to_date(migrate=False)
            findings += _running(environment)
            findings += _fonts()
    except Problem as problem:
        findings.append(Diagnosis("wrong", problem.sentence))
    return findings + _advice(environment)


def _database(environment: Environment) -> list[Diagnosis]:
    """What is wrong with the database, where the settings do not allow to start the rest."""
    server = EmbeddedPostgres(environment.home) if environment.embedded else None
    try:
        if server:
            server.join()
            server.leave()
        else:
            psycopg.connect(environment.database_url, connect_timeout=LONGEST_WAIT).close()
    except Problem as problem:
        return [Diagnosis("wrong", problem.sentence)]
    except psycopg.OperationalError as reason:
        sentence = str(reason).strip().splitlines()[0]
        return [Diagnosis("wrong", f"The database does not answer: {sentence}. Check DATABASE_URL.")]
    return []


def _home(environment: Environment) -> Diagnosis:
    home = environment.home
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        return Diagnosis("wrong", f"HELIOGRAPH_HOME {home} cannot be created: {reason.strerror}.")
    if not os.access(home, os.W_OK):
        return Diagnosis(
            "wrong", f"HELIOGRAPH_HOME {home} cannot be written to. Give it to the user that runs Heliograph."
        )
    free = shutil.disk_usage(home).free
    if free < 5 * LEAST_FREE_BYTES:
        return Diagnosis("advice", f"The disk of HELIOGRAPH_HOME {home} has only {free // 2**20} MB free.")
    return Diagnosis("fine", f"Files are kept in {home}, with {free // 2**30} GB free.")


def _running(environment: Environment) -> list[Diagnosis]:
    from heliograph.config.server import health, proxies

    state = health.state()
    kind = "embedded PostgreSQL" if environment.embedded else "PostgreSQL of DATABASE_URL"
    findings = [Diagnosis("fine", f"The {kind} is running and up to date.")]
    if state["worker"] != "up":
        findings.append(
            Diagnosis(
                "advice",
                "No worker is running; imports are queued until “heliograph up” or “heliograph worker” runs.",
            )
        )
    if state["backlog"]["failed"]:
        findings.append(
            Diagnosis("advice", f"{state['backlog']['failed']} background jobs failed; see the log.")
        )
    proxy = proxies.undeclared()
    if proxy:
        findings.append(
            Diagnosis(
                "advice",
                f"Requests with X-Forwarded-For or a similar header come from {proxy}, but no reverse proxy "
                "is configured: these headers are ignored, so all visitors share one address and requests "
                "are not recognized as https. If this is your proxy, set HELIOGRAPH_TRUSTED_PROXIES=1 (the "
                "number of proxies in front) and restart Heliograph.",
            )
        )
    return findings


def _fonts() -> list[Diagnosis]:
    """Which fonts of certificates are not installed."""
    from heliograph.marketplace.credentials import rendering

    missing = rendering.missing_families()
    if not missing:
        return []
    packages = " ".join(sorted({rendering.PACKAGES[family] for family in missing}))
    return [
        Diagnosis(
            "advice",
            f"Fonts of certificates are not installed: {', '.join(missing)}. Names with their characters are "
            f"printed with question marks. On Debian: apt-get install {packages}.",
        )
    ]


def _advice(environment: Environment) -> list[Diagnosis]:
    given = os.environ.get("HELIOGRAPH_PORT", "")
    port = int(given) if given.isdecimal() else int(port_in_use(environment.home))
    findings = [Diagnosis("advice", sentence) for sentence in environment.other_ports(port)]
    if not environment.local and environment.embedded:
        findings.append(
            Diagnosis(
                "advice",
                "The embedded database serves a public address. "
                "Back up HELIOGRAPH_HOME, or use your own PostgreSQL.",
            )
        )
    if not environment.local and not environment.metrics_token:
        findings.append(
            Diagnosis("advice", "HELIOGRAPH_METRICS_TOKEN is not set, so /metrics is not available.")
        )
    if not environment.local and environment.mail_server is None:
        findings.append(
            Diagnosis(
                "advice",
                "HELIOGRAPH_MAIL_URL is not set, so no email is sent: notifications wait in the email log.",
            )
        )
    if not environment.local and environment.outbound_private:
        findings.append(
            Diagnosis(
                "advice",
                "HELIOGRAPH_OUTBOUND_PRIVATE is on: "
                "managers can make Heliograph send requests into your own network.",
            )
        )
    if environment.one_site:
        findings.append(
            Diagnosis(
                "advice",
                "HELIOGRAPH_SHARED_SITE is on: a course can set cookies that browsers send to the pages. "
                "Give the content a domain of its own.",
            )
        )
    if not environment.local and not environment.content_host.startswith("*."):
        findings.append(
            Diagnosis(
                "advice",
                "All courses share one content origin, where one course could read what another keeps in a "
                "learner's browser. "
                "Give each its own with HELIOGRAPH_CONTENT_URL=https://*.content.example.net",
            )
        )
    return findings
