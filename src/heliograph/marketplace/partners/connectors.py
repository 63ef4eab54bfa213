"""The contract of an adapter. Each part of it is optional: `capabilities` says which there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from heliograph.marketplace.partners.events import Event

if TYPE_CHECKING:
    from heliograph.marketplace.models import EnrollmentPart, Partner


@dataclass(frozen=True)
class Page:
    """Some results, and the cursor with which the next ones are asked for; empty: these were the last."""

    events: list[Event]
    cursor: str


class Connector(Protocol):
    """What reads one partner's results and lets students in there. What an adapter cannot do raises
    NotImplementedError, and is not among its ``capabilities``: ``fetch_results``, ``parse_file``,
    ``handle_webhook``, ``check_badge``.
    """

    capabilities: frozenset[str]
    partner: Partner

    def provision(self, part: EnrollmentPart) -> None:
        """Prepare the student's place at the partner."""

    def launch_url(self, part: EnrollmentPart) -> str:
        """Where the student begins at the partner; empty where only the part says it."""

    def fetch_results(self, cursor: str) -> Iterator[Page]:
        """The results from a cursor on, in pages. Raises `PartnerAway` and `PartnerBroken`."""

    def parse_file(self, path: Path, name: str) -> Iterator[Event]:
        """The results in a file. Raises `Refused`."""

    def handle_webhook(self, headers: Mapping[str, str], body: bytes) -> Iterable[Event]:
        """The results in a signed message. Raises `SignatureInvalid` and ValueError."""


class PartnerAway(Exception):
    """The partner did not answer, or not yet; the text says why. ``after`` are seconds to wait first."""

    def __init__(self, sentence: str, after: float = 0) -> None:
        super().__init__(sentence)
        self.after = after


class PartnerBroken(Exception):
    """The partner answered what cannot be used; the text says what."""
