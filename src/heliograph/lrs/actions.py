"""What people make in the record store: credentials, and saved views of its statements."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from heliograph.core import clock
from heliograph.core.actor import Actor, Role
from heliograph.core.errors import Forbidden
from heliograph.core.ids import random_key
from heliograph.journal.actions import record
from heliograph.lrs.access import SCOPES, digest, forget_known
from heliograph.lrs.browsing import Asked
from heliograph.lrs.errors import CredentialInvalid, ViewInvalid
from heliograph.lrs.models import Credential, SavedView

LONGEST_VIEW_NAME = 80
LAST_YEAR = 9000
USUAL = ("statements/write", "statements/read/mine", "state", "profile")


@transaction.atomic
def create_credential(
    actor: Actor, name: str, scopes: Iterable[str] = USUAL, *, activity_prefix: str = "", expires_at: datetime | None = None
) -> tuple[Credential, str]:
    """A credential and its secret, which is shown this once. Raises `CredentialInvalid`."""
    actor.require(Role.ADMIN)
    wanted = list(dict.fromkeys(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise CredentialInvalid(f"A credential has scopes of these: {', '.join(SCOPES)}.")
    if not name.strip() or len(name) > 200:
        raise CredentialInvalid("A credential needs a name of 1 to 200 characters.")
    if len(activity_prefix) > 1000 or "\x00" in name + activity_prefix:
        raise CredentialInvalid("A prefix of activities has at most 1,000 characters.")
    if expires_at and expires_at.year >= LAST_YEAR:
        raise CredentialInvalid("Leave the expiry empty for a credential that never expires.")
    if expires_at and expires_at <= clock.now():
        raise CredentialInvalid("The credential would have expired already. Give a time in the future.")
    secret = random_key(40)
    made = Credential.objects.create(
        organisation_id=actor.organisation_id,
        name=name.strip(),
        key=random_key(20),
        digest=digest(secret),
        scopes=wanted,
        activity_prefix=activity_prefix.strip(),
        expires_at=expires_at,
        created_by=actor.label[:200],
    )
    record(actor, "created", "credential", made.id, made.name, scopes=wanted, activity_prefix=made.activity_prefix)
    return made, secret


@transaction.atomic
def revoke_credential(actor: Actor, credential: Credential) -> None:
    """End a credential; within seconds nobody believes it any more."""
    actor.require(Role.ADMIN)
    if Credential.objects.filter(id=credential.id, revoked_at=None).update(revoked_at=clock.now()):
        record(actor, "revoked", "credential", credential.id, credential.name)
    transaction.on_commit(forget_known)


@transaction.atomic
def save_view(actor: Actor, name: str, asked: Asked, *, shared: bool = False) -> SavedView:
    """Keep filters of the statement browser under a name. Raises `ViewInvalid`."""
    actor.require(Role.REPORTER)
    if actor.kind != "user" or actor.id is None:
        raise ViewInvalid("A view belongs to a person. Sign in as one.")
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_VIEW_NAME:
        raise ViewInvalid(f"A view needs a name of 1 to {LONGEST_VIEW_NAME} characters.")
    if not asked.anything:
        raise ViewInvalid("There is nothing to save yet. Set a filter first.")
    try:
        with transaction.atomic():
            made = SavedView.objects.create(
                organisation_id=actor.organisation_id, owner_id=actor.id, name=name, query=asked.query(), shared=shared
            )
    except IntegrityError:
        raise ViewInvalid(f"There is a view “{name}” in this organisation already. Choose another name.", code="view_name_taken") from None
    record(actor, "saved", "view of records", made.id, made.name, shared=shared)  # not its filters: they may name a person
    return made


@transaction.atomic
def delete_view(actor: Actor, view: SavedView) -> None:
    """Delete a view: one's own, or as an administrator anybody's. Raises `Forbidden`."""
    actor.require(Role.REPORTER)
    if view.owner_id != actor.id and actor.role < Role.ADMIN:
        raise Forbidden(f"This view belongs to {view.owner}. Ask them or an administrator to delete it.")
    record(actor, "deleted", "view of records", view.id, view.name)
    view.delete()
