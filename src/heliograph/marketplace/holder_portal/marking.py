"""Route A: a program holder, or the operator, marks students complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from heliograph.core.errors import Conflict
from heliograph.core.translation import gettext
from heliograph.marketplace.completion.actions import Completion, claim
from heliograph.marketplace.completion.files import ProofFile
from heliograph.marketplace.holder_portal.queries import enrollment_for
from heliograph.marketplace.models import Claim, EnrollmentPart, ProgramPart

if TYPE_CHECKING:
    from heliograph.core.actor import Actor

MARK_COMPLETE = "mark_complete"


@transaction.atomic
def mark_complete(
    actor: Actor,
    enrollment_id: str,
    completed_at: datetime,
    *,
    certificate_url: str = "",
    notes: str = "",
    files: Sequence[ProofFile] = (),
) -> list[Claim]:
    """Mark the parts of an enrollment complete that the program holder can speak for: all that are open and
    no courses of ours.

    The same again finds the claims that it made. Raises `EnrollmentNotFound`, `Forbidden`, `Invalid`,
    `WrongState`, and `Conflict` where there is nothing to mark.
    """
    enrollment = enrollment_for(actor, enrollment_id, MARK_COMPLETE)
    made: list[Claim] = []
    for part in _markable(enrollment.parts.select_related("part", "enrollment")):
        said = Completion(completed_at, None, certificate_url, notes, () if made else files)
        source = f"marked:{part.id}:{completed_at.date()}"  # the same again is the same claim
        made.append(claim(actor, part, Claim.Route.HOLDER, said, verified=True, source=source))
    if not made:
        raise Conflict(
            gettext("There is no part that you can mark: courses of this organization complete themselves."),
            code="nothing_to_mark",
        )
    return made


def _markable(parts: Iterable[EnrollmentPart]) -> Iterator[EnrollmentPart]:
    for part in parts:
        if part.part.kind != ProgramPart.Kind.COURSE:
            yield part
