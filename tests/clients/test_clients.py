"""The generated clients: the programs of the integrators' guide run against the running product."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.builders import build_package
from tests.conftest import ROOT
from tests.documents import blocks
from tests.journeys.product import Heliograph, Product
from tools import clients
from tools.docs.api_reference import document

pytestmark = pytest.mark.slow

EXAMPLES = {block.language: block.text for block in blocks(ROOT / "docs/integrators/clients.md")}
PAGES = ["page fire-safety", "page course-0"]
TOLD = ["limit 600", *PAGES, "404 dispatch_not_found", "422 invalid body.learner.id"]
NAMES = [
    operation["operationId"] for methods in document()["paths"].values() for operation in methods.values()
]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The OpenAPI document as a file."""
    path = tmp_path_factory.mktemp("described") / "openapi.json"
    path.write_text(json.dumps(document()))
    return path


@pytest.fixture(scope="module")
def python_client(described: Path) -> Path:
    """The folder with the Python client."""
    folder = described.parent / "python"
    clients.python(described, folder)
    return folder


@pytest.fixture(scope="module")
def typescript_client(described: Path) -> Path:
    """The TypeScript client, where a program in ``described``'s folder finds it and what it needs."""
    if not (shutil.which("node") and clients.TSC.exists()):
        stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        stop("the TypeScript client needs npm: install it, then run `make check`")
    modules = described.parent / "node_modules"
    modules.mkdir()
    for needed in ("openapi-fetch", "@types"):
        (modules / needed).symlink_to(ROOT / "node_modules" / needed)
    clients.typescript(described, modules / clients.NAME)
    return modules / clients.NAME


@pytest.fixture
def installation(product: Product, request: pytest.FixtureRequest, tmp_path: Path) -> Heliograph:
    """An organization with one course; ``course.zip`` lies where the program runs."""
    key = re.sub(r"\W", "-", request.node.name.replace("_", "-"))
    heliograph = Heliograph.of(product, key)
    heliograph.import_package(build_package())
    (tmp_path / "course.zip").write_bytes(build_package())
    return heliograph


def run(heliograph: Heliograph, folder: Path, *command: str | Path, **environment: str) -> list[str]:
    """The lines that a program prints."""
    known = {**os.environ, "API_URL": heliograph.app, "API_KEY": heliograph.secret, **environment}
    done = subprocess.run(
        command,
        cwd=folder,
        env=known,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def example(language: str) -> str:
    """The program of the guide, with pages that hold one course."""
    small, pages = re.subn(r"\blimit(=|: )100\b", r"limit\g<1>1", EXAMPLES[language])
    assert pages == 1
    return small


def test_the_python_example_of_the_guide_is_sound_and_runs(
    installation: Heliograph,
    python_client: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / "example.py").write_text(example("python"))
    python, package = sys.executable, str(python_client)
    run(installation, tmp_path, python, "-m", "mypy", "--strict", "example.py", MYPYPATH=package)
    assert run(installation, tmp_path, python, "example.py", PYTHONPATH=package) == TOLD
    _is_done(installation, tmp_path)


def test_the_typescript_example_of_the_guide_is_sound_and_runs(
    installation: Heliograph,
    typescript_client: Path,
    described: Path,
    tmp_path: Path,
) -> None:
    program = described.parent / "example.mts"
    program.write_text(example("typescript"))
    run(installation, described.parent, clients.TSC, *clients.STRICT, "--types", "node", program)
    assert run(installation, tmp_path, "node", program.with_suffix(".mjs")) == TOLD
    _is_done(installation, tmp_path)


def _is_done(installation: Heliograph, folder: Path) -> None:
    [dispatch] = installation.api("GET", "/dispatch")["items"]
    assert dispatch["registration_limit"] == 600
    with zipfile.ZipFile(folder / "package.zip") as package:
        assert "imsmanifest.xml" in package.namelist()


def test_every_operation_has_its_name_in_python(python_client: Path) -> None:
    modules = {path.stem for path in python_client.glob("heliograph_client/api/*/*.py")} - {"__init__"}
    assert modules == {re.sub(r"([A-Z])", r"_\1", name).lower() for name in NAMES}


def test_every_operation_has_its_name_in_typescript(typescript_client: Path) -> None:
    text = (typescript_client / "schema.d.ts").read_text()
    operations = text[text.index("export interface operations {") :]
    assert set(re.findall(r"^    (\w+): \{$", operations, re.MULTILINE)) == set(NAMES)


def test_a_document_with_a_gap_makes_no_client(described: Path, tmp_path: Path) -> None:
    """What the generators cannot read is refused, and not left out."""
    gap = json.loads(described.read_text())
    answer = gap["paths"]["/api/dispatch"]["post"]["responses"]["201"]
    answer["content"] = {"x/y": answer["content"]["application/json"]}
    (tmp_path / "gap.json").write_text(json.dumps(gap))
    with pytest.raises(SystemExit, match="Unsupported content_type"):
        clients.python(tmp_path / "gap.json", tmp_path / "python")
