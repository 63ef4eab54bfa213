"""The files of a credential: a certificate to print, and the Open Badge as JSON, VC-JWT and pictures.

Whoever calls says whether the holder's name is in them: the holder and the operator have it always, the
public if the holder shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from django.http import HttpResponse

from heliograph.core.errors import NotFound
from heliograph.core.translation import gettext
from heliograph.marketplace.credentials import actions, certificates, rendering, signing
from heliograph.marketplace.errors import CredentialRevoked
from heliograph.marketplace.models import AwardedCredential

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
# Open Badges 3.0, section 5.3: where a picture has its credential.
PNG_KEYWORD = b"openbadgecredential"
SVG_ELEMENT, SVG_NAMESPACE = "openbadges:credential", "https://purl.imsglobal.org/ob/v3p0"


class Kind(NamedTuple):
    content_type: str
    make: Callable[[AwardedCredential, bool], bytes]
    while_valid: bool  # not of a credential that was revoked


def respond(credential: AwardedCredential, name: str, *, named: bool) -> HttpResponse:
    """A file of a credential, as a download. Raises `NotFound` for another name, and `CredentialRevoked`."""
    kind = FILES.get(name)
    if kind is None:
        raise NotFound(gettext("There is no file with this name."))
    if kind.while_valid and credential.revoked_at is not None:
        raise CredentialRevoked(gettext("This credential was revoked: it has no certificate or badge."))
    row = _whole(credential)
    response = HttpResponse(kind.make(row, named and bool(row.holder_name)), content_type=kind.content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-store"
    return response


def offered(credential: AwardedCredential) -> list[tuple[str, str]]:
    """The files that a credential has now, by name, with what each of them is."""
    labels = {
        "certificate.pdf": gettext("Certificate (PDF)"),
        "badge.png": gettext("Badge (PNG)"),
        "badge.svg": gettext("Badge (SVG)"),
        "credential.json": gettext("Open Badge (JSON)"),
        "credential.jwt": gettext("Open Badge (JWT)"),
    }
    if credential.revoked_at is not None:
        return []
    return list(labels.items())


def linkedin(credential: AwardedCredential) -> str:
    """Where LinkedIn offers to add a credential to one's profile."""
    said = {
        "startTask": "CERTIFICATION_NAME",
        "name": credential.title,
        "organizationName": credential.organization.name,
        "issueYear": credential.awarded_at.year,
        "issueMonth": credential.awarded_at.month,
        "certUrl": actions.address(credential),
        "certId": credential.number,
    }
    if credential.expires_at:
        said |= {
            "expirationYear": credential.expires_at.year,
            "expirationMonth": credential.expires_at.month,
        }
    return f"https://www.linkedin.com/profile/add?{urlencode(said)}"


def _whole(credential: AwardedCredential) -> AwardedCredential:
    rows = AwardedCredential.objects.select_related("organization", "template", "enrollment__version")
    return rows.get(id=credential.id)


def _certificate(credential: AwardedCredential, named: bool) -> bytes:
    shown = certificates.of_credential(credential, named=named)
    return rendering.pdf_in_any_case(shown, certificates.note(shown.language))


def _json(credential: AwardedCredential, named: bool) -> bytes:
    return signing.signed(credential, named=named).document.encode()


def _jwt(credential: AwardedCredential, named: bool) -> bytes:
    return signing.signed(credential, named=named).jwt.encode()


def _png(credential: AwardedCredential, named: bool) -> bytes:
    from openbadgeslib.baking import bake_png

    signed = signing.signed(credential, named=named)
    picture = rendering.badge_png(certificates.of_credential(credential, named=named))
    return bake_png(picture, signed.document, keyword=PNG_KEYWORD)


def _svg(credential: AwardedCredential, named: bool) -> bytes:
    from openbadgeslib.baking import bake_svg

    signed = signing.signed(credential, named=named)
    picture = rendering.badge_svg(certificates.of_credential(credential, named=named))
    return bake_svg(picture, signed.document, element=SVG_ELEMENT, namespace=SVG_NAMESPACE, as_text=True)


FILES = {
    "certificate.pdf": Kind("application/pdf", _certificate, True),
    "badge.png": Kind("image/png", _png, True),
    "badge.svg": Kind("image/svg+xml", _svg, True),
    "credential.json": Kind("application/vc", _json, False),
    "credential.jwt": Kind("application/vc+jwt", _jwt, False),
}
