"""Activities and agents as statements describe them, for whoever asks for one by its id.

Written after the statements, outside of their transaction, and only where a process sees something it has not
written before: most statements name what everybody named already. Rows are written in the order of their
keys, so that two never wait for each other.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from heliograph.core import clock
from heliograph.lrs.rules import keys

MOST_REMEMBERED = 50_000
# Then what an erasure has taken away meanwhile is written again when somebody names it.
REMEMBERED = timedelta(minutes=10)
LONGEST_NAME = 300
_encode = msgspec.json.Encoder(order="deterministic").encode


class _Written:
    """What this process has written lately: a digest for each key, and when."""

    def __init__(self) -> None:
        self.by_key: OrderedDict[tuple[UUID, int], tuple[int, datetime]] = OrderedDict()

    def is_news(self, organization_id: UUID, key: int, content: Any) -> bool:
        digest, moment = self.by_key.get((organization_id, key), (None, None))
        return digest != hash(content) or moment is None or clock.now() - moment > REMEMBERED

    def keep_all(self, organization_id: UUID, written: dict[int, Any]) -> None:
        moment = clock.now()
        for key, content in written.items():
            self.by_key[(organization_id, key)] = (hash(content), moment)
        while len(self.by_key) > MOST_REMEMBERED:
            self.by_key.popitem(last=False)


_activities, _agents = _Written(), _Written()


def note(organization_id: UUID, statements: list[dict[str, Any]]) -> None:
    """Keep what these statements say of activities and agents."""
    described: dict[int, tuple[str, dict[str, Any]]] = {}
    named: dict[int, tuple[str, str]] = {}
    for statement in statements:
        for activity in keys.activities(statement):
            key = keys.key(keys.ACTIVITY, activity["id"])
            known = described.get(key)
            definition = activity.get("definition", {})
            described[key] = (activity["id"], merged(known[1], definition) if known else definition)
        for actor in keys.actors(statement):
            for agent in (actor, *actor.get("member", ())):
                identifier = keys.identifier(agent)
                if identifier:
                    key = keys.key(keys.AGENT, identifier)
                    name = agent.get("name", "").replace("\x00", "")[:LONGEST_NAME]
                    named[key] = (identifier, name or named.get(key, ("", ""))[1])
    _note_activities(organization_id, described)
    _note_agents(organization_id, named)


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """An activity's definition after another one: its names and descriptions in all languages, of the rest
    the newer.
    """
    both = {**old, **new}
    for name in ("name", "description", "extensions"):
        if name in old and name in new:
            both[name] = {**old[name], **new[name]}
    return both


def _note_activities(organization_id: UUID, described: dict[int, tuple[str, dict[str, Any]]]) -> None:
    news = {
        key: value
        for key, value in described.items()
        if _activities.is_news(organization_id, key, _encode(value[1]))
    }
    if not news:
        return
    ordered = sorted(news)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO lrs_activity (organization_id, key, iri, definition)"
            " SELECT %s, k, i, '' FROM unnest(%s::bigint[], %s::text[]) AS g(k, i) ON CONFLICT DO NOTHING",
            [organization_id, ordered, [_storable(news[key][0]) for key in ordered]],
        )
        cursor.execute(
            """
            SELECT key, definition
              FROM lrs_activity
             WHERE organization_id = %s AND key = ANY(%s)
             ORDER BY key
               FOR UPDATE
            """,
            [organization_id, ordered],
        )
        before = dict(cursor.fetchall())
        after = {}
        for key in ordered:
            old = msgspec.json.decode(before[key]) if before[key] else {}
            definition = merged(old, news[key][1])
            if definition != old:
                after[key] = _encode(definition).decode()
        if after:
            cursor.execute(
                "UPDATE lrs_activity a SET definition = g.d FROM unnest(%s::bigint[], %s::text[]) AS g(k, d)"
                " WHERE a.organization_id = %s AND a.key = g.k",
                [list(after), list(after.values()), organization_id],
            )
    written = {key: _encode(news[key][1]) for key in ordered}
    transaction.on_commit(lambda: _activities.keep_all(organization_id, written))


def _note_agents(organization_id: UUID, named: dict[int, tuple[str, str]]) -> None:
    news = {key: value for key, value in named.items() if _agents.is_news(organization_id, key, value[1])}
    if not news:
        return
    ordered = sorted(news)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO lrs_agent AS a (organization_id, key, identifier, name)
            SELECT %s, k, i, n FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS g(k, i, n)
                ON CONFLICT (organization_id, key) DO UPDATE
               SET name = excluded.name
             WHERE excluded.name <> '' AND a.name <> excluded.name
            """,
            [
                organization_id,
                ordered,
                [_storable(news[key][0]) for key in ordered],
                [news[key][1] for key in ordered],
            ],
        )
    written = {key: news[key][1] for key in ordered}
    transaction.on_commit(lambda: _agents.keep_all(organization_id, written))


def _storable(text: str) -> str:
    return text.replace("\x00", "\ufffd")
