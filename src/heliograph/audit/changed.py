"""What was changed, as pages say it: settings and their values, which are stored as programs name them."""

from collections.abc import Mapping

from heliograph.core.roles import LABELS
from heliograph.core.translation import gettext_lazy as _
from heliograph.core.translation import pgettext_lazy

SETTINGS = {
    "access_days": _("Access period per learner (days)"),
    "allowed_domains": _("Allowed domains"),
    "audit retention days": _("Audit log kept for (days)"),
    "branding": _("Branding"),
    "completed_at": _("Completion date"),
    "completes_by": _("Completion rule"),
    "completion": _("Completion"),
    "confirmed_only": _("Admit returning learners only if their LMS confirms them"),
    "course_id": _("Course"),
    "description": _("Description"),
    "destination_id": _("Customer"),
    "dispatch_id": _("Dispatch"),
    "download_limit": _("Download limit"),
    "enabled": pgettext_lazy("setting", "Enabled"),
    "due": _("Due date"),
    "exit_to": _("After exit"),
    "expires_at": _("End date"),
    "folder": _("Folder"),
    "grace_days": _("Grace period (days)"),
    "grace_share": _("Overage allowance (%)"),
    "host": _("Custom domain"),
    "identity": _("Learner identity"),
    "in_order": _("Send events of a registration in order"),
    "instanced": _("New attempts in the LMS"),
    "key": _("ID"),
    "launch_limit": _("Launch limit"),
    "learner_limit": _("Learner limit"),
    "mode": _("Package mode"),
    "name": _("Name"),
    "new_learners_allowed": _("Accept new learners"),
    "notes": _("Notes"),
    "opens_in": _("Launch in"),
    "owner": pgettext_lazy("setting", "Owner"),
    "parent": _("In folder"),
    "permissions": _("Permissions"),
    "redirect_origin": _("Redirect existing packages to"),
    "registration_limit": _("Registration limit"),
    "score_raw": _("Score"),
    "seat_limit": _("Concurrent learners"),
    "second factor required": _("Two-factor authentication required"),
    "starts_at": _("Start date"),
    "tags": _("Tags"),
    "strict": _("Enforce SCORM size limits"),
    "success": _("Success"),
    "suspended": _("Suspended"),
    "title": _("Title"),
    "topics": _("Topics"),
    "tracking": _("Store learner names and emails"),
    "url": _("Endpoint URL"),
}
# By the setting; what has no name is a member's role.
VALUES: dict[str, Mapping[str, str]] = {
    "": {role.word: label for role, label in LABELS.items()},
    "completes_by": {
        "completed or passed": _("Completed or Passed"),
        "completed": _("Completed"),
        "passed": _("Passed"),
        "terminated": _("Terminated"),
        "launched": _("Launched"),
    },
    "completion": {
        "not attempted": _("Not started"),
        "incomplete": _("In progress"),
        "completed": _("Completed"),
        "unknown": pgettext_lazy("result", "Unknown"),
    },
    "identity": {
        "as_given": pgettext_lazy("identity", "Full"),
        "hashed": _("Pseudonymous (hashed)"),
        "anonymous": _("Anonymous"),
    },
    "mode": {"hosted": _("Hosted"), "embedded": _("Embedded")},
    "opens_in": {"frame": _("Frame (inside the LMS)"), "window": _("New window")},
    "success": {
        "passed": _("Passed"),
        "failed": pgettext_lazy("learner", "Failed"),
        "unknown": pgettext_lazy("result", "Unknown"),
    },
}


def setting_name(name: str) -> str:
    """What pages call a setting; one that is not listed, as words."""
    words = name.replace("_", " ")
    return str(SETTINGS.get(name, words[:1].upper() + words[1:]))


def value_name(name: str, value: str) -> str:
    """What pages call a value of the setting of that ``name``; one that is not listed, as it is stored."""
    return str(VALUES.get(name, {}).get(value, value))
