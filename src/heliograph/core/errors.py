"""What can go wrong, as people and programs are told of it.

A problem has one clear sentence, a stable code and an HTTP status; the API answers it as an RFC 9457
document, pages and the command line show the same sentence.
"""

from typing import Any, ClassVar

from heliograph.core.translation import gettext, gettext_noop


class Problem(Exception):
    """The base of everything that a caller did wrong or may try again; subclasses fix ``code``, ``status``
    and ``title``.
    """

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 400
    title: ClassVar[str] = gettext_noop("Request failed")

    def __init__(self, sentence: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.problem_code = code or self.code
        self.details = details

    @property
    def heading(self) -> str:
        """The title in the reader's language."""
        return gettext(self.title)

    def document(self) -> dict[str, Any]:
        """The RFC 9457 problem document, section 3."""
        return {
            "type": f"urn:heliograph:problem:{self.problem_code}",
            "title": self.title,
            "status": self.status,
            "detail": self.sentence,
            "code": self.problem_code,
            **self.details,
        }


class Invalid(Problem):
    code, status, title = "invalid", 422, gettext_noop("Check your input")


class NotSignedIn(Problem):
    code, status, title = "not_signed_in", 401, gettext_noop("Sign in first")


class Forbidden(Problem):
    code, status, title = "forbidden", 403, gettext_noop("Not allowed")


class NotFound(Problem):
    code, status, title = "not_found", 404, gettext_noop("Not found")


class Conflict(Problem):
    code, status, title = "conflict", 409, gettext_noop("Conflict")


class TooLarge(Problem):
    code, status, title = "too_large", 413, gettext_noop("Too large")


class TooMany(Problem):
    code, status, title = "too_many_requests", 429, gettext_noop("Too many requests")


class Unavailable(Problem):
    code, status, title = "unavailable", 503, gettext_noop("Temporarily unavailable")


class Misconfigured(Problem):
    code, status, title = "misconfigured", 500, gettext_noop("Configuration error")
