import ast
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from heliograph.core import clock
from heliograph.core.ids import lowest_id, new_id
from heliograph.lrs.models import Statement
from heliograph.lrs.statements import internal, query
from heliograph.runtime import actions as runtime

SOURCE = Path(__file__).parents[2] / "src/heliograph"
MARCH = datetime(2026, 3, 14, 9, 26, 53, 589_000, UTC)
ASKS_THE_MACHINE = {"datetime.now", "datetime.utcnow", "timezone.now", "time.time"}
ASKS_THE_DATABASE = re.compile(r"(?i)\bnow\(\)|clock_timestamp|statement_timestamp|current_timestamp")
# Who has to know the real time, whatever the clock says.
ON_PURPOSE = {
    "config/server/health.py": "how many sessions are open at this moment",
    "core/database/consistency.py": "which transactions are open at this moment",
    "lrs/statements/write.py": "the time of the transaction, unless the clock was set",
}


def test_inside_at_the_clock_stands_and_afterwards_it_goes_on() -> None:
    before = clock.now()
    with clock.at(MARCH):
        assert clock.now() == clock.now() == clock.set_moment() == MARCH
        assert clock.epoch_seconds() == int(MARCH.timestamp())
        with clock.at(MARCH + timedelta(days=1)):
            assert clock.now() == MARCH + timedelta(days=1)
        assert clock.now() == MARCH
    assert before <= clock.now()
    assert clock.set_moment() is None


def test_the_clock_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="inside"), clock.at(MARCH):
        raise ValueError("inside")
    assert clock.set_moment() is None


def test_the_clock_of_another_thread_goes_on() -> None:
    seen = []
    with clock.at(MARCH):
        other = threading.Thread(target=lambda: seen.append(clock.set_moment()))
        other.start()
        other.join()
    assert seen == [None]


def test_ids_of_another_moment_begin_with_it_and_follow_each_other() -> None:
    with clock.at(MARCH):
        ids = [new_id() for _ in range(20_000)]
    assert ids == sorted(set(ids))
    assert {made.version for made in ids} == {7}
    assert {made.variant for made in ids} == {new_id().variant}
    assert lowest_id(MARCH) < ids[0]
    assert ids[-1] < lowest_id(MARCH + timedelta(milliseconds=1))


@pytest.mark.django_db
def test_rows_have_the_time_of_the_clock(tenant) -> None:
    with clock.at(MARCH):
        learner = runtime.ensure_learner(tenant.organization.id, tenant.organization.id, "ada")
    learner.refresh_from_db()
    assert learner.created_at == MARCH


@pytest.mark.django_db
def test_statements_are_stored_at_the_time_of_the_clock(tenant) -> None:
    statement = {
        "actor": {"mbox": "mailto:ada@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://example.org/course"},
    }
    with clock.at(MARCH):
        internal.store(tenant.organization.id, [statement])
    assert query.stored_at(Statement.objects.get().id) == MARCH


def test_nobody_else_asks_what_time_it_is() -> None:
    """Otherwise a part of what is done `at` another moment would lie in another month."""
    asking = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name == "core/clock.py" or name.startswith("demo_lms/"):
            continue
        lines = _lines_that_ask(path)
        if lines:
            asking[name] = lines
    assert asking.keys() == ON_PURPOSE.keys(), asking


def _lines_that_ask(path: Path) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Call) and ast.unparse(node.func) in ASKS_THE_MACHINE)
        or (isinstance(node, ast.Constant) and ASKS_THE_DATABASE.search(str(node.value)))
    ]


def test_no_column_takes_the_time_of_django() -> None:
    own = [model for model in apps.get_models() if model.__module__.startswith("heliograph.")]
    columns = [
        field for model in own for field in model._meta.fields if isinstance(field, models.DateTimeField)
    ]
    assert len(columns) > 50
    assert [str(field) for field in columns if field.auto_now or field.auto_now_add] == []
