"""What can go wrong while somebody learns."""

from heliograph.core.errors import Conflict, Invalid, NotFound, Problem
from heliograph.core.secrets.tokens import TokenRefused


class RegistrationNotFound(NotFound):
    code = "registration_not_found"


class LaunchNotFound(NotFound):
    code = "launch_not_found"


class LaunchUsed(TokenRefused):
    code, title = "launch_used", "Link already used"


class LaunchAhead(Problem):
    code, status, title = "launch_ahead", 503, "Link opened automatically"


class OpenedElsewhere(Conflict):
    code, title = "opened_elsewhere", "Course open in another window"


class SequenceGap(Conflict):
    code, title = "sequence_gap", "Sequence gap"


class CommitUnreadable(Invalid):
    code = "commit_unreadable"


class ReasonMissing(Invalid):
    code = "reason_missing"


class NotByHand(Conflict):
    code = "not_completed_by_hand"


class KeyTaken(Conflict):
    code = "key_taken"
