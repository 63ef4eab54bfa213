"""What whoever asks the record store may do there."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from heliograph.core.translation import gettext, gettext_lazy
from heliograph.lrs.errors import OutOfBounds, ScopeMissing

WRITE, READ_OWN, READ, STATE, PROFILE, ADMIN = (
    "statements/write",
    "statements/read/mine",
    "statements/read",
    "state",
    "profile",
    "admin",
)
SCOPES: Final = {
    WRITE: gettext_lazy("Write statements"),
    READ_OWN: gettext_lazy("Read own statements"),
    READ: gettext_lazy("Read all statements"),
    STATE: gettext_lazy("State API"),
    PROFILE: gettext_lazy("Profile APIs"),
    ADMIN: gettext_lazy("Full access"),
}


@dataclass(frozen=True)
class Access:
    """What one credential or token may do.

    ``registration`` and ``agent`` bind a learner's content to its own records.
    """

    organization_id: UUID
    label: str
    scopes: frozenset[str]
    authority: str  # JSON
    authority_identifier: str
    activity_prefix: str = ""
    registration: UUID | None = None
    agent: str = ""  # `rules.keys.identifier` of the learner
    session: UUID | None = None
    expires_at: float | None = None  # seconds since 1970
    # A session's: those whose profiles it may change.
    activities: frozenset[str] = field(default_factory=frozenset)
    nameless: bool = (
        False  # it hears nobody's name: statements come as ids, and of agents only what it says itself
    )
    marks: frozenset[int] = field(default_factory=frozenset)  # keys that everything it writes is found by too

    def require_scope(self, *scopes: str) -> None:
        """Raise `ScopeMissing` unless one of ``scopes`` was given."""
        if ADMIN not in self.scopes and not self.scopes.intersection(scopes):
            raise ScopeMissing(
                gettext(
                    "This credential lacks the permission “%(scopes)s”. Create one with the scope "
                    "“%(scopes_2)s”."
                )
                % {"scopes": SCOPES[scopes[0]], "scopes_2": scopes[0]}
            )

    def refuse_activity(self, activity_id: str) -> None:
        """Raise `OutOfBounds` for an activity outside of the credential's prefix."""
        if self.activity_prefix and not activity_id.startswith(self.activity_prefix):
            raise OutOfBounds(
                gettext("This credential only allows activities whose IDs start with %(activity_prefix)s.")
                % {"activity_prefix": self.activity_prefix}
            )
