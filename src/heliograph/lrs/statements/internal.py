"""Statements that Heliograph itself makes: of sessions in courses, of what was launched, satisfied, abandoned
and waived.
"""

from typing import Any
from uuid import UUID

import msgspec

from heliograph.lrs.access import ADMIN, Access
from heliograph.lrs.authentication import authority_of
from heliograph.lrs.rules import keys
from heliograph.lrs.statements import write

ACCOUNT = "heliograph"


def store(organization_id: UUID, statements: list[dict[str, Any]], *, after: bool = False) -> list[str]:
    """Store statements as Heliograph's own, as xAPI 1.0.3, in the caller's transaction if there is one; their
    ids.

    A statement whose id is given is stored once, however often it is told. ``after``: they follow what the
    same transaction stored before. Raises what `write.store` raises.
    """
    if not statements:
        return []
    authority = authority_of(ACCOUNT)
    access = Access(
        organization_id=organization_id,
        label="Heliograph",
        scopes=frozenset({ADMIN}),
        authority=authority,
        authority_identifier=keys.identifier(msgspec.json.decode(authority)) or "",
    )
    return write.store(
        access,
        [msgspec.json.encode(statement) for statement in statements],
        "1.0.3",
        first=write.MOST_AT_ONCE if after else 0,
        inside=True,
    )
