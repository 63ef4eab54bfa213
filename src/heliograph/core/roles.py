"""Roles: the built-in ones of every organization, and what all roles have in common."""

from collections.abc import Set
from enum import IntEnum
from typing import Protocol

from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext_lazy as _
from heliograph.core.translation import pgettext_lazy


class Granted(Protocol):
    """A role, whoever made it: ``word`` is its key, ``label`` what pages say."""

    @property
    def word(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def permissions(self) -> Set[Permission]: ...


class Role(IntEnum):
    """The built-in roles; each may do all that the lower ones may."""

    LEARNER = 0
    REPORTER = 1
    MANAGER = 2
    ADMIN = 3
    OWNER = 4

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def label(self) -> str:
        """The role as pages say it."""
        return str(LABELS[self])

    @property
    def permissions(self) -> frozenset[Permission]:
        """What members with this role may do."""
        return PERMISSIONS[self]

    @classmethod
    def of(cls, word: str) -> "Role":
        """The role called ``word``; ValueError for any other word."""
        try:
            return cls[word.upper()]
        except KeyError:
            raise ValueError(f"“{word}” is not a role") from None


LABELS = {
    Role.LEARNER: pgettext_lazy("role", "Learner"),
    Role.REPORTER: _("Reporter"),
    Role.MANAGER: _("Manager"),
    Role.ADMIN: _("Admin"),
    Role.OWNER: _("Owner"),
}
_REPORTER = frozenset(permission for permission in Permission if permission.endswith(".view")) - {
    Permission.ORGANIZATION_VIEW,
    Permission.AUDIT_VIEW,
    Permission.ORDERS_VIEW,
    Permission.WIOA_VIEW,
    Permission.SSN_VIEW,
}
_MANAGER = _REPORTER | {
    Permission.COURSES_MANAGE,
    Permission.DISPATCHES_MANAGE,
    Permission.CUSTOMERS_MANAGE,
    Permission.LICENSES_MANAGE,
    Permission.REGISTRATIONS_MANAGE,
    Permission.PROGRAMS_MANAGE,
    Permission.ENROLLMENTS_MANAGE,
    Permission.ORDERS_VIEW,
    Permission.WIOA_VIEW,
}
_OWNER = frozenset(Permission)
PERMISSIONS = {
    Role.LEARNER: frozenset[Permission](),
    Role.REPORTER: _REPORTER,
    Role.MANAGER: _MANAGER,
    Role.ADMIN: _OWNER - {Permission.OWNERS_MANAGE, Permission.SSN_VIEW},
    Role.OWNER: _OWNER,
}
