"""What somebody may do: named permissions, in the groups of the roles' matrix.

A role is a set of them (`core.roles`). Permissions of a kind that changes things do not include those to see
them: a role that changes courses has both.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from heliograph.core.translation import gettext_lazy as _


class Permission(StrEnum):
    COURSES_VIEW = "courses.view"
    COURSES_MANAGE = "courses.manage"
    COURSES_DELETE = "courses.delete"
    DISPATCHES_VIEW = "dispatches.view"
    DISPATCHES_MANAGE = "dispatches.manage"
    CUSTOMERS_MANAGE = "customers.manage"
    LICENSES_MANAGE = "licenses.manage"
    REGISTRATIONS_VIEW = "registrations.view"
    REGISTRATIONS_MANAGE = "registrations.manage"
    REGISTRATIONS_DELETE = "registrations.delete"
    LEARNERS_ERASE = "learners.erase"
    PROGRAMS_VIEW = "programs.view"
    PROGRAMS_MANAGE = "programs.manage"
    ENROLLMENTS_MANAGE = "enrollments.manage"
    CREDENTIALS_MANAGE = "credentials.manage"
    ORDERS_VIEW = "orders.view"
    ORDERS_MANAGE = "orders.manage"
    WIOA_VIEW = "wioa.view"
    WIOA_MANAGE = "wioa.manage"
    SSN_VIEW = "ssn.view"
    ANALYTICS_VIEW = "analytics.view"
    RECORDS_VIEW = "records.view"
    RECORDS_MANAGE = "records.manage"
    ORGANIZATION_VIEW = "organization.view"
    USERS_MANAGE = "users.manage"
    API_KEYS_MANAGE = "api_keys.manage"
    WEBHOOKS_MANAGE = "webhooks.manage"
    AUDIT_VIEW = "audit.view"
    EMAILS_MANAGE = "emails.manage"
    SETTINGS_MANAGE = "settings.manage"
    OWNERS_MANAGE = "owners.manage"

    @property
    def label(self) -> str:
        """The permission as pages say it."""
        return str(LABELS[self])


# The groups of the matrix, in its order, each with its permissions from the weakest to the strongest.
GROUPS: dict[Any, tuple[Permission, ...]] = {
    _("Courses"): (Permission.COURSES_VIEW, Permission.COURSES_MANAGE, Permission.COURSES_DELETE),
    _("Delivery"): (
        Permission.DISPATCHES_VIEW,
        Permission.DISPATCHES_MANAGE,
        Permission.CUSTOMERS_MANAGE,
        Permission.LICENSES_MANAGE,
    ),
    _("Learners"): (
        Permission.REGISTRATIONS_VIEW,
        Permission.REGISTRATIONS_MANAGE,
        Permission.REGISTRATIONS_DELETE,
        Permission.LEARNERS_ERASE,
    ),
    _("Marketplace"): (
        Permission.PROGRAMS_VIEW,
        Permission.PROGRAMS_MANAGE,
        Permission.ENROLLMENTS_MANAGE,
        Permission.CREDENTIALS_MANAGE,
        Permission.ORDERS_VIEW,
        Permission.ORDERS_MANAGE,
        Permission.WIOA_VIEW,
        Permission.WIOA_MANAGE,
        Permission.SSN_VIEW,
    ),
    _("Insights"): (Permission.ANALYTICS_VIEW, Permission.RECORDS_VIEW, Permission.RECORDS_MANAGE),
    _("Organization"): (
        Permission.ORGANIZATION_VIEW,
        Permission.USERS_MANAGE,
        Permission.API_KEYS_MANAGE,
        Permission.WEBHOOKS_MANAGE,
        Permission.AUDIT_VIEW,
        Permission.EMAILS_MANAGE,
        Permission.SETTINGS_MANAGE,
        Permission.OWNERS_MANAGE,
    ),
}
LABELS = {
    Permission.COURSES_VIEW: _("View courses"),
    Permission.COURSES_MANAGE: _("Import, change and publish courses"),
    Permission.COURSES_DELETE: _("Delete courses"),
    Permission.DISPATCHES_VIEW: _("View dispatches, customers and licenses"),
    Permission.DISPATCHES_MANAGE: _("Create and change dispatches"),
    Permission.CUSTOMERS_MANAGE: _("Create and change customers and their portals"),
    Permission.LICENSES_MANAGE: _("Create and change licenses"),
    Permission.REGISTRATIONS_VIEW: _("View registrations and results"),
    Permission.REGISTRATIONS_MANAGE: _("Enroll learners and correct results"),
    Permission.REGISTRATIONS_DELETE: _("Delete registrations"),
    Permission.LEARNERS_ERASE: _("Export and erase learners’ data"),
    Permission.PROGRAMS_VIEW: _("View programs, enrollments and credentials"),
    Permission.PROGRAMS_MANAGE: _("Create, change and publish programs"),
    Permission.ENROLLMENTS_MANAGE: _("Decide applications and verify completions"),
    Permission.CREDENTIALS_MANAGE: _("Manage credentials"),
    Permission.ORDERS_VIEW: _("View orders, payments and revenue"),
    Permission.ORDERS_MANAGE: _("Record payments, refund, manage vouchers and revenue"),
    Permission.WIOA_VIEW: _("View WIOA participants and reports"),
    Permission.WIOA_MANAGE: _("Record WIOA participants and make reports"),
    Permission.SSN_VIEW: _("Read and enter social security numbers"),
    Permission.ANALYTICS_VIEW: _("View analytics"),
    Permission.RECORDS_VIEW: _("View learning records"),
    Permission.RECORDS_MANAGE: _("Manage LRS credentials, LRS sync and shared views"),
    Permission.ORGANIZATION_VIEW: _("View the organization’s overview and courses"),
    Permission.USERS_MANAGE: _("Manage users, groups and roles"),
    Permission.API_KEYS_MANAGE: _("Manage API keys"),
    Permission.WEBHOOKS_MANAGE: _("Manage webhooks"),
    Permission.AUDIT_VIEW: _("View the audit log"),
    Permission.EMAILS_MANAGE: _("View and resend emails"),
    Permission.SETTINGS_MANAGE: _("Change the organization’s settings"),
    Permission.OWNERS_MANAGE: _("Appoint and remove owners"),
}


def by_group(permissions: Iterable[Permission]) -> dict[str, dict[str, bool]]:
    """Permissions as templates ask for them: ``{% if may.courses.manage %}``."""
    nested: dict[str, dict[str, bool]] = {}
    for permission in permissions:
        thing, _, verb = permission.partition(".")
        nested.setdefault(thing, {})[verb] = True
    return nested
