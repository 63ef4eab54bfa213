"""The public catalog with 100,000 programs, beside the same pages with 1,000: how long they take.

As many as BENCH_PROGRAMS says, instead of 100,000.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from benchmarks.figure import figure
from benchmarks.learners import ask
from benchmarks.server import Server, running

MANY = int(os.environ.get("BENCH_PROGRAMS", "100000"))
FEW, VIEWS, ROUNDS, AT_ONCE = 1_000, 20, 5, 2_000
FIELDS, CREDENTIALS, PLACES, VOCABULARY = 20, 300, 200, 4_000
ADDRESSES = {
    "the whole catalog": "/catalog/",
    "its third page by price": "/catalog/?order=price&page=3",
    "a word in the title of a tenth": "/catalog/?q=nursing",
    "a word in a hundredth": "/catalog/?q=subject7",
    "three words": "/catalog/?q=advanced+nursing+subject7",
    "a misspelled word": "/catalog/?q=nursimg",
    "the beginning of a word": "/catalog/?q=nurs",
    "a word that nothing has": "/catalog/?q=xylophone",
    "one value": "/catalog/?delivery=online",
    "values of three kinds": "/catalog/?delivery=online&language=en&field=Field+3&order=start",
    "a word and two values": "/catalog/?q=welding&delivery=hybrid&cost=free",
    "the tenth page of a word": "/catalog/?q=nursing&page=10",
}
LEVELS = ("introduction", "basic", "intermediate", "advanced", "certified")
TRADES = (
    *("nursing", "welding", "accounting", "carpentry", "driving"),
    *("programming", "cooking", "plumbing", "teaching", "gardening"),
)


def run() -> Iterator[str]:
    with running() as few, running() as many:
        _fill(few, FEW)
        begun = time.perf_counter()
        _fill(many, MANY)
        yield figure("programs a second, listed", MANY / (time.perf_counter() - begun), 1, "stated")
        # By turns, because a core's speed depends on what its neighbor does.
        rounds = [
            [ask(server, "benchmarks.catalog", "look") for server in (few, many)] for _ in range(ROUNDS)
        ]
        for name in ADDRESSES:
            few_looks, many_looks = ([look[name] for look in looks] for looks in zip(*rounds, strict=True))
            yield figure(
                f"milliseconds of {name} with {MANY:,} programs, beside {FEW:,}",
                median(many_looks) * 1000,
                median(few_looks) * 1000,
                "≤ 1.5×",
                at_most=1.5,
            )


def _fill(server: Server, number: int) -> None:
    environment = {**server.environment, "DJANGO_SETTINGS_MODULE": "heliograph.config.settings"}
    subprocess.run(
        [sys.executable, "-m", "benchmarks.catalog", "fill", str(number)], env=environment, check=True
    )


def _make(number: int) -> None:
    """Programs as an operator has them, published; what is searched of them is made as by publishing."""
    from django.db import connection

    from heliograph.accounts.models import Organization
    from heliograph.core import clock
    from heliograph.marketplace.listing.actions import refresh
    from heliograph.marketplace.models import Program, ProgramCohort, ProgramVersion, Site

    organization = Organization.objects.get()
    Site.objects.create(organization=organization, host="localhost", title="Bench", is_open=True)
    rng, today = random.Random(number), clock.now().date()
    vocabulary = [f"word{n}" for n in range(VOCABULARY)]
    weights = [1 / (n + 5) for n in range(VOCABULARY)]
    for begin in range(0, number, AT_ONCE):
        programs, versions, cohorts = [], [], []
        for n in range(begin, min(begin + AT_ONCE, number)):
            program = Program(organization=organization, key=f"program-{n}", created_by="bench")
            title = f"{rng.choice(LEVELS)} {rng.choice(TRADES)} subject{rng.randrange(100)} number{n}"
            said = rng.choices(vocabulary, weights, k=60)
            programs.append(program)
            versions.append(
                ProgramVersion(
                    program=program,
                    number=1,
                    title=title,
                    summary=" ".join(said[:15]),
                    description=" ".join(said),
                    field=f"Field {int(rng.triangular(0, FIELDS, 0))}",
                    credential=f"Credential {rng.randrange(CREDENTIALS)}",
                    weeks=rng.randrange(1, 80),
                    price_cents=rng.choice([0, 30_000, 90_000, 250_000, 900_000]),
                    funding=rng.sample(["self", "wioa", "employer", "scholarship"], 2),
                    delivery=rng.choices(["online", "in_person", "hybrid"], [6, 3, 1])[0],
                    language=rng.choices(["en", "es"], [9, 1])[0],
                    place=f"Place {rng.randrange(PLACES)}",
                    published_at=clock.now(),
                )
            )
            cohorts += [
                ProgramCohort(
                    organization=organization,
                    program=program,
                    name="Start",
                    starts_on=today + timedelta(days=rng.randrange(300)),
                )
                for _ in range(2)
            ]
        Program.objects.bulk_create(programs)
        ProgramVersion.objects.bulk_create(versions)
        ProgramCohort.objects.bulk_create(cohorts)
        for program, version in zip(programs, versions, strict=True):
            program.published = version
        Program.objects.bulk_update(programs, ["published"])
        refresh(organization.id, [program.id for program in programs])
    with connection.cursor() as cursor:  # as the database does by itself after a while
        cursor.execute("VACUUM ANALYZE")


def _look() -> dict[str, float]:
    from django.test import Client

    client, figures = Client(HTTP_HOST="localhost"), {}
    for name, address in ADDRESSES.items():
        assert client.get(address).status_code == 200, address
        seconds = []
        for _ in range(VIEWS):
            begun = time.perf_counter()
            client.get(address)
            seconds.append(time.perf_counter() - begun)
        figures[name] = median(seconds)
    return figures


if __name__ == "__main__":
    import django

    django.setup()
    if sys.argv[1] == "fill":
        _make(int(sys.argv[2]))
    else:
        print(json.dumps(_look()))
