"""Forms of the back office."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms

from heliograph.accounts import roles
from heliograph.accounts.actions import LONGEST_RETENTION, SHORTEST_RETENTION
from heliograph.core.actor import Actor
from heliograph.core.roles import Granted, Role
from heliograph.core.translation import gettext, gettext_lazy, pgettext_lazy
from heliograph.ui.forms import Choice, Day, Form, Tick, WholeNumber, text
from heliograph.ui.lookups import Lookup


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


# The fields that limit a role, each with its kind of `core.scope.Scope`.
LIMIT_FIELDS = {"limit_folder": "folders", "limit_destination": "destinations", "limit_group": "groups"}


class RoleLimits(Form):
    """What a role is limited to; `limits.offer` fills the lists."""

    limit_folder = Lookup(
        label=gettext_lazy("Only courses in this folder"),
        required=False,
        help_text=gettext_lazy("With the folders in it, and the dispatches and learners of these courses."),
    )
    limit_destination = Lookup(
        label=gettext_lazy("Only this customer"),
        required=False,
        help_text=gettext_lazy("With the customer’s dispatches, their courses and learners."),
    )
    limit_group = Lookup(
        label=gettext_lazy("Only people in this group"),
        required=False,
        help_text=gettext_lazy("With their registrations. No dispatches or customers."),
    )


class InviteMember(RoleForm, RoleLimits):
    FOLDED = (gettext_lazy("Limit the role"), tuple(LIMIT_FIELDS))

    email = text(gettext_lazy("Email"), longest=254, shown=forms.EmailInput)
    field_order = ("email", "role")


class BulkUsers(RoleForm):
    """What is done with the users that are ticked; role and group count where that is what they get."""

    do = Choice(
        "", [(act, "") for act in ("role", "deactivate", "activate", "add to group", "remove from group")]
    )
    group = forms.CharField(required=False)
    field_order = ("role", "group", "do")

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["role"].required = self.data.get("do") == "role"

    def clean_role(self) -> Granted | None:  # type: ignore[override]
        return super().clean_role() if self.cleaned_data["role"] else None


KINDS = {
    "department": gettext_lazy("Department"),
    "cohort": gettext_lazy("Cohort"),
    "other": pgettext_lazy("kind of group", "Other"),
}


class GroupForm(Form):
    name = text(
        gettext_lazy("Name"),
        longest=100,
        error_messages={"required": gettext_lazy("Enter a name for the group.")},
    )
    kind = Choice(gettext_lazy("Type"), list(KINDS.items()))
    key = text(
        gettext_lazy("Key (optional)"),
        longest=100,
        required=False,
        help_text=gettext_lazy("Your own identifier, for programs that use the API."),
    )


class GroupPeople(Form):
    emails = text(
        gettext_lazy("Email addresses"),
        longest=100_000,
        lines=6,
        help_text=gettext_lazy("Separated by spaces, commas or lines. At most 1,000 at once."),
        error_messages={"required": gettext_lazy("Enter at least one email address.")},
    )

    def clean_emails(self) -> list[str]:
        return re.split(r"[\s,;]+", self.cleaned_data["emails"].strip())


class GroupManagerForm(Form):
    email = text(
        gettext_lazy("Email"),
        longest=254,
        shown=forms.EmailInput,
        error_messages={"required": gettext_lazy("Enter at least one email address.")},
    )


class ImportOptions(Form):
    """What an import does with users that there are, and whether new ones are told. Without ``mails``, none
    can be sent.
    """

    update_existing = Tick(
        gettext_lazy("Update existing users"),
        help_text=gettext_lazy("Without this, rows of existing users are skipped."),
    )
    invites = Tick(
        gettext_lazy("Send invitations to new users"),
        help_text=gettext_lazy("Without this, they come in by “Forgot your password?”. At most 500 at once."),
    )

    def __init__(self, *given: Any, mails: bool = True, **options: Any) -> None:
        super().__init__(*given, **options)
        if not mails:
            self.fields["invites"].widget = forms.HiddenInput()


class ImportUsers(ImportOptions):
    file = forms.FileField(
        label=gettext_lazy("Drag a file here or browse"),
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,.xlsx"}),
        allow_empty_file=True,  # the check of the file says what is wrong with it
        error_messages={"required": gettext_lazy("Choose a file to import.")},
        help_text=gettext_lazy("CSV or XLSX · up to 100,000 rows and 32 MB"),
    )
    field_order = ("file", "update_existing", "invites")

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **{"initial": {"update_existing": True}, **options})


COLUMNS = {
    "": gettext_lazy("Not imported"),
    "email": gettext_lazy("Email"),
    "name": gettext_lazy("Name"),
    "first name": gettext_lazy("First name"),
    "last name": gettext_lazy("Last name"),
    "role": gettext_lazy("Role"),
    "groups": gettext_lazy("Groups"),
}


class MapColumns(ImportOptions):
    """What each column of the file of ``job`` holds."""

    def __init__(self, *given: Any, job: Any, **options: Any) -> None:
        initial = {"update_existing": job.update_existing, "invites": job.invites}
        super().__init__(*given, initial=initial, **options)
        for number, heading in enumerate(job.headings):
            holds = job.mapping[number] if number < len(job.mapping) else ""
            label = heading or gettext("Column %(number)s") % {"number": number + 1}
            choice = Choice(label, list(COLUMNS.items()), required=False, initial=holds)
            self.fields[f"column_{number}"] = choice
        self.order_fields([name for name in self.fields if name.startswith("column_")])


class MergeInto(Form):
    email = text(
        gettext_lazy("Email of the user to keep"),
        longest=254,
        shown=forms.EmailInput,
        error_messages={"required": gettext_lazy("Enter the email of the user to keep.")},
    )


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
        help_text=gettext_lazy("One in a line, or separated by commas."),
        error_messages={"required": gettext_lazy("Enter at least one email address.")},
    )
    due_at = Day(gettext_lazy("Due date"), last=True, help_text=gettext_lazy("Leave blank for none."))
    notify = Tick(gettext_lazy("Send them an email"), initial=True)


class AssignCourse(Form):
    """A course for people who were chosen already."""

    course = Lookup(
        label=gettext_lazy("Course"), error_messages={"required": gettext_lazy("Choose a course.")}
    )
    due_at = Day(gettext_lazy("Due date"), last=True, help_text=gettext_lazy("Leave blank for none."))
    notify = Tick(gettext_lazy("Send them an email"), initial=True)


class DueDate(Form):
    due_at = Day(gettext_lazy("Due date"), last=True, help_text=gettext_lazy("Leave blank for none."))


class NewApiKey(RoleForm, RoleLimits):
    FOLDED = (gettext_lazy("Limit the role"), tuple(LIMIT_FIELDS))

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
