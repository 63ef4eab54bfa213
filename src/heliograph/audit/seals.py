"""Sealing the audit log, so that it shows when somebody has changed it past the product.

Each seal is a digest of some entries in their order and of the seal before, made with the secret key of the
installation: whoever can write to the database and does not have the key can make none. Entries are sealed a
minute after nothing can be written before them any more; sealing in the change's own transaction would have
all changes of an organization wait for each other (docs/decisions/0031).
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from heliograph.audit.actions import record
from heliograph.audit.models import Entry, Seal, Verification
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.database.consistency import consistent_through
from heliograph.core.database.locks import lock_by_name
from heliograph.core.ids import lowest_id

AT_A_TIME: Final = 1_000  # entries of a seal, at most
SEALED_AFTER: Final = timedelta(minutes=1)
BEFORE_ALL: Final = UUID(int=0)

# A learner's name is not sealed: it goes when the learner is deleted. Who it was is in the ids.
_ENTRIES: Final = """
SELECT id::text, actor_kind, actor_id::text,
       CASE WHEN details ? 'learner' THEN '' ELSE actor_label END,
       verb, subject_kind, subject_id::text,
       CASE WHEN details ? 'learner' THEN '' ELSE subject_label END,
       details::text, extract(epoch FROM at)::text
  FROM audit_entry
 WHERE organization_id = %s AND id > %s AND id <= %s
 ORDER BY id
"""
_WAITING: Final = """
SELECT o.id
  FROM report_organizations o
  LEFT JOIN LATERAL (
    SELECT s.through FROM audit_seal s WHERE s.organization_id = o.id ORDER BY s.through DESC LIMIT 1
  ) last ON true
 WHERE EXISTS (
    SELECT FROM audit_entry e
     WHERE e.organization_id = o.id AND e.id < %(until)s AND e.id > coalesce(last.through, %(before_all)s)
  )
"""
_LAST_OF_SOME: Final = """
SELECT id FROM audit_entry
 WHERE organization_id = %s AND id > %s AND id < %s
 ORDER BY id OFFSET %s LIMIT 1
"""


@dataclass(frozen=True)
class Difference:
    """Entries that are not as they were sealed: those after ``after``, up to ``through``."""

    after: UUID
    through: UUID


@dataclass(frozen=True)
class Verified:
    """What a comparison found: how many entries and seals are as they were, the digest of the last of them,
    and the first difference.
    """

    entries: int
    seals: int
    head: bytes
    difference: Difference | None


def seal_all() -> int:
    """Seal what is old enough in every organization; how many entries that was."""
    until = lowest_id(min(consistent_through(), clock.now()) - SEALED_AFTER)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"before_all": BEFORE_ALL, "until": until})
        waiting = [row[0] for row in cursor.fetchall()]
    count = 0
    for organization_id in waiting:
        while sealed := _seal_some(organization_id, until):
            count += sealed
    return count


@transaction.atomic
def _seal_some(organization_id: UUID, until: UUID) -> int:
    lock_by_name(f"audit seals of {organization_id}")
    last = Seal.objects.filter(organization_id=organization_id).order_by("-through").first()
    after, before = (last.through, bytes(last.digest)) if last else (BEFORE_ALL, b"")
    through = _last_of_some(organization_id, after, until)
    if through is None:
        return 0
    count, digest = _digest(organization_id, after, through, before)
    Seal.objects.create(organization_id=organization_id, through=through, entries=count, digest=digest)
    return count


def _last_of_some(organization_id: UUID, after: UUID, until: UUID) -> UUID | None:
    """The entry with which the next seal ends; None where nothing waits for one."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_OF_SOME, [organization_id, after, until, AT_A_TIME - 1])
        row = cursor.fetchone()
        if row is None:  # fewer than that
            cursor.execute(
                "SELECT max(id::text) FROM audit_entry WHERE organization_id = %s AND id > %s AND id < %s",
                [organization_id, after, until],
            )
            row = cursor.fetchone()
    return UUID(str(row[0])) if row and row[0] else None


def _digest(organization_id: UUID, after: UUID, through: UUID, before: bytes) -> tuple[int, bytes]:
    """How many entries there are between, and the digest of them and of the seal ``before``."""
    made = hmac.new(_key(), before, hashlib.sha256)
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [organization_id, after, through])
        for row in cursor:
            count += 1
            for value in row:
                said = b"" if value is None else b"=" + value.encode()
                made.update(len(said).to_bytes(4, "big") + said)
    return count, made.digest()


@transaction.atomic
def retire(actor: Actor, before: datetime) -> int:
    """Delete the organization's sealed entries from before a moment; how many that was.

    The last seal of them stays: what follows is compared from there, and only the product can have made its
    mark. Entries that are not as they were sealed are kept, with all that follow them.
    """
    lock_by_name(f"audit seals of {actor.organization_id}")
    mine = Seal.objects.filter(organization_id=actor.organization_id)
    last = mine.filter(through__lt=lowest_id(before)).order_by("-through").first()
    found = _verified(actor.organization_id).difference
    if last is None or last.retired is not None or (found and found.after < last.through):
        return 0
    entries = Entry.objects.filter(organization_id=actor.organization_id, id__lte=last.through)
    count, _ = entries.delete()
    mine.filter(through__lt=last.through).delete()
    last.retired = _retired(last)
    last.save(update_fields=["retired"])
    record(actor, "deleted old entries of", "audit log", last.id, "audit log", entries=count)
    return count


def _retired(seal: Seal) -> bytes:
    told = f"retired {seal.organization_id} {seal.through} ".encode() + bytes(seal.digest)
    return hmac.digest(_key(), told, "sha256")


def _key() -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"seals of the audit log", "sha256")


def verify(organization_id: UUID) -> Verified:
    """Compare the organization's entries with their seals, and note what came of it."""
    verified = _verified(organization_id)
    difference = verified.difference
    Verification.objects.update_or_create(
        organization_id=organization_id,
        defaults={
            "at": clock.now(),
            "differs_after": difference.after if difference else None,
            "differs_through": difference.through if difference else None,
        },
    )
    return verified


def _verified(organization_id: UUID) -> Verified:
    entries, number, after, digest = 0, 0, BEFORE_ALL, b""
    for seal in _seals(organization_id):
        if seal.retired is not None:
            if number or not hmac.compare_digest(bytes(seal.retired), _retired(seal)):
                return Verified(entries, number, digest, Difference(after, seal.through))
            after, digest = seal.through, bytes(seal.digest)
            continue
        count, computed = _digest(organization_id, after, seal.through, digest)
        if count != seal.entries or not hmac.compare_digest(computed, bytes(seal.digest)):
            return Verified(entries, number, digest, Difference(after, seal.through))
        entries, number, after, digest = entries + count, number + 1, seal.through, computed
    return Verified(entries, number, digest, None)


def _seals(organization_id: UUID) -> Iterator[Seal]:
    return Seal.objects.filter(organization_id=organization_id).order_by("through").iterator()


def has_digest(organization_id: UUID, digest: str) -> bool:
    """Whether one of the organization's seals has this digest, in hexadecimal."""
    try:
        return Seal.objects.filter(organization_id=organization_id, digest=bytes.fromhex(digest)).exists()
    except ValueError:
        return False


def difference(organization_id: UUID) -> Difference | None:
    """What the last comparison found to differ."""
    noted: Any = Verification.objects.filter(organization_id=organization_id).first()
    if noted is None or noted.differs_through is None:
        return None
    return Difference(noted.differs_after, noted.differs_through)
