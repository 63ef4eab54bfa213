"""Writing the audit log."""

from typing import Any
from uuid import UUID

from heliograph.audit.models import Entry
from heliograph.core.actor import Actor
from heliograph.core.clock import now


def record(
    actor: Actor, verb: str, subject_kind: str, subject_id: UUID | None, subject_label: str, **details: Any
) -> None:
    """Write that ``actor`` did ``verb`` (past tense, as *published*) to a row; call it inside the change's
    transaction.
    """
    Entry.objects.create(
        organization_id=actor.organization_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        verb=verb,
        subject_kind=subject_kind,
        subject_id=subject_id,
        subject_label=subject_label[:300],
        details=details,
        at=now(),
    )
