"""What is said of a partner, for each adapter: where its results are, what its fields are called, what its
words mean. Kept as JSON, and checked whenever it is saved.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from heliograph.core.errors import Invalid
from heliograph.core.http_client import refuse_address
from heliograph.core.translation import gettext

LONGEST = 20_000  # characters of the whole
ENCODINGS = ("", "utf-8", "utf-16", "windows-1252", "iso-8859-1")
DELIMITERS = ("", ",", ";", "tab", "|")
AUTHENTICATIONS = ("none", "bearer", "header", "basic", "oauth")
SIGNATURES = ("standard", "hmac")


class Fields(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the partner calls each field: the heading of a column, or a path as ``candidate.email``."""

    result_id: str = ""
    person_id: str = ""
    voucher: str = ""
    email: str = ""
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    program: str = ""
    status: str = ""
    score: str = ""
    taken_at: str = ""
    credential_id: str = ""
    credential_url: str = ""


class Common(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What all adapters know. ``launch_url`` may hold ``{email}``, ``{voucher}`` and ``{enrollment}``."""

    launch_url: str = ""
    every_hours: int = 24


class Reading(Common, frozen=True, kw_only=True):
    """How results are read. Without a field for the status, every result counts as completed."""

    fields: Fields = Fields()
    program: str = ""  # of all results, where no field says it
    completed: tuple[str, ...] = ()  # words of the partner, beside the usual ones
    failed: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    date_format: str = ""  # as of strptime; empty: ISO 8601
    time_zone: str = "UTC"  # of dates that do not say theirs
    score_of: float = 100.0  # the highest score


class FileSettings(Reading, frozen=True, kw_only=True):
    encoding: str = ""  # empty: found out
    delimiter: str = ""
    folder: bool = False  # whether files are taken from the drop folder


class ApiSettings(Reading, frozen=True, kw_only=True):
    url: str = ""
    records: str = ""  # the path of the list; empty: the answer is the list
    next_link: str = ""  # the path of the next page's address, or
    next_cursor: str = ""  # of the next cursor, which is sent as
    cursor_parameter: str = "cursor"
    since_parameter: str = ""  # asks for what changed since the last run, less the overlap
    authentication: str = "bearer"
    header: str = "X-Api-Key"  # for the authentication by a header
    token_url: str = ""  # for OAuth client credentials
    scope: str = ""


class WebhookSettings(Reading, frozen=True, kw_only=True):
    records: str = ""  # the path of one result, or of a list
    signature: str = "standard"
    signature_header: str = "X-Signature"
    timestamp_header: str = "X-Timestamp"


class BadgeSettings(Common, frozen=True, kw_only=True):
    issuers: tuple[str, ...] = ()  # their ids, which are addresses


Settings = FileSettings | ApiSettings | WebhookSettings | BadgeSettings
KINDS: dict[str, type[Any]] = {
    "file": FileSettings,
    "api": ApiSettings,
    "webhook": WebhookSettings,
    "badge": BadgeSettings,
}
SECRETS = {
    "file": (),
    "api": ("token", "client_id", "client_secret"),
    "webhook": ("secret",),
    "badge": (),
}


def load(adapter: str, kept: dict[str, Any]) -> Any:
    """Settings as they are kept. Raises `Invalid` where they are not of the adapter."""
    try:
        return msgspec.convert(kept, KINDS[adapter], strict=False)
    except msgspec.ValidationError as reason:
        raise Invalid(
            gettext("The settings cannot be used: %(reason)s.") % {"reason": str(reason).rstrip(".")},
            code="partner_settings",
            field="settings",
        ) from None


def check(adapter: str, given: dict[str, Any]) -> dict[str, Any]:
    """Settings as they are kept. Raises `Invalid` with what is wrong with them."""
    read = load(adapter, given)
    kept: dict[str, Any] = msgspec.to_builtins(read)
    if len(msgspec.json.encode(kept)) > LONGEST:
        raise _wrong(gettext("The settings are too long."), "settings")
    if not 1 <= read.every_hours <= 24 * 7:
        raise _wrong(gettext("Choose from 1 to 168 hours."), "every_hours")
    if read.launch_url and urlsplit(read.launch_url).scheme not in ("https", "http"):
        raise _wrong(gettext("Enter an address that begins with https://."), "launch_url")
    if isinstance(read, Reading):
        _check_reading(read)
    if isinstance(read, FileSettings):
        _check_choice(read.encoding, ENCODINGS, "encoding")
        _check_choice(read.delimiter, DELIMITERS, "delimiter")
    if isinstance(read, ApiSettings):
        _check_api(read)
    if isinstance(read, WebhookSettings):
        _check_choice(read.signature, SIGNATURES, "signature")
    if isinstance(read, BadgeSettings):
        _check_badges(read)
    return kept


def _check_reading(read: Reading) -> None:
    fields = read.fields
    if not fields.taken_at:
        raise _wrong(gettext("Say which field holds the date."), "taken_at")
    if not (fields.program or read.program):
        raise _wrong(gettext("Say which field holds the program, or enter the program."), "program")
    has_name = fields.name or (fields.first_name and fields.last_name)
    if not (fields.person_id or fields.voucher or (fields.email and has_name)):
        raise _wrong(
            gettext("Say which field holds the person’s ID, the voucher, or both email and name."),
            "person_id",
        )
    if read.score_of <= 0:
        raise _wrong(gettext("Enter the highest score, such as 100."), "score_of")
    try:
        ZoneInfo(read.time_zone)
    except (ValueError, OSError):
        raise _wrong(gettext("Enter a time zone such as America/New_York."), "time_zone") from None


def _check_api(read: ApiSettings) -> None:
    _check_choice(read.authentication, AUTHENTICATIONS, "authentication")
    refuse_address(read.url, "url")
    if read.authentication == "oauth":
        refuse_address(read.token_url, "token_url")
    if read.next_link and read.next_cursor:
        raise _wrong(gettext("Say where the next link is, or the next cursor, not both."), "next_link")
    for name in (read.header, read.cursor_parameter):
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise _wrong(gettext("Enter a name of letters, numbers and hyphens."), "header")


def _check_badges(read: BadgeSettings) -> None:
    if not read.issuers:
        raise _wrong(gettext("Enter the address of at least one issuer."), "issuers")
    for issuer in read.issuers:
        refuse_address(issuer, "issuers")


def _check_choice(value: str, choices: tuple[str, ...], field: str) -> None:
    if value not in choices:
        raise _wrong(gettext("Choose one of the options."), field)


def _wrong(sentence: str, field: str) -> Invalid:
    return Invalid(sentence, field=field)
