"""What the columns and cells of a file mean, and what is wrong with a cell: decisions without a database."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from heliograph.core.translation import gettext_lazy

FIELDS = ("email", "name", "first name", "last name", "role", "groups")
ALIASES = {
    "email": "email emailaddress mail mailaddress primaryemail workemail",
    "name": "name fullname displayname",
    "first name": "firstname givenname forename",
    "last name": "lastname surname familyname",
    "role": "role userrole",
    "groups": "groups group department departments cohort cohorts team",
}
KNOWN = {alias: name for name, aliases in ALIASES.items() for alias in aliases.split()}
LONGEST_NAME, LONGEST_GROUP, MOST_GROUPS = 200, 100, 20
LONGEST_SHOWN = 200  # of a wrong value
MESSAGES = {
    "email_missing": gettext_lazy("The email address is missing. Enter one."),
    "email_invalid": gettext_lazy("This is not a valid email address. Correct it."),
    "email_repeated": gettext_lazy("An earlier row has this email address. Keep one of the rows."),
    "name_too_long": gettext_lazy("Names can have at most 200 characters. Shorten it."),
    "characters": gettext_lazy(
        "This has characters that cannot be seen, such as those that turn text around. Type it again."
    ),
    "role_unknown": gettext_lazy(
        "There is no such role. Use the ID of one of your roles, such as learner or manager."
    ),
    "role_above": gettext_lazy("This role has permissions that you don’t have. Use another one."),
    "member_above": gettext_lazy(
        "This user’s role has permissions that you don’t have, so you cannot change them. Remove the row."
    ),
    "owner_limited": gettext_lazy(
        "This user’s role is limited, and owners cannot be. Remove the limits first."
    ),
    "last_owner": gettext_lazy("The organization would be left without an owner. Keep the role owner here."),
    "group_too_long": gettext_lazy("Names of groups can have at most 100 characters. Shorten it."),
    "groups_too_many": gettext_lazy("A row can name at most 20 groups. Name fewer."),
}
_valid_email = EmailValidator()
_JOINERS = "\u200c\u200d"  # which names of some languages are written with
# Controls, surrogates, and formats that are not seen: bidirectional overrides among them (Unicode, TR 36).
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass
class Row:
    """A row as it would be stored."""

    email: str = ""
    name: str = ""
    role: str = ""
    groups: list[str] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    def wrong(self, column: str, value: str, code: str) -> None:
        self.problems.append({"column": column, "value": value[:LONGEST_SHOWN], "code": code})


def recognized(headings: list[str]) -> list[str]:
    """What each column holds, one of `FIELDS`; empty for what is not known or was there before."""
    mapping: list[str] = []
    for heading in headings:
        meaning = KNOWN.get(re.sub(r"[^a-z]", "", heading.lower()), "")
        mapping.append("" if meaning in mapping else meaning)
    return mapping


def read(cells: list[str], mapping: list[str], roles: Mapping[str, bool]) -> Row:
    """A row of the file; what is wrong with it is in its ``problems``.

    ``roles``: whether each role that there is may be given.
    """
    given = {meaning: cell.strip() for meaning, cell in zip(mapping, cells, strict=False) if meaning}
    row = Row()
    _email(row, given.get("email", ""))
    name = given.get("name") or f"{given.get('first name', '')} {given.get('last name', '')}"
    _name(row, " ".join(name.split()))
    _role(row, given.get("role", ""), roles)
    _groups(row, given.get("groups", ""))
    return row


def _email(row: Row, text: str) -> None:
    row.email = text.lower()
    if not text:
        row.wrong("email", "", "email_missing")
        return
    try:
        if len(text) > 254 or _has_hidden(text):
            raise ValidationError("")
        _valid_email(row.email)
    except ValidationError:
        row.wrong("email", text, "email_invalid")
    row.email = row.email[:300].replace("\0", "")


def _name(row: Row, text: str) -> None:
    row.name = text[:LONGEST_NAME]
    if len(text) > LONGEST_NAME:
        row.wrong("name", text, "name_too_long")
    if _has_hidden(text):
        row.name = ""
        row.wrong("name", _visible(text), "characters")


def _role(row: Row, text: str, roles: Mapping[str, bool]) -> None:
    if not text:
        return
    word = text.lower()
    if word not in roles:
        row.wrong("role", _visible(text), "role_unknown")
        return
    row.role = word
    if not roles[word]:
        row.wrong("role", text, "role_above")


def _groups(row: Row, text: str) -> None:
    names = [" ".join(name.split()) for name in re.split(r"[;|]", text)]
    named = {name.lower(): name for name in reversed(names) if name}
    row.groups = sorted(named.values())[:MOST_GROUPS]
    if len(named) > MOST_GROUPS:
        row.wrong("groups", _visible(text), "groups_too_many")
    for name in row.groups:
        if len(name) > LONGEST_GROUP:
            row.wrong("groups", _visible(name), "group_too_long")
        if _has_hidden(name):
            row.wrong("groups", _visible(name), "characters")
    if row.problems and row.problems[-1]["column"] == "groups":
        row.groups = []


def _has_hidden(text: str) -> bool:
    return any(unicodedata.category(character) in _HIDDEN and character not in _JOINERS for character in text)


def _visible(text: str) -> str:
    """Text with the code of each character that is not seen."""
    return "".join(
        f"[U+{ord(character):04X}]" if unicodedata.category(character) in _HIDDEN else character
        for character in text[:LONGEST_SHOWN]
    )
