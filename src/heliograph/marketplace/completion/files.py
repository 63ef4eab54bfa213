"""Files that prove a completion: told by their content, freed of what they say about camera and place, and
served as downloads from the content origin.

Each is stored under a name of its own, so that nobody else's file of the same content hangs on it.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from heliograph.core.errors import Invalid
from heliograph.core.ids import new_id
from heliograph.core.translation import gettext
from heliograph.marketplace.models import Claim, ClaimFile

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.db.models import QuerySet

MOST_FILES = 5
LARGEST = 10 * 2**20  # bytes, each
MOST_PIXELS = 50_000_000
PDF = "application/pdf"
PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png"}
ACCEPTED = ",".join([PDF, *PICTURES.values()])
ENDINGS = {PDF: ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


@dataclass(frozen=True)
class ProofFile:
    """A file that was received and stored, and has no claim yet."""

    id: UUID
    sha256: str
    received_sha256: str
    name: str
    content_type: str
    size: int


@contextmanager
def received(organization_id: UUID, uploads: Iterable[UploadedFile]) -> Iterator[list[ProofFile]]:
    """Uploaded files, stored for the claim that is made inside; they are gone again where none is made.

    Raises `Invalid` for what is no picture or PDF, too large or too many.
    """
    listed = list(uploads)
    if len(listed) > MOST_FILES:
        raise Invalid(gettext("Choose at most %(most)s files.") % {"most": MOST_FILES}, field="proof")
    stored: list[ProofFile] = []
    kept: set[UUID] = set()
    try:
        for upload in listed:
            stored.append(_stored(organization_id, upload))
        yield stored
        kept = set(ClaimFile.objects.filter(id__in=[file.id for file in stored]).values_list("id", flat=True))
    finally:
        for file in stored:
            if file.id not in kept:
                default_storage.delete(_name(organization_id, file.id))


def keep(claim: Claim, file: ProofFile) -> ClaimFile:
    """The row that makes a stored file part of a claim."""
    return ClaimFile.objects.create(
        id=file.id,
        organization_id=claim.organization_id,
        claim=claim,
        sha256=file.sha256,
        received_sha256=file.received_sha256,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
    )


def open_file(file: ClaimFile) -> IO[bytes]:
    """The content of a claim's file."""
    return default_storage.open(_name(file.organization_id, file.id), "rb")


def forget(proofs: QuerySet[ClaimFile]) -> None:
    """Delete files of claims: the rows now, the content once the caller's transaction is done."""
    names = [_name(*ids) for ids in proofs.values_list("organization_id", "id")]
    proofs.delete()

    def delete() -> None:
        for name in names:
            default_storage.delete(name)

    transaction.on_commit(delete)


def same_elsewhere(file: ClaimFile) -> Iterable[ClaimFile]:
    """Files of other enrollments' claims that were received with the same content: one proof, sent twice."""
    return (
        ClaimFile.objects.filter(organization_id=file.organization_id, received_sha256=file.received_sha256)
        .exclude(claim__part__enrollment=file.claim.part.enrollment_id)
        .select_related(
            "claim__part__enrollment__student__user", "claim__part__enrollment__program", "claim__part__part"
        )
        .order_by("id")[:10]
    )


def _name(organization_id: UUID, file_id: UUID) -> str:
    return f"{organization_id}/proofs/{file_id}"


def _stored(organization_id: UUID, upload: UploadedFile) -> ProofFile:
    if (upload.size or 0) > LARGEST:
        raise Invalid(
            gettext("“%(file)s” is larger than %(most)s MB. Choose a smaller file.")
            % {"file": _shown(upload.name), "most": LARGEST // 2**20},
            code="file_too_large",
            field="proof",
        )
    content = upload.read()
    kind, kept = _told(upload.name, content)
    file = ProofFile(
        id=new_id(),
        sha256=hashlib.sha256(kept).hexdigest(),
        received_sha256=hashlib.sha256(content).hexdigest(),
        name=_safe_name(upload.name, kind),
        content_type=kind,
        size=len(kept),
    )
    default_storage.save(_name(organization_id, file.id), ContentFile(kept))
    return file


def _told(name: str | None, content: bytes) -> tuple[str, bytes]:
    """What a file is by its content, and what is kept of it. Raises `Invalid`."""
    if content.startswith(b"%PDF-"):
        return PDF, content
    return _picture(name, content)


def _picture(name: str | None, content: bytes) -> tuple[str, bytes]:
    """A picture drawn anew: its pixels the right way up, and nothing else that was in the file."""
    from PIL import Image, ImageOps  # here, because it costs every process much to load and few ever need it

    try:
        with Image.open(io.BytesIO(content), formats=list(PICTURES)) as image:
            kind = str(image.format)
            if image.width * image.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            upright = ImageOps.exif_transpose(image)
            mode = "RGB" if kind == "JPEG" else ("RGBA" if "A" in upright.getbands() else "RGB")
            drawn = Image.new(mode, upright.size)
            drawn.paste(upright.convert(mode))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Invalid(
            gettext("“%(file)s” can’t be read. Choose a PDF, or a photo as JPEG or PNG.")
            % {"file": _shown(name)},
            code="file_not_readable",
            field="proof",
        ) from None
    written = io.BytesIO()
    drawn.save(written, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return PICTURES[kind], written.getvalue()


def _safe_name(name: str | None, kind: str) -> str:
    """A name to download the file under, that ends as its content says."""
    stem = re.sub(r"[^\w .()-]+", "_", (name or "").rsplit("/", 1)[-1].rsplit(".", 1)[0]).strip(" .")
    return f"{stem[:150] or 'proof'}{ENDINGS[kind]}"


def _shown(name: str | None) -> str:
    return (name or "")[:80]
