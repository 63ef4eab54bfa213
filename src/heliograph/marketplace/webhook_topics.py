"""Events of the marketplace, for webhooks; each is written in the transaction of its change."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from heliograph.core.translation import gettext_lazy
from heliograph.webhooks import topics
from heliograph.webhooks.actions import emit

if TYPE_CHECKING:
    from heliograph.marketplace import models


class Program(msgspec.Struct, frozen=True):
    id: str
    key: str
    title: str
    version: int


class Student(msgspec.Struct, frozen=True):
    """``id`` is the member's."""

    id: str
    name: str
    email: str


class Enrollment(msgspec.Struct, frozen=True):
    id: str
    status: str
    program: Program
    student: Student


class EnrollmentEvent(msgspec.Struct, frozen=True):
    enrollment: Enrollment


class Claim(msgspec.Struct, frozen=True):
    """``route`` is *holder*, *student*, *partner* or *course*; ``score`` is from 0 to 1."""

    id: str
    route: str
    status: str
    part: str
    completed_at: datetime
    score: float | None


class ClaimEvent(msgspec.Struct, frozen=True):
    claim: Claim
    enrollment: Enrollment


class Credential(msgspec.Struct, frozen=True):
    number: str
    title: str
    awarded_at: datetime
    expires_at: datetime | None


class CredentialEvent(msgspec.Struct, frozen=True):
    credential: Credential
    enrollment: Enrollment


_MOMENT = datetime.fromisoformat("2026-03-02T09:12:41+00:00")
_PROGRAM = Program("019c8f7e-1c00-7a10-8d11-4d5e6f7081a1", "phlebotomy", "Phlebotomy technician", 1)
_STUDENT = Student("019c9b00-8e00-72ee-9fff-1526374859b2", "Kim Osei", "kim@example.com")


def _enrollment(status: str) -> Enrollment:
    return Enrollment("019c9b01-8e00-72ee-9fff-1526374859c3", status, _PROGRAM, _STUDENT)


def _claim(status: str) -> ClaimEvent:
    claim = Claim("019c9b02-8e00-72ee-9fff-1526374859d4", "student", status, "State exam", _MOMENT, 0.86)
    return ClaimEvent(claim, _enrollment("active"))


def add() -> None:
    """Add the marketplace's topics to the catalog."""
    credential = CredentialEvent(
        Credential("x7k2m9q4t6v8w3y5z2a4b6c8d9", "Phlebotomy technician", _MOMENT, None),
        _enrollment("completed"),
    )
    topics.register(
        topics.Topic(
            "enrollment.enrolled",
            gettext_lazy("A student was enrolled in a program."),
            EnrollmentEvent(_enrollment("enrolled")),
        ),
        topics.Topic(
            "enrollment.completed",
            gettext_lazy("A student completed a program."),
            EnrollmentEvent(_enrollment("completed")),
        ),
        group=gettext_lazy("Enrollments"),
    )
    topics.register(
        topics.Topic(
            "claim.received", gettext_lazy("A student sent proof of completion."), _claim("proposed")
        ),
        topics.Topic("claim.verified", gettext_lazy("A claim was verified."), _claim("verified")),
        topics.Topic("claim.rejected", gettext_lazy("A claim was rejected."), _claim("rejected")),
        group=gettext_lazy("Claims"),
    )
    topics.register(
        topics.Topic("credential.awarded", gettext_lazy("A student received a credential."), credential),
        topics.Topic("credential.revoked", gettext_lazy("A credential was revoked."), credential),
        group=gettext_lazy("Credentials"),
    )


def tell_enrollment(what: str, enrollment: models.Enrollment) -> None:
    """A student was enrolled, or completed the program: ``what`` is the topic after the dot."""
    emit(enrollment.organization_id, f"enrollment.{what}", EnrollmentEvent(_shown(enrollment)))


def tell_claim(what: str, claim: models.Claim, enrollment: models.Enrollment) -> None:
    """A claim was received, verified or rejected."""
    shown = Claim(
        str(claim.id), claim.route, claim.state, claim.part.part.title, claim.completed_at, claim.score
    )
    emit(claim.organization_id, f"claim.{what}", ClaimEvent(shown, _shown(enrollment)))


def tell_credential(what: str, credential: models.AwardedCredential, enrollment: models.Enrollment) -> None:
    """A credential was awarded or revoked."""
    shown = Credential(credential.number, credential.title, credential.awarded_at, credential.expires_at)
    emit(credential.organization_id, f"credential.{what}", CredentialEvent(shown, _shown(enrollment)))


def _shown(enrollment: models.Enrollment) -> Enrollment:
    program, version, student = enrollment.program, enrollment.version, enrollment.student
    return Enrollment(
        str(enrollment.id),
        str(enrollment.state),
        Program(str(program.id), program.key, version.title, version.number),
        Student(str(student.id), student.full_name, student.user.email),
    )
