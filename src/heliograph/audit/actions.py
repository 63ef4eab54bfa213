"""Writing the audit log."""

from collections.abc import Iterable
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


def record_many(
    actor: Actor, verb: str, subject_kind: str, subjects: Iterable[tuple[UUID, str, dict[str, Any]]]
) -> None:
    """The same of many rows, each with its id, label and details, in one statement."""
    Entry.objects.bulk_create(
        Entry(
            organization_id=actor.organization_id,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_label=actor.label[:200],
            verb=verb,
            subject_kind=subject_kind,
            subject_id=subject_id,
            subject_label=label[:300],
            details=details,
            at=now(),
        )
        for subject_id, label, details in subjects
    )
