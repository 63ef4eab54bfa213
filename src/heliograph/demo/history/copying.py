"""Copies of learners: the rows that the product's own actions wrote of one learner, written again for others.

Every row of a learner is read once as the text that COPY makes of it, and taken apart at whatever differs
from learner to learner: ids, times, and the names that people and customers have. A copy has new ones in
their places. Ids that hold a time (UUIDv7) are moved with it and keep their order. What the record store
derives from what a statement says is derived anew (`lrs.statements.copies`); figures are counted by the
product afterwards.
"""

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Final
from uuid import UUID

from django.db import connection, models
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest, Least

from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.core.ids import random_key
from heliograph.courses.models import Course, CourseVersion
from heliograph.demo.history import incidents
from heliograph.demo.history.playing import Play
from heliograph.demo.learners import Person
from heliograph.dispatch.deployments import actions as deployments
from heliograph.dispatch.licenses import enforcement
from heliograph.dispatch.models import (
    Admission,
    Deployment,
    Dispatch,
    License,
    LicenseLearner,
    LmsResult,
    Postback,
    PostbackState,
    RelayReceipt,
    Session,
)
from heliograph.lrs.models import Document, Key, Statement
from heliograph.lrs.rules import keys
from heliograph.lrs.statements import copies as records
from heliograph.lrs.statements.documents import Address
from heliograph.runtime.models import (
    ActivityState,
    Answer,
    Attempt,
    AuSession,
    EmittedBatch,
    EmittedState,
    Launch,
    Learner,
    Question,
    Registration,
    RuntimeCall,
)

# Every table that has rows of one learner, with the column that says whose they are and what it names. What
# is missing here is missing in copies: a test compares them with learners who were played.
OWNED: Final[tuple[tuple[type[models.Model], str, str], ...]] = (
    (Learner, "id", "learner"),
    (Registration, "id", "registration"),
    (Attempt, "registration_id", "registration"),
    (Launch, "registration_id", "registration"),
    (ActivityState, "attempt_id", "attempt"),
    (AuSession, "registration_id", "registration"),
    (RuntimeCall, "registration_id", "registration"),
    (EmittedState, "registration_id", "registration"),
    (Answer, "registration_id", "registration"),
    (EmittedBatch, "source_id", "call"),
    (Session, "registration_id", "registration"),
    (LmsResult, "registration_id", "registration"),
    (RelayReceipt, "registration_id", "registration"),
    (Admission, "registration_id", "registration"),
    (LicenseLearner, "learner_id", "learner"),
    (Postback, "registration_id", "registration"),
    (PostbackState, "registration_id", "registration"),
    (Entry, "subject_id", "registration"),
)
COUNTED = (Registration, Session)  # by triggers, which see every row
OF_LICENSES, OF_POSTBACKS = (Admission, LicenseLearner), (Postback, PostbackState)
_random = Random()  # noqa: S311 - ids of a demo are no secrets, and the system's own source takes its time
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_LONG_AGO, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_TIME = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d"


@dataclass
class Template:
    """A learner who was played, taken apart: for each table its text, with a token at every odd place."""

    play: Play
    names: dict[str, str]  # what its names stand for, as `_names` calls them
    parts: dict[type[models.Model], list[str]]
    statements: list[records.StatementTemplate]
    documents: list[Document]
    visits: int

    @cached_property
    def tokens(self) -> set[str]:
        """What differs, each once."""
        of_statements = (
            parts
            for statement in self.statements
            for parts in (statement.position, statement.statement_id, statement.sent, statement.added)
        )
        return {token for parts in (*self.parts.values(), *of_statements) for token in parts[1::2]}


@dataclass(frozen=True)
class Target:
    """The dispatch that copies are made for, in the LMS where it is opened, under its license if any."""

    dispatch: Dispatch
    domain: str
    license: License | None = None


@dataclass
class Copier:
    """Makes copies for one organization; `write` writes what was made since the last time."""

    organization_id: UUID
    _deployments: dict[UUID, str] = field(default_factory=dict)
    _made: list["_New"] = field(default_factory=list)
    _counted: dict[UUID, "_Counts"] = field(default_factory=dict)

    def copy(self, template: Template, target: Target, person: Person, begins: datetime) -> None:
        """One more learner, to whom the template's story happens in another dispatch of its course, from
        ``begins`` on; whole seconds away from the template's beginning. The first of a dispatch comes first.
        """
        new = _New(template, target, person, begins - template.play.begins)
        new.values[template.names["deployment"]] = self._deployment(template.play, target, begins)
        for token in template.tokens - new.values.keys():
            new.values[token] = new.of(token)
        self._made.append(new)
        counts = self._counted.setdefault(target.dispatch.id, _Counts(target))
        counts.add(template.visits, begins, begins + template.play.story.visits[-1].after)

    def _deployment(self, play: Play, target: Target, begins: datetime) -> str:
        """The id of the deployment in the target's LMS, where it is seen with the first copy."""
        known = self._deployments.get(target.dispatch.id)
        if known is None:
            with clock.at(begins):
                opening = play.opening(target.dispatch, target.domain)
                known = self._deployments[target.dispatch.id] = str(deployments.see(target.dispatch, opening))
        return known

    def write(self) -> None:
        """Write all copies, and count them where actions count. Call it in a transaction."""
        for model, _, _ in OWNED:
            with contextlib.nullcontext() if model in COUNTED else _unchecked():
                _copy_in(model, (new.rows(model) for new in self._made))
        records.write_statements(
            [(statement, new.filled) for new in self._made for statement in new.template.statements]
        )
        documents = (new.document(document) for new in self._made for document in new.template.documents)
        records.write_documents(self.organization_id, documents)
        for counts in self._counted.values():
            counts.write()
        self._made.clear()
        self._counted.clear()


class _New:
    """What stands in a copy instead of the template's ids, times and names."""

    def __init__(self, template: Template, target: Target, person: Person, later: timedelta) -> None:
        names = template.names
        self.template, self.target, self.later = template, target, later
        self.milliseconds = round(later.total_seconds() * 1000)
        dispatch = target.dispatch
        self.values = {
            names["dispatch"]: str(dispatch.id),
            names["destination"]: str(dispatch.destination_id),
            names["dispatch key"]: dispatch.key,
            names["dispatch name"]: dispatch.name,
            names["destination key"]: dispatch.destination.key,
            names["destination name"]: dispatch.destination.name,
            names["domain"]: target.domain,
            names["identifier"]: person.identifier,
            names["name"]: person.name,
            names["email"]: person.email,
            names["key"]: random_key(16),
        }
        if "license" in names and target.license:
            self.values[names["license"]] = str(target.license.id)

    def of(self, token: str) -> str:
        return self.time(token) if token[10] in " T" else self.uuid(token)

    def time(self, token: str) -> str:
        moment = datetime.fromisoformat(token) + self.later
        return moment.isoformat(token[10])

    def uuid(self, token: str) -> str:
        """A new id; one that holds a time keeps its place among those of the same millisecond."""
        if token[14] != "7":
            return str(UUID(int=_random.getrandbits(128), version=4))
        milliseconds = int(token[:8] + token[9:13], 16) + self.milliseconds
        digits = f"{milliseconds:012x}"
        return f"{digits[:8]}-{digits[8:]}-{token[14:18]}-{token[19:23]}-{_random.getrandbits(48):012x}"

    def rows(self, model: type[models.Model]) -> str:
        """The rows of a table; none of what the target has not."""
        if (model in OF_LICENSES and not self.target.license) or (
            model in OF_POSTBACKS and not self.target.dispatch.postback_url
        ):
            return ""
        return self.filled(self.template.parts.get(model, []))

    def filled(self, parts: list[str]) -> str:
        filled = parts.copy()
        filled[1::2] = [self.values[token] for token in parts[1::2]]
        return "".join(filled)

    def document(self, document: Document) -> tuple[Address, bytes, str, datetime]:
        def text(content: str) -> str:
            return re.sub(
                "|".join(map(re.escape, sorted(self.values, key=len, reverse=True))), self._value, content
            )

        address = Address(
            Document.Kind(document.kind),
            text(document.activity),
            text(document.agent),
            UUID(self.values[str(document.registration)]),
            document.name,
        )
        content = text(bytes(document.content).decode()).encode()
        return address, content, document.content_type, document.updated_at + self.later

    def _value(self, found: re.Match[str]) -> str:
        return self.values[found[0]]


@dataclass
class _Counts:
    """What copies add to the counters of a dispatch, its deployment and its license."""

    target: Target
    learners: int = 0
    visits: int = 0
    first: datetime = _NEVER
    last: datetime = _LONG_AGO
    admitted: datetime = _LONG_AGO

    def add(self, visits: int, first: datetime, last: datetime) -> None:
        self.learners += 1
        self.visits += visits
        self.first, self.last = min(self.first, first), max(self.last, last)
        self.admitted = max(self.admitted, first)

    def write(self) -> None:
        dispatch = self.target.dispatch
        Dispatch.objects.filter(id=dispatch.id).update(
            registrations_used=F("registrations_used") + self.learners,
            launch_count=F("launch_count") + self.visits,
        )
        Deployment.objects.filter(dispatch=dispatch, domain=self.target.domain).update(
            launches=F("launches") + self.visits,
            learners=F("learners") + self.learners,
            first_launch_at=Least("first_launch_at", self.first),
            last_activity_at=Greatest("last_activity_at", self.last),
        )
        if self.target.license:
            License.objects.filter(id=self.target.license.id).update(
                registrations_used=F("registrations_used") + self.learners,
                learners_used=F("learners_used") + self.learners,
                launches_used=F("launches_used") + self.visits,
            )
            with clock.at(self.admitted):
                enforcement.warn(self.target.license.id)
                incidents.deliver(dispatch, incidents.TAKEN)


def take(plays: Iterable[Play]) -> list[Template]:
    """Learners of one organization who were played, as templates."""
    played = {play.registration_id: play for play in plays if play.registration_id}
    rows = _rows_by_registration(list(played))
    registrations = Registration.objects.in_bulk(list(played))
    shared = "|".join(_shared_ids({row.organization_id for row in registrations.values()}))
    return [_template(play, registrations[id_], rows[str(id_)], shared) for id_, play in played.items()]


def _shared_ids(organization_ids: set[UUID]) -> Iterator[str]:
    """What copies have in common with their template: the organization, its courses, their versions
    and questions."""
    yield from map(str, organization_ids)
    for model in (Course, CourseVersion, Question):
        ids = model._default_manager.filter(organization_id__in=organization_ids).values_list("id", flat=True)
        yield from map(str, ids)


def _template(
    play: Play, registration: Registration, rows: dict[type[models.Model], str], shared: str
) -> Template:
    names = _names(play, registration)
    tokens = sorted(
        {re.escape(name) for name in names.values() if not re.fullmatch(_UUID, name)}, key=len, reverse=True
    )
    differs = re.compile(f"({'|'.join([f'{_UUID}(?<!{shared})', _TIME, *tokens])})")
    attempts = Attempt.objects.filter(registration=registration).values("id")
    return Template(
        play,
        names,
        {model: differs.split(text) for model, text in rows.items()},
        list(records.take_apart(_statements(registration), differs.split)),
        list(Document.objects.filter(registration__in=attempts).order_by("id")),
        visits=len(play.story.visits),
    )


def _names(play: Play, registration: Registration) -> dict[str, str]:
    """What stands in a learner's rows and is somebody else's name or id in a copy."""
    dispatch, person = play.dispatch, play.person
    admission = Admission.objects.filter(registration=registration).first()
    session = Session.objects.filter(registration=registration)[0]
    return {
        "dispatch": str(dispatch.id),
        "destination": str(dispatch.destination_id),
        "deployment": str(session.deployment_id),
        "dispatch key": dispatch.key,
        "dispatch name": dispatch.name,
        "destination key": dispatch.destination.key,
        "destination name": dispatch.destination.name,
        "domain": play.domain,
        "identifier": person.identifier,
        "name": person.name,
        "email": person.email,
        "key": registration.key,
        **({"license": str(admission.license_id)} if admission else {}),
    }


def _rows_by_registration(registrations: list[UUID]) -> dict[str, dict[type[models.Model], str]]:
    """The rows of `OWNED` as text, by the registration that they belong to."""
    owners: dict[str, dict[str, str]] = {"registration": {str(id_): str(id_) for id_ in registrations}}
    found: dict[str, dict[type[models.Model], str]] = defaultdict(dict)
    of_registrations = Registration.objects.filter(id__in=registrations)
    owners["learner"] = _owned(of_registrations.values_list("learner_id", "id"))
    attempts = _owned(
        Attempt.objects.filter(registration_id__in=registrations).values_list("id", "registration_id")
    )
    owners["attempt"] = attempts
    owners["call"] = _owned(
        RuntimeCall.objects.filter(registration_id__in=registrations).values_list("id", "registration_id")
    )
    for model, column, of in OWNED:
        place = [field_.column for field_ in model._meta.concrete_fields].index(column)
        for line in _copy_out(model, column, list(owners[of])):
            owner = owners[of][line.split("\t", place + 1)[place]]
            found[owner][model] = found[owner].get(model, "") + line + "\n"
    return found


def _owned(pairs: Iterable[tuple[UUID, UUID]]) -> dict[str, str]:
    return {str(row): str(owner) for row, owner in pairs}


def _statements(registration: Registration) -> QuerySet[Statement]:
    """The statements that name one of its attempts as xAPI's registration, by their positions."""
    attempts = registration.attempts.values_list("id", flat=True)
    named = Key.objects.filter(
        organization_id=registration.organization_id,
        key__in=[keys.key(keys.REGISTRATION, str(attempt)) for attempt in attempts],
    )
    return Statement.objects.filter(
        organization_id=registration.organization_id, id__in=named.values("id")
    ).order_by("id")


def _copy_out(model: type[models.Model], column: str, ids: list[str]) -> list[str]:
    """The table's rows of these owners, in the order of their ids."""
    sql = (
        f"COPY (SELECT {_columns(model)} FROM {model._meta.db_table} WHERE {column} = ANY(%s::uuid[])"  # noqa: S608 - names of our models
        f" ORDER BY {model._meta.pk.column}) TO STDOUT"
    )
    with connection.cursor() as cursor, cursor.copy(sql, [ids]) as copy:
        return b"".join(copy).decode().splitlines()


@contextlib.contextmanager
def _unchecked() -> Iterator[None]:
    """Rows written inside are not looked up in the tables that they name, where we may say so: what a learner
    names was copied with them. Nor do other triggers of their tables run.
    """
    sql = (
        "SELECT set_config('session_replication_role', %s, true)"
        " WHERE has_parameter_privilege('session_replication_role', 'SET')"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, ["replica"])
        yield
        cursor.execute(sql, ["origin"])


def _copy_in(model: type[models.Model], rows: Iterable[str]) -> None:
    """Rows are made while the database stores those before them."""
    sql = f"COPY {model._meta.db_table} ({_columns(model)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        for text in rows:
            copy.write(text)


def _columns(model: type[models.Model]) -> str:
    return ", ".join(f'"{field_.column}"' for field_ in model._meta.concrete_fields)
