"""Links that show somebody without an account one thing: a customer its destination, or the administrator of
its LMS one deployment.

Only a digest of a link's secret is kept. Whatever is shown begins with the link's own row, so that a link
reaches nothing beside it; one that is unknown, has expired or was revoked is answered in the same words. Who
holds the secret of a link that was one also reads whose it was, and how to reach them.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, QuerySet

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid, TooMany
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.roles import Role
from heliograph.core.translation import gettext
from heliograph.core.web.clients import network_of
from heliograph.dispatch.errors import LinkNotFound
from heliograph.dispatch.models import Deployment, Destination, ShareLink

PORTAL, SHARE = "portal", "share"
LONGEST_DAYS, USUAL_DAYS = 730, 90
USE_NOTED_EVERY = timedelta(minutes=1)
MOST_MISSES, MISSES_FORGOTTEN_AFTER = 20, 600


@transaction.atomic
def make_link(actor: Actor, thing: Destination | Deployment, days: int = USUAL_DAYS) -> tuple[ShareLink, str]:
    """A new link to a destination's portal or a deployment's health, and its address, which is shown this
    once. Raises `Invalid`.
    """
    actor.require(Permission.CUSTOMERS_MANAGE)
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(
            gettext("Enter 1 to %(longest_days)s days until the link expires.")
            % {"longest_days": LONGEST_DAYS},
            field="days",
        )
    secret = secrets.token_urlsafe(24)
    made = ShareLink.objects.create(
        organization_id=actor.organization_id,
        **_of(thing),
        digest=_digest(secret),
        expires_at=clock.now() + timedelta(days=days),
        created_by=actor.label[:200],
    )
    record(actor, "created link to", _kind(thing), thing.id, str(thing), link=str(made.id), days=days)
    return made, f"{settings.HELIOGRAPH.url}/{PORTAL if isinstance(thing, Destination) else SHARE}/{secret}/"


@transaction.atomic
def revoke(actor: Actor, thing: Destination | Deployment, link_id: str) -> None:
    """End a link at once. Raises `LinkNotFound`."""
    actor.require(Permission.CUSTOMERS_MANAGE)
    revoked = link(thing, link_id)
    if ShareLink.objects.filter(id=revoked.id, revoked_at=None).update(revoked_at=clock.now()):
        record(actor, "revoked link to", _kind(thing), thing.id, str(thing), link=str(revoked.id))


def links(thing: Destination | Deployment) -> QuerySet[ShareLink]:
    """The thing's links, newest first."""
    return ShareLink.objects.filter(organization_id=thing.organization_id, **_of(thing)).order_by("-id")


def with_states(links: Iterable[ShareLink]) -> list[ShareLink]:
    """The same links, each with its ``state``."""
    listed = list(links)
    for link in listed:
        link.state = state_of(link)  # type: ignore[attr-defined]
    return listed


def link(thing: Destination | Deployment, link_id: str) -> ShareLink:
    """One of the thing's links. Raises `LinkNotFound`."""
    by_id = parse_id(link_id)
    found = links(thing).filter(id=by_id).first() if by_id else None
    if found is None:
        raise LinkNotFound(gettext("Link not found."))
    return found


def state_of(link: ShareLink) -> str:
    """One of active, revoked, expired."""
    if link.revoked_at:
        return "revoked"
    return "active" if link.expires_at > clock.now() else "expired"


def open_portal(secret: str, visitor: str) -> ShareLink:
    """The link to a destination's portal. Raises `LinkNotFound`, and `TooMany` for a visitor who guesses."""
    return _usable_link(secret, visitor, Q(destination__isnull=False))


def open_share(secret: str, visitor: str) -> ShareLink:
    """The link to a deployment's health. Raises `LinkNotFound`, and `TooMany` for a visitor who guesses."""
    return _usable_link(secret, visitor, Q(deployment__isnull=False))


def destination_of_any_link(secret: str) -> Destination | None:
    """The customer a link is for, also where it has expired or was revoked; None for what never was one."""
    link = (
        ShareLink.objects.filter(digest=_digest(secret))
        .select_related("destination__organization", "deployment__dispatch__destination__organization")
        .first()
    )
    if link is None:
        return None
    return link.destination or (link.deployment.dispatch.destination if link.deployment else None)


def link_holder(link: ShareLink) -> Actor:
    """Who acts through a link, as counters and the audit log name them."""
    return Actor(
        "guest",
        link.id,
        f"Customer ({link.destination or link.deployment})",
        link.organization_id,
        Role.LEARNER,
    )


def _usable_link(secret: str, visitor: str, kind: Q) -> ShareLink:
    link = (
        ShareLink.objects.filter(kind, digest=_digest(secret), revoked_at=None, expires_at__gt=clock.now())
        .select_related(
            "destination__organization",
            "deployment__dispatch__destination",
            "deployment__dispatch__organization",
            "deployment__dispatch__course",
            "organization",
        )
        .first()
    )
    if link is None:
        _refuse_guesses(visitor)
        raise not_found()
    moment = clock.now()
    unnoted = Q(last_used_at=None) | Q(last_used_at__lt=moment - USE_NOTED_EVERY)
    ShareLink.objects.filter(unnoted, id=link.id).update(last_used_at=moment)
    return link


def _refuse_guesses(visitor: str) -> None:
    """Count a link that leads nowhere.

    Raises `TooMany` after many of them; who has a link that is good is never asked.
    """
    misses = f"share-link-misses:{network_of(visitor)}"
    count = cache.get(misses, 0)
    if count >= MOST_MISSES:
        raise TooMany(gettext("Too many invalid links. Try again in 10 minutes."))
    cache.set(misses, count + 1, MISSES_FORGOTTEN_AFTER)


def _of(thing: Destination | Deployment) -> dict[str, Any]:
    return {_kind(thing): thing}


def _kind(thing: Destination | Deployment) -> str:
    return "destination" if isinstance(thing, Destination) else "deployment"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def not_found() -> LinkNotFound:
    return LinkNotFound(gettext("This link is invalid or has expired. Ask the sender for a new one."))
