"""What can go wrong with organizations and signing in."""

from heliograph.core.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn, TooMany, Unavailable


class WrongPassword(NotSignedIn):
    code = "wrong_credentials"


class TooManyTries(TooMany):
    code = "too_many_sign_ins"


class SignInBusy(Unavailable):
    code = "sign_in_busy"


class CodeNeeded(NotSignedIn):
    code = "second_factor_needed"


class SecondFactorMissing(Forbidden):
    code = "second_factor_required"


class InvitationNotFound(NotFound):
    code = "invitation_not_found"


class AlreadyMember(Conflict):
    code = "already_member"


class InvitedJustNow(TooMany):
    code = "invited_just_now"


class InvitationClosed(Conflict):
    code = "invitation_closed"


class KeyRefused(NotSignedIn):
    code = "api_key_invalid"


class AccessTokenRefused(NotSignedIn):
    code = "access_token_invalid"


class RefreshTokenRefused(NotSignedIn):
    code = "refresh_token_invalid"


class KeyTaken(Conflict):
    code = "key_taken"


class MemberNotFound(NotFound):
    code = "member_not_found"


class RoleNotFound(NotFound):
    code = "role_not_found"


class RoleInUse(Conflict):
    code = "role_in_use"


class LastOwner(Conflict):
    code = "last_owner"


class BadKey(Invalid):
    code = "key_invalid"


class KeyReused(Invalid):
    code = "idempotency_key_reused"


class KeyUnreadable(Invalid):
    code = "idempotency_key_invalid"


class GroupNotFound(NotFound):
    code = "group_not_found"


class GroupNameTaken(Conflict):
    code = "group_name_taken"


class GroupKeyTaken(Conflict):
    code = "group_key_taken"


class NotUsers(Invalid):
    code = "not_users"


class UserImportNotFound(NotFound):
    code = "user_import_not_found"


class ImportRunning(Conflict):
    code = "user_import_running"


class ImportNotReady(Conflict):
    code = "user_import_not_ready"


class MergeNotPossible(Conflict):
    code = "merge_not_possible"


class MergeNotFound(NotFound):
    code = "merge_not_found"
