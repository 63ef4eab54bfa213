"""The documents keep to the code: folders, commands, codes, settings and addresses they name are there, and none is left unsaid."""

import argparse
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, get_resolver
from tests.conftest import ROOT

from heliograph.__main__ import parser
from heliograph.config.api import api
from heliograph.dispatch import errors
from heliograph.dispatch.package.formats import FORMATS
from heliograph.lrs.access import SCOPES

SOURCE = ROOT / "src" / "heliograph"
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text()
STUB = (ROOT / "docs/protocols/stub.md").read_text()


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


def commands() -> set[str]:
    (chosen,) = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    return {name for name in chosen.choices if not name.startswith("_")}


def rows(text: str) -> list[list[str]]:
    """The cells of every table's rows, headings and rulers left out."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not re.match(r"\|[\s|:-]+\|$", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_map_names_every_folder_and_no_other():
    named = set(re.findall(r"`(\w+)/`", " ".join(row[0] for row in rows(README))))
    there = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert named == there


def test_what_the_map_says_lies_inside_a_folder_lies_there():
    for folder, holds in (row for row in rows(README) if row[0].startswith("`") and "/`" in row[0]):
        (outer,) = re.findall(r"`(\w+)/`", folder)[:1]
        for inner in re.findall(r"`(\w+)/`", holds):
            assert (SOURCE / outer / inner).is_dir(), f"{outer}/{inner}"


def test_every_command_that_is_named_exists():
    for document in DOCUMENTS:
        for command in re.findall(r"heliograph ([a-z][a-z-]+)", "\n".join(re.findall(r"`[^`]+`", document.read_text()))):
            assert command in commands(), f"{name_of(document)}: heliograph {command}"


def test_the_command_lines_of_the_map_exist():
    (row,) = (row for row in rows(README) if row[0] == "`__main__.py`")
    assert set(re.findall(r"`([a-z-]+)`", row[1])) <= commands()


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        for target in re.findall(r"(?:`|^ {4})make ([a-z]+)", document.read_text(), re.MULTILINE):
            assert target in targets, f"{name_of(document)}: make {target}"


def refusals() -> dict[str, int]:
    found = [errors.DispatchNotFound, errors.PackageReplaced, errors.RateLimited, *errors.LaunchRefused.__subclasses__()]
    return {one.code: one.status for one in found}


def test_the_stubs_protocol_lists_every_refusal_with_its_status():
    listed = {row[0].strip("`"): int(row[1]) for row in rows(STUB) if len(row) == 3 and row[1].isdigit()}
    assert listed == refusals()


def test_every_setting_is_described_and_every_described_one_is_read():
    described = {row[0].strip("`") for row in rows((ROOT / "docs/operators/settings.md").read_text()) if row[0].startswith("`")}
    read = set(re.findall(r"\"((?:HELIOGRAPH_[A-Z_]+|DATABASE_URL))\"", (SOURCE / "config/environment.py").read_text()))
    assert described == read


def test_every_setting_that_a_document_names_exists():
    described = set(re.findall(r"`(HELIOGRAPH_[A-Z_]+)`", (ROOT / "docs/operators/settings.md").read_text()))
    for document in DOCUMENTS:
        for name in re.findall(r"\bHELIOGRAPH_[A-Z_]*[A-Z]\b", document.read_text()):
            assert name in described, f"{name_of(document)}: {name}"


@pytest.mark.parametrize("document", ["docs/integrators/README.md"])
def test_every_api_address_that_is_named_exists(document):
    documented = {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method in methods
    }
    named = re.findall(r"(GET|POST|PATCH|DELETE)\s+(/api/[\w/{}-]+)", (ROOT / document).read_text())
    assert named
    for method, path in named:
        assert (method, re.sub(r"\{\w+\}", "{}", path)) in documented, f"{method} {path}"


@pytest.mark.parametrize(
    "document", ["docs/protocols/stub.md", "docs/protocols/embedded.md", "docs/protocols/commit.md", "docs/protocols/cmi5.md"]
)
def test_every_address_of_the_content_origin_that_is_named_exists(document):
    content = get_resolver("heliograph.config.content_urls")
    for path in re.findall(r"`(?:GET|POST) (/[^`]+)`", (ROOT / document).read_text()):
        try:
            content.resolve(re.sub(r"\{[^}]+\}", "token", path))
        except Resolver404:
            raise AssertionError(f"{document}: {path}") from None


def test_the_package_formats_that_are_named_exist():
    guide = (ROOT / "docs/integrators/README.md").read_text()
    assert set(re.findall(r"[\w-]+", re.search(r"\?format=(.*)", guide)[1])) == set(FORMATS)


def test_the_scopes_of_the_record_store_are_those_there_are():
    rows_of_scopes = [row for row in rows((ROOT / "docs/integrators/README.md").read_text()) if row[0].strip("`") in SCOPES]
    assert {row[0].strip("`"): row[1] for row in rows_of_scopes} == SCOPES


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(document):
    """Pictures are made from the running product and come with a release."""
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", document.read_text()):
        if not urlsplit(target).scheme and not target.startswith("#"):
            assert (document.parent / target.partition("#")[0]).exists(), target
