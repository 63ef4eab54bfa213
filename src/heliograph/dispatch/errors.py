"""What can go wrong between a customer's LMS and us. Every refusal of a launch has its code; the stub shows the sentence."""

from heliograph.core.errors import Conflict, Forbidden, Invalid, NotFound


class DestinationNotFound(NotFound):
    code = "destination_not_found"


class DispatchNotFound(NotFound):
    code = "dispatch_not_found"


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

    title = "The course cannot be opened"


class Disabled(LaunchRefused):
    code = "dispatch_disabled"


class Expired(LaunchRefused):
    code = "dispatch_expired"


class NewLearnersRefused(LaunchRefused):
    code = "new_learners_not_allowed"


class LimitReached(LaunchRefused):
    code = "registration_limit_reached"


class FormatNotOffered(Invalid):
    code = "package_format_unknown"


class ReportUnreadable(Invalid):
    code = "receipt_unreadable"
