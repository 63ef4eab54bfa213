"""Applying an import: so many rows in each transaction, which also notes that they are done.

A worker that dies leaves whole batches; whoever goes on finds the rows that are not done.
"""

import secrets
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

from heliograph.accounts import invitations, roles
from heliograph.accounts.actions import digest
from heliograph.accounts.groups.queries import by_names
from heliograph.accounts.models import (
    ADMITTED,
    Group,
    GroupMember,
    Invitation,
    Membership,
    Organization,
    User,
    UserImport,
    UserImportRow,
)
from heliograph.accounts.user_imports.actions import actor_of
from heliograph.audit.actions import record_many
from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.core.roles import Role

State = UserImport.State
BATCH = 500
DO = (UserImportRow.Verdict.CREATE, UserImportRow.Verdict.CHANGE)


def run(import_id: UUID) -> UserImport:
    """Apply an import, from where it stands; one that is done stays as it is."""
    while _next_batch(import_id):
        pass
    return UserImport.objects.get(id=import_id)


@transaction.atomic
def _next_batch(import_id: UUID) -> bool:
    job = UserImport.objects.select_for_update().get(id=import_id)
    if job.state != State.APPLYING:
        return False
    waiting = job.rows.filter(verdict__in=DO, outcome="").order_by("number")
    rows = list(waiting[:BATCH])
    if not rows:
        UserImport.objects.filter(id=job.id).update(state=State.DONE, finished_at=now())
        return False
    Organization.objects.select_for_update(no_key=True).get(id=job.organization_id)
    members = _members(job, rows)
    _groups(job, rows, members)
    UserImportRow.objects.bulk_update(rows, ["outcome", "membership_id", "before"])
    UserImport.objects.filter(id=job.id).update(done=F("done") + len(rows), made_groups=job.made_groups)
    return True


def _members(job: UserImport, rows: list[UserImportRow]) -> dict[UUID, Membership]:
    """The members of the rows after the rows are applied, by id; a row that could not be has none."""
    creating = [row for row in rows if row.verdict == "create"]
    created = _create(job, creating)
    changing = [(row, row.membership_id) for row in rows if row.verdict == "change" and row.membership_id]
    existing = {
        member.id: member
        for member in Membership.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(organization_id=job.organization_id, id__in=[member_id for _, member_id in changing])
    }
    changed = [
        existing[member_id] for row, member_id in changing if _change(job, row, existing.get(member_id))
    ]
    Membership.objects.bulk_update(changed, ["name", "role"])
    _record(job, "changed", changed)
    return {**created, **{member.id: member for member in changed}}


def _create(job: UserImport, rows: list[UserImportRow]) -> dict[UUID, Membership]:
    """An account for each address that has none, and a membership for each that is no member meanwhile."""
    new = [User(id=new_id(), email=row.email, password=make_password(None)) for row in rows]
    User.objects.bulk_create(new, ignore_conflicts=True)
    users = {user.email: user for user in User.objects.filter(email__in=[row.email for row in rows])}
    own = {user.id for user in new}
    members = [
        Membership(
            id=new_id(),
            organization_id=job.organization_id,
            user=users[row.email],
            name=row.name,
            role=row.role or Role.LEARNER.word,
            joined_at=None,
        )
        for row in rows
        if row.email in users
    ]
    Membership.objects.bulk_create(members, ignore_conflicts=True)
    ids = {member.id for member in members}
    made = set(Membership.objects.filter(id__in=ids).values_list("id", flat=True))
    by_email = {member.user.email: member for member in members if member.id in made}
    for row in rows:
        member = by_email.get(row.email)
        row.outcome = "created" if member else "skipped"
        if member:
            row.membership_id = member.id
            row.before = {"after": [member.name, member.role], "made user": member.user_id in own}
    created = {member.id: member for member in by_email.values()}
    _record(job, "added", created.values())
    if job.invites:
        _invite(job, created.values())
    return created


def _change(job: UserImport, row: UserImportRow, member: Membership | None) -> bool:
    """Give a member what the row says, if that may still be; whether it was."""
    actor = actor_of(job)
    if member is None or not actor.covers(roles.granted(job.organization_id, member.role)):
        row.outcome = "skipped"
        return False
    if member.role == Role.OWNER.word and row.role not in ("", "owner") and not other_owner(member):
        row.outcome = "skipped"
        return False
    if row.role == Role.OWNER.word and member.scope:
        row.outcome = "skipped"
        return False
    before = [member.name, member.role]
    if row.name and row.name != member.full_name:
        member.name = row.name
    member.role = row.role or member.role
    if before[1] != member.role and before[1] == Role.OWNER.word:
        member.save(update_fields=["role"])  # seen by the next one of the batch who is an owner
    row.outcome, row.before = "changed", {"before": before, "after": [member.name, member.role]}
    return True


def other_owner(member: Membership) -> bool:
    """Whether the organization keeps an owner without this one."""
    owners = Membership.objects.filter(
        ADMITTED, organization_id=member.organization_id, role=Role.OWNER.word, user__is_active=True
    )
    return owners.exclude(id=member.id).exists()


def _groups(job: UserImport, rows: list[UserImportRow], members: dict[UUID, Membership]) -> None:
    """Have the members in the groups that their rows name; groups that are not there are made."""
    names = {name for row in rows for name in row.groups if row.membership_id in members}
    if not names:
        return
    groups = by_names(job.organization_id, sorted(names))
    spelled = {name.lower(): name for name in sorted(names, reverse=True)}  # one of several spellings
    missing = [name for key, name in sorted(spelled.items()) if key not in groups]
    for name in missing:
        group = Group.objects.create(organization_id=job.organization_id, name=name)
        groups[name.lower()] = group
        job.made_groups.append(str(group.id))
    record_many(actor_of(job), "created", "group", [(groups[n.lower()].id, n, {}) for n in missing])
    inside = set(GroupMember.objects.filter(membership__in=members).values_list("group_id", "membership_id"))
    adding = []
    for row in rows:
        if row.membership_id not in members:
            continue
        ids = {groups[name.lower()].id for name in row.groups}
        new = [group_id for group_id in ids if (group_id, row.membership_id) not in inside]
        adding += [GroupMember(group_id=group_id, membership_id=row.membership_id) for group_id in new]
        row.before["groups"] = [str(group_id) for group_id in new]
    GroupMember.objects.bulk_create(adding, ignore_conflicts=True)


def _invite(job: UserImport, members: Iterable[Membership]) -> None:
    for member in members:
        secret = secrets.token_urlsafe(32)
        invitation, made = Invitation.objects.get_or_create(
            organization_id=job.organization_id,
            email=member.user.email,
            accepted_at=None,
            revoked_at=None,
            defaults={
                "role": member.role,
                "digest": digest(secret),
                "mailed": True,
                "invited_by": job.created_by,
                "created_at": now(),
                "expires_at": now() + invitations.GOOD_FOR,
            },
        )
        if made:
            invitations.hand_over(invitation, secret)


def _record(job: UserImport, verb: str, members: Iterable[Membership]) -> None:
    details: dict[str, Any] = {"import": str(job.id)}
    lines = [(member.id, str(member), {**details, "role": member.role}) for member in members]
    record_many(actor_of(job), verb, "member", lines)
