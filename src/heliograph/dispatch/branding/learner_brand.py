"""The seller of a dispatched course, as learners and customers see it outside of packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from heliograph.dispatch.branding import logos, rules
from heliograph.dispatch.models import Destination, Dispatch, Logo
from heliograph.runtime.brand import Brand

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration


def brand_of(dispatch: Dispatch) -> dict[str, Any]:
    """How a dispatch's packages look and speak: its own branding over its destination's, and at least the
    name of the organization.
    """
    own = rules.over(dispatch.destination.branding, dispatch.branding)
    return rules.with_seller(own, dispatch.organization.name)


def of_registration(registration: Registration) -> Brand | None:
    """The seller as a registration's dispatch shows it; None where it belongs to none."""
    if registration.dispatch_id is None:
        return None
    offered = Dispatch.objects.select_related("destination", "organization")
    dispatch = offered.filter(id=registration.dispatch_id).first()
    return of_dispatch(dispatch) if dispatch else None


def of_dispatch(dispatch: Dispatch) -> Brand:
    """The seller as this dispatch shows it."""
    return _shown(brand_of(dispatch), dispatch)


def of_destination(destination: Destination) -> Brand:
    """The seller as this customer sees it."""
    brand = rules.with_seller(destination.branding, destination.organization.name)
    return _shown(brand, destination)


def _shown(brand: dict[str, Any], owner: Dispatch | Destination) -> Brand:
    packed = rules.in_package(brand)
    return Brand(
        name=brand.get("name", ""),
        logo=_logo(owner, brand["logo"]) if "logo" in brand else "",
        look=packed.get("look", {}),
        language=packed.get("language", ""),
        contact=brand.get("contact", {}),
        texts=brand.get("texts", {}),
    )


def _logo(owner: Dispatch | Destination, name: str) -> str:
    """A logo as a ``data:`` address: it is painted with the page, and no second request can fail."""
    logo = Logo.objects.filter(organization_id=owner.organization_id, name=name).first()
    return logos.data_address(name, bytes(logo.content)) if logo else ""
