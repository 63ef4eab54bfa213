"""Text from outside against the columns that are to keep it."""

from typing import Any

from django.db.models import Model

from heliograph.core.errors import Invalid

LONGEST_TEXT = 20_000  # where the column itself sets no limit


def refuse_too_long(model: type[Model], values: dict[str, Any]) -> None:
    """Raise `Invalid` for the first of ``values`` (by name of the column) that has more characters than its
    column takes.
    """
    for name, value in values.items():
        limit = getattr(model._meta.get_field(name), "max_length", None) or LONGEST_TEXT
        if isinstance(value, str) and len(value) > limit:
            raise Invalid(
                f"The {name.replace('_', ' ')} is too long: {len(value):,} characters of at most {limit:,}.",
                code="text_too_long",
                field=name,
            )
