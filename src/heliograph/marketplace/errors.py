"""What can go wrong in the marketplace."""

from heliograph.core.errors import Conflict, NotFound, NotSignedIn, Problem, Unavailable
from heliograph.core.translation import gettext_noop


class SiteNotFound(NotFound):
    code = "marketplace_not_found"


class ProgramNotFound(NotFound):
    code = "program_not_found"


class ProgramPartNotFound(NotFound):
    code = "program_part_not_found"


class CohortNotFound(NotFound):
    code = "cohort_not_found"


class HolderNotFound(NotFound):
    code = "program_holder_not_found"


class ApplicationNotFound(NotFound):
    code = "application_not_found"


class EnrollmentNotFound(NotFound):
    code = "enrollment_not_found"


class CompletionListNotFound(NotFound):
    code = "completion_list_not_found"


class ClaimNotFound(NotFound):
    code = "claim_not_found"


class CredentialNotFound(NotFound):
    code = "credential_not_found"


class IssuerNotFound(NotFound):
    code = "issuer_not_found"


class CredentialTemplateNotFound(NotFound):
    code = "credential_template_not_found"


class CredentialRevoked(Problem):
    code, status, title = "credential_revoked", 410, gettext_noop("Credential revoked")


class WrongState(Conflict):
    code = "wrong_state"


class CohortFull(Conflict):
    code = "cohort_full"


class AlreadyEnrolled(Conflict):
    code = "already_enrolled"


class NotPublished(Conflict):
    code = "program_not_published"


class OrderNotFound(NotFound):
    code = "order_not_found"


class DifferenceNotFound(NotFound):
    code = "payment_difference_not_found"


class VoucherNotFound(NotFound):
    code = "voucher_not_found"


class VoucherNotValid(Conflict):
    code = "voucher_not_valid"


class CheckoutOpen(Conflict):
    code = "checkout_open"


class PaymentsNotSetUp(Conflict):
    code = "payments_not_set_up"


class PaymentRefused(Unavailable):
    """The payment provider said no, or did not answer."""

    code = "payment_provider_refused"


class PartnerNotFound(NotFound):
    code = "partner_not_found"


class PartnerRunNotFound(NotFound):
    code = "partner_run_not_found"


class PartnerResultNotFound(NotFound):
    code = "partner_result_not_found"


class FileKnown(Conflict):
    code = "partner_file_known"


class SignatureInvalid(NotSignedIn):
    code = "signature_invalid"
