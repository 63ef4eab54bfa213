"""Certificates beside bare typst with the same template and fonts; signing Open Badges is stated."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figure import figure
from heliograph.core.database.embedded_postgres import EmbeddedPostgres

WORK = """
import json, time
from dataclasses import asdict, replace
from statistics import median
from heliograph.__main__ import ready

ROUNDS = 100

with ready():
    import typst
    from django.utils import timezone
    from heliograph.accounts.models import Organization
    from heliograph.marketplace.credentials import documents, proofs, rendering

    shown = rendering.Certificate(
        "Certificate of completion", "Certified technician", "Bench", "Ada Lovelace",
        "https://bench.example/verify/x7k2m9q4t6v8w3y5z2a4b6c8d9/", "QR code",
        ("awarded for completing the program.",), ({"name": "Grace Hopper", "role": "Director"},),
    )
    rendering.pdf(shown)
    source = rendering._source("certificate.typ")
    fonts, more = rendering._fonts(), {"logo": False, "fonts": rendering._families(), "dark": True}

    def bare(code, said):
        return typst.compile(
            {"main.typ": source, "qr.svg": code},
            font_paths=fonts, sys_inputs={"data": said}, format="pdf", pdf_standards="ua-1",
        )

    ours, theirs = [], []
    for number in range(ROUNDS):  # by turns; each another one, because typst remembers what it drew
        one = replace(shown, name=f"Ada {number}", address=f"{shown.address}a{number}")
        other = replace(shown, name=f"Bob {number}", address=f"{shown.address}b{number}")
        code, said = rendering._qr(one.address), json.dumps({**asdict(one), **more})
        began = time.perf_counter()
        bare(code, said)
        between = time.perf_counter()
        rendering.pdf(other)
        theirs.append(between - began)
        ours.append(time.perf_counter() - between)

    organization = Organization.objects.get(key="bench")
    moment = timezone.now()
    document = {
        "@context": [documents.VERIFIABLE, documents.OPEN_BADGES],
        "id": "https://bench.example/credentials/1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Certified technician",
        "issuer": {"id": "https://bench.example/issuer", "type": ["Profile"], "name": "Bench"},
        "validFrom": documents.moment(moment),
        "credentialSubject": {
            "id": "urn:uuid:7d8b1f0a-3f57-5ad3-9d0f-3d4ce9b1a001",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "urn:uuid:7d8b1f0a-3f57-5ad3-9d0f-3d4ce9b1a002",
                "type": ["Achievement"],
                "name": "Certified technician",
                "description": "A program",
                "criteria": {"narrative": "All parts"},
            },
        },
    }
    proofs.with_proof(organization, document), proofs.as_jwt(organization, document, moment, None)
    began = time.perf_counter()
    for _ in range(ROUNDS):
        proofs.with_proof(organization, document)
    between = time.perf_counter()
    for _ in range(ROUNDS):
        proofs.as_jwt(organization, document, moment, None)
    proof, token = between - began, time.perf_counter() - between
    seconds = {
        "ours": median(ours), "theirs": median(theirs), "proof": proof / ROUNDS, "token": token / ROUNDS
    }
    print(json.dumps({name: 1000 * each for name, each in seconds.items()}))
"""


def run() -> Iterator[str]:
    measured = _measure()
    yield figure(
        "milliseconds to draw a certificate, beside bare typst with the same template",
        measured["ours"],
        measured["theirs"],
        "≤ 1.5×",
        at_most=1.5,
    )
    yield figure("milliseconds to sign a Data Integrity proof", measured["proof"], 1, "stated")
    yield figure("milliseconds to sign a VC-JWT", measured["token"], 1, "stated")


def _measure() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as folder:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")
        }
        environment["HELIOGRAPH_HOME"] = f"{folder}/home"
        environment["DJANGO_SETTINGS_MODULE"] = "heliograph.config.settings"
        command = [sys.executable, "-m", "heliograph", "organization", "bench", "--owner", "o@bench.example"]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        done = subprocess.run(
            [sys.executable, "-c", WORK], env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        EmbeddedPostgres(Path(folder) / "home").destroy()
    return dict(json.loads(done.stdout.splitlines()[-1]))
