"""The reference LMS shares nothing with what it is there to try, and it starts from the command line."""

import ast
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from heliograph import demo_lms
from heliograph.demo_lms.__main__ import main
from heliograph.demo_lms.server import serve

FOLDER = Path(demo_lms.__file__).parent
ALLOWED = {"lxml", *sys.stdlib_module_names}


def imported(path: Path) -> set[str]:
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full, so that this test can read them"
            modules |= {f"{node.module}.{name.name}" for name in node.names}
    return modules


def test_it_imports_nothing_else_of_heliograph_and_no_django() -> None:
    names = {name for path in FOLDER.rglob("*.py") for name in imported(path)}
    foreign = {name for name in names if f"{name}.".partition("heliograph.demo_lms.")[0]}
    assert {name for name in foreign if name.partition(".")[0] not in ALLOWED} == set()


def test_its_scripts_and_styles_are_its_own() -> None:
    for path in (FOLDER / "static").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "import " not in text.replace("important", "")
        assert "url(" not in text


def test_it_starts_from_the_command_line_and_says_where_it_is(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "heliograph.demo_lms", "--port", "0", "--home", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.split()[2]
        assert url.startswith("http://127.0.0.1:")
        assert "Reference LMS" in urllib.request.urlopen(url).read().decode()
    finally:
        process.terminate()
        process.wait()


def test_a_port_in_use_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(tmp_path / "one") as running:
        port = running.url.rpartition(":")[2]
        assert main(["--port", port, "--home", str(tmp_path / "two")]) == 2
    assert f"cannot start on 127.0.0.1:{port}" in capsys.readouterr().err
