"""What people make in the record store: credentials, and saved views of its statements."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.ids import random_key
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.lrs.access import SCOPES
from heliograph.lrs.authentication import digest, forget_known
from heliograph.lrs.errors import CredentialInvalid
from heliograph.lrs.models import Credential

LAST_YEAR = 9000
USUAL = ("statements/write", "statements/read/mine", "state", "profile")


@transaction.atomic
def create_credential(
    actor: Actor,
    name: str,
    scopes: Iterable[str] = USUAL,
    *,
    activity_prefix: str = "",
    expires_at: datetime | None = None,
) -> tuple[Credential, str]:
    """A credential and its secret, which is shown this once. Raises `CredentialInvalid`."""
    actor.require(Permission.RECORDS_MANAGE)
    chosen = list(dict.fromkeys(scopes))
    unknown = [scope for scope in chosen if scope not in SCOPES]
    if unknown or not chosen:
        raise CredentialInvalid(
            gettext("Scopes must be of: %(scopes)s.") % {"scopes": ", ".join(SCOPES)}, field="scopes"
        )
    if not name.strip() or len(name) > 200:
        raise CredentialInvalid(gettext("Credential names must have 1 to 200 characters."), field="name")
    if len(activity_prefix) > 1000 or "\x00" in name + activity_prefix:
        raise CredentialInvalid(
            gettext("Activity ID prefixes can have up to 1,000 characters."), field="activity_prefix"
        )
    if expires_at and expires_at.year >= LAST_YEAR:
        raise CredentialInvalid(
            gettext("Leave the expiration blank for a credential that never expires."), field="expires_at"
        )
    if expires_at and expires_at <= clock.now():
        raise CredentialInvalid(gettext("Expiration must be in the future."), field="expires_at")
    secret = random_key(40)
    made = Credential.objects.create(
        organization_id=actor.organization_id,
        name=name.strip(),
        key=random_key(20),
        digest=digest(secret),
        scopes=chosen,
        activity_prefix=activity_prefix.strip(),
        expires_at=expires_at,
        created_by=actor.label[:200],
    )
    record(
        actor,
        "created",
        "credential",
        made.id,
        made.name,
        scopes=chosen,
        activity_prefix=made.activity_prefix,
    )
    return made, secret


@transaction.atomic
def revoke_credential(actor: Actor, credential: Credential) -> None:
    """End a credential; within seconds nobody believes it any more."""
    actor.require(Permission.RECORDS_MANAGE)
    if Credential.objects.filter(id=credential.id, revoked_at=None).update(revoked_at=clock.now()):
        record(actor, "revoked", "credential", credential.id, credential.name)
    transaction.on_commit(forget_known)
