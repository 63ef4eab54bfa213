"""The documents keep to the code: whatever they name is there (files, functions, commands, codes, settings,
addresses), examples can be read, and what must be listed is listed.
"""

import argparse
import ast
import json
import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, get_resolver
from procrastinate.contrib.django import app as jobs
from tests.conftest import ROOT
from tests.documents import (
    DOCUMENTS,
    PARTS,
    SOURCE,
    anchors,
    blocks,
    defines,
    dotted_names,
    files,
    is_there,
    links,
    name_of,
    prose,
    rows,
    spans,
)

from heliograph.__main__ import parser
from heliograph.config.api import api
from heliograph.core.background.chores import CHORES
from heliograph.core.errors import Problem
from heliograph.core.hooks import HOOKS
from heliograph.dispatch import errors
from heliograph.dispatch.branding import texts
from heliograph.dispatch.package.formats import FORMATS
from heliograph.lrs.access import SCOPES
from heliograph.webhooks.topics import TOPICS

DEPLOYED = [ROOT / "Dockerfile", ROOT / "compose.yaml", *sorted((ROOT / "deploy").iterdir())]
README = (ROOT / "README.md").read_text()
STUB = (ROOT / "docs/protocols/stub.md").read_text()
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)

# What people type in examples besides our own command.
PROGRAMS = {"cat", "chmod", "curl", "git", "install", "pip", "runuser", "systemctl", "useradd"}
LANGUAGES = {"css", "html", "http", "ini", "json", "mermaid", "python", "sh", "sql", "text", "typescript"}
FILES_OF_THE_SOURCE = (".css", ".html", ".js", ".json", ".md", ".mjs", ".py", ".toml")


# -- links, files, functions


@each_document
def test_every_link_leads_somewhere(document: Path) -> None:
    """Within what the site has, too. Pictures are made from the running product and come with a release."""
    for link in links(document):
        if urlsplit(link).scheme:
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target in [*DOCUMENTS, *DEPLOYED], f"{link} is no document"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


def test_every_document_can_be_reached_from_the_first() -> None:
    reached, waiting = set(), [ROOT / "docs/README.md"]
    while waiting:
        document = waiting.pop()
        if document not in reached:
            reached.add(document)
            targets = (link.partition("#")[0] for link in links(document) if not urlsplit(link).scheme)
            waiting += [(document.parent / target).resolve() for target in targets if target]
    assert [name_of(path) for path in DOCUMENTS if path.parent != ROOT and path not in reached] == []


@each_document
def test_every_path_that_is_named_exists(document: Path) -> None:
    here = {Path(name).parts[0] for name in files() if "/" in name} | PARTS
    for span in spans(document):
        if not re.fullmatch(r"[\w.@-]+(/[\w.@-]+)*/?", span) or "/" not in span:
            continue
        first = span.partition("/")[0]
        if first in here or span.endswith(FILES_OF_THE_SOURCE):
            assert is_there(span) or span.startswith("heliograph/"), f"`{span}` is not in the repository"


@each_document
def test_every_module_and_function_that_is_named_exists(document: Path) -> None:
    jobs.perform_import_paths()
    others = {*HOOKS, *TOPICS, *jobs.tasks, *(chore.name for chore in CHORES)}
    diagrams = [block.text for block in blocks(document) if block.language == "mermaid"]
    for text in [*(span for span in spans(document) if re.fullmatch(r"[\w.]+(\(.*\))?", span)), *diagrams]:
        for name in dotted_names(text):
            assert defines(name) or name in others, f"`{name}` is nowhere"


@each_document
def test_every_test_that_is_named_exists(document: Path) -> None:
    for span in spans(document):
        if match := re.fullmatch(r"(tests/[\w/]+\.py)::(\w+)", span):
            assert re.search(rf"^\s*def {match[2]}\(", (ROOT / match[1]).read_text(), re.MULTILINE), span


def test_the_map_names_every_folder_and_no_other():
    named = set(re.findall(r"`(\w+)/`", " ".join(row[0] for row in rows(README))))
    assert named == PARTS


def test_what_the_map_says_lies_inside_a_folder_lies_there():
    for folder, holds in (row for row in rows(README) if row[0].startswith("`") and "/`" in row[0]):
        (outer,) = re.findall(r"`(\w+)/`", folder)[:1]
        for inner in re.findall(r"`(\w+)/`", holds):
            assert (SOURCE / outer / inner).is_dir(), f"{outer}/{inner}"


# -- commands and examples


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every command by its words, as “import” and “lrs person”."""
    return {" ".join(words): command for words, command in _below(parser(), [])}


def _below(command: argparse.ArgumentParser, words: list[str]):
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield [*words, name], below
                yield from _below(below, [*words, name])


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@each_document
def test_every_command_that_is_named_exists(document: Path) -> None:
    for span in spans(document):
        if match := re.match(r"heliograph ([a-z][a-z-]+)", span):
            assert match[1] in commands(), span


@each_document
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    for span in spans(document):
        if match := re.fullmatch(r"make ([a-z-]+)", span):
            assert match[1] in targets(), span


@each_document
def test_every_block_says_what_it_is_in(document: Path) -> None:
    for block in blocks(document):
        assert block.language in LANGUAGES, f"line {block.line}"
    assert not re.search(r"\n\n {4}", prose(document)), "code stands between fences that say its language"


@each_document
def test_examples_can_be_read(document: Path) -> None:
    for block in blocks(document):
        if block.language == "python":
            ast.parse(block.text)
        if block.language == "json":
            json.loads(block.text)


@each_document
def test_what_is_to_be_typed_can_be(document: Path) -> None:
    for block in (candidate for candidate in blocks(document) if candidate.language == "sh"):
        for words in commands_in(block.text):
            while words and re.match(r"[A-Z_]+=", words[0]):
                words.pop(0)
            if words:
                _refuse_unknown(words)


def commands_in(script: str) -> Iterator[list[str]]:
    """The words of each command; one may go on over several lines, by a backslash, within quotes, or with
    what it reads (`<<END`).
    """
    script = re.sub(r"<<'?(\w+)'?\n.*?^\1$", "", script, flags=re.DOTALL | re.MULTILINE)
    begun = ""
    for line in script.replace("\\\n", " ").splitlines():
        begun += line
        try:
            yield shlex.split(begun, comments=True)
        except ValueError:
            begun += "\n"
        else:
            begun = ""
    assert not begun


def _refuse_unknown(words: list[str]) -> None:
    program, given = words[0], words[1:]
    if (program, given[:1]) == ("uv", ["run"]):
        if given[1] in ("heliograph", "python"):
            _refuse_unknown(given[1:])
    elif program == "make":
        assert given[0] in targets(), words
    elif program == "python" and given[0] == "-m":
        assert is_there(f"{given[1].replace('.', '/')}.py") or find_spec(given[1]), words
    elif program == "docker":
        if given[:2] in (["compose", "run"], ["compose", "exec"]):
            command = given[given.index("web") + 1 :]
            _refuse_unknown(command if command[0] == "heliograph" else ["heliograph", *command])
    elif program == "heliograph":
        name = next(name for name in (" ".join(given[:2]), given[0]) if name in commands())
        options = set(commands()[name]._option_string_actions)
        assert {word for word in given if word.startswith("--")} <= options, words
    else:
        assert program in PROGRAMS, words


def test_the_command_lines_of_the_map_exist():
    (row,) = (row for row in rows(README) if row[0] == "`__main__.py`")
    assert set(re.findall(r"`([a-z-]+)`", row[1])) <= commands().keys()


# -- what is listed


def refusals() -> dict[str, int]:
    problems: list[type[Problem]] = [
        errors.DispatchNotFound,
        errors.PackageReplaced,
        errors.RateLimited,
        *errors.LaunchRefused.__subclasses__(),
    ]
    return {problem.code: problem.status for problem in problems}


def test_the_stubs_protocol_lists_every_refusal_with_its_status():
    listed = {row[0].strip("`"): int(row[1]) for row in rows(STUB) if len(row) == 3 and row[1].isdigit()}
    assert listed == refusals()


def test_every_setting_is_described_and_every_described_one_is_read():
    described = {
        row[0].strip("`")
        for row in rows((ROOT / "docs/operators/settings.md").read_text())
        if row[0].startswith("`")
    }
    read = set(
        re.findall(
            r"\"((?:HELIOGRAPH_[A-Z_]+|DATABASE_URL))\"", (SOURCE / "config/environment.py").read_text()
        )
    )
    assert described == read


def test_every_setting_that_a_document_names_exists():
    described = set(re.findall(r"`(HELIOGRAPH_[A-Z_]+)`", (ROOT / "docs/operators/settings.md").read_text()))
    for document in [*DOCUMENTS, *DEPLOYED]:
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
    "document",
    [
        "docs/protocols/stub.md",
        "docs/protocols/embedded.md",
        "docs/protocols/commit.md",
        "docs/protocols/cmi5.md",
    ],
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
    [named, *_] = re.findall(r"\?format=(.*)", guide)
    assert set(re.findall(r"[\w-]+", named)) == set(FORMATS)


def test_the_scopes_of_the_record_store_are_those_there_are():
    rows_of_scopes = [
        row for row in rows((ROOT / "docs/integrators/README.md").read_text()) if row[0].strip("`") in SCOPES
    ]
    assert {row[0].strip("`"): row[1] for row in rows_of_scopes} == SCOPES


def test_course_owners_are_told_every_language_of_packages():
    guide = (ROOT / "docs/course-owners/README.md").read_text()
    for said in texts.catalog().values():
        assert said[texts.NAME_OF_LANGUAGE] in guide
