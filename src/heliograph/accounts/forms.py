"""Forms of an organization's page and of a person's own account."""

from typing import Any, ClassVar

from django import forms

from heliograph.core.roles import Role
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.ui.forms import Choice, Day, Form, secret, text


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


class Profile(Form):
    name = text(gettext_lazy("Name"), required=False, attrs={"autocomplete": "name"})


class NewAccount(Form):
    """Of somebody who was invited; what a password must be is said by `actions.refuse_weak`."""

    name = text(gettext_lazy("Name"), required=False, attrs={"autocomplete": "name"})
    password = secret(
        gettext_lazy("Password"), longest=4096, strip=False, help_text=gettext_lazy("At least 10 characters")
    )
