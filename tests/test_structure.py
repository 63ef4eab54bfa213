"""The house: what imports what. `make check` holds the layers of the parts; here is what import-linter has no contract for."""

from collections.abc import Iterator

import grimp
import pytest


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("heliograph", cache_dir=None)


def test_nothing_in_a_folder_imports_itself_in_a_circle(graph: grimp.ImportGraph) -> None:
    """At each level, the modules and folders that lie side by side import each other in one direction only."""
    circles = [f"in {folder}: {' → '.join(circle)}" for folder in _folders(graph) for circle in _circles(_imports_within(graph, folder))]
    assert circles == []


def test_a_circle_is_seen() -> None:
    assert list(_circles({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == [["b", "c", "b"]]
    assert list(_circles({"a": {"b", "c"}, "b": {"c"}, "c": set()})) == []


def _folders(graph: grimp.ImportGraph) -> list[str]:
    return sorted(module for module in graph.modules if graph.find_children(module))


def _imports_within(graph: grimp.ImportGraph, folder: str) -> dict[str, set[str]]:
    """By each module or folder that lies in a folder: which of the others it imports, with all that is inside of it."""
    depth = folder.count(".") + 2
    found: dict[str, set[str]] = {child: set() for child in graph.find_children(folder)}
    for module in graph.find_descendants(folder):
        mine = ".".join(module.split(".")[:depth])
        for imported in graph.find_modules_directly_imported_by(module):
            theirs = ".".join(imported.split(".")[:depth])
            if imported.startswith(f"{folder}.") and theirs != mine:
                found[mine].add(theirs)
    return found


def _circles(imports: dict[str, set[str]]) -> Iterator[list[str]]:
    """One way around for each circle, from where it closes."""
    done: set[str] = set()

    def walk(module: str, way: list[str]) -> Iterator[list[str]]:
        if module in way:
            yield [*way[way.index(module) :], module]
        elif module not in done:
            for imported in sorted(imports[module]):
                yield from walk(imported, [*way, module])
            done.add(module)

    for module in sorted(imports):
        yield from walk(module, [])
