"""The rows of the marketplace: what is offered, who learns it, what proves that they finished, and what they
received.
"""

from heliograph.marketplace.models.claims import Claim, ClaimFile
from heliograph.marketplace.models.credential_templates import CredentialTemplate, CredentialTemplateVersion
from heliograph.marketplace.models.credentials import AwardedCredential, ExpiryReminder, SignedCredential
from heliograph.marketplace.models.enrollments import Application, Enrollment, EnrollmentPart, EnrollmentStep
from heliograph.marketplace.models.issuing import IssuerKey, StatusEntry, StatusList
from heliograph.marketplace.models.programs import (
    Holder,
    HolderMember,
    Program,
    ProgramCohort,
    ProgramPart,
    ProgramVersion,
    Site,
)

__all__ = [
    "Application",
    "AwardedCredential",
    "Claim",
    "ClaimFile",
    "CredentialTemplate",
    "CredentialTemplateVersion",
    "Enrollment",
    "EnrollmentPart",
    "EnrollmentStep",
    "ExpiryReminder",
    "Holder",
    "HolderMember",
    "IssuerKey",
    "Program",
    "ProgramCohort",
    "ProgramPart",
    "ProgramVersion",
    "SignedCredential",
    "Site",
    "StatusEntry",
    "StatusList",
]
