"""What is asked of the record store, and what is answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from heliograph.core.errors import NotFound
from heliograph.lrs.access import Access
from heliograph.lrs.errors import MethodNotAllowed, RequestInvalid

ROOT: Final = "/xapi"


@dataclass(slots=True)
class Request:
    """What is asked: ``resource`` is the path below the root, ``headers`` are by lower-case name, ``version``
    is "1.0.3" or "2.0".
    """

    method: str
    resource: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    version: str = "2.0"
    access: Access | None = None

    def allow(self, *names: str) -> None:
        """Raise `RequestInvalid` for a parameter that is none of these."""
        for name in self.query:
            if name not in names:
                raise RequestInvalid(
                    f"Unknown parameter “{name[:60]}”; names are case-sensitive.",
                    code="parameter_unknown",
                )


@dataclass(slots=True)
class XapiResponse:
    """What is answered."""

    status: int = 200
    body: bytes | list[bytes] = b""
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)


Resource = Callable[[Request], XapiResponse]


def not_found() -> NotFound:
    """The problem with an address that is none."""
    return NotFound("Resource not found in this LRS.")


def not_with(method: str) -> MethodNotAllowed:
    """The problem with a method that a resource has not."""
    return MethodNotAllowed(f"Method {method[:20]} is not allowed for this resource.")
