"""Members who are probably one person: with addresses that one mailbox has, or with the same name.

Only what the organization knows of its members is compared (decision 35).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import connection, transaction

from heliograph.accounts import queries, roles
from heliograph.accounts.models import DismissedDuplicate, Membership
from heliograph.audit.actions import record
from heliograph.core.permissions import Permission

if TYPE_CHECKING:
    from uuid import UUID

    from heliograph.core.actor import Actor

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
-- 4. Each two of them once, the surest first, but for those that somebody dismissed.
SELECT a.id, b.id, array_agg(reason ORDER BY reason)
  FROM shared CROSS JOIN unnest(ids) a(id) CROSS JOIN unnest(ids) b(id)
 WHERE a.id < b.id
   AND NOT EXISTS (SELECT FROM accounts_dismissedduplicate d WHERE d.first_id = a.id AND d.second_id = b.id)
 GROUP BY a.id, b.id
 ORDER BY min(reason), count(*) DESC, a.id, b.id
 LIMIT %(most)s
"""


class Duplicate(NamedTuple):
    """Two members who are probably one person. ``reasons`` are *email* and *name*."""

    kept: Membership
    merged: Membership
    reasons: tuple[str, ...]


def suggested(actor: Actor) -> list[Duplicate]:
    """The first of those whom the actor may merge, with equal addresses before equal names."""
    actor.require(Permission.USERS_MANAGE)
    with connection.cursor() as cursor:
        cursor.execute(
            _PAIRS,
            {
                "organization": actor.organization_id,
                "roles": roles.words_within(actor.organization_id, actor.role),
                "accents": _ACCENTS,
                "largest": LARGEST,
                "most": MOST,
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


def _kept_first(actor: Actor, first: Membership, second: Membership) -> tuple[Membership, Membership]:
    """The one to be kept: the actor, or who has joined, or who was there first; then the other one."""

    def rank(member: Membership) -> tuple[bool, bool, UUID]:
        return member.user_id != actor.id, member.joined_at is None, member.id

    kept, merged = sorted((first, second), key=rank)
    return kept, merged


@transaction.atomic
def dismiss(actor: Actor, one: Membership, other: Membership) -> None:
    """Suggest these two no more."""
    actor.require(Permission.USERS_MANAGE)
    first, second = sorted((one, other), key=lambda member: member.id)
    _, is_new = DismissedDuplicate.objects.get_or_create(
        first=first,
        second=second,
        defaults={"organization_id": actor.organization_id, "dismissed_by": actor.label[:200]},
    )
    if is_new:
        record(actor, "dismissed duplicate of", "member", first.id, str(first), other=second.user.email)
