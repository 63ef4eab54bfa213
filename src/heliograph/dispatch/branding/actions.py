"""Setting the branding of a destination or a dispatch: the logo is cleaned and kept, everything else checked,
before a row changes.
"""

from typing import Any

from django.db import transaction

from heliograph.core.actor import Actor
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.dispatch.branding import logos, rules
from heliograph.dispatch.changes import save_changes
from heliograph.dispatch.errors import LogoNotFound
from heliograph.dispatch.models import Destination, Dispatch, Logo


def of_destination(actor: Actor, destination: Destination | None, given: dict[str, Any]) -> dict[str, Any]:
    """The branding of a destination, perhaps a new one, after the change.

    Raises `BrandingInvalid`, `BrandingUnreadable`, `LogoRefused`.
    """
    made = rules.changed(destination.branding if destination else {}, _with_logo(actor, given))
    rules.refuse_language(made)
    return made


def of_dispatch(
    actor: Actor, destination: Destination, dispatch: Dispatch | None, given: dict[str, Any]
) -> dict[str, Any]:
    """The same for a dispatch, whose branding lies over its destination's."""
    made = rules.changed(dispatch.branding if dispatch else {}, _with_logo(actor, given))
    rules.refuse_language(rules.over(destination.branding, made))
    return made


@transaction.atomic
def change(actor: Actor, thing: Destination | Dispatch, given: dict[str, Any]) -> None:
    """Change the branding of packages that are downloaded from now on; of it, what is given.

    Raises what `of_destination` raises.
    """
    actor.require(Permission.DISPATCHES_MANAGE)
    if isinstance(thing, Destination):
        save_changes(actor, thing, {"branding": of_destination(actor, thing, given)}, "destination")
    else:
        save_changes(
            actor, thing, {"branding": of_dispatch(actor, thing.destination, thing, given)}, "dispatch"
        )


def tried(actor: Actor, thing: Destination | Dispatch, given: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The branding that its packages would have, and its logo; nothing is kept."""
    with transaction.atomic():
        made = rules.with_seller(_after(actor, thing, given), thing.organization.name)
        logo = content(actor, made["logo"]) if "logo" in made else b""
        transaction.set_rollback(True)
    return made, logo


def content(actor: Actor, name: str) -> bytes:
    """A logo's bytes. Raises `LogoNotFound`."""
    logo = Logo.objects.filter(
        organization_id=actor.organization_id, name=name[:40].replace("\x00", "")
    ).first()
    if logo is None:
        raise LogoNotFound(gettext("Logo not found. Send the image as “data:image/png;base64,…”."))
    return bytes(logo.content)


def _after(actor: Actor, thing: Destination | Dispatch, given: dict[str, Any]) -> dict[str, Any]:
    if isinstance(thing, Destination):
        return of_destination(actor, thing, given)
    return rules.over(thing.destination.branding, of_dispatch(actor, thing.destination, thing, given))


def _with_logo(actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    """The same with the logo's name in place of the logo: an uploaded one is kept, one that is named must be
    there.
    """
    logo = given.get("logo")
    if not logo:
        return given
    if isinstance(logo, str) and logos.NAME.fullmatch(logo):
        content(actor, logo)
        return given
    name, cleaned = logos.cleaned(logo if isinstance(logo, bytes) else logos.read_address(logo))
    Logo.objects.get_or_create(
        organization_id=actor.organization_id, name=name, defaults={"content": cleaned}
    )
    return {**given, "logo": name}
