"""Forms of the back office."""

from collections.abc import Iterable
from typing import Any

from django import forms

from heliograph.accounts import roles
from heliograph.accounts.actions import LONGEST_RETENTION, SHORTEST_RETENTION
from heliograph.core.actor import Actor
from heliograph.core.roles import Granted, Role
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.ui.forms import Choice, Day, Form, Tick, WholeNumber, text


class OrganizationName(Form):
    name = text(
        gettext_lazy("Name"),
        longest=200,
        error_messages={"required": gettext_lazy("Enter a name for the organization.")},
    )


class AuditRetention(Form):
    days = WholeNumber(
        gettext_lazy("Keep entries for (days)"),
        least=SHORTEST_RETENTION,
        most=LONGEST_RETENTION,
        help_text=gettext_lazy("Leave blank to keep them for good."),
    )


class RoleForm(Form):
    """A form with a role, of those that ``actor`` may hand out, the one with the most permissions first."""

    role = Choice(gettext_lazy("Role"))

    def __init__(self, *given: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*given, **options)
        self.offered = {
            role.word: role
            for role in sorted(
                self._offered(roles.all_roles(actor.organization_id)), key=lambda role: -len(role.permissions)
            )
            if actor.covers(role)
        }
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.word, role.label) for role in self.offered.values()
        ]

    def _offered(self, every: Iterable[Granted]) -> Iterable[Granted]:
        return every

    def clean_role(self) -> Granted:
        return self.offered[self.cleaned_data["role"]]


class MemberRole(RoleForm):
    def __init__(self, *given: Any, whose: object = "", **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["role"].widget.attrs["aria-label"] = gettext("Role of %(whose)s") % {"whose": whose}


class InviteMember(RoleForm):
    email = text(gettext_lazy("Email"), longest=254, shown=forms.EmailInput)
    field_order = ("email", "role")


class BulkUsers(RoleForm):
    """What is done with the users that are ticked; the role counts where that is what they get."""

    do = Choice("", [("role", ""), ("deactivate", ""), ("activate", "")])
    field_order = ("role", "do")

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["role"].required = self.data.get("do") == "role"

    def clean_role(self) -> Granted | None:  # type: ignore[override]
        return super().clean_role() if self.cleaned_data["role"] else None


class CustomRoleForm(Form):
    """A role of the organization's own: a name, and those of its permissions that ``actor`` has."""

    name = text(
        gettext_lazy("Name"),
        longest=60,
        placeholder=gettext_lazy("Content editor"),
        error_messages={"required": gettext_lazy("Enter a name for the role.")},
    )
    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("Permissions"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one permission.")},
    )

    def __init__(self, *given: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["permissions"].choices = [  # type: ignore[attr-defined]
            (permission.value, permission.label) for permission in roles.OFFERED if actor.may(permission)
        ]


class AssignUsers(Form):
    """Users by their email addresses, and until when they are to complete the course."""

    users = text(
        gettext_lazy("Email addresses"),
        longest=300_000,
        lines=5,
        help_text=gettext_lazy("One in a line, or separated by commas. At most 1,000."),
        error_messages={"required": gettext_lazy("Enter at least one email address.")},
    )
    due_at = Day(gettext_lazy("Due date"), last=True, help_text=gettext_lazy("Leave blank for none."))
    notify = Tick(gettext_lazy("Send them an email"), initial=True)


class DueDate(Form):
    due_at = Day(gettext_lazy("Due date"), last=True, help_text=gettext_lazy("Leave blank for none."))


class NewApiKey(RoleForm):
    name = text(
        gettext_lazy("Name"),
        placeholder=gettext_lazy("Nightly enrollment sync"),
        error_messages={"required": gettext_lazy("Enter a name for the API key.")},
    )
    expires_at = Day(
        gettext_lazy("Expiration date"), last=True, help_text=gettext_lazy("Leave blank for no expiration.")
    )
    field_order = ("name", "role", "expires_at")

    def _offered(self, every: Iterable[Granted]) -> Iterable[Granted]:
        """A program is no owner, and has something that it may do."""
        return [role for role in every if role is not Role.OWNER and role.permissions]
