"""Who is acting, for whom and with which role: the first argument of every action and query."""

from dataclasses import dataclass
from uuid import UUID

from heliograph.core.errors import Forbidden
from heliograph.core.permissions import Permission
from heliograph.core.roles import Granted, Role
from heliograph.core.scope import UNLIMITED, Scope
from heliograph.core.translation import gettext


@dataclass(frozen=True)
class Actor:
    """A person, an API key, a learner at a launch, or Heliograph itself, within one organization.

    ``role`` has what ``scope`` leaves of its permissions (`core.scope.within`).
    """

    kind: str  # user, api_key, learner, system
    id: UUID | None
    label: str
    organization_id: UUID
    role: Granted
    scope: Scope = UNLIMITED

    def may(self, permission: Permission) -> bool:
        """Whether the actor has a permission."""
        return permission in self.role.permissions

    def require(self, *permissions: Permission) -> None:
        """Raise `Forbidden` unless the actor has one of ``permissions``."""
        if not any(self.may(permission) for permission in permissions):
            raise Forbidden(
                gettext(
                    "You need the permission “%(permission)s” to do this. Contact an owner or administrator."
                )
                % {"permission": permissions[0].label}
            )

    def require_any(self) -> None:
        """Raise `Forbidden` for somebody who has no permission at all, as learners."""
        if not self.role.permissions:
            raise Forbidden(
                gettext("Your role “%(role)s” has no access to this page. Contact an owner or administrator.")
                % {"role": self.role.label}
            )

    def covers(self, role: Granted) -> bool:
        """Whether the actor has all that ``role`` gives: nobody hands out, or takes away, what they lack."""
        return role.permissions <= self.role.permissions


def system(organization_id: UUID, label: str = "Heliograph") -> Actor:
    """Heliograph itself, acting for an organization: jobs, the command line."""
    return Actor("system", None, label, organization_id, Role.OWNER)
