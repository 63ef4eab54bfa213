"""What can go wrong at the record store's doors."""

from typing import Any

from heliograph.core.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn, Problem
from heliograph.core.rule_table import Broken


class StatementRefused(Problem):
    code, status, title = "statement_invalid", 400, "Invalid xAPI statement"

    @classmethod
    def by(cls, broken: Broken, number: int | None = None) -> "StatementRefused":
        """The refusal of a statement, the ``number``-th of several, by the rule it breaks."""
        where = "" if number is None else f"Statement {number}: "
        details: dict[str, Any] = {} if number is None else {"statement": number}
        return cls(where + broken.sentence, rule=broken.rule.code, property=broken.at, **details)


class RequestInvalid(Problem):
    code, status, title = "request_invalid", 400, "Invalid xAPI request"


class EncodingUnknown(RequestInvalid):
    code, status, title = "encoding_unknown", 415, "Unsupported content encoding"


class VersionMissing(RequestInvalid):
    code = "version_missing"


class MethodNotAllowed(Problem):
    code, status, title = "method_not_allowed", 405, "Method not allowed"


class CredentialRefused(NotSignedIn):
    code, title = "credential_refused", "Invalid credential"


class ScopeMissing(Forbidden):
    code = "scope_missing"


class OutOfBounds(Forbidden):
    code = "out_of_bounds"


class RecordNotFound(NotFound):
    code = "record_not_found"


class StatementConflict(Conflict):
    code, title = "statement_conflict", "Statement ID conflict"


class DocumentConflict(Conflict):
    code, title = "document_conflict", "Document already exists"


class PreconditionFailed(Problem):
    code, status, title = "precondition_failed", 412, "Document was modified"


class CredentialInvalid(Invalid):
    code = "credential_invalid"


class CredentialNotFound(NotFound):
    code = "credential_not_found"


class ViewInvalid(Invalid):
    code = "view_invalid"


class ViewNotFound(NotFound):
    code = "view_not_found"
