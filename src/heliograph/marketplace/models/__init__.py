"""The rows of the marketplace: what is offered, who learns it, what proves that they finished, and what they
received.
"""

from heliograph.marketplace.models.claims import Claim, ClaimFile
from heliograph.marketplace.models.credentials import AwardedCredential
from heliograph.marketplace.models.enrollments import Application, Enrollment, EnrollmentPart, EnrollmentStep
from heliograph.marketplace.models.partners import (
    Partner,
    PartnerAccount,
    PartnerMessage,
    PartnerProgram,
    PartnerResult,
    PartnerRun,
    PartnerVoucher,
)
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
    "Enrollment",
    "EnrollmentPart",
    "EnrollmentStep",
    "Holder",
    "HolderMember",
    "Partner",
    "PartnerAccount",
    "PartnerMessage",
    "PartnerProgram",
    "PartnerResult",
    "PartnerRun",
    "PartnerVoucher",
    "Program",
    "ProgramCohort",
    "ProgramPart",
    "ProgramVersion",
    "Site",
]
