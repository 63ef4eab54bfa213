"""Undoing an import in batches: whatever somebody has changed since stays, and is listed."""

from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import F

from heliograph.accounts import hooks
from heliograph.accounts.models import (
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
from heliograph.accounts.user_imports.applying import BATCH, other_owner
from heliograph.audit.actions import record, record_many
from heliograph.core.clock import now
from heliograph.core.roles import Role

State = UserImport.State


def run(import_id: UUID) -> UserImport:
    """Take an import back, from where it stands; one that is undone stays as it is."""
    while _next_batch(import_id):
        pass
    return UserImport.objects.get(id=import_id)


@transaction.atomic
def _next_batch(import_id: UUID) -> bool:
    job = UserImport.objects.select_for_update().get(id=import_id)
    if job.state != State.UNDOING:
        return False
    rows = list(job.rows.filter(outcome__in=("created", "changed")).order_by("number")[:BATCH])
    if not rows:
        Group.objects.filter(id__in=job.made_groups, members=None, managers=None).delete()
        UserImport.objects.filter(id=job.id).update(state=State.UNDONE, finished_at=now())
        return False
    Organization.objects.select_for_update(no_key=True).get(id=job.organization_id)
    members = {
        member.id: member
        for member in Membership.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(organization_id=job.organization_id, id__in=[row.membership_id for row in rows])
    }
    used = _used(members)
    removing, users = [], []
    for row in rows:
        member = members.get(row.membership_id)  # type: ignore[arg-type]
        if member is None:
            row.outcome = "gone"
            continue
        GroupMember.objects.filter(membership=member, group__in=row.before.get("groups", [])).delete()
        if row.outcome == "changed":
            row.outcome = _give_back(row, member)
        elif member.id in used or [member.name, member.role] != row.before["after"] or not member.is_active:
            row.outcome = _keep_out(job, member)
        else:
            row.outcome = "undone"
            removing.append(member)
            if row.before["made user"]:
                users.append(member.user_id)
    lines = [(member.id, str(member), {"import": str(job.id)}) for member in removing]
    record_many(actor_of(job), "removed", "member", lines)
    emails = [member.user.email for member in removing]
    open_ones = Invitation.objects.filter(organization_id=job.organization_id, email__in=emails)
    open_ones.filter(accepted_at=None, revoked_at=None).update(revoked_at=now())
    Membership.objects.filter(id__in=[member.id for member in removing]).delete()
    _forget(users)
    UserImportRow.objects.bulk_update(rows, ["outcome"])
    UserImport.objects.filter(id=job.id).update(done=F("done") + len(rows))
    return True


def _used(members: dict[UUID, Membership]) -> set[UUID]:
    """Who has done something, or is something to somebody: joined, made a key, manages a group, enrolled."""
    some = Membership.objects.filter(id__in=members)
    joined = {member.id for member in members.values() if member.joined_at}
    of_others = some.filter(managed_groups__isnull=False) | some.filter(api_keys__isnull=False)
    more = some.filter(merges__isnull=False) | some.filter(merged_from__isnull=False)
    ids = {*of_others.values_list("id", flat=True), *more.values_list("id", flat=True)}
    return joined.union(ids, *hooks.members_in_use.call(list(members)))


def _give_back(row: UserImportRow, member: Membership) -> str:
    """Name and role as they were, unless somebody changed them since."""
    now_has, before, after = [member.name, member.role], row.before["before"], row.before["after"]
    if now_has != after:
        return "kept"
    if after[1] == Role.OWNER.word != before[1] and not other_owner(member):
        return "kept"
    member.name, member.role = before
    member.save(update_fields=["name", "role"])
    return "undone"


def _keep_out(job: UserImport, member: Membership) -> str:
    if member.role == Role.OWNER.word and not other_owner(member):
        return "kept"
    member.is_active = False
    member.save(update_fields=["is_active"])
    record(actor_of(job), "deactivated", "member", member.id, str(member), **{"import": str(job.id)})
    return "deactivated"


def _forget(user_ids: list[UUID]) -> None:
    """Delete accounts that the import made, and that nobody has used or belongs to another organization."""
    unused = User.objects.filter(id__in=user_ids, memberships=None, last_login=None, address_proven_at=None)
    unused.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX).delete()
