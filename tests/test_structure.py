"""The house: what imports what.

`make check` holds the layers of the parts; here is what import-linter has no contract for.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from django.apps import apps
from django.db import connection

SOURCE = Path(__file__).parents[1] / "src/heliograph"

# What of a part any other may import, beside the pure modules in `PURE`. Views take `page_access` and
# `api_auth` to know who asks.
ENTRANCES = {"actions", "queries", "hooks", "errors", "tables"}
MORE_ENTRANCES = {
    "audit": {"seals"},  # what is no longer kept goes by whole seals
    "accounts": {
        "page_access",
        "api_auth",
        "invitations",
        "roles",
        "scopes",
        "view_as",
        "groups",
        "user_imports",
        "merging",
        "many_members",
    },
    "insights": {"last_days", "learning", "periods"},  # what the back office shows
    # For figures: hosted sessions catch up first, and what LMSs have of results is compared.
    "dispatch": {"hosted", "results"},
    # A course's files, under a part's own addresses; its pages, to which parts add tabs; taking uploads over
    "courses": {"serving", "frame", "imports", "limits_of_roles", "organizing"},
    # Mail; channels and leases for messages of parts above.
    "delivery": {"mail", "sending", "lease", "models"},
    # For content that a learner opened: its tokens, requests and statements. For figures: whose records they
    # are of.
    "lrs": {"access", "authentication", "messages", "statements", "people"},
    # Registering many at once.
    # Statements and outcomes of packages that play elsewhere; the shape of a launch link in answers; the page
    # that refuses; its pages, to which parts add tabs.
    "runtime": {"enrolling", "scorm_profile", "external_outcomes", "api", "learner_pages", "frame"},
}
# Formats, rules and data models without Django: libraries, whoever uses them.
PURE = {
    "courses": {"formats", "findings"},
    "lrs": {"rules"},
    "webhooks": {"topics"},
    "runtime": {"brand", "cmi", "rules", "sequencing", "texts"},
}
EVERYBODYS = {"core", "ui"}
# What a part may read of another one's rows in SQL: these views, each made by its owner (`sql_views.py`).
VIEWS = {
    "report_changed_registrations": "core",
    "report_organizations": "accounts",
    "report_group_people": "accounts",
    "report_members": "accounts",
    "report_courses": "courses",
    "report_course_versions": "courses",
    "report_learners": "runtime",
    "report_registrations": "runtime",
    "report_attempts": "runtime",
    "report_launches": "runtime",
    "report_emitted_batches": "runtime",
    "report_questions": "runtime",
    "report_answers": "runtime",
    "report_openings": "runtime",
    "report_destinations": "dispatch",
    "report_dispatches": "dispatch",
    "report_deployments": "dispatch",
    "report_sessions": "dispatch",
}
# Where SQL names tables of other parts all the same.
NAMES_ALL_TABLES = {
    "config/server/health.py",  # counts what is in each
    # A trigger of its own hangs on `runtime_learner`: learners go in many ways, mostly by cascade
    "dispatch/triggers.py",
}
PUT_TOGETHER = {"__main__", "config", "demo", "demo_lms"}  # these know every part


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("heliograph", cache_dir=None, exclude_type_checking_imports=True)


def test_nothing_in_a_folder_imports_itself_in_a_circle(graph: grimp.ImportGraph) -> None:
    """At each level, the modules and folders side by side import each other in one direction only."""
    circles = [
        f"in {folder}: {' → '.join(circle)}"
        for folder in _folders(graph)
        for circle in _circles(_imports_within(graph, folder))
    ]
    assert circles == []


def test_a_part_is_entered_by_its_entrances_only(graph: grimp.ImportGraph) -> None:
    """No part imports another one's models, views or helpers.

    For annotations it may name them, which no program runs.
    """
    entered = []
    for module in graph.modules:
        mine = module.split(".")[1:2]
        if not mine or mine[0] in PUT_TOGETHER:
            continue
        for imported in graph.find_modules_directly_imported_by(module):
            part, door = [*imported.split(".")[1:3], "", ""][:2]
            known = ENTRANCES | MORE_ENTRANCES.get(part, set()) | PURE.get(part, set())
            if part not in {mine[0], *EVERYBODYS, ""} and door not in known:
                entered.append(f"{module} imports {imported}")
    assert sorted(entered) == []


def test_sql_names_only_tables_of_its_own_part() -> None:
    """Other parts' rows are read through views and functions, and written by their owners alone."""
    tables = {model._meta.db_table: model._meta.app_label for model in apps.get_models() if _ours(model)}
    foreign = []
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        part = name.split("/")[0]
        if "migrations" in path.parts or part in {"demo", "demo_lms"} or name in NAMES_ALL_TABLES:
            continue
        for text in _texts(path):
            named = set(
                re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE|USING|ON|TABLE|ONLY)\s+\"?([a-z]+_[a-z_]+)", text)
            )
            foreign += [f"{name}: {table}" for table in named & set(tables) if tables[table] != part]
            foreign += [
                f"{name}: {view}" for view in named if view.startswith("report_") and view not in VIEWS
            ]
    assert foreign == []


@pytest.mark.django_db
def test_every_view_for_reading_is_there_and_belongs_to_one_part() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT viewname FROM pg_views WHERE schemaname = current_schema()")
        assert {row[0] for row in cursor.fetchall()} == set(VIEWS)
    for view, part in VIEWS.items():
        assert f"CREATE VIEW {view} AS" in (SOURCE / part / "sql_views.py").read_text()


def test_a_circle_is_seen() -> None:
    assert list(_circles({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == [["b", "c", "b"]]
    assert list(_circles({"a": {"b", "c"}, "b": {"c"}, "c": set()})) == []


def _folders(graph: grimp.ImportGraph) -> list[str]:
    return sorted(module for module in graph.modules if graph.find_children(module))


def _imports_within(graph: grimp.ImportGraph, folder: str) -> dict[str, set[str]]:
    """By each module or folder that lies in a folder: which of the others it imports, with all that is inside
    of it.
    """
    depth = folder.count(".") + 2
    imports: dict[str, set[str]] = {child: set() for child in graph.find_children(folder)}
    for module in graph.find_descendants(folder):
        mine = ".".join(module.split(".")[:depth])
        for imported in graph.find_modules_directly_imported_by(module):
            theirs = ".".join(imported.split(".")[:depth])
            if imported.startswith(f"{folder}.") and theirs != mine:
                imports[mine].add(theirs)
    return imports


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


def _ours(model: type) -> bool:
    return model.__module__.startswith("heliograph.")


def _texts(path: Path) -> list[str]:
    """The strings of a module."""
    return [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
