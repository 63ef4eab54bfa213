"""A release holds all that runs and nothing else, and says which version it is in one voice."""

import re
import subprocess
import sys
import tomllib
import zipfile
from datetime import date
from email import message_from_bytes

import pytest
from tests.conftest import ROOT
from tools.release import faults, notes_of

import heliograph

GUIDES = ROOT / "docs"
FOLDERS = [GUIDES / name for name in ("course-owners", "integrators", "operators")]
SOURCE = ROOT / "src"
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
RELEASED = "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2027-01-31\n### Added\n- Something.\n"
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """As the project's build backend makes it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True)
    [file] = folder.glob("*.whl")
    with zipfile.ZipFile(file) as opened:
        yield opened


def metadata_of(wheel: zipfile.ZipFile) -> dict[str, str]:
    return dict(message_from_bytes(wheel.read(f"heliograph-{heliograph.VERSION}.dist-info/METADATA")))


def test_the_wheel_holds_every_file_of_the_product_and_no_other(wheel):
    files = [path for path in (SOURCE / "heliograph").rglob("*") if path.is_file()]
    ours = {str(path.relative_to(SOURCE)) for path in files if "__pycache__" not in path.parts}
    guides = [path for folder in FOLDERS for path in folder.iterdir()]
    ours |= {f"heliograph/guides/{path.relative_to(GUIDES)}" for path in guides}
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == ours


@pytest.mark.parametrize(
    "needed",
    [
        r".+/templates/.+\.html",
        r".+/static/.+\.(css|js)",
        r".+/migrations/0001_\w+\.py",
        r".+/languages/de\.json",
        r"heliograph/demo/courses/.+\.(toml|js|mp4)",
    ],
)
def test_the_wheel_has_what_is_no_module(wheel, needed):
    assert any(re.fullmatch(needed, name) for name in wheel.namelist())


def test_the_wheel_has_no_tests_and_a_command(wheel):
    assert not [name for name in wheel.namelist() if re.search(r"(^|/)(tests?|conftest)[/_.]", name)]
    points = wheel.read(f"heliograph-{heliograph.VERSION}.dist-info/entry_points.txt").decode()
    assert "heliograph = heliograph.__main__:main" in points


def test_the_version_is_the_same_wherever_it_is_said(wheel):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert metadata_of(wheel)["Version"] == project["version"] == heliograph.VERSION


def test_the_changelog_begins_with_what_is_not_released_and_knows_this_version():
    headings = re.findall(r"^## (.+)", CHANGELOG, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    dated = re.compile(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)")
    released = [match.groups() for heading in headings[1:] if (match := dated.fullmatch(heading))]
    assert len(released) == len(headings) - 1
    days = [date.fromisoformat(day) for _, day in released]
    assert days == sorted(days, reverse=True)
    assert set(re.findall(r"^### (.+)", CHANGELOG, re.MULTILINE)) <= KINDS
    is_released = bool(released) and released[0][0] == heliograph.VERSION
    assert is_released or notes_of("Unreleased", CHANGELOG), "this version is neither released nor described"


def test_a_commit_that_is_tagged_described_and_clean_is_released():
    assert faults("1.2.0", RELEASED, ["v1.2.0"], []) == []


@pytest.mark.parametrize(
    ("version", "changelog", "tags", "changes", "said"),
    [
        ("1.3.0", RELEASED, ["v1.3.0"], [], "no line “## [1.3.0] - YYYY-MM-DD”"),
        ("1.2.0", RELEASED.replace(" - 2027-01-31", ""), ["v1.2.0"], [], "no line"),
        ("1.2.0", RELEASED[: RELEASED.index("###")], ["v1.2.0"], [], "says nothing of 1.2.0"),
        ("1.2.0", RELEASED.replace("sed]\n", "sed]\n- More.\n"), ["v1.2.0"], [], "below [Unreleased]"),
        ("1.2.0", RELEASED, ["v1.1.0"], [], "does not have the tag v1.2.0"),
        ("1.2.0", RELEASED, ["v1.2.0"], [" M README.md"], "1 files are not as committed"),
    ],
)
def test_what_keeps_a_commit_from_being_released_is_said(version, changelog, tags, changes, said):
    [fault] = faults(version, changelog, tags, changes)
    assert said in fault
