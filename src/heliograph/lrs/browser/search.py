"""What the statement browser shows: the filters of an address, the rows they find in words, and what may be
chosen for a filter.

An address holds all that is asked, so that it can be kept, sent and saved as a view. Nothing here counts: a
page costs the same at any depth.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection

from heliograph.core.database.consistency import consistent_through
from heliograph.core.days import parse_day
from heliograph.core.errors import Invalid
from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext
from heliograph.lrs.models import StatementId, Verb
from heliograph.lrs.rules import formats, keys, values, wording
from heliograph.lrs.statements import query as statement_query
from heliograph.lrs.statements.query import Filter, Found
from heliograph.ui.filter_menus import MOST

ROWS: Final = 50
TAIL_AT_ONCE: Final = 200
CHOICES: Final = MOST + 1  # by which a menu knows that there are more
MILLISECOND: Final = timedelta(milliseconds=1)
_ADL, _W3ID = "http://adlnet.gov/expapi/verbs/", "https://w3id.org/xapi/adl/verbs/"
WELL_KNOWN: Final = {
    **{name: _ADL + name for name in (
        "answered", "asked", "attempted", "attended", "commented", "completed", "exited", "experienced",
        "failed", "imported", "initialized", "interacted", "launched", "mastered", "passed", "preferred",
        "progressed", "registered", "responded", "resumed", "scored", "shared", "suspended", "terminated",
        "voided",
    )},
    **{name: _W3ID + name for name in ("abandoned", "satisfied", "waived")},
}  # fmt: skip
WELL_KNOWN_BY_IRI: Final = {iri: name for name, iri in WELL_KNOWN.items()}


@dataclass(frozen=True)
class StatementFilters:
    """The filters of an address; each is empty where it asks for nothing.

    Days are those of ``zone``, or of UTC where that is empty.
    """

    learner: str = ""  # as `keys.identifier` makes it
    related: str = ""  # "1": also where the learner is instructor, group member …
    activity: str = ""
    verb: str = ""
    registration: str = ""
    since: str = ""
    until: str = ""
    zone: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "StatementFilters":
        """What an address asks. Raises `Invalid` for what cannot be meant."""
        texts = {field.name: (given.get(field.name) or "").strip() for field in fields(cls)}
        asked = cls(**{**texts, "verb": WELL_KNOWN.get(texts["verb"].lower(), texts["verb"])})
        asked = replace(
            asked,
            related="1" if asked.related and asked.learner else "",
            zone=asked.zone if asked.since or asked.until else "",
        )
        asked.filter()
        return asked

    def query(self, **changes: str) -> str:
        """The filters as a query string, with some changed; nothing of what is empty."""
        terms = {field.name: getattr(self, field.name) for field in fields(self)} | changes
        return urlencode({name: value for name, value in terms.items() if value})

    def filter(self) -> Filter:
        """The store's filter for it. Raises `Invalid`."""
        terms: list[tuple[int, ...]] = []  # those that fewest statements have first
        if self.registration:
            registration = parse_id(self.registration)
            if registration is None:
                raise Invalid(gettext("Enter the UUID of a registration."), code="registration_invalid")
            terms.append((keys.key(keys.REGISTRATION, str(registration)),))
        if self.learner:
            if self.learner.partition(" ")[0] not in ("mbox", "mbox_sha1sum", "openid", "account"):
                raise Invalid(
                    gettext("Unknown learner in this address. Choose the learner from the list."),
                    code="learner_invalid",
                )
            kinds = (keys.AGENT, keys.ANY_AGENT, keys.AUTHORITY) if self.related else (keys.AGENT,)
            terms.append(tuple(keys.key(kind, self.learner) for kind in kinds))
        if self.activity:
            terms.append(tuple(keys.key(kind, self.activity) for kind in (keys.ACTIVITY, keys.ANY_ACTIVITY)))
        if self.verb:
            if values.IRI.fullmatch(self.verb) is None:
                raise Invalid(
                    gettext("Unknown verb “%(verb)s”. Enter its IRI.") % {"verb": self.verb[:60]},
                    code="verb_invalid",
                )
            terms.append((keys.key(keys.VERB, self.verb),))
        after = (
            statement_query.since(self._midnight(self.since) - MILLISECOND)
            if self.since
            else statement_query.LOWEST
        )
        before = (
            statement_query.until(self._midnight(self.until, days=1) - MILLISECOND)
            if self.until
            else statement_query.HIGHEST
        )
        return Filter(tuple(terms), after, before, limit=ROWS)

    def _midnight(self, text: str, days: int = 0) -> datetime:
        """The beginning of a day, or of one some days later, where the reader is. Raises `Invalid`."""
        day = parse_day(text)
        if day is None:
            raise Invalid(gettext("Dates must have the format 2026-03-31."), code="day_invalid")
        return datetime.combine(day + timedelta(days), time(), _zone(self.zone)).astimezone(UTC)

    @property
    def anything(self) -> bool:
        return self != StatementFilters()


def _zone(name: str) -> ZoneInfo:
    """The time zone of this name; UTC for one that this system does not know."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


@dataclass(frozen=True)
class Row:
    """A statement as people read it in a list."""

    position: UUID
    id: str
    words: wording.Words
    at: datetime
    course: str
    course_id: str
    statement: dict[str, Any]

    @property
    def stored(self) -> datetime:
        return statement_query.stored_at(self.position)

    @property
    def came_later(self) -> bool:
        """Whether it was stored long after it happened, or long before."""
        return abs(self.stored - self.at) > timedelta(hours=1)


def rows(organization_id: UUID, statements: Iterable[Found], languages: list[str]) -> list[Row]:
    """What was found, in words of these ``languages``."""
    decoded = [(statement.position, msgspec.json.decode(statement.json)) for statement in statements]
    named = {activity["id"] for _, statement in decoded for activity in keys.activities(statement)}
    definitions = statement_query.definitions(organization_id, list(named))
    return [_row(position, statement, languages, definitions) for position, statement in decoded]


def _row(
    position: UUID, statement: dict[str, Any], languages: list[str], definitions: dict[str, dict[str, Any]]
) -> Row:
    course = wording.course(statement, definitions)
    return Row(
        position=position,
        id=statement["id"],
        words=wording.of_statement(statement, languages, definitions),
        at=values.moment(statement["timestamp"]) or statement_query.stored_at(position),
        course=wording.activity(course, languages, definitions) if course else "",
        course_id=course["id"] if course else "",
        statement=statement,
    )


def languages(header: str) -> list[str]:
    """The languages of names: those a browser asks for, then English."""
    return [*formats.languages(header), *wording.ENGLISH]


@dataclass(frozen=True)
class Tail:
    """What came to the top of a list, newest first, and the position after which the next look begins."""

    rows: list[Row]
    after: UUID


def newest_readable() -> UUID:
    """The position up to which everything that will ever be there can be read."""
    return UUID(int=statement_query.until(consistent_through()).int - 1)


def tail(organization_id: UUID, asked: StatementFilters, after: UUID, languages: list[str]) -> Tail:
    """What the filters find after a position, as long as no slower writer can still slip in before it."""
    upto = newest_readable()
    if upto <= after:
        return Tail([], after)
    limits = asked.filter()
    looked = replace(
        limits,
        after=max(after, limits.after),
        before=min(UUID(int=upto.int + 1), limits.before),
        ascending=True,
        limit=TAIL_AT_ONCE,
    )
    page = statement_query.page(organization_id, looked)
    return Tail(rows(organization_id, reversed(page.statements), languages), page.next_after or upto)


def exported(organization_id: UUID, asked: StatementFilters) -> Iterator[Found]:
    """All that the filters find of what was stored until now, newest first."""
    limits = asked.filter()
    return statement_query.everything(
        organization_id,
        replace(limits, before=min(limits.before, statement_query.until(consistent_through()))),
    )


def in_rows(
    organization_id: UUID, languages: list[str], statements: Iterator[Found], at_once: int = 200
) -> Iterator[Row]:
    """Rows of many statements, a few at a time."""
    while some := list(islice(statements, at_once)):
        yield from rows(organization_id, some, languages)


# -- what may be chosen


@dataclass(frozen=True)
class Choice:
    """A learner, activity or verb that a search found: what the filter takes, its name, and what tells it
    from others of this name, where that is not plain.
    """

    value: str
    name: str
    note: str


def learners(organization_id: UUID, text: str) -> list[Choice]:
    """Agents and groups with ``text`` in their name or identifier."""
    like = f"%{_literally(text)}%"
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT identifier, name
              FROM lrs_agent
             WHERE organization_id = %s
               AND (name ILIKE %s OR substr(identifier, strpos(identifier, ' ')) ILIKE %s)
             ORDER BY name = '', lower(name), identifier
             LIMIT %s
            """,
            [organization_id, like, like, CHOICES],
        )
        return [_learner(identifier, name) for identifier, name in cursor.fetchall()]


def learner(organization_id: UUID, identifier: str) -> Choice:
    """The learner of this identifier, by name where one is known."""
    return _learner(identifier, statement_query.name_of(organization_id, identifier))


def _learner(identifier: str, name: str) -> Choice:
    return Choice(
        identifier, wording.actor({**keys.agent_of(identifier), "name": name}), wording.identifier(identifier)
    )


def activities(organization_id: UUID, text: str, languages: list[str]) -> list[Choice]:
    """Activities with ``text`` in a name or in their IRI; those with a name first."""
    in_json = msgspec.json.encode(text).decode()[1:-1]
    pattern = f'"name":\\{{[^}}]*{_quoted(in_json)}'
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT iri, definition
              FROM lrs_activity
             WHERE organization_id = %s AND (%s = '' OR iri ILIKE %s OR definition ~* %s)
             ORDER BY definition = '', iri
             LIMIT %s
            """,
            [organization_id, text, f"%{_literally(text)}%", pattern, CHOICES],
        )
        rows = cursor.fetchall()
    return [activity(iri, definition, languages) for iri, definition in rows]


def activity(iri: str, definition: str, languages: list[str]) -> Choice:
    """An activity by its name in the language that is wanted most."""
    described = {"id": iri, "definition": msgspec.json.decode(definition) if definition else {}}
    return Choice(iri, wording.activity(described, languages, {}), iri)


def chosen_activity(organization_id: UUID, iri: str, languages: list[str]) -> Choice:
    """The activity of this IRI, by name where one is known."""
    return Choice(
        iri,
        wording.activity({"id": iri}, languages, statement_query.definitions(organization_id, [iri])),
        iri,
    )


def verbs(organization_id: UUID, text: str) -> list[Choice]:
    """Verbs with ``text`` in their name or IRI: those of statements, then well-known ones. Without a text
    only those of statements, where there are any; a text that is an IRI is a verb, too.
    """
    known = [
        verb
        for verb in (_verb(iri, name) for name, iri in WELL_KNOWN.items())
        if text.lower() in verb.name.lower() or text.lower() in verb.value.lower()
    ]
    like = f"%{_literally(text)}%"
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT iri, display
              FROM lrs_verb
             WHERE organization_id = %s AND (display ILIKE %s OR iri ILIKE %s OR iri = ANY(%s))
             ORDER BY lower(display), iri
             LIMIT %s
            """,
            [organization_id, like, like, [verb.value for verb in known], CHOICES],
        )
        used = [_verb(iri, display) for iri, display in cursor.fetchall()]
    offered = {verb.value: verb for verb in used}
    if text or not used:
        offered = {verb.value: verb for verb in known} | offered
    if values.IRI.fullmatch(text):
        offered.setdefault(text, _verb(text, ""))
    return sorted(offered.values(), key=lambda verb: (verb not in used, verb.name.lower()))[:CHOICES]


def chosen_verb(organization_id: UUID, iri: str) -> Choice:
    """The verb of this IRI, by the name that statements gave it."""
    used = Verb.objects.filter(organization_id=organization_id, key=keys.key(keys.VERB, iri)).first()
    return _verb(iri, WELL_KNOWN_BY_IRI.get(iri) or (used.display if used else ""))


def _verb(iri: str, name: str) -> Choice:
    """A verb in the words of the page; ``name`` is what it is called in English, where that is known."""
    said = wording.verb({"id": iri, "display": {"en": name} if name else {}}, wording.ENGLISH)
    return Choice(iri, said, "" if iri in WELL_KNOWN_BY_IRI else iri)


def _literally(text: str) -> str:
    """Text in which LIKE takes nothing for a sign of its own."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _quoted(text: str) -> str:
    """Text in which a regular expression takes nothing for a sign of its own."""
    return "".join(
        sign if sign.isalnum() or sign.isspace() or not sign.isascii() else f"\\{sign}" for sign in text
    )


def is_empty(organization_id: UUID) -> bool:
    """Whether nobody has stored a statement yet."""
    return not StatementId.objects.filter(organization_id=organization_id).exists()
