"""Variables of certificates: in braces, replaced by what a credential says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from heliograph.core.errors import Invalid
from heliograph.core.translation import gettext

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES: Final = ("name", "credential", "program", "issuer", "completed", "awarded", "expires", "number")
_VARIABLE: Final = re.compile(r"\{(\w*)\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """A paragraph with its values; a value is never looked through for variables."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def refuse_unknown(text: str, field: str) -> None:
    """Raise `Invalid` for a variable that does not exist."""
    unknown = [name for name in _VARIABLE.findall(text) if name not in VARIABLES]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in VARIABLES)
        raise Invalid(
            gettext("There is no variable {%(name)s}. These exist: %(known)s.")
            % {"name": unknown[0][:40], "known": known},
            field=field,
        )
