"""What the record store's pages and API show of credentials."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext, last_use
from heliograph.lrs.errors import CredentialNotFound
from heliograph.lrs.models import Credential


def endpoint() -> str:
    """Where programs that speak xAPI find the record store."""
    return f"{settings.HELIOGRAPH.url}/xapi/"


def credentials(organization_id: UUID) -> QuerySet[Credential]:
    """The organization's credentials, newest first."""
    return Credential.objects.filter(organization_id=organization_id).order_by("-id")


def credential(organization_id: UUID, credential_id: str) -> Credential:
    """One credential. Raises `CredentialNotFound`."""
    by_id = parse_id(credential_id)
    credential = credentials(organization_id).filter(id=by_id).first() if by_id else None
    if credential is None:
        raise CredentialNotFound(gettext("Credential not found."))
    return credential


def shown_once(made: Credential, secret: str) -> dict[str, Any]:
    """What a program needs to speak xAPI with a new credential."""
    return {"endpoint": endpoint(), "key": made.key, "secret": secret, "token": f"{made.key}.{secret}"}


def consequences_of_revoking(credential: Credential) -> Iterator[str]:
    """What follows from revoking a credential, in sentences."""
    yield gettext("Applications using it lose access immediately.")
    yield last_use(credential.last_used_at)
    yield gettext("Existing statements are kept.")
    yield gettext("A revoked credential cannot be restored.")
