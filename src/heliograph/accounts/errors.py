"""What can go wrong with organisations and signing in."""

from heliograph.core.errors import Conflict, Invalid, NotSignedIn, TooMany


class WrongPassword(NotSignedIn):
    code = "wrong_credentials"


class TooManyTries(TooMany):
    code = "too_many_sign_ins"


class KeyRefused(NotSignedIn):
    code = "api_key_invalid"


class AccessTokenRefused(NotSignedIn):
    code = "access_token_invalid"


class RefreshTokenRefused(NotSignedIn):
    code = "refresh_token_invalid"


class KeyTaken(Conflict):
    code = "key_taken"


class LastOwner(Conflict):
    code = "last_owner"


class BadKey(Invalid):
    code = "key_invalid"


class KeyReused(Invalid):
    code = "idempotency_key_reused"


class KeyUnreadable(Invalid):
    code = "idempotency_key_invalid"
