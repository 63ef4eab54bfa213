"""The data model as a page: docs/data-model.md. ``python -m tools.docs.data_model`` prints it.

Everything is read from the Django models: their docstrings, columns, constraints, and the comments that stand
beside columns in the source.
"""

import ast
import inspect
import io
import tokenize
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, TypeAlias, cast

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from tools.docs import ROOT, set_up

HEAD = """# Data model

Made from the Django models; do not edit it. To make it again after a change of a model:

```sh
uv run python -m tools.docs.data_model > docs/data-model.md
```

There is one section for each part that has tables, from the bottom of the map \
([architecture](architecture.md)) to the top. A picture
shows keys and relations; the tables below it list every column. \
Three things are left out of the pictures:

- **The tenant.** Rows of a tenant name their organization in `organization_id`, \
which comes first in unique constraints and indexes.
- **Relations without a constraint.** Some columns hold another row's id and no foreign key, \
because the other table is partitioned or
  belongs to a part higher up. Their meaning is in the tables.
- **Tables of libraries**: Django's sessions and content types, allauth's sign-ins and factors, \
procrastinate's jobs.

Ids are UUIDv7 and sort by the time at which they were made. \
Tables that only grow are partitioned by month of their id.
"""
TENANT = "organization"
SHORT = {
    "BigAutoField": "bigint", "BigIntegerField": "bigint", "BinaryField": "bytes",
    "BooleanField": "boolean", "CharField": "text", "DateField": "date", "DateTimeField": "timestamp",
    "EmailField": "text", "FloatField": "float", "IntegerField": "integer", "JSONField": "json",
    "PositiveBigIntegerField": "bigint", "PositiveIntegerField": "integer",
    "PositiveSmallIntegerField": "smallint", "TextField": "text", "UUIDField": "uuid",
    "DecimalField": "numeric", "SearchVectorField": "words",
}  # fmt: skip
Model = type[models.Model]
Field: TypeAlias = "models.Field[Any, Any]"


def page() -> str:
    """The whole page, in Markdown."""
    parts = [HEAD]
    for label in _parts():
        parts.append(f"## {label}\n\n{_picture(label)}\n")
        parts += [_table(model) for model in _models(label)]
    return "\n".join(parts)


def _parts() -> list[str]:
    """The parts that have tables, from the bottom of the map upwards, as the import contract has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    labels = [layer.rpartition(".")[2] for layer in reversed(layers)]
    return [label for label in labels if apps.is_installed(f"heliograph.{label}") and _models(label)]


def _models(label: str) -> list[Model]:
    return list(apps.get_app_config(label).get_models())


def _columns(model: Model) -> list[Field]:
    """The columns, without the composite keys that Django puts beside them."""
    return [
        field for field in model._meta.concrete_fields if not isinstance(field, models.CompositePrimaryKey)
    ]


def _key(model: Model) -> set[str]:
    """The names of the columns of the primary key."""
    key = model._meta.pk
    return set(key.field_names) if isinstance(key, models.CompositePrimaryKey) else {key.name}


# -- the picture of a part


def _picture(label: str) -> str:
    lines = ["```mermaid", "erDiagram"]
    for model in _models(label):
        keys = list(_keys(model))
        lines += (
            [f"  {model._meta.db_table} {{", *(f"    {line}" for line in keys), "  }"]
            if keys
            else [f"  {model._meta.db_table}"]
        )
    lines += [f"  {line}" for model in _models(label) for line in _relations(model)]
    return "\n".join([*lines, "```"])


def _keys(model: Model) -> Iterator[str]:
    """The columns by which a row is known, or knows another."""
    primary, unique = _key(model), {name for names in _unique(model) for name in names}
    for field in _columns(model):
        if field.name == TENANT and field.name not in primary:
            continue
        marks = [
            mark
            for mark, has in (
                ("PK", field.name in primary),
                ("FK", field.is_relation),
                ("UK", (field.unique and field.name not in primary) or field.name in unique),
            )
            if has
        ]
        if marks and field.column != f"{TENANT}_id":
            yield f"{_type(field)} {field.column} {', '.join(marks)}"


def _table_of(field: Field) -> str:
    """The table that a relation leads to."""
    return cast(Model, field.related_model)._meta.db_table


def _relations(model: Model) -> Iterator[str]:
    for field in _columns(model):
        if not field.is_relation or field.name == TENANT:
            continue
        end = "|o" if field.null else "||"
        many = "o|" if field.unique else "o{"
        yield f'{_table_of(field)} {end}--{many} {model._meta.db_table} : "{field.name}"'


# -- the columns of a table


def _table(model: Model) -> str:
    name = model._meta.db_table
    lines = [f"### {name}", "", " ".join(inspect.cleandoc(model.__doc__ or "").split()), ""]
    lines += [
        "| column | type | |",
        "| --- | --- | --- |",
        *(_row(model, field) for field in _columns(model)),
        "",
    ]
    if name in _partitioned():
        lines += ["Partitioned by month.", ""]
    unique = list(_unique(model))
    if unique:
        lines += [f"Unique: {'; '.join(', '.join(f'`{name}`' for name in names) for names in unique)}.", ""]
    return "\n".join(lines)


def _row(model: Model, field: Field) -> str:
    notes = []
    if field.name in _key(model):
        notes.append("primary key")
    if field.is_relation:
        target = _table_of(field)
        notes.append(f"refers to [{target}](#{target})")
    if field.null:
        notes.append("may be null")
    if field.choices:
        notes.append(f"one of {', '.join(f'`{value}`' for value, _ in field.choices)}")
    comment = _comments(model).get(field.name) or str(field.help_text)
    if comment:
        notes.append(_escaped(comment))
    return f"| `{field.column}` | {_type(field)} | {'; '.join(notes)} |"


def _type(field: Field) -> str:
    """A column's type in a word; a relation has that of what it refers to."""
    while field.is_relation:
        field = field.target_field  # type: ignore[attr-defined]
    if isinstance(field, ArrayField):
        return f"{_type(field.base_field)}[]"
    return SHORT[field.get_internal_type()]


def _unique(model: Model) -> Iterator[tuple[str, ...]]:
    """The columns of each unique constraint."""
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields:
            yield tuple(cast(Any, model._meta.get_field(name)).column for name in constraint.fields)


def _partitioned() -> list[str]:
    from heliograph.config.database import PARTITIONED

    return PARTITIONED


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


# -- what the source says beside a column


def _comments(model: Model) -> dict[str, str]:
    """By column: the comment at the end of its line, or the lines of comment above it; those of abstract
    bases too.
    """
    comments: dict[str, str] = {}
    for base in reversed(inspect.getmro(model)):
        if issubclass(base, models.Model) and base is not models.Model:
            comments |= _comments_of(base)
    return comments


@cache
def _comments_of(model: Model) -> dict[str, str]:
    source = inspect.cleandoc("\n" + inspect.getsource(model))
    lines = source.splitlines()
    comments = {
        token.start[0]: token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    (body,) = ast.parse(source).body
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - it is the source of a class
    by_column = {}
    for statement in body.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            beside = comments.get(statement.lineno) or comments.get(statement.end_lineno or 0)
            comment = [beside.string] if beside else list(_above(statement.lineno, lines))
            text = " ".join(
                line.removeprefix("#").strip() for line in comment if not line.startswith("# noqa")
            )
            if text:
                by_column[statement.targets[0].id] = text.partition("# noqa")[0].strip().removesuffix(".")
    return by_column


def _above(number: int, lines: list[str]) -> Iterable[str]:
    """The lines of comment that end right above a line."""
    comment_lines: list[str] = []
    while number >= 2 and lines[number - 2].strip().startswith("#"):
        comment_lines.insert(0, lines[number - 2].strip())
        number -= 1
    return comment_lines


if __name__ == "__main__":
    set_up()
    print(page(), end="")
