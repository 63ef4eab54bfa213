"""Members who are probably one person: with addresses that one mailbox has, or with the same name.

Only what the organization knows of its members is compared (decision 35).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from heliograph.accounts import queries, roles
from heliograph.accounts.models import DismissedDuplicate, Membership
from heliograph.audit.actions import record
from heliograph.core.errors import Invalid
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.core.web.paging import invalid_cursor

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from heliograph.core.actor import Actor

PERMISSION: Final = Permission.USERS_MANAGE
REASONS: Final = ("email", "name")
NOBODY: Final = UUID(int=0)
MOST: Final = 50  # suggestions at once
LARGEST: Final = 8  # members with the same name: more are namesakes
_ACCENTS: Final = "[\u0300-\u036f]"  # combining marks, into which NFKD takes letters apart

_PAIRS: Final = """
-- 1. The members who may be merged by whoever asks, with the name that the organization knows.
WITH people AS (
  SELECT m.id, lower(u.email) AS email,
         CASE WHEN m.name <> '' THEN m.name WHEN m.joined_at IS NOT NULL THEN u.name ELSE '' END AS name
    FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id
   WHERE m.organization_id = %(organization)s AND m.is_active AND m.role = ANY(%(roles)s::text[])
),
-- 2. What two spellings have in common: an address without tag and dots; a name's words without accents and
--    capital letters, in the order of the alphabet.
keys AS (
  SELECT id, 'email' AS reason,
         replace(split_part(split_part(email, '@', 1), '+', 1), '.', '')
         || '@' || split_part(email, '@', 2) AS key
    FROM people
  UNION ALL
  SELECT id, 'name',
         (SELECT string_agg(word, ' ' ORDER BY word)
            FROM regexp_split_to_table(
                   regexp_replace(normalize(lower(name), NFKD), %(accents)s, '', 'g'), '[^[:alnum:]]+') word
           WHERE word <> '')
    FROM people WHERE name LIKE '%% %%' OR name LIKE '%%,%%'
),
-- 3. Those that few have in common, each with its members: nothing is joined, whose size nobody knows before.
shared AS (
  SELECT reason, array_agg(id) AS ids FROM keys WHERE key IS NOT NULL
   GROUP BY reason, key HAVING count(*) BETWEEN 2 AND %(largest)s
)
-- 4. Each two of them once, the surest first, but for those that somebody dismissed; behind a cursor those
--    that come after it.
SELECT a.id, b.id, array_agg(reason ORDER BY reason)
  FROM shared CROSS JOIN unnest(ids) a(id) CROSS JOIN unnest(ids) b(id)
 WHERE a.id < b.id
   AND NOT EXISTS (SELECT FROM accounts_dismissedduplicate d WHERE d.first_id = a.id AND d.second_id = b.id)
 GROUP BY a.id, b.id
HAVING NOT %(follows)s
    OR (min(reason), -count(*), a.id, b.id)
       > (%(reason)s::text, -%(reasons)s::bigint, %(first)s::uuid, %(second)s::uuid)
 ORDER BY min(reason), count(*) DESC, a.id, b.id
 LIMIT %(most)s
"""


class Duplicate(NamedTuple):
    """Two members who are probably one person. ``reasons`` are *email* and *name*."""

    kept: Membership
    merged: Membership
    reasons: tuple[str, ...]

    @property
    def cursor(self) -> str:
        """Where the suggestions after this one begin."""
        first, second = sorted((self.kept.id, self.merged.id))
        return f"{self.reasons[0]}.{len(self.reasons)}.{first}.{second}"


def suggested(actor: Actor, most: int = MOST, after: str = "") -> list[Duplicate]:
    """The first of those whom the actor may merge, with equal addresses before equal names; ``after`` the
    cursor of one of them those that follow it.

    Raises `Invalid` for a cursor that is none.
    """
    actor.require(PERMISSION)
    with connection.cursor() as cursor:
        cursor.execute(
            _PAIRS,
            {
                "organization": actor.organization_id,
                "roles": roles.words_within(actor.organization_id, actor.role),
                "accents": _ACCENTS,
                "largest": LARGEST,
                "most": most,
                **_read_cursor(after),
            },
        )
        pairs: list[tuple[UUID, UUID, list[str]]] = cursor.fetchall()
    ids = {member_id for first, second, _ in pairs for member_id in (first, second)}
    members = queries.members(actor.organization_id).in_bulk(ids)
    return [
        Duplicate(*_kept_first(actor, members[first], members[second]), tuple(reasons))
        for first, second, reasons in pairs
        if first in members and second in members
    ]


def _read_cursor(written: str) -> dict[str, Any]:
    """What the statement takes of a cursor; raises `Invalid` for what is none."""
    parts = (written or f"email.1.{NOBODY}.{NOBODY}").split(".")
    if len(parts) != 4 or parts[0] not in REASONS or parts[1] not in ("1", "2"):
        raise invalid_cursor()
    first, second = parse_id(parts[2]), parse_id(parts[3])
    if not first or not second:
        raise invalid_cursor()
    return {
        "follows": bool(written),
        "reason": parts[0],
        "reasons": int(parts[1]),
        "first": first,
        "second": second,
    }


def _kept_first(actor: Actor, first: Membership, second: Membership) -> tuple[Membership, Membership]:
    """The one to be kept: the actor, or who has joined, or who was there first; then the other one."""

    def rank(member: Membership) -> tuple[bool, bool, UUID]:
        return member.user_id != actor.id, member.joined_at is None, member.id

    kept, merged = sorted((first, second), key=rank)
    return kept, merged


def dismissed(actor: Actor) -> QuerySet[DismissedDuplicate]:
    """Those whom somebody dismissed, latest first."""
    actor.require(PERMISSION)
    mine = DismissedDuplicate.objects.filter(organization_id=actor.organization_id)
    return mine.select_related("first__user", "second__user").order_by("-id")


@transaction.atomic
def dismiss(actor: Actor, one: Membership, other: Membership) -> None:
    """Suggest these two no more. Raises `Invalid` for one member twice."""
    actor.require(PERMISSION)
    first, second = _two(one, other)
    _, is_new = DismissedDuplicate.objects.get_or_create(
        first=first,
        second=second,
        defaults={"organization_id": actor.organization_id, "dismissed_by": actor.label[:200]},
    )
    if is_new:
        record(actor, "dismissed duplicate of", "member", first.id, str(first), other=second.user.email)


@transaction.atomic
def restore(actor: Actor, one: Membership, other: Membership) -> None:
    """Suggest these two again who were dismissed. Raises `Invalid` for one member twice."""
    actor.require(PERMISSION)
    first, second = _two(one, other)
    gone, _ = DismissedDuplicate.objects.filter(
        organization_id=actor.organization_id, first=first, second=second
    ).delete()
    if gone:
        record(actor, "restored duplicate of", "member", first.id, str(first), other=second.user.email)


def _two(one: Membership, other: Membership) -> tuple[Membership, Membership]:
    """Two members, the one with the lower id first."""
    if one.id == other.id:
        raise Invalid(gettext("Choose another user: this is the same one."), field="other")
    first, second = sorted((one, other), key=lambda member: member.id)
    return first, second
