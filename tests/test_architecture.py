"""The architecture as it is written down is the one of the code: the map, hooks, tables, jobs, flows, the
parts' pages, the decisions.
"""

import os
import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from procrastinate.contrib.django import app as jobs
from tests.conftest import ROOT
from tests.documents import PARTS, SOURCE, blocks, headings, prose, rows, section
from tools.docs import data_model

from heliograph.core.background.chores import CHORES
from heliograph.core.hooks import HOOKS

ARCHITECTURE = ROOT / "docs/architecture.md"
PAGES = ROOT / "docs/contributors/parts"
PAGE_OF = {"demo_lms": "demo-lms", "demo": "demo-lms"}  # the others have their folder's name
SECTIONS = [
    "What it is for",
    "Folders and modules",
    "Tables",
    "Actions, queries, hooks",
    "Invariants",
    "Where to start reading",
]
DECISIONS = sorted((ROOT / "docs/decisions").glob("0*.md"))
FORM = ["Context", "Decision", "What was rejected", "What would change it"]
each_part = pytest.mark.parametrize("part", sorted(PARTS - {"demo"}))
each_decision = pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.name[:4])


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def tables_of(part: str) -> set[str]:
    if not apps.is_installed(f"heliograph.{part}"):
        return set()
    return {model._meta.db_table for model in apps.get_app_config(part).get_models()}


def page_of(part: str) -> Path:
    return PAGES / f"{PAGE_OF.get(part, part)}.md"


# -- the page on architecture


def test_the_map_is_the_import_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [
        layer.rpartition(".")[2]
        for layer in next(each["layers"] for each in contracts if each["type"] == "layers")
    ]
    picture = next(block.text for block in blocks(ARCHITECTURE) if block.text.startswith("flowchart"))
    arrows = re.findall(r"^ *(\w+)(?:\[\"[^\"]*\"\])? --> (\w+)", picture, re.MULTILINE)
    assert [*(above for above, _ in arrows), arrows[-1][1]] == [
        layer.replace("__main__", "main") for layer in layers
    ]


def test_the_list_of_parts_has_every_folder():
    listed = {named(row[0])[0] for row in rows(section(ARCHITECTURE, "The parts")) if named(row[0])}
    assert {part for part in listed if part in PARTS} == PARTS


def test_every_hook_is_listed_with_what_is_connected():
    _connect_all()
    listed = {
        named(row[0])[0]: named(row[2]) for row in rows(section(ARCHITECTURE, "Hooks")) if named(row[0])
    }
    there = {
        name: [
            f"{function.__module__.removeprefix('heliograph.')}.{function.__qualname__}"
            for function in hook.connected
        ]
        for name, hook in HOOKS.items()
    }
    assert listed == there, "the table of hooks in docs/architecture.md"


def _connect_all() -> None:
    """One hook is connected by the web server's entry alone, which also names the settings for processes that
    it starts.
    """
    before = os.environ.get("DJANGO_SETTINGS_MODULE")
    import heliograph.config.server.wsgi  # noqa: F401

    if before is None:
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def test_every_table_is_listed_with_its_owner():
    owned = [
        row for row in rows(section(ARCHITECTURE, "Who owns which table")) if len(row) == 2 and named(row[0])
    ]
    owners = {named(row[0])[0]: set(named(row[1])) for row in owned}
    for part in PARTS:
        assert owners.get(part, set()) == tables_of(part), part


def test_every_job_and_chore_is_listed():
    jobs.perform_import_paths()
    listed = {named(row[0])[0] for row in rows(section(ARCHITECTURE, "Jobs and chores")) if named(row[0])}
    ours = {name for name in jobs.tasks if "builtin" not in name}
    assert listed == ours | {chore.name for chore in CHORES}


def test_every_flow_names_functions_of_the_browser_that_are_there():
    """Those of the server are looked for in every document (`test_docs.py`)."""
    scripts = {str(path.relative_to(SOURCE)): path for path in SOURCE.rglob("*.js")}
    flows = [block for block in blocks(ARCHITECTURE) if block.text.startswith("sequenceDiagram")]
    assert len(flows) == 4
    for flow in flows:
        for line in flow.text.splitlines():
            files = re.findall(r"[\w/]+\.js", line)
            paths = {
                file: [path for name, path in scripts.items() if name.endswith(f"/{file}")] for file in files
            }
            assert all(len(paths) == 1 for paths in paths.values()), line
            text = "".join(path.read_text() for paths in paths.values() for path in paths)
            for owner, method in re.findall(r"\b([A-Z]\w+)\.(\w+)\b(?!\.)", line) if files else []:
                assert f"class {owner}" in text, f"{owner} in {line}"
                assert re.search(rf"^  (async )?{method}\(", text, re.MULTILINE), (
                    f"{owner}.{method} in {line}"
                )


# -- the parts' pages


@each_part
def test_every_part_has_a_page_of_the_same_form(part: str) -> None:
    sections = [heading for heading in headings(page_of(part), 2) if heading in SECTIONS]
    assert sections == SECTIONS


@each_part
def test_a_parts_page_lists_its_tables(part: str) -> None:
    listed = {name for row in rows(section(page_of(part), "Tables")) for name in named(row[0])}
    assert listed == tables_of(part)


@each_part
def test_a_parts_page_names_the_hooks_that_it_calls(part: str) -> None:
    text = section(page_of(part), "Actions, queries, hooks")
    for name in HOOKS:
        if name.startswith(f"{part}."):
            assert f"`{name}`" in text, name


@each_part
def test_a_parts_page_names_every_folder_and_module_at_its_top(part: str) -> None:
    """But for those whose names say what they hold, in each part alike."""
    listed = section(page_of(part), "Folders and modules")
    usual = {
        name.removesuffix(".py")
        for row in rows(section(ARCHITECTURE, "The parts"))
        for name in named(row[0])
        if name.endswith(".py")
    }
    for path in (SOURCE / part).iterdir():
        module = path.suffix == ".py" and not path.name.startswith("__")
        folder = (path / "__init__.py").exists() and len(list(path.glob("[!_]*"))) > 0
        if (module or folder) and path.stem not in {*usual, "migrations", "templatetags", "urls"}:
            said = f"{part}/{path.name}{'/' if folder else ''}"
            assert f"`{said}`" in listed, said


@each_part
def test_every_invariant_names_the_test_that_holds_it(part: str) -> None:
    invariants = rows(section(page_of(part), "Invariants"))[1:]
    assert len(invariants) >= 5
    for _, tests in invariants:
        assert all(re.fullmatch(r"tests/[\w/]+\.py::\w+", name) for name in named(tests)), tests
        assert named(tests), tests


# -- the data model, the decisions


def test_the_page_of_the_data_model_is_the_models():
    written = (ROOT / "docs/data-model.md").read_text()
    assert written == data_model.page(), (
        "write it anew: uv run python -m tools.docs.data_model > docs/data-model.md"
    )


@each_decision
def test_a_decision_has_the_form_of_all(decision: Path) -> None:
    text = prose(decision)
    assert re.match(rf"# {decision.name[:4]}\. .+\n\nDecided 20\d\d-\d\d-\d\d\.", text)
    assert headings(decision, 2) == FORM
    for heading in FORM:
        assert section(decision, heading).strip(), heading


def test_decisions_are_numbered_without_a_gap_and_listed():
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    listed = {row[0]: row[1] for row in rows((ROOT / "docs/decisions/README.md").read_text()) if row[0]}
    titles = {
        f"[{path.name[:4]}]({path.name})": headings(path, 1)[0].partition(". ")[2] for path in DECISIONS
    }
    assert listed == titles


ABOUT_BRITISH = {"tools/translations/british.py", "tests/test_translations.py"}
BRITISH = re.compile(
    r"(?i:organis(?!m)|licence(?!_not_started)|behaviour|colour|catalogue|neighbour|honour|favour|judgement|acknowledgement"
    r"|initialis|normalis|recognis|authoris|summaris|serialis|customis|practis(?:ed|ing)|\b(?:centre|cheque|labelled|cancelled|learnt|spelt|towards)\b)"
)
# What was built or written before, and other languages.
AS_IT_WAS = (
    "tests/journeys/stubs/",
    "tests/config/before.sql",
    "tests/config/test_legacy_names.py",
    "tests/dispatch/completion_receipts/test_completion_receipts.py",
    "docs/decisions/0024-names-and-migrations-begin-anew-once.md",
    "CHANGELOG.md",
    "src/heliograph/config/legacy_names.sql",
    "src/heliograph/dispatch/completion_receipts/actions.py",  # completion receipts that were given before
)
WORDS = {".py", ".md", ".html", ".js", ".ts", ".css", ".toml", ".json", ".yaml", ".yml", ".sql", ".txt"}


def test_every_file_is_spelled_as_americans_do():
    """But for names that packages in the field were built with."""
    said = []
    for path in sorted(ROOT.rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        hidden = any(
            part.startswith(".") or part in {"node_modules", "build", "dist"}
            for part in path.relative_to(ROOT).parts
        )
        if (
            hidden
            or path.suffix not in WORDS
            or name.startswith(AS_IT_WAS)
            or path == Path(__file__)
            or name == "package-lock.json"
        ):
            continue
        if re.search(r"languages/(de|es|fr|it|nl)\.json$", name) or name in ABOUT_BRITISH:
            continue
        match = BRITISH.search(path.read_text())
        if match:
            said.append(f"{name}: {match[0]}")
    assert said == []
