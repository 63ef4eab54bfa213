"""The rows of the marketplace: what is offered, who learns it, what proves that they finished, and what they
received.
"""

from heliograph.marketplace.models.claims import Claim, ClaimFile
from heliograph.marketplace.models.completion_lists import CompletionList, CompletionListRow
from heliograph.marketplace.models.credential_templates import CredentialTemplate, CredentialTemplateVersion
from heliograph.marketplace.models.credentials import AwardedCredential, ExpiryReminder, SignedCredential
from heliograph.marketplace.models.enrollments import Application, Enrollment, EnrollmentPart, EnrollmentStep
from heliograph.marketplace.models.issuing import IssuerKey, StatusEntry, StatusList
from heliograph.marketplace.models.ledger import LedgerAccount, LedgerEntry, LedgerTransaction
from heliograph.marketplace.models.mails import MailPreference, MailTemplate
from heliograph.marketplace.models.orders import Allocation, Order, OrderLine, Refund, Voucher
from heliograph.marketplace.models.partners import (
    Partner,
    PartnerAccount,
    PartnerMessage,
    PartnerProgram,
    PartnerResult,
    PartnerRun,
    PartnerVoucher,
)
from heliograph.marketplace.models.payments import (
    CheckoutSession,
    Dispute,
    PaymentAccount,
    PaymentDifference,
    PaymentEvent,
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
from heliograph.marketplace.models.revenue import OrderAgreement, RevenueAgreement
from heliograph.marketplace.models.wioa import (
    Board,
    CredentialAttainment,
    EmploymentOutcome,
    Participant,
    Participation,
    ProgramReporting,
    ReportError,
    ReportLayout,
    ReportLayoutVersion,
    ReportRun,
    SkillGain,
    SocialSecurityNumber,
    SsnReading,
    TrainingEpisode,
    WioaService,
    WioaSettings,
)

__all__ = [
    "Allocation",
    "Application",
    "AwardedCredential",
    "Board",
    "CheckoutSession",
    "Claim",
    "ClaimFile",
    "CompletionList",
    "CompletionListRow",
    "CredentialAttainment",
    "CredentialTemplate",
    "CredentialTemplateVersion",
    "Dispute",
    "EmploymentOutcome",
    "Enrollment",
    "EnrollmentPart",
    "EnrollmentStep",
    "ExpiryReminder",
    "Holder",
    "HolderMember",
    "IssuerKey",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "MailPreference",
    "MailTemplate",
    "Order",
    "OrderAgreement",
    "OrderLine",
    "Participant",
    "Participation",
    "Partner",
    "PartnerAccount",
    "PartnerMessage",
    "PartnerProgram",
    "PartnerResult",
    "PartnerRun",
    "PartnerVoucher",
    "PaymentAccount",
    "PaymentDifference",
    "PaymentEvent",
    "Program",
    "ProgramCohort",
    "ProgramPart",
    "ProgramReporting",
    "ProgramVersion",
    "Refund",
    "ReportError",
    "ReportLayout",
    "ReportLayoutVersion",
    "ReportRun",
    "RevenueAgreement",
    "SignedCredential",
    "Site",
    "SkillGain",
    "SocialSecurityNumber",
    "SsnReading",
    "StatusEntry",
    "StatusList",
    "TrainingEpisode",
    "Voucher",
    "WioaService",
    "WioaSettings",
]
