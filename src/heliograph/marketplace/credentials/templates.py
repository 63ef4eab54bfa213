"""Templates of certificates and badges: each change is a version, and a credential keeps the one that it was
awarded with.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Prefetch, QuerySet

from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext
from heliograph.marketplace.credentials import rendering, wording
from heliograph.marketplace.errors import CredentialTemplateNotFound
from heliograph.marketplace.models import CredentialTemplate, CredentialTemplateVersion, Program

if TYPE_CHECKING:
    from uuid import UUID

MOST = 50  # templates of an organization
MOST_BLOCKS, LONGEST_BLOCK = 8, 600
MOST_SIGNATURES, LONGEST_SIGNATURE = 4, 100
MOST_MONTHS = 600
LARGEST_LOGO = 1_000_000  # bytes, as it is sent
LOGO_PIXELS = 800  # wide and high, as it is kept
MOST_PIXELS = 20_000_000
_COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class Design:
    """What a template says and looks like. ``logo``: a picture as it was sent; None keeps the one before,
    empty has none.
    """

    title: str
    blocks: list[str]
    signatures: list[dict[str, str]] = field(default_factory=list)
    accent: str = "#8a4b08"
    orientation: str = "landscape"
    language: str = "en"
    months: int | None = None
    logo: bytes | None = None


def templates(organization_id: UUID) -> QuerySet[CredentialTemplate]:
    """The organization's templates, by name, each with its ``newest`` version first in `versions`."""
    refuse_limited()
    versions = CredentialTemplateVersion.objects.defer("logo").order_by("-number")
    rows = CredentialTemplate.objects.filter(organization_id=organization_id)
    return rows.prefetch_related(Prefetch("versions", versions)).order_by("name", "id")


def template(organization_id: UUID, template_id: str) -> CredentialTemplate:
    """One of them. Raises `CredentialTemplateNotFound`."""
    refuse_limited()
    parsed = parse_id(template_id)
    rows = CredentialTemplate.objects.filter(organization_id=organization_id)
    found = rows.filter(id=parsed).first() if parsed else None
    if found is None:
        raise CredentialTemplateNotFound(gettext("Certificate template not found."))
    return found


def newest(of: CredentialTemplate) -> CredentialTemplateVersion:
    """The version that new credentials get."""
    return of.versions.order_by("-number")[0]


def of_program(program: Program) -> CredentialTemplateVersion | None:
    """What credentials of a program look like: its own template or the usual one; None for neither."""
    versions = CredentialTemplateVersion.objects.order_by("-number")
    if program.template_id is not None:
        return versions.filter(template_id=program.template_id).first()
    return versions.filter(template__organization_id=program.organization_id, template__usual=True).first()


@transaction.atomic
def create(actor: Actor, name: str, design: Design) -> CredentialTemplate:
    """A template; the first one is the usual one.

    Raises `Invalid`, and `Conflict` for a name that is taken.
    """
    actor.require(Permission.PROGRAMS_MANAGE)
    mine = CredentialTemplate.objects.filter(organization_id=actor.organization_id)
    name = _name(name)
    count = mine.count()
    if count >= MOST:
        raise Invalid(gettext("An organization can have at most %(most)s templates.") % {"most": MOST})
    try:
        with transaction.atomic():
            made = CredentialTemplate.objects.create(
                organization_id=actor.organization_id, name=name, usual=count == 0
            )
    except IntegrityError:
        raise Conflict(
            gettext("You have a template with this name already."), code="name_taken", field="name"
        ) from None
    _version(actor, made, 1, design, b"").save()
    record(actor, "created", "credential template", made.id, name)
    return made


@transaction.atomic
def change(actor: Actor, of: CredentialTemplate, design: Design) -> CredentialTemplateVersion:
    """A new version, for credentials that are awarded from now on. Raises `Invalid`."""
    actor.require(Permission.PROGRAMS_MANAGE)
    locked = CredentialTemplate.objects.select_for_update().get(id=of.id)
    before = newest(locked)
    made = _version(actor, locked, before.number + 1, design, bytes(before.logo or b""))
    made.save()
    record(actor, "changed", "credential template", of.id, of.name, version=made.number)
    return made


@transaction.atomic
def make_usual(actor: Actor, of: CredentialTemplate) -> None:
    """Have a template for all programs that have none of their own."""
    actor.require(Permission.PROGRAMS_MANAGE)
    mine = CredentialTemplate.objects.select_for_update().filter(organization_id=actor.organization_id)
    list(mine.order_by("id"))
    mine.filter(usual=True).update(usual=False)
    mine.filter(id=of.id).update(usual=True)
    record(actor, "changed", "credential template", of.id, of.name, usual=True)


@transaction.atomic
def use(actor: Actor, of: CredentialTemplate | None, program: Program) -> None:
    """Have a program's credentials look so; None: as the usual template."""
    actor.require(Permission.PROGRAMS_MANAGE)
    program.template = of
    program.save(update_fields=["template"])
    record(actor, "changed", "program", program.id, program.key, template=of.name if of else None)


@transaction.atomic
def delete(actor: Actor, of: CredentialTemplate) -> None:
    """Delete a template that no credential was awarded with. Raises `Conflict`."""
    actor.require(Permission.PROGRAMS_MANAGE)
    locked = CredentialTemplate.objects.select_for_update().get(id=of.id)
    if locked.versions.filter(credentials__isnull=False).exists():
        raise Conflict(
            gettext("Credentials were awarded with this template, so it cannot be deleted."),
            code="template_in_use",
        )
    record(actor, "deleted", "credential template", of.id, of.name)
    locked.delete()


def _name(name: str) -> str:
    name = name.strip()
    refuse_too_long(CredentialTemplate, {"name": name})
    if not name:
        raise Invalid(gettext("Enter a name for the template."), field="name")
    return name


def _version(
    actor: Actor, of: CredentialTemplate, number: int, design: Design, logo_before: bytes
) -> CredentialTemplateVersion:
    _check(design)
    return CredentialTemplateVersion(
        template=of,
        number=number,
        title=design.title.strip(),
        blocks=design.blocks,
        signatures=design.signatures,
        accent=design.accent.lower(),
        orientation=design.orientation,
        language=design.language,
        months=design.months,
        logo=(logo_before if design.logo is None else _logo(design.logo)) or None,
        created_by=actor.label[:200],
    )


def _check(design: Design) -> None:
    """Raise `Invalid` for a design that cannot be."""
    refuse_too_long(CredentialTemplateVersion, {"title": design.title})
    if not design.title.strip():
        raise Invalid(gettext("Enter a heading."), field="title")
    if len(design.blocks) > MOST_BLOCKS or any(len(block) > LONGEST_BLOCK for block in design.blocks):
        raise Invalid(
            gettext("The text can have at most %(most)s paragraphs of %(longest)s characters.")
            % {"most": MOST_BLOCKS, "longest": LONGEST_BLOCK},
            field="text",
        )
    wording.refuse_unknown(design.title, "title")
    for block in design.blocks:
        wording.refuse_unknown(block, "text")
    if len(design.signatures) > MOST_SIGNATURES or any(
        len(text) > LONGEST_SIGNATURE for each in design.signatures for text in each.values()
    ):
        raise Invalid(
            gettext("Enter at most %(most)s signatures, each with up to %(longest)s characters.")
            % {"most": MOST_SIGNATURES, "longest": LONGEST_SIGNATURE},
            field="signatures",
        )
    _check_color(design.accent)
    if design.orientation not in CredentialTemplateVersion.Orientation.values:
        raise Invalid(gettext("Choose one of the options."), field="orientation")
    if design.language not in dict(settings.LANGUAGES):
        raise Invalid(gettext("Choose one of the options."), field="language")
    if design.months is not None and not 1 <= design.months <= MOST_MONTHS:
        raise Invalid(gettext("Enter from 1 to %(most)s months.") % {"most": MOST_MONTHS}, field="months")


def _check_color(color: str) -> None:
    if not _COLOR.fullmatch(color.lower()):
        raise Invalid(gettext("Enter a color as #8a4b08."), field="accent")
    if not rendering.is_dark(color):
        raise Invalid(
            gettext("Choose a darker color: headings in it could not be read on white."), field="accent"
        )


def _logo(content: bytes) -> bytes:
    """A logo as a small PNG, with nothing else that was in the file. Raises `Invalid`."""
    if not content:
        return b""
    from PIL import Image, ImageOps  # here, because it costs every process much to load and few ever need it

    try:
        if len(content) > LARGEST_LOGO:
            raise ValueError("too large")
        with Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            drawn = ImageOps.exif_transpose(image).convert("RGBA")
            drawn.thumbnail((LOGO_PIXELS, LOGO_PIXELS))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Invalid(
            gettext("The logo can’t be read. Choose a PNG or JPEG of up to 1 MB."), field="logo"
        ) from None
    clean = Image.new("RGBA", drawn.size)
    clean.paste(drawn)
    written = io.BytesIO()
    clean.save(written, "PNG")
    return written.getvalue()
