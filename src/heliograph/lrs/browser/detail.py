"""One statement as its page shows it: its facts, result and context in rows, its attachments, and the
statements that refer to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec

from heliograph.core.translation import gettext, gettext_lazy, pgettext
from heliograph.lrs.browser import search
from heliograph.lrs.browser.search import Row, StatementFilters
from heliograph.lrs.errors import RecordNotFound
from heliograph.lrs.models import Attachment, Credential
from heliograph.lrs.rules import keys, wording
from heliograph.lrs.statements import query as statement_query
from heliograph.lrs.statements import write
from heliograph.lrs.statements.query import Filter, Found

VOIDED: Final = "http://adlnet.gov/expapi/verbs/voided"
REFERRING_SHOWN: Final = 20
_PLACES: Final = {
    "parent": gettext_lazy("Part of"),
    "grouping": gettext_lazy("Belongs to"),
    "category": gettext_lazy("Category"),
    "other": gettext_lazy("Also concerns"),
}


@dataclass(frozen=True)
class Fact:
    """A row of a table: what it is, in words, and exactly; ``query`` finds the statements that share it,
    ``record`` is another statement.
    """

    label: str
    text: str
    exact: str = ""
    query: str = ""
    record: str = ""
    copied: bool = False
    json: str = ""


@dataclass(frozen=True)
class File:
    """An attachment: ``kept`` where its content came with the statement."""

    name: str
    description: str
    content_type: str
    length: int
    sha2: str
    address: str
    kept: bool


@dataclass(frozen=True)
class Reading:
    """All that the page of a statement shows."""

    row: Row
    json: str
    voided: bool
    facts: list[Fact] = field(default_factory=list)
    result: list[Fact] = field(default_factory=list)
    context: list[Fact] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    referring: list[Row] = field(default_factory=list)

    @property
    def voided_by(self) -> list[Row]:
        return [row for row in self.referring if row.statement["verb"]["id"] == VOIDED]


def find(organization_id: UUID, statement_id: UUID) -> tuple[Found, bool] | None:
    """A statement of the organization, and whether it is voided."""
    for voided in (False, True):
        if statement := statement_query.statement(organization_id, statement_id, voided):
            return statement, voided
    return None


def read(organization_id: UUID, statement_id: UUID, languages: list[str]) -> Reading:
    """What the page of a statement shows, names in these ``languages``. Raises `RecordNotFound`."""
    known_statement = find(organization_id, statement_id)
    if known_statement is None:
        raise RecordNotFound(gettext("Statement not found in this LRS."), code="statement_not_found")
    [row] = search.rows(organization_id, [known_statement[0]], languages)
    statement = row.statement
    known = statement_query.definitions(
        organization_id, [activity["id"] for activity in keys.activities(statement)]
    )
    names = _Names(languages, known)
    return Reading(
        row=row,
        json=known_statement[0].json,
        voided=known_statement[1],
        facts=list(_facts(organization_id, row, names)),
        result=list(_result(statement.get("result", {}))),
        context=list(_context(statement.get("context", {}), names)),
        files=_files(organization_id, statement, languages),
        referring=referring(organization_id, statement_id, languages),
    )


def referring(organization_id: UUID, statement_id: UUID, languages: list[str]) -> list[Row]:
    """The newest statements about this statement."""
    about = keys.key(keys.REFERENCE, str(statement_id))
    page = statement_query.page(organization_id, Filter(((about,),), limit=REFERRING_SHOWN))
    rows = search.rows(organization_id, page.statements, languages)
    return [row for row in rows if row.statement["object"].get("id", "").lower() == str(statement_id)]


def attachment(organization_id: UUID, statement_id: UUID, sha2: str) -> tuple[File, bytes]:
    """An attachment of a statement, with its content. Raises `RecordNotFound`."""
    statement = find(organization_id, statement_id)
    files = (
        _files(organization_id, msgspec.json.decode(statement[0].json), wording.ENGLISH) if statement else []
    )
    chosen = next((file for file in files if file.sha2 == sha2.lower() and file.kept), None)
    kept = (
        Attachment.objects.filter(organization_id=organization_id, sha2=sha2.lower()).first()
        if chosen
        else None
    )
    if chosen is None or kept is None:
        raise RecordNotFound(gettext("Attachment not found in this LRS."), code="attachment_not_found")
    return chosen, bytes(kept.content)


@dataclass(frozen=True)
class _Names:
    languages: list[str]
    known: dict[str, dict[str, Any]]

    def activity(self, label: str, value: dict[str, Any]) -> Fact:
        return Fact(
            label,
            wording.activity(value, self.languages, self.known),
            value["id"],
            StatementFilters(activity=value["id"]).query(),
            copied=True,
        )

    def actor(self, label: str, value: dict[str, Any]) -> Fact:
        identifier = keys.identifier(value)
        if identifier is None:
            return Fact(label, wording.actor(value), json=_shown(value))
        return Fact(
            label,
            wording.actor(value),
            wording.identifier(identifier),
            StatementFilters(learner=identifier).query(),
            copied=True,
        )


def _facts(organization_id: UUID, row: Row, names: _Names) -> Iterator[Fact]:
    statement = row.statement
    about, verb = statement["object"], statement["verb"]
    group = statement["actor"].get("objectType") == "Group"
    yield names.actor(gettext("Group") if group else gettext("Learner"), statement["actor"])
    query = StatementFilters(verb=verb["id"]).query()
    yield Fact(gettext("Verb"), row.words.did, verb["id"], query, copied=True)
    kind = about.get("objectType", "Activity")
    if kind == "Activity":
        yield names.activity(pgettext("xAPI", "Activity"), about)
    elif kind == "StatementRef":
        yield Fact(gettext("About"), gettext("a statement"), about["id"], record=about["id"].lower())
    elif kind == "SubStatement":
        yield Fact(gettext("About"), row.words.what)
    else:
        yield names.actor(gettext("About"), about)
    registration = statement.get("context", {}).get("registration")
    if registration:
        yield Fact(
            gettext("Registration"),
            "",
            registration,
            StatementFilters(registration=registration.lower()).query(),
            copied=True,
        )
    yield Fact(gettext("Statement ID"), "", row.id, copied=True)
    yield Fact(gettext("Authority"), *_authority(organization_id, statement.get("authority", {})))
    yield Fact(gettext("Version"), statement.get("version", ""))


def _authority(organization_id: UUID, authority: dict[str, Any]) -> tuple[str, str]:
    """The credential a statement was written with, by its name, or whoever vouches for it."""
    account = authority.get("account", {}).get("name", "")
    credential = (
        Credential.objects.filter(organization_id=organization_id, key=account[:40]).first()
        if account
        else None
    )
    return (credential.name, account) if credential else (wording.actor(authority), "")


def _result(result: dict[str, Any]) -> Iterator[Fact]:
    score = result.get("score", {})
    if score:
        text = ", ".join(f"{name} {score[name]}" for name in ("scaled", "raw", "min", "max") if name in score)
        yield Fact(gettext("Score"), wording.score(score) or text, text)
    for name, label in (("success", gettext("Success")), ("completion", gettext("Completion"))):
        if name in result:
            yield Fact(label, gettext("yes") if result[name] else gettext("no"))
    if "duration" in result:
        said = wording.duration(result["duration"]) or gettext("none")
        yield Fact(gettext("Duration"), said, result["duration"])
    if "response" in result:
        yield Fact(gettext("Response"), result["response"])
    if result.get("extensions"):
        yield Fact(gettext("Extensions"), "", json=_shown(result["extensions"]))


def _context(context: dict[str, Any], names: _Names) -> Iterator[Fact]:
    for name, label in (("instructor", gettext("Instructor")), ("team", gettext("Team"))):
        if name in context:
            yield names.actor(label, context[name])
    for name, label in _PLACES.items():
        listed = context.get("contextActivities", {}).get(name, [])
        for value in listed if type(listed) is list else [listed]:
            yield names.activity(label, value)
    for name, inner in (("contextAgents", "agent"), ("contextGroups", "group")):
        for related in context.get(name, ()):
            kinds = ", ".join(wording.last_part(kind) for kind in related.get("relevantTypes", ()))
            yield names.actor(
                kinds or (gettext("Agent") if inner == "agent" else gettext("Group")), related[inner]
            )
    if "statement" in context:
        yield Fact(
            gettext("In reply to"),
            gettext("a statement"),
            context["statement"]["id"],
            record=context["statement"]["id"].lower(),
        )
    for name, label in (
        ("platform", gettext("Platform")),
        ("language", gettext("Language")),
        ("revision", gettext("Revision")),
    ):
        if name in context:
            yield Fact(label, context[name])
    if context.get("extensions"):
        yield Fact(gettext("Extensions"), "", json=_shown(context["extensions"]))


def _files(organization_id: UUID, statement: dict[str, Any], languages: list[str]) -> list[File]:
    attachments_named = [attachment for _, attachment in write.attachments(statement)]
    hashes = {attachment["sha2"].lower() for attachment in attachments_named}
    kept = (
        set(
            Attachment.objects.filter(organization_id=organization_id, sha2__in=hashes).values_list(
                "sha2", flat=True
            )
        )
        if attachments_named
        else set()
    )
    return [
        File(
            name=wording.in_language(attachment["display"], languages)
            or wording.last_part(attachment["usageType"]),
            description=wording.in_language(attachment.get("description"), languages),
            content_type=attachment["contentType"],
            length=attachment["length"],
            sha2=attachment["sha2"].lower(),
            address=attachment.get("fileUrl", ""),
            kept=attachment["sha2"].lower() in kept,
        )
        for attachment in attachments_named
    ]


def _shown(value: Any) -> str:
    return msgspec.json.encode(value).decode()
