"""Importing: another store's statements are read page by page, oldest first, and stored here under their own
ids and authority.

Each page is stored in the transaction that records where the next one begins, so an import that is cut off
goes on exactly there. A store may forget a page's address; then, and to look for news, the import goes back a
little behind the newest statement it has seen: what is here already is known by its id.
"""

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import transaction

from heliograph.core import clock, counters
from heliograph.core.errors import Problem
from heliograph.core.http_client import Reply, TooLong
from heliograph.lrs.access import ADMIN, Access
from heliograph.lrs.authentication import authority_of
from heliograph.lrs.models import Pipe, StatementId, Undelivered
from heliograph.lrs.pipes import lease, rules
from heliograph.lrs.pipes.client import LONGEST_PAGE, Other, wait_for
from heliograph.lrs.pipes.lease import Wait
from heliograph.lrs.rules import keys, multipart
from heliograph.lrs.rules.statement import VOIDED
from heliograph.lrs.statements import write

PAGE: Final = 100
ASKED_AGAIN_AFTER: Final = timedelta(minutes=5)
# Some stores show a statement only a while after the time they say it was stored.
GONE_BACK: Final = timedelta(minutes=1)
AGAIN_AT_ONCE: Final = 100
SECONDS_MORE: Final = 60.0  # a page with its files may take so much longer than another request
_PAGE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True)
class Resume:
    """Where the next page begins: at an address the other store gave, or after a time; and how many
    statements are asked for.
    """

    more: str
    since: str
    limit: int

    @classmethod
    def of(cls, pipe: Pipe) -> "Resume":
        kept = pipe.resume
        return cls(kept.get("more", ""), kept.get("since", ""), kept.get("limit", PAGE))

    def kept(self) -> dict[str, Any]:
        return {"more": self.more, "since": self.since, "limit": self.limit}


@dataclass(frozen=True)
class StatementsPage:
    """What the other store answered: raw statements, files by hash, and where the next page is."""

    statements: list[bytes]
    files: dict[str, bytes]
    more: str


def work(pipe: Pipe, other: Other, seconds: float) -> bool:
    """Import for about so long; whether there is more. Raises `Wait`, `TurnOver`."""
    until = time.monotonic() + seconds
    _again(pipe, other)
    while time.monotonic() < until:
        page = _asked(pipe, other)
        if page is None:
            continue
        _keep(pipe, _with_voided(pipe, other, page))
        if not page.more:
            _rest(pipe)
            return False
    lease.release(pipe, next_try_at=clock.now())
    return True


def _rest(pipe: Pipe) -> None:
    """The end was reached: ask again later, or be finished."""
    moment = clock.now()
    if pipe.continuous:
        lease.release(pipe, next_try_at=moment + ASKED_AGAIN_AFTER, **lease.succeeded(0, pipe))
    else:
        lease.release(pipe, next_try_at=None, finished_at=moment, **lease.succeeded(0, pipe))


# -- asking


def _asked(pipe: Pipe, other: Other) -> StatementsPage | None:
    """The next page; None where it has to be asked for in another way, which is noted."""
    resume = Resume.of(pipe)
    lease.extend(pipe, SECONDS_MORE)
    try:
        reply = other.at(_address(pipe, resume), LONGEST_PAGE, SECONDS_MORE)
    except TooLong as reason:
        if resume.limit == 1:
            raise Wait(f"The statement and its attachments are too large to import. {reason}") from None
        lease.note(pipe, resume=_behind(pipe.reached_at, max(resume.limit // 5, 1)).kept())
        return None
    if reply.status != 200:
        if resume.more and reply.status in (400, 404, 410):
            lease.note(pipe, resume=_behind(pipe.reached_at, resume.limit).kept())
            return None
        raise wait_for(reply)
    return _read(pipe, reply, resume)


def _address(pipe: Pipe, resume: Resume) -> str:
    if resume.more:
        return resume.more
    since = f"&since={resume.since.replace('+', '%2B')}" if resume.since else ""
    return f"{pipe.endpoint}/statements?ascending=true&attachments=true&limit={resume.limit}{since}"


def _behind(reached: datetime | None, limit: int) -> Resume:
    """From a little behind the newest statement that was seen."""
    since = (reached - GONE_BACK).isoformat(timespec="milliseconds").replace("+00:00", "Z") if reached else ""
    return Resume("", since, limit)


def _read(pipe: Pipe, reply: Reply, resume: Resume) -> StatementsPage:
    document, files = _parts(reply)
    try:
        decoded = _PAGE.decode(document)
        statements = [bytes(statement) for statement in _LIST.decode(decoded["statements"])]
        more = msgspec.json.decode(decoded["more"], type=str | None) if "more" in decoded else ""
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError):
        raise Wait(
            "Not an LRS: the response contains no list of statements.",
            reply.status,
        ) from None
    try:
        address = rules.more_address(pipe.endpoint, more) if more else ""
    except ValueError as reason:
        raise Wait(f"The response of the other LRS could not be continued: {reason}.", reply.status) from None
    if address and address == resume.more:
        raise Wait("The next page in the response of the other LRS is the same page.", reply.status)
    return StatementsPage(statements, files, address)


def _parts(reply: Reply) -> tuple[bytes, dict[str, bytes]]:
    """The JSON of an answer, and the files that came with it whose hash is right."""
    content_type = reply.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/"):
        return reply.body, {}
    try:
        first, *others = multipart.parts(reply.body, content_type)
    except (multipart.Malformed, ValueError) as reason:
        raise Wait(f"The response of the other LRS could not be read: {reason}.", reply.status) from None
    files = {part.headers.get("x-experience-api-hash", "").lower(): part.content for part in others}
    return first.content, {
        sha2: content for sha2, content in files.items() if write.hash_matches(sha2, content)
    }


def _with_voided(pipe: Pipe, other: Other, page: StatementsPage) -> StatementsPage:
    """The page with the statements that others on it void, which no list shows, in front of those."""
    if not any(VOIDED.encode() in raw for raw in page.statements):
        return page
    statements, files = [], dict(page.files)
    for raw in page.statements:
        target = _voided_by(raw)
        if (
            target
            and not StatementId.objects.filter(
                organization_id=pipe.organization_id, statement_id=target, position__isnull=False
            ).exists()
        ):
            answered = _one(other, "voidedStatementId", str(target))
            if answered:
                statements.append(answered.statements[0])
                files |= answered.files
        statements.append(raw)
    return replace(page, statements=statements, files=files)


def _voided_by(raw: bytes) -> UUID | None:
    try:
        statement = msgspec.json.decode(raw)
        return UUID(statement["object"]["id"]) if statement["verb"]["id"] == VOIDED else None
    except (
        msgspec.DecodeError,
        UnicodeDecodeError,
        RecursionError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ):
        return None


def _one(other: Other, name: str, statement_id: str) -> StatementsPage | None:
    """One statement with its files."""
    try:
        reply = other.get("statements", {name: statement_id, "attachments": "true"}, LONGEST_PAGE)
    except TooLong:
        return None
    if reply.status in (400, 404):
        return None
    if reply.status != 200:
        raise wait_for(reply)
    document, files = _parts(reply)
    return StatementsPage([document.strip()], files, "")


# -- storing


def _keep(pipe: Pipe, page: StatementsPage) -> None:
    """Store a page and record where the next one begins, both or neither; statement by statement where one of
    them is refused.
    """
    following = _following(pipe, page)
    access = _access(pipe)
    try:
        with transaction.atomic():
            lease.note(pipe)
            moved = len(page.statements) - len(_known(pipe, page.statements))
            _store(access, pipe, page.statements, page.files)
            lease.note(pipe, **following, **lease.succeeded(moved, pipe))
        _count(moved)
    except Problem:
        for raw in page.statements:
            _keep_one(access, pipe, raw, page.files)
        lease.note(pipe, **following, **lease.succeeded(0, pipe))


def _keep_one(access: Access, pipe: Pipe, raw: bytes, files: dict[str, bytes]) -> None:
    """Store one statement, or keep it with the reason why not.

    Each in a transaction of its own, which holds few rows of others.
    """
    with transaction.atomic():
        lease.note(pipe)
        moved = 0 if _known(pipe, [raw]) else 1
        refused = _refusal(access, pipe, raw, files)
        if refused:
            moved = 0
            lease.set_aside(pipe, rules.known_as(raw), refused.sentence, refused.status, sent=_text(raw))
        lease.note(pipe, **lease.succeeded(moved, pipe))
    _count(moved, refused)


def _following(pipe: Pipe, page: StatementsPage) -> dict[str, Any]:
    """The columns that say where the page after this one begins."""
    before = Resume.of(pipe)
    seen = [moment for raw in page.statements if (moment := _stored(raw))]
    reached = max([*seen, pipe.reached_at] if pipe.reached_at else seen, default=None)
    if page.more:
        return {"reached_at": reached, "resume": Resume(page.more, "", before.limit).kept()}
    # Where pages were too large: by and by larger ones again.
    return {"reached_at": reached, "resume": _behind(reached, min(before.limit * 2, PAGE)).kept()}


def _count(moved: int, refused: Problem | None = None) -> None:
    counters.count("pull_done", times=moved)
    if refused:
        counters.count("pull_refused")


def _stored(raw: bytes) -> datetime | None:
    try:
        return rules.moment(msgspec.json.decode(raw).get("stored"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, AttributeError):
        return None


def _store(access: Access, pipe: Pipe, raw: list[bytes], files: dict[str, bytes]) -> None:
    if raw:
        write.store(
            access, raw, "1.0.3" if pipe.version == "1.0.3" else "2.0", _claimed(raw, files), inside=True
        )


def _refusal(access: Access, pipe: Pipe, raw: bytes, files: dict[str, bytes]) -> Problem | None:
    """Store one statement; what is wrong with it, if it was refused."""
    try:
        with transaction.atomic():
            _store(access, pipe, [raw], files)
    except Problem as problem:
        return problem
    return None


def _claimed(raw: list[bytes], files: dict[str, bytes]) -> dict[str, bytes]:
    """The files that these statements name."""
    text = b"".join(raw).lower() if files else b""
    return {sha2: content for sha2, content in files.items() if sha2.encode() in text}


def _known(pipe: Pipe, raw: list[bytes]) -> set[str]:
    """The ids of those that are here already."""
    ids = [name for statement in raw if len(name := rules.known_as(statement)) == 36]
    here = StatementId.objects.filter(
        organization_id=pipe.organization_id, statement_id__in=ids, position__isnull=False
    )
    return {str(statement_id) for statement_id in here.values_list("statement_id", flat=True)}


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace").replace("\x00", "\ufffd")


def _access(pipe: Pipe) -> Access:
    """Statements keep the authority they come with; those without one are vouched for by the pipe.

    All are marked with where they came from.
    """
    authority = authority_of(f"pipe {pipe.id}")
    return Access(
        organization_id=pipe.organization_id,
        label=pipe.name,
        scopes=frozenset({ADMIN}),
        authority=authority,
        authority_identifier=keys.identifier(msgspec.json.decode(authority)) or "",
        marks=frozenset({rules.origin_key(pipe.endpoint)}),
    )


def _again(pipe: Pipe, other: Other) -> None:
    """Import what was refused before and somebody wants tried once more: as the other store has it now."""
    rows = Undelivered.objects.filter(pipe=pipe, state=Undelivered.State.AGAIN).order_by("id")[:AGAIN_AT_ONCE]
    for row in rows:
        answered = _one(other, "statementId", row.statement_id) if len(row.statement_id) == 36 else None
        page = answered or StatementsPage([row.sent.encode()], {}, "")
        with transaction.atomic():
            refused = _refusal(_access(pipe), pipe, page.statements[0], page.files)
            lease.note(pipe, **lease.succeeded(0 if refused else 1, pipe))
            if refused:
                lease.set_aside(pipe, row.statement_id, refused.sentence, refused.status)
            else:
                row.delete()
        _count(0 if refused else 1, refused)
