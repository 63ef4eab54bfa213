"""Learners who are copied have the rows that they would have if they had been played."""

import re
from collections import ChainMap, Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from django.apps import apps
from django.db import connection, models, transaction
from tests.emptying import empty_database
from tests.tenants import make_tenant

from heliograph.core import clock
from heliograph.courses import actions as courses
from heliograph.courses.imports import importing
from heliograph.courses.models import Course
from heliograph.demo.courses import build, read_course
from heliograph.demo.history.copying import Copier, Target, take
from heliograph.demo.history.playing import Play, play_all
from heliograph.demo.history.stories import stories_of
from heliograph.demo.learners import Person
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch.licenses import actions as licenses
from heliograph.insights import rollup
from heliograph.lrs.models import Document, Statement
from heliograph.lrs.rules import equality, keys
from heliograph.lrs.statements import counts
from heliograph.lrs.statements.documents import Address, etag_of
from heliograph.runtime.scorm_profile import emitter

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
COURSES = (
    "lifting",
    "fire",
    "chemicals",
    "firstaid",
    "handbook",
)  # one of each standard that tells it differently
LEARNERS = 50
# What no learner has rows of, or what is nobody's in particular.
WITHOUT_ORGANIZATION = {
    "accounts_user": "people who sign in",
    "accounts_refreshtoken": "the same",
    "accounts_failedsignins": "the same",
    "accounts_cache": "the same",
    "accounts_tableview": "the same",
    "accounts_groupmember": "the same",
    "accounts_groupmanager": "the same",
    "accounts_userimportrow": "the same",
    "accounts_organization": "the organizations themselves",
    "core_counter": "counts of the process",
    "core_installation": "one row",
    "delivery_mail": "compared where it names an organization",
    "dispatch_signingkey": "one key for all organizations",
    "lrs_undelivered": "a pipe's",
    "marketplace_holdermember": "a program holder's",
    "marketplace_programversion": "a program's",
    "marketplace_programpart": "the same",
    "marketplace_enrollmentstep": "an enrollment's",
    "marketplace_enrollmentpart": "the same",
    "marketplace_mailpreference": "a student's",
    "marketplace_completionlistrow": "a list's",
    "marketplace_orderline": "an order's",
    "marketplace_orderagreement": "the same",
    "marketplace_ledgerentry": "a transaction's",
    "marketplace_credentialtemplateversion": "a template's",
    "marketplace_expiryreminder": "a credential's",
    "marketplace_statusentry": "the same",
    "runtime_emittedbatch": "compared with the calls that it names",
    "runtime_logcursor": "one row for all organizations",
    "webhooks_deliveryattempt": "an event's on its way to an endpoint",
    "webhooks_message": "the same",
}
NUMBERED = {
    "courses_coursefile",
    "insights_coursecohort",
    "insights_dailystate",
    "insights_pathcohort",
    "insights_questioncohort",
    "insights_responsecohort",
}
MADE_AT_RANDOM = {"stub_key", "signing_secret", "key"}


class History:
    """An organization with a pilot customer and another one, and the same 50 learners in it."""

    def __init__(self, key: str, folder: Path) -> None:
        with clock.at(MORNING - timedelta(days=2)):
            self.tenant = make_tenant(key)
        manager = self.tenant.manager
        self.plays: list[Play] = []
        with clock.at(MORNING - timedelta(days=1)):
            self.customers = [
                dispatching.create_destination(manager, name, name.lower()) for name in ("Pilot", "Other")
            ]
            for course in COURSES:
                started = courses.start_import(
                    manager, build(course, folder), course, course, True, run_here=True
                )
                assert importing.run(started.id).version
                for customer in self.customers:
                    self._add(course, customer)

    def _add(self, key: str, customer) -> None:
        manager = self.tenant.manager
        course = Course.objects.select_related("published").get(
            key=key, organization_id=manager.organization_id
        )
        address = "https://hooks.example.com/told" if key == "lifting" else ""
        dispatch = dispatching.create_dispatch(manager, course, customer, postback_url=address)
        licenses.attach(manager, dispatch, name="All they want", registration_limit=1_000)
        pilot = customer.key == "pilot"
        stories = stories_of(key)
        for number in range(len(stories) if pilot else LEARNERS // len(COURSES) - len(stories)):
            self.plays.append(
                Play(
                    dispatch,
                    read_course(key),
                    Person(
                        f"{customer.key[:2]}-{key}-{number:04}",
                        f"Zoë Čapek the {number}. of {customer.name} in {key}",
                        f"{customer.key}.{key}.{number}@example.org",
                    ),
                    stories[number % len(stories)],
                    MORNING
                    + timedelta(
                        days=3 * number, hours=(0 if pilot else 26) + COURSES.index(key), seconds=7 * number
                    ),
                    f"lms.{customer.key}.example",
                )
            )

    @property
    def pilot(self) -> list[Play]:
        return [play for play in self.plays if play.dispatch.destination.key == "pilot"]

    def copy(self) -> None:
        """Everybody who is not the pilot customer's, from those who are and were played."""
        pilot = self.pilot
        templates = {
            (template.play.course.key, template.play.story.name): template for template in take(pilot)
        }
        copier = Copier(self.tenant.organization.id)
        for play in sorted(self.plays, key=lambda play: play.begins):
            if play not in pilot:
                target = Target(play.dispatch, play.domain, play.dispatch.licenses.get())
                template = templates[play.course.key, play.story.name]
                copier.copy(template, target, play.person, play.begins)
        copier.write()

    def count(self) -> None:
        """What the worker does afterwards."""
        with clock.at(MORNING + timedelta(days=60)):
            emitter.told_until(clock.now())
            rollup.roll_up()
        counts.follow()

    def rows(self) -> dict[str, list[str]]:
        """Every row of the organization, by table, as JSON."""
        organization_id = self.tenant.organization.id
        tables = {}
        for model in own_models():
            table = model._meta.db_table
            if has_organization(model):
                tables[table] = _rows(f"SELECT * FROM {table} WHERE organization_id = %s", organization_id)
        calls = "SELECT id FROM runtime_runtimecall WHERE organization_id = %s"
        tables["runtime_emittedbatch"] = _rows(
            f"SELECT * FROM runtime_emittedbatch WHERE source_id IN ({calls})", organization_id
        )
        return tables


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("heliograph.")]


def has_organization(model) -> bool:
    return any(field.column == "organization_id" for field in model._meta.concrete_fields)


def _rows(sql: str, organization_id: UUID) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT row_to_json(x)::text FROM ({sql}) x", [organization_id])
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def histories(django_db_setup, django_db_blocker, tmp_path_factory):
    """The same history of two organizations: one was played, the other one copied."""
    folder = tmp_path_factory.mktemp("packages")
    with django_db_blocker.unblock():
        with transaction.atomic():
            made = [History("played", folder), History("copied", folder)]
            # At the same time, because statements are made of the log of both.
            play_all([*made[0].plays, *made[1].pilot])
            made[1].copy()
        for history in made:
            history.count()
        yield made
        empty_database()


def test_every_row_is_the_same(histories):
    """Ids, keys and the organization are other ones, and point to the same rows; everything else is equal."""
    played, copied = (
        {table: Counter(rows) for table, rows in _plain(history).items()} for history in histories
    )
    assert played.keys() == copied.keys()
    assert sum(len(rows) for rows in played.values()) > 4_000
    different = {
        table: (sorted(played[table] - copied[table])[:2], sorted(copied[table] - played[table])[:2])
        for table in played
        if played[table] != copied[table]
    }
    assert different == {}


def test_every_table_is_compared():
    missing = {model._meta.db_table for model in own_models() if not has_organization(model)}
    assert missing | {"delivery_mail"} == WITHOUT_ORGANIZATION.keys()


def test_what_is_derived_from_statements_and_documents_follows_from_them(histories):
    copied = histories[1].tenant.organization.id
    statements = list(Statement.objects.filter(organization_id=copied))
    assert len(statements) > 100
    for row in statements:
        statement = msgspec.json.decode(row.sent)
        authority = keys.identifier(msgspec.json.decode(f"{{{row.added}}}")["authority"]) or ""
        with connection.cursor() as cursor:
            cursor.execute("SELECT key FROM lrs_key WHERE organization_id = %s AND id = %s", [copied, row.id])
            assert {key for (key,) in cursor.fetchall()} == keys.of_statement(statement, authority)
            cursor.execute(
                "SELECT digest FROM lrs_statementid WHERE organization_id = %s AND statement_id = %s",
                [copied, row.statement_id],
            )
            assert cursor.fetchone()[0].hex == equality.digest(statement).hex()
    for document in Document.objects.filter(organization_id=copied):
        address = Address(
            Document.Kind(document.kind),
            document.activity,
            document.agent,
            document.registration,
            document.name,
        )
        assert (document.address, document.owner) == (address.position, address.owner)
        assert document.etag == etag_of(bytes(document.content))


_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _plain(history: History) -> dict[str, list[str]]:
    """The organization's rows, with what each id stands for in its place: the time it holds, and then, again
    and again, all rows that name it. Equal rows of two organizations then name rows that are equal, too.
    """
    rows = _without_what_is_derived(history)
    names = {id_: f"<{id_[14]} {id_[:13] if id_[14] == '7' else ''}>" for id_ in _ids(rows)}
    for _ in range(4):
        around = defaultdict(list)
        for table, texts in rows.items():
            for text in texts:
                for own in set(_ID.findall(text)):
                    around[own].append(table + _named(text, ChainMap({own: "<me>"}, names)))
        names = {
            own: f"<{names[own].split()[0][1:]} {_short(names[own], *sorted(places))}>"
            for own, places in around.items()
        }
    return {
        table: [_ID.sub(lambda found: names[found[0]], text) for text in texts]
        for table, texts in rows.items()
    }


def _named(text: str, names: Mapping[str, str]) -> str:
    return _ID.sub(lambda found: names[found[0]], text)


def _short(*texts: str) -> str:
    return blake2b("\n".join(texts).encode(), digest_size=12).hexdigest()


def _ids(rows: dict[str, list[str]]) -> set[str]:
    return {own for texts in rows.values() for text in texts for own in _ID.findall(text)}


def _without_what_is_derived(history: History) -> dict[str, list[str]]:
    """The rows, without what was made at random, the organization's own names, and digests of ids: a key of
    the record store is shown as what it is made of.
    """
    rows = {table: list(map(msgspec.json.decode, texts)) for table, texts in history.rows().items()}
    made_of = {0: "nothing"}
    for row in rows["lrs_statement"]:
        statement = msgspec.json.decode(row["sent"])
        authority = keys.identifier(msgspec.json.decode(f"{{{row['added']}}}")["authority"])
        for kind, value in {*keys.named(statement), (keys.AUTHORITY, authority or "")}:
            made_of[keys.key(kind, value)] = f"{kind.decode()} {value}"
        for activity in keys.activities(statement):
            made_of[keys.key(keys.ACTIVITY, activity["id"])] = activity["id"]
    random = {row["key"] for row in rows["runtime_registration"]}
    shown: dict[str, list[str]] = {}
    for table, found in rows.items():
        shown[table] = []
        for row in found:
            for column, value in row.items():
                if table.startswith("lrs_") and column in ("key", "agent", "course", "verb", "agent_key"):
                    row[column] = made_of.get(value, value)
                elif column in ("digest", "etag", "stub_key", "signing_secret", "password") or (
                    table in ("lrs_document", "core_changequeue") and column in ("owner", "address", "id")
                ):
                    row[column] = "derived"
                elif table == "lrs_document" and column == "content":
                    row[column] = bytes.fromhex(value[2:]).decode()
                elif table in NUMBERED and column == "id":
                    row[column] = "a number"
            text = msgspec.json.encode(row, order="deterministic").decode()
            # An address of content holds a token of its version; a copy keeps the template's, long over.
            text = re.sub(r"/c/[\w-]{40,}/", "/c/token/", text)
            text = re.sub(r"\b[a-z2-9]{16}\b", lambda key: "<key>" if key[0] in random else key[0], text)
            shown[table].append(re.sub(f"(?i){history.tenant.organization.key}", "<organization>", text))
    return shown
