"""What a partner that is asked answers: a page of results, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from heliograph.marketplace.partners.events import Event


@dataclass(frozen=True)
class Page:
    """Some results, and the cursor with which the next ones are asked for; empty: these were the last."""

    events: list[Event]
    cursor: str


class PartnerAway(Exception):
    """The partner did not answer, or not yet; the text says why. ``after`` are seconds to wait first."""

    def __init__(self, sentence: str, after: float = 0) -> None:
        super().__init__(sentence)
        self.after = after


class PartnerBroken(Exception):
    """The partner answered what cannot be used; the text says what."""
