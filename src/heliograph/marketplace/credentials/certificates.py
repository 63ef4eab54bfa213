"""What the certificate and the badge of a credential show: its template filled with what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import override

from heliograph.core import clock
from heliograph.core.translation import gettext, long_day
from heliograph.marketplace.credentials import actions, wording
from heliograph.marketplace.credentials.rendering import Certificate
from heliograph.marketplace.models import CredentialTemplateVersion

if TYPE_CHECKING:
    from heliograph.accounts.models import Organization
    from heliograph.marketplace.models import AwardedCredential


def of_credential(credential: AwardedCredential, *, named: bool) -> Certificate:
    """What a credential shows; it comes with its organization, template, and enrollment's version."""
    template = credential.template or usual()
    with override(template.language):
        values = {
            "name": credential.holder_name if named else "",
            "credential": credential.title,
            "program": credential.enrollment.version.title,
            "issuer": credential.organization.name,
            "completed": long_day(credential.completed_at),
            "awarded": long_day(credential.awarded_at),
            "expires": long_day(credential.expires_at) if credential.expires_at else "",
            "number": credential.number,
        }
        return _shown(template, values, actions.address(credential))


def of_sample(template: CredentialTemplateVersion, organization: Organization) -> Certificate:
    """What a template shows of a credential that does not exist."""
    with override(template.language):
        values = {
            "name": gettext("Ada Lovelace"),
            "credential": gettext("Certified technician"),
            "program": gettext("Technician program"),
            "issuer": organization.name,
            "completed": long_day(clock.now()),
            "awarded": long_day(clock.now()),
            "expires": "",
            "number": "x7k2m9q4t6v8w3y5z2a4b6c8d9",
        }
        return _shown(template, values, actions.address_of("x7k2m9q4t6v8w3y5z2a4b6c8d9"))


def usual() -> CredentialTemplateVersion:
    """What certificates look like where the organization has no template."""
    return CredentialTemplateVersion(
        title=gettext("Certificate of completion"),
        blocks=[gettext("awarded for completing the program “{program}” on {completed}.")],
    )


def note(template_language: str) -> str:
    """What stands on a certificate with characters that could not be shown."""
    with override(template_language):
        return gettext("Some characters could not be printed. The page below has the exact text.")


def _shown(template: CredentialTemplateVersion, values: dict[str, str], address: str) -> Certificate:
    fields: dict[str, Any] = {
        "heading": wording.filled(template.title, values),
        "blocks": tuple(wording.filled(block, values) for block in template.blocks),
        "signatures": tuple(template.signatures),
        "small": tuple(_small(values)),
        "accent": template.accent,
        "landscape": template.orientation == CredentialTemplateVersion.Orientation.LANDSCAPE,
        "language": template.language.split("-")[0],
        "logo": bytes(template.logo or b""),
        "qr": gettext("QR code of the page that verifies this credential"),
        "address": address,
    }
    return Certificate(
        credential=values["credential"], issuer=values["issuer"], name=values["name"], **fields
    )


def _small(values: dict[str, str]) -> list[str]:
    lines = [
        gettext("Issued by %(issuer)s on %(day)s") % {"issuer": values["issuer"], "day": values["awarded"]}
    ]
    if values["expires"]:
        lines.append(gettext("Valid until %(day)s") % {"day": values["expires"]})
    return [*lines, gettext("Number %(number)s") % {"number": values["number"]}]
