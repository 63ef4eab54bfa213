"""Starting an import of users, and having it applied and undone: the work itself is the worker's."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from heliograph.accounts import roles
from heliograph.accounts.errors import ImportNotReady, ImportRunning
from heliograph.accounts.invitations import MOST_OPEN
from heliograph.accounts.models import Invitation, UserImport
from heliograph.accounts.user_imports import columns, reading
from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.background import jobs
from heliograph.core.errors import Invalid, TooLarge
from heliograph.core.ids import new_id
from heliograph.core.permissions import Permission
from heliograph.core.storage import LocalFile
from heliograph.core.translation import gettext, grouped

State = UserImport.State


def start(
    actor: Actor, path: Path, filename: str, *, update_existing: bool = True, invites: bool = False
) -> UserImport:
    """Take a file over and have it checked; nothing of the organization changes yet.

    Raises `TooLarge`, `Invalid`, and `ImportRunning` while the organization has another import at work.
    """
    try:
        return _start(actor, path, filename, update_existing, invites)
    finally:
        path.unlink(missing_ok=True)  # what was taken over lies elsewhere by now; what was refused goes


@transaction.atomic
def _start(actor: Actor, path: Path, filename: str, update_existing: bool, invites: bool) -> UserImport:
    actor.require(Permission.USERS_MANAGE)
    size = path.stat().st_size
    if size > reading.MOST_BYTES:
        raise TooLarge(gettext("The file is larger than 32 MB. Split it into several files."))
    _refuse_invitations(invites)
    made = UserImport(
        id=new_id(),
        organization_id=actor.organization_id,
        filename=Path(filename.replace("\\", "/")).name.replace("\0", "")[:200] or "users.csv",
        stored_bytes=size,
        created_by=actor.label[:200],
        creator=actor.id,
        creator_kind=actor.kind,
        role=actor.role.word,
        update_existing=update_existing,
        invites=invites,
    )
    _alone(made)
    default_storage.save(stored_name(made), LocalFile(path))
    _enqueue(made, "accounts.check_user_import")
    return made


@transaction.atomic
def map_columns(
    actor: Actor, user_import: UserImport, mapping: list[str], *, update_existing: bool, invites: bool
) -> UserImport:
    """Say what each column holds, and check the file again. Raises `Invalid` without a column of emails."""
    actor.require(Permission.USERS_MANAGE)
    locked = _locked(user_import, State.UNMAPPED, State.READY)
    taken = [meaning for meaning in mapping if meaning]
    if len(mapping) != len(locked.headings) or set(taken) - set(columns.FIELDS):
        raise Invalid(gettext("Choose what each column holds."), code="mapping_invalid")
    if "email" not in taken or len(set(taken)) != len(taken):
        raise Invalid(
            gettext("Choose one column that holds the email addresses, and no meaning twice."),
            code="mapping_invalid",
        )
    _refuse_invitations(invites)
    locked.mapping, locked.update_existing, locked.invites = mapping, update_existing, invites
    locked.role, locked.creator, locked.creator_kind = actor.role.word, actor.id, actor.kind
    return _go(locked, State.CHECKING, "accounts.check_user_import")


@transaction.atomic
def apply(actor: Actor, user_import: UserImport) -> UserImport:
    """Have the rows without a wrong cell applied. The same asked for twice is done once.

    Raises `ImportNotReady`, `ImportRunning`.
    """
    actor.require(Permission.USERS_MANAGE)
    locked = _locked(user_import, State.READY, State.APPLYING, State.DONE)
    if locked.state != State.READY:
        return locked
    roles.refuse_beyond(actor, roles.granted(locked.organization_id, locked.role))
    if locked.invites:
        _refuse_too_many_invitations(locked)
    locked.created_by, locked.creator, locked.creator_kind = actor.label[:200], actor.id, actor.kind
    locked.total = locked.counts.get("create", 0) + locked.counts.get("change", 0)
    record(actor, "imported users from", "user import", locked.id, locked.filename, **locked.counts)
    return _go(locked, State.APPLYING, "accounts.apply_user_import")


@transaction.atomic
def undo(actor: Actor, user_import: UserImport) -> UserImport:
    """Have an applied import taken back. The same asked for twice is done once.

    Raises `ImportNotReady`, `ImportRunning`.
    """
    actor.require(Permission.USERS_MANAGE)
    locked = _locked(user_import, State.DONE, State.UNDOING, State.UNDONE)
    if locked.state != State.DONE:
        return locked
    roles.refuse_beyond(actor, roles.granted(locked.organization_id, locked.role))
    locked.created_by, locked.creator, locked.creator_kind = actor.label[:200], actor.id, actor.kind
    locked.total = locked.rows.filter(outcome__in=("created", "changed")).count()
    record(actor, "undid import of users from", "user import", locked.id, locked.filename)
    return _go(locked, State.UNDOING, "accounts.undo_user_import")


def actor_of(user_import: UserImport) -> Actor:
    """Whoever asked for the work that is being done."""
    return Actor(
        user_import.creator_kind,
        user_import.creator,
        user_import.created_by,
        user_import.organization_id,
        roles.granted(user_import.organization_id, user_import.role),
    )


def stored_name(user_import: UserImport) -> str:
    """The name of the import's file in the storage."""
    return f"{user_import.organization_id}/user-imports/{user_import.id}"


def _go(user_import: UserImport, state: str, task: str) -> UserImport:
    user_import.state, user_import.done = state, 0
    user_import.error_code = user_import.error = ""
    _alone(user_import)
    _enqueue(user_import, task)
    return user_import


def _alone(user_import: UserImport) -> None:
    """Save an import that is at work: one at a time does so in an organization."""
    try:
        with transaction.atomic():
            user_import.save()
    except IntegrityError:
        raise ImportRunning(
            gettext("Another import of users is at work in this organization. Wait until it is done.")
        ) from None


def _enqueue(user_import: UserImport, task: str) -> None:
    jobs.enqueue(task, only_one=f"{task} {user_import.id}", import_id=str(user_import.id))


def _locked(user_import: UserImport, *states: Any) -> UserImport:
    locked = UserImport.objects.select_for_update().get(id=user_import.id)
    if locked.state not in states:
        raise ImportNotReady(gettext("This cannot be done with the import in its present state."))
    return locked


def _refuse_invitations(invites: bool) -> None:
    if invites and not settings.EMAIL_HOST:
        raise Invalid(
            gettext("Email is not configured on this server, so no invitations can be sent."),
            code="mail_not_set_up",
            field="invites",
        )


def _refuse_too_many_invitations(user_import: UserImport) -> None:
    waiting = Invitation.objects.filter(
        organization_id=user_import.organization_id, accepted_at=None, revoked_at=None
    ).count()
    if waiting + user_import.counts.get("create", 0) > MOST_OPEN:
        raise Invalid(
            gettext(
                "An organization can have at most %(most)s open invitations. Import without sending any: "
                "people choose a password by “Forgot your password?”."
            )
            % {"most": grouped(MOST_OPEN)},
            code="too_many_invitations",
        )
