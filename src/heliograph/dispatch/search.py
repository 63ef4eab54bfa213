"""What the palette finds of customers and dispatches: by name, key, tag or id."""

from collections.abc import Iterator
from uuid import UUID

from django.urls import reverse

from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext
from heliograph.dispatch import queries
from heliograph.ui.search import Hit


def find(organization_id: UUID, text: str, most: int) -> Iterator[Hit]:
    """Customers first, then dispatches, newest first."""
    by_id = parse_id(text)
    customers = queries.destinations(organization_id, "" if by_id else text)
    for customer in (customers.filter(id=by_id) if by_id else customers)[:most]:
        address = reverse("destination", args=[customer.id])
        yield Hit(gettext("Customer"), customer.name, customer.key, address, "building-2")
    dispatches = queries.dispatches(organization_id, "" if by_id else text)
    for dispatch in (dispatches.filter(id=by_id) if by_id else dispatches)[:most]:
        yield Hit(
            gettext("Dispatch"), dispatch.name, dispatch.key, reverse("dispatch", args=[dispatch.id]), "send"
        )
