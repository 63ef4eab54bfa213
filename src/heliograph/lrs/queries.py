"""What the record store's pages and API show of credentials and saved views."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from heliograph.core.actor import Actor
from heliograph.core.ids import parse_id
from heliograph.lrs.errors import CredentialNotFound, ViewNotFound
from heliograph.lrs.models import Credential, SavedView, StatementId


def endpoint() -> str:
    """Where programs that speak xAPI find the record store."""
    return f"{settings.HELIOGRAPH.url}/xapi/"


def credentials(organisation_id: UUID) -> QuerySet[Credential]:
    """The organisation's credentials, newest first."""
    return Credential.objects.filter(organisation_id=organisation_id).order_by("-id")


def credential(organisation_id: UUID, credential_id: str) -> Credential:
    """One credential. Raises `CredentialNotFound`."""
    by_id = parse_id(credential_id)
    found = credentials(organisation_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise CredentialNotFound("There is no such credential in this organisation.")
    return found


def shown_once(made: Credential, secret: str) -> dict[str, Any]:
    """What a program needs to speak xAPI with a new credential."""
    return {"endpoint": endpoint(), "key": made.key, "secret": secret, "token": f"{made.key}.{secret}"}


def is_empty(organisation_id: UUID) -> bool:
    """Whether nobody has stored a statement yet."""
    return not StatementId.objects.filter(organisation_id=organisation_id).exists()


def views(actor: Actor) -> QuerySet[SavedView]:
    """The actor's own views and those that are shared, by name."""
    mine = Q(owner_id=actor.id) | Q(shared=True)
    return SavedView.objects.filter(mine, organisation_id=actor.organisation_id).select_related("owner").order_by("name")


def view(actor: Actor, view_id: str) -> SavedView:
    """One view that the actor can see. Raises `ViewNotFound`."""
    by_id = parse_id(view_id)
    found = views(actor).filter(id=by_id).first() if by_id else None
    if found is None:
        raise ViewNotFound("There is no such view. It may have been deleted.")
    return found
