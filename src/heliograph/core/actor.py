"""Who is acting, for whom and with which role: the first argument of every action and query."""

from dataclasses import dataclass
from uuid import UUID

from heliograph.core.errors import Forbidden
from heliograph.core.roles import Role
from heliograph.core.translation import gettext


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
        if not self.role.includes(role):
            raise Forbidden(
                gettext("You need the %(word)s role to do this. Contact an owner or administrator.")
                % {"word": role.label}
            )


def system(organization_id: UUID, label: str = "Heliograph") -> Actor:
    """Heliograph itself, acting for an organization: jobs, the command line."""
    return Actor("system", None, label, organization_id, Role.OWNER)
