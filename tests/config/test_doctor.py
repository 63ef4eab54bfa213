"""What the doctor says to an operator: a sentence for each thing that is wrong or could be better, and
nothing else.
"""

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from heliograph.config import doctor
from heliograph.config.environment import Environment

PUBLIC = {
    "HELIOGRAPH_URL": "https://learn.example.org",
    "HELIOGRAPH_CONTENT_URL": "https://*.content.example.net",
    "HELIOGRAPH_SECRET_KEY": "a secret that is long enough for anybody",
    "HELIOGRAPH_METRICS_TOKEN": "for the one who watches",
    "HELIOGRAPH_MAIL_URL": "smtps://heliograph:secret@mail.example.org",
    "DATABASE_URL": "postgresql://heliograph@db.example.org/heliograph",
}


def advice(tmp_path, **changes: str) -> list[str]:
    settings = {**PUBLIC, "HELIOGRAPH_HOME": str(tmp_path), **changes}
    return [finding.sentence for finding in doctor._advice(Environment.read(settings))]


def home(path) -> doctor.Diagnosis:
    return doctor._home(Environment.read({**PUBLIC, "HELIOGRAPH_HOME": str(path)}))


def test_a_server_set_up_as_the_guide_says_needs_no_advice(tmp_path):
    assert advice(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"DATABASE_URL": ""}, "Back up HELIOGRAPH_HOME"),
        ({"HELIOGRAPH_METRICS_TOKEN": ""}, "HELIOGRAPH_METRICS_TOKEN is not set"),
        ({"HELIOGRAPH_CONTENT_URL": "https://content.example.net"}, "Give each its own"),
        ({"HELIOGRAPH_MAIL_URL": ""}, "no email is sent"),
        ({"HELIOGRAPH_OUTBOUND_PRIVATE": "on"}, "HELIOGRAPH_OUTBOUND_PRIVATE is on"),
        (
            {"HELIOGRAPH_CONTENT_URL": "https://*.content.example.org", "HELIOGRAPH_SHARED_SITE": "on"},
            "HELIOGRAPH_SHARED_SITE is on",
        ),
    ],
)
def test_what_could_be_safer_at_a_public_address_is_said_once(tmp_path, change, words):
    [sentence] = advice(tmp_path, **change)
    assert words in sentence


def test_on_the_operators_own_machine_nothing_needs_to_be_safer(tmp_path):
    assert doctor._advice(Environment.read({"HELIOGRAPH_HOME": str(tmp_path)})) == []


def test_a_home_that_is_a_file_is_wrong(tmp_path):
    (tmp_path / "home").write_text("a file")
    finding = home(tmp_path / "home")
    assert (finding.level, "cannot be created" in finding.sentence) == ("wrong", True)


def test_a_full_disk_is_said_with_what_is_left_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 2**60)
    finding = home(tmp_path)
    assert (finding.level, "MB free" in finding.sentence) == ("advice", True)


@pytest.mark.django_db
def test_a_worker_that_is_silent_and_jobs_that_were_given_up_are_said(tmp_path):
    job = app.configure_task("heliograph.config.server.worker.rescue", allow_unknown=True).defer()
    ProcrastinateJob.objects.filter(id=job).update(status="failed")
    sentences = {
        finding.level: finding.sentence
        for finding in doctor._running(Environment.read({**PUBLIC, "HELIOGRAPH_HOME": str(tmp_path)}))
    }
    assert sentences["fine"] == "The PostgreSQL of DATABASE_URL is running and up to date."
    findings = [
        finding.sentence for finding in doctor._running(Environment.read({"HELIOGRAPH_HOME": str(tmp_path)}))
    ]
    assert findings[0].startswith("The embedded PostgreSQL is running")
    assert "imports are queued until" in findings[1]
    assert findings[2] == "1 background jobs failed; see the log."
