"""What can go wrong between a customer's LMS and us.

Every refusal of a launch has its code; the stub shows the sentence.
"""

from heliograph.core.errors import Conflict, Forbidden, Invalid, NotFound, Problem, TooMany


class DestinationNotFound(NotFound):
    code = "destination_not_found"


class DispatchNotFound(NotFound):
    code = "dispatch_not_found"


class PackageReplaced(NotFound):
    code = "package_replaced"


class KeyTaken(Conflict):
    code = "key_taken"


class BadKey(Invalid):
    code = "key_invalid"


class DestinationInUse(Conflict):
    code = "destination_in_use"


class DispatchInUse(Conflict):
    code = "dispatch_in_use"


class LaunchRefused(Forbidden):
    """A limit of the dispatch says no."""

    title = "This course isn't available"


class LearnerUnconfirmed(LaunchRefused):
    code = "learner_unconfirmed"


class PackageNotEmbedded(LaunchRefused):
    code = "package_not_embedded"


class Disabled(LaunchRefused):
    code = "dispatch_disabled"


class Expired(LaunchRefused):
    code = "dispatch_expired"


class NewLearnersRefused(LaunchRefused):
    code = "new_learners_not_allowed"


class LimitReached(LaunchRefused):
    code = "registration_limit_reached"


class LearnersUsedUp(LaunchRefused):
    code = "learner_limit_reached"


class LaunchesUsedUp(LaunchRefused):
    code = "launch_limit_reached"


class DownloadsUsedUp(Forbidden):
    code = "download_limit_reached"


class NoSeatFree(LaunchRefused):
    code = "no_seat_free"


class NotStarted(LaunchRefused):
    code = "licence_not_started"


class AccessEnded(LaunchRefused):
    code = "access_ended"


class DomainNotAllowed(LaunchRefused):
    code = "domain_not_allowed"


class DeploymentSuspended(LaunchRefused):
    code = "deployment_suspended"


class DomainUnreadable(Invalid):
    code = "domain_invalid"


class LicenseNotFound(NotFound):
    code = "license_not_found"


class DeploymentNotFound(NotFound):
    code = "deployment_not_found"


class FormatNotOffered(Invalid):
    code = "package_format_unknown"


class NotEmbeddable(Invalid):
    """The course cannot travel inside a package."""

    code = "course_not_embeddable"


class LogoNotFound(NotFound):
    code = "logo_not_found"


class PostbackNotFound(NotFound):
    code = "postback_not_found"


class NoPostbackAddress(Conflict):
    code = "postback_url_missing"


class NotCompleted(Conflict):
    code = "not_completed"


class LinkNotFound(NotFound):
    code = "link_not_found"


class MessageUnreadable(Invalid):
    code = "receipt_unreadable"


class SessionNotFound(NotFound):
    code = "session_not_found"


class PageLoadInvalid(Invalid):
    code = "sitting_invalid"


class PageLoadTaken(Conflict):
    code = "sitting_taken"


class EventsUnreadable(Invalid):
    code = "events_unreadable"


class SignatureMissing(Problem):
    code, status, title = "signature_missing", 401, "Signature missing"


class SignatureInvalid(Problem):
    code, status, title = "signature_invalid", 401, "Invalid signature"


class RateLimited(TooMany):
    code = "rate_limited"
