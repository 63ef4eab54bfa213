"""What the importer tells: stored in English with its values, read in the reader's language."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from tests.builders import manifest_text
from tests.courses.imports.test_importing import run, zip_of
from tests.fixtures import version_of
from tools.translations import SOURCE

from heliograph.audit.queries import entries
from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import TOLD_OF_EACH_KIND, Report
from heliograph.courses.models import Import

MISSING = "The launch file %(file)s is not in the package."
NESTED = "The ZIP contains another ZIP (%(file)s). Upload that file instead."
GERMAN = {
    "“%(name)s”": "„%(name)s“",
    MISSING: "Die Startdatei %(file)s fehlt im Paket.",
    NESTED: "Die ZIP-Datei enthält eine weitere (%(file)s). Laden Sie diese hoch.",
    "Checking files: %(path)s": "Dateien werden geprüft: %(path)s",
    "Saving": "Wird gespeichert",
}
# What takes a sentence, and which of its arguments that is.
TAKERS = {
    **dict.fromkeys(("advice", "missing", "repaired", "Refused", "XmlRefused", "Mend"), 1),
    **dict.fromkeys(("damaged", "Unreadable"), 0),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@pytest.fixture
def reader(tenant, german_texts) -> Client:
    german_texts(GERMAN)
    client = Client(headers={"accept-language": "de"})
    client.force_login(tenant.organization.memberships.get(role="reporter").user)
    return client


def read(client: Client, address: str) -> str:
    return " ".join(client.get(address).text.split())


def test_a_finding_is_german_on_the_page_and_english_for_programs(tenant, tmp_path, reader, api):
    empty = zip_of(**{"imsmanifest.xml": manifest_text().encode(), "shared/sco.js": b""})
    job = run(tenant, tmp_path, empty, course_key="safety")
    version = version_of(job)
    row = next(row for row in version.findings if row["code"] == "launch_missing")
    assert row["text"] == MISSING
    assert row["sentence"] == f"The launch file “{row['where']}” is not in the package."
    page = read(reader, f"/admin/courses/{version.course_id}/report/")
    assert f"Die Startdatei „{row['where']}“ fehlt im Paket." in page
    assert f"Die Startdatei „{row['where']}“ fehlt im Paket." in read(
        reader, f"/admin/courses/imports/{job.id}/"
    )
    answer = {name: row[name] for name in ("level", "code", "sentence", "where")}
    for address in (f"/imports/{job.id}", f"/courses/{version.course_id}/versions/1"):
        findings = api("GET", address, headers={"Accept-Language": "de"}).json()["findings"]
        assert answer in findings
        assert all(set(finding) == set(answer) for finding in findings)


def test_a_refusal_is_german_on_the_page_and_english_for_programs(tenant, tmp_path, reader, api):
    job = run(tenant, tmp_path, zip_of(**{"course.zip": b"PK"}))
    assert (job.state, job.error) == ("refused", NESTED % {"file": "“course.zip”"})
    german = GERMAN[NESTED] % {"file": "„course.zip“"}
    assert german in read(reader, f"/admin/courses/imports/{job.id}/")
    assert german in read(reader, "/admin/courses/")
    answer = api("GET", f"/imports/{job.id}", headers={"Accept-Language": "de"}).json()
    assert answer["error"] == {"code": "zip_nested", "detail": job.error}
    assert entries(tenant.organization.id)[0].details["reason"] == job.error


def test_what_was_stored_before_stays_english(tenant, tmp_path, reader):
    job = run(tenant, tmp_path, zip_of(**{"course.zip": b"PK"}))
    Import.objects.filter(id=job.id).update(error="Refused by a version before.", error_source={})
    assert "Refused by a version before." in read(reader, f"/admin/courses/imports/{job.id}/")


@pytest.mark.parametrize(
    ("stage", "german"),
    [("Saving", "Wird gespeichert"), ("Checking files: a: b.html", "Dateien werden geprüft: a: b.html")],
)
def test_the_stage_of_an_import_is_translated(tenant, tmp_path, reader, stage, german):
    job = run(tenant, tmp_path, zip_of(**{"course.zip": b"PK"}))
    Import.objects.filter(id=job.id).update(state="running", stage=stage)
    assert german in read(reader, f"/admin/courses/imports/{job.id}/")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (1, "… and 1 more issue of this type."),
        (2, "… and 2 more issues of this type."),
        (1_234, "… and 1,234 more issues of this type."),
    ],
)
def test_the_rest_of_a_kind_is_counted(more, sentence):
    report = Report()
    for number in range(TOLD_OF_EACH_KIND + more):
        report.missing("file_missing", gettext_noop("Missing."), f"{number}.html")
    assert len(report.findings) == TOLD_OF_EACH_KIND + 1
    assert report.findings[-1].sentence == sentence
    assert set(report.findings[0].row) == {"level", "code", "sentence", "where"}
    assert set(report.findings[-1].row) == {"level", "code", "sentence", "where", "text", "values"}


def test_a_row_is_fit_for_json_and_keeps_sentences_within_sentences():
    report = Report()
    report.advice("a", told("%(file)s: %(reason)s", file="a.xml", reason=told(gettext_noop("Missing."))), "a")
    (finding,) = report.findings
    assert type(finding.row["sentence"]) is str
    assert finding.row["values"] == {"file": "a.xml", "reason": {"text": "Missing.", "values": {}}}


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in (*sorted((SOURCE / "courses").rglob("*.py")), SOURCE / "core/xml.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", node


def sentences() -> list[tuple[str, ast.expr]]:
    return [
        (where, node.args[TAKERS[called(node)]])
        for where, node in calls()
        if called(node) in TAKERS and len(node.args) > TAKERS[called(node)]
    ]


def bare(node: ast.expr) -> bool:
    """Whether a sentence is words that no catalog can have: filled in already, or not marked."""
    if isinstance(node, ast.IfExp):
        return bare(node.body) or bare(node.orelse)
    if isinstance(node, ast.Call) and called(node) == "told":
        return bare(node.args[0])
    if isinstance(node, ast.Constant):
        return re.search(r"\w", PLACEHOLDER.sub("", str(node.value))) is not None
    return isinstance(node, ast.JoinedStr | ast.BinOp)


def test_a_sentence_that_is_not_marked_is_noticed():
    def judged(sentence: str) -> bool:
        return bare(ast.parse(sentence, mode="eval").body)

    assert judged('f"{name} is missing."')
    assert judged('told(f"{name} is missing.")')
    assert judged('told("%(name)s is missing.", name=name)')
    assert judged('"One is missing." if one else gettext_noop("Some are missing.")')
    assert not judged('told("%(name)s: %(reason)s", name=name, reason=reason)')
    assert not judged('told(gettext_noop("%(name)s is missing."), name=name)')


def test_every_sentence_can_be_translated():
    assert len(sentences()) > 180
    assert [where for where, sentence in sentences() if bare(sentence)] == []


def texts(node: ast.expr) -> list[Any]:
    if isinstance(node, ast.IfExp):
        return [*texts(node.body), *texts(node.orelse)]
    if isinstance(node, ast.Call) and called(node) == "gettext_noop":
        return texts(node.args[0])
    return [node.value] if isinstance(node, ast.Constant) else []


def test_every_text_gets_the_values_that_it_names():
    """Many of them are told of packages that no test has."""
    wrong = [
        where
        for where, node in calls()
        if called(node) == "told"
        for text in texts(node.args[0])
        if set(PLACEHOLDER.findall(text)) != {keyword.arg for keyword in node.keywords}
    ]
    assert wrong == []
