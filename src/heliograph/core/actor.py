"""Who is acting, for whom and with which role: the first argument of every action and query."""

from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from heliograph.core.errors import Forbidden


class Role(IntEnum):
    """What a member may do; each role may do all that the lower ones may."""

    LEARNER = 0
    REPORTER = 1
    MANAGER = 2
    ADMIN = 3
    OWNER = 4

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Role":
        """The role called ``word``; ValueError for any other word."""
        try:
            return cls[word.upper()]
        except KeyError:
            raise ValueError(f"“{word}” is not a role") from None


@dataclass(frozen=True)
class Actor:
    """A person, an API key, a learner at a launch, or Heliograph itself, within one organization."""

    kind: str  # user, api_key, learner, system
    id: UUID | None
    label: str
    organization_id: UUID
    role: Role

    def require_role(self, role: Role) -> None:
        """Raise `Forbidden` unless the actor has at least ``role``."""
        if self.role < role:
            raise Forbidden(
                f"Your role in this organization is {self.role.word}; "
                f"this takes the role {role.word} or higher. Ask an owner or administrator."
            )


def system(organization_id: UUID, label: str = "Heliograph") -> Actor:
    """Heliograph itself, acting for an organization: jobs, the command line."""
    return Actor("system", None, label, organization_id, Role.OWNER)
