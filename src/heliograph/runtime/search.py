"""What the palette finds of registrations: by the learner's name or identifier, the key, or the id."""

from collections.abc import Iterator
from uuid import UUID

from django.urls import reverse

from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext
from heliograph.runtime import queries
from heliograph.ui.search import Hit


def find(organization_id: UUID, text: str, most: int) -> Iterator[Hit]:
    """Registrations, newest first."""
    by_id = parse_id(text)
    registrations = queries.registrations(organization_id, "" if by_id else text)
    for registration in (registrations.filter(id=by_id) if by_id else registrations)[:most]:
        yield Hit(
            gettext("Registration"),
            registration.learner.name or registration.learner.identifier,
            registration.course.title,
            reverse("registration", args=[registration.id]),
            "users-round",
        )
