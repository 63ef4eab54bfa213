"""A partner's file: what importing and matching it costs beside reading its rows and writing them, the
memory of a million rows, and a file of 100,000 enrollments whose import is killed and goes on.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figure import figure
from heliograph.core.database.embedded_postgres import EmbeddedPostgres

PEOPLE = 100_000
ROWS, MANY = 200_000, 1_000_000
COMPLETED = 200  # of the 100,000 in the file whose import is killed
RATIO, MEMORY, HOUR = 4.0, 64, 3600.0
HEADINGS = "result,person,email,name,exam,status,score,date\n"
SETUP = """
from heliograph.__main__ import ready

with ready():
    from django.db import connection
    from heliograph.accounts.models import Organization
    from heliograph.core.actor import system
    from heliograph.marketplace.models import ProgramPart
    from heliograph.marketplace.partners import actions
    from heliograph.marketplace.programs import actions as programs
    from heliograph.marketplace.programs.actions import Part

    organization = Organization.objects.get(key="bench")
    actor = system(organization.id)
    parts = [Part("Exam", "partner"), Part("Class")]
    program = programs.create_whole(actor, "Bench", parts, published=True)
    part = ProgramPart.objects.select_related("version").get(version=program.published, kind="partner")
    fields = dict(result_id="result", person_id="person", email="email", name="name", program="exam",
                  status="status", score="score", taken_at="date")
    partner = actions.create(actor, "Exams", "file", settings={"fields": fields})
    actions.map_program(actor, partner, "EX-1", program, part)
    values = [organization.id, program.id, part.version_id, part.id, PEOPLE]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE made AS SELECT n, gen_random_uuid() u, gen_random_uuid() m,"
            " gen_random_uuid() e FROM generate_series(0, %s - 1) n", [PEOPLE])
        cursor.execute(
            "INSERT INTO accounts_user (id, email, name, password, is_active, created_at) SELECT u,"
            " 'p' || n || '@bench.example', 'Person ' || n, '!', true, now() FROM made")
        cursor.execute(
            "INSERT INTO accounts_membership (id, organization_id, user_id, name, role, is_active,"
            " created_at, joined_at, scope_folders, scope_destinations, scope_groups)"
            " SELECT m, %s, u, '', 'learner', true, now(), now(), '{}', '{}', '{}' FROM made",
            [organization.id])
        cursor.execute(
            "INSERT INTO marketplace_enrollment (id, organization_id, program_id, version_id, student_id,"
            " state, state_since, created_at, enrolled_at) SELECT e, %s, %s, %s, m, 'active', now(),"
            " now() - interval '9 days', now() FROM made", [organization.id, program.id, part.version_id])
        cursor.execute(
            "INSERT INTO marketplace_enrollmentpart (id, enrollment_id, part_id)"
            " SELECT gen_random_uuid(), e, %s FROM made", [part.id])
        cursor.execute("ANALYZE")
"""
BEGIN = """
import json, os, re, sys, time
from itertools import islice
from pathlib import Path
from heliograph.__main__ import ready

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

def seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
"""
PLAIN = """
with ready():
    import csv
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = cursor.fetchone()[0]
        cursor.execute("CREATE TABLE bench_plain (result text, person text, email text, name text, exam text,"
                       " status text, score text, date text)")
        before = time.process_time() + seconds(server)
        with open(sys.argv[1], newline="") as file, cursor.copy("COPY bench_plain FROM STDIN") as copy:
            for row in csv.reader(file):
                copy.write_row(row)
        print(json.dumps({"cpu": time.process_time() + seconds(server) - before}))
        cursor.execute("DROP TABLE bench_plain")
"""
IMPORT = """
with ready():
    from django.db import connection
    from heliograph.marketplace.models import Partner, PartnerResult
    from heliograph.marketplace.partners import storing
    from heliograph.marketplace.partners.adapters.choose import file_connector
    from heliograph.marketplace.partners.runs import SLICE

    partner = Partner.objects.get()
    PartnerResult.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = cursor.fetchone()[0]
    events = file_connector(partner).parse_file(Path(sys.argv[1]))
    counts, first, before = storing.Counts(), peak(), time.process_time() + seconds(server)
    while (made := storing.store(partner, None, islice(events, SLICE))).received:
        counts.add(made)
    cpu = time.process_time() + seconds(server) - before
    print(json.dumps({"cpu": cpu, "matched": counts.matched, "megabytes": peak() - first}))
"""
RUN = """
with ready():
    from heliograph.marketplace.models import Partner, PartnerRun
    from heliograph.marketplace.partners import runs, syncing
    from shutil import copyfile
    from django.conf import settings

    run = PartnerRun.objects.first()
    if run is None:
        settings.UPLOAD_FOLDER.mkdir(parents=True, exist_ok=True)
        copy = settings.UPLOAD_FOLDER / "bench.csv"
        copyfile(sys.argv[1], copy)
        run = syncing.take_over(Partner.objects.get(), copy, "bench.csv", "d" * 64, "upload", "bench")
    print("begun", flush=True)
    runs.work(run.id)
    run.refresh_from_db()
    counts = {name: getattr(run, name) for name in ("received", "matched", "claimed", "state", "error")}
    print(json.dumps(counts))
"""
CLEAR = """
with ready():
    from heliograph.marketplace.models import PartnerResult
    PartnerResult.objects.all().delete()
"""


def run() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as folder:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")
        }
        environment["HELIOGRAPH_HOME"] = f"{folder}/home"
        environment["DJANGO_SETTINGS_MODULE"] = "heliograph.config.settings"
        command = [sys.executable, "-m", "heliograph", "organization", "bench", "--owner", "o@bench.example"]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        try:
            _python(f"PEOPLE = {PEOPLE}\n{SETUP}", environment)
            yield from _figures(Path(folder), environment)
        finally:
            EmbeddedPostgres(Path(folder) / "home").destroy()


def _figures(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    file = _file(folder / "some.csv", ROWS)
    plain, imported = _python(BEGIN + PLAIN, environment, file), _python(BEGIN + IMPORT, environment, file)
    yield figure(
        "CPU of importing and matching 200,000 rows, beside reading them with csv and COPY",
        imported["cpu"],
        plain["cpu"],
        "≤ 4×",
        at_most=RATIO,
        missing=ROWS - imported["matched"],
    )
    many = _python(BEGIN + IMPORT, environment, _file(folder / "many.csv", MANY))
    yield figure(
        "megabytes that importing a file of 1,000,000 rows takes",
        max(many["megabytes"], 0.1),
        MEMORY,
        "≤ 64 MB",
        at_most=1.0,
        missing=MANY - many["matched"],
    )
    _python(BEGIN + CLEAR, environment)
    yield _killed(_file(folder / "night.csv", PEOPLE, COMPLETED), environment)


def _killed(file: Path, environment: dict[str, str]) -> str:
    """A file about 100,000 enrollments, whose worker is killed in the middle and which another one ends."""
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN + RUN, str(file)], env=environment, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout
        first.stdout.readline()
        time.sleep(1.5)
        first.send_signal(signal.SIGKILL)
    done = _python(BEGIN + RUN, environment, file)
    return figure(
        "seconds for 100,000 enrollments in one run that is killed once, 200 of them completed",
        time.monotonic() - began,
        HOUR,
        "stated",
        missing=PEOPLE - done["received"] + COMPLETED - done["claimed"],
        error=done["error"],
    )


def _file(path: Path, rows: int, completed: int | None = None) -> Path:
    """Results of all people in turn; those after the first ``completed`` are in progress."""
    with path.open("w") as file:
        file.write(HEADINGS)
        today = time.strftime("%Y-%m-%d")
        for number in range(rows):
            person = number % PEOPLE
            status = "Pass" if completed is None or number < completed else "In progress"
            file.write(
                f"r{number},C-{person},p{person}@bench.example,Person {person},EX-1,{status},86,{today}\n"
            )
    return path


def _python(code: str, environment: dict[str, str], *arguments: Path) -> Any:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    lines = done.stdout.splitlines()
    return json.loads(lines[-1]) if lines else None
