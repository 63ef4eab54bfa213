"""The public pages of an organization's marketplace, by the host name that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction

from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.core.web.hosts import name_of
from heliograph.marketplace.errors import SiteNotFound
from heliograph.marketplace.models import Site

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest


def of_request(request: HttpRequest) -> Site:
    """The open site at the host name of a request. Raises `SiteNotFound`."""
    sites = Site.objects.filter(host=name_of(request.get_host()), is_open=True)
    site = sites.select_related("organization").first()
    if site is None:
        raise SiteNotFound(gettext("There is no program catalog at this address."))
    return site


def of_organization(organization_id: UUID) -> Site | None:
    """The organization's site; None where it never had one."""
    return Site.objects.filter(organization_id=organization_id).first()


@transaction.atomic
def change(
    actor: Actor, *, title: str, introduction: str, is_open: bool, fewest_students: int | None = None
) -> Site:
    """What the public pages are called and say, whether they are there, and about how many students their
    figures tell at least. The first organization that opens
    them has them at this server's own host name.

    Raises `Invalid`, and `Conflict` where another organization has that name.
    """
    actor.require(Permission.PROGRAMS_MANAGE)
    refuse_too_long(Site, {"title": title})
    if not title.strip():
        raise Invalid(gettext("Enter a title for the catalog."), field="title")
    site = of_organization(actor.organization_id) or Site(organization_id=actor.organization_id)
    site.title, site.introduction, site.is_open = title.strip(), introduction.strip(), is_open
    site.fewest_students = fewest_students or site.fewest_students
    if is_open and not site.host:
        site.host = own_host()
    try:
        with transaction.atomic():
            site.save()
    except IntegrityError:
        raise Conflict(
            gettext(
                "Another organization has its catalog at %(host)s. Ask whoever runs the server for a host "
                "name of your own."
            )
            % {"host": site.host},
            code="host_taken",
        ) from None
    record(actor, "changed", "catalog", site.id, site.title, open=is_open)
    return site


def own_host() -> str:
    """The host name of this server's own pages."""
    return urlsplit(settings.HELIOGRAPH.url).hostname or ""
