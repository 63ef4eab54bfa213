"""The documents as tests read them: prose, code spans, fenced blocks, tables, links, anchors; and the code
that they name.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

SOURCE = ROOT / "src" / "heliograph"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PARTS = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
_FENCE = re.compile(r"^( *)```([\w-]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the line it begins on."""

    language: str
    text: str
    line: int


@cache
def blocks(document: Path) -> list[Block]:
    text = document.read_text()
    return [
        Block(
            match[2],
            re.sub(rf"^{match[1]}", "", match[3], flags=re.MULTILINE),
            text.count("\n", 0, match.start()) + 1,
        )
        for match in _FENCE.finditer(text)
    ]


@cache
def prose(document: Path) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", document.read_text())


def spans(document: Path) -> list[str]:
    """What stands in backticks, each in one line."""
    return [" ".join(span.split()) for span in _SPAN.findall(prose(document))]


def links(document: Path) -> list[str]:
    return _LINK.findall(_SPAN.sub("", prose(document)))


def rows(text: str) -> list[list[str]]:
    """The cells of every table's rows, headings and rulers left out."""
    lines = [
        line for line in text.splitlines() if line.startswith("|") and not re.match(r"\|[\s|:-]+\|$", line)
    ]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def section(document: Path, heading: str) -> str:
    """What stands below a heading, up to the next one of its level or above."""
    text = prose(document)
    level = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert level, f"{name_of(document)} has no heading “{heading}”"
    below = text[level.end() :]
    following = re.search(rf"^#{{1,{len(level[1])}}} ", below, re.MULTILINE)
    return below[: following.start()] if following else below


def headings(document: Path, level: int) -> list[str]:
    return re.findall(rf"^#{{{level}}} (.+)$", prose(document), re.MULTILINE)


@cache
def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub and the site make them."""
    anchors: list[str] = []
    for heading in re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        count = sum(1 for earlier in anchors if re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", earlier))
        anchors.append(f"{anchor}-{count}" if anchor in anchors else anchor)
    return set(anchors)


@cache
def files() -> frozenset[str]:
    """Every file and folder that is kept in the repository, or will be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]
    return frozenset(names) | {str(parent) for name in names for parent in Path(name).parents}


def is_there(path: str) -> bool:
    """Whether a path is one of the repository: from the root, from the product's folder, or its end."""
    path = path.rstrip("/")
    return (
        path in files()
        or f"src/heliograph/{path}" in files()
        or any(name.endswith(f"/{path}") for name in files())
    )


# -- the code that a dotted name stands for


def dotted_names(text: str) -> Iterator[str]:
    """Names like ``courses.actions.publish_version`` that begin with a part of the product."""
    for match in re.finditer(
        rf"(?<![\w./-])(?:heliograph\.)?((?:{'|'.join(sorted(PARTS))})(?:\.[A-Za-z_]\w*)+)", text
    ):
        yield match[1]


def defines(dotted: str) -> bool:
    """Whether a dotted name leads to a module, and from there to something that it defines."""
    place, names = SOURCE, dotted.split(".")
    while names and (place / names[0]).is_dir():
        place /= names.pop(0)
    module = place / "__init__.py"
    if names and (place / f"{names[0]}.py").exists():
        module = place / f"{names.pop(0)}.py"
    return not names or _has(module, names)


def _has(module: Path, names: list[str]) -> bool:
    if not module.exists():
        return False
    known = _defined(module)
    return all(".".join(names[: count + 1]) in known for count in range(len(names)))


@cache
def _defined(module: Path) -> frozenset[str]:
    return frozenset(_names_in(ast.parse(module.read_text()).body))


def _names_in(body: list[ast.stmt], within: str = "") -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield within + name
            case ast.ClassDef(name=name):
                yield within + name
                yield from _names_in(statement.body, f"{within}{name}.")
            case ast.Assign(targets=targets):
                yield from (
                    within + node.id
                    for target in targets
                    for node in ast.walk(target)
                    if isinstance(node, ast.Name)
                )
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield within + name
            case ast.Import(names=imported) | ast.ImportFrom(names=imported):
                yield from (within + (alias.asname or alias.name) for alias in imported)
            case ast.If(body=inner, orelse=other):
                yield from _names_in([*inner, *other], within)
