"""Forms of the back office."""

from typing import Any, ClassVar

from django import forms

from heliograph.core.roles import Role
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.ui.forms import Choice, Day, Form, text


class OrganizationName(Form):
    name = text(
        gettext_lazy("Name"),
        longest=200,
        error_messages={"required": gettext_lazy("Enter a name for the organization.")},
    )


class RoleForm(Form):
    """A form with a role, of those that may be handed out: up to ``highest``."""

    OFFERED: ClassVar[tuple[Role, ...]] = tuple(reversed(Role))

    role = Choice(gettext_lazy("Role"))

    def __init__(self, *given: Any, highest: Role = Role.OWNER, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.word, role.label) for role in self.OFFERED if role <= highest
        ]

    def clean_role(self) -> Role:
        return Role.of(self.cleaned_data["role"])


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

    def clean_role(self) -> Role | None:  # type: ignore[override]
        return super().clean_role() if self.cleaned_data["role"] else None


class NewApiKey(RoleForm):
    OFFERED = (Role.MANAGER, Role.REPORTER, Role.ADMIN)

    name = text(
        gettext_lazy("Name"),
        placeholder=gettext_lazy("Nightly enrollment sync"),
        error_messages={"required": gettext_lazy("Enter a name for the API key.")},
    )
    expires_at = Day(
        gettext_lazy("Expiration date"), last=True, help_text=gettext_lazy("Leave blank for no expiration.")
    )
    field_order = ("name", "role", "expires_at")
