"""What of pipes needs no database and no network: which statements pass, what an answer means, how many go at
once, where a page continues.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Final
from urllib.parse import urljoin, urlsplit, urlunsplit
from uuid import UUID

import msgspec

from heliograph.core.rule_table import Broken
from heliograph.core.translation import gettext
from heliograph.lrs.pipes.errors import PipeInvalid
from heliograph.lrs.rules import keys, values
from heliograph.lrs.rules.statement import check_actor

VERSIONS: Final = ("1.0.3", "2.0.0")
AT_ONCE, LARGEST = 50, 4 * 2**20
MOST_FILTERED, LONGEST_IRI = 100, 1000
LONGEST_PAUSE = timedelta(hours=1)
_PORTS = {"http": 80, "https": 443}
_Raw = msgspec.json.Decoder(dict[str, msgspec.Raw])


# -- which statements pass


@dataclass(frozen=True)
class StatementFilter:
    """What a pipe lets through: of each kind that names something, one must be there.

    An activity that ends in ``*`` stands for all that begin so.
    """

    verbs: frozenset[str] = frozenset()
    activities: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    agents: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        return not (self.verbs or self.activities or self.beginnings or self.agents)

    def takes(self, statement: dict[str, Any]) -> bool:
        """Whether the statement itself is let through; not asked of what it refers to."""
        if self.verbs and statement["verb"]["id"] not in self.verbs:
            return False
        if (self.activities or self.beginnings) and not any(
            self._names(activity["id"]) for activity in keys.activities(statement)
        ):
            return False
        return not self.agents or not self.agents.isdisjoint(_people(statement))

    def _names(self, iri: str) -> bool:
        return iri in self.activities or iri.startswith(self.beginnings)


def read_filter(given: Any) -> dict[str, list[str]]:
    """A filter as it is kept: ``verbs`` and ``activities`` as IRIs, ``agents`` by their identifiers.

    Raises `PipeInvalid`.
    """
    if not isinstance(given, dict) or not given.keys() <= {"verbs", "activities", "agents"}:
        raise PipeInvalid(
            gettext("Filters can only contain the lists verbs, activities and agents."), code="pipe_filter"
        )
    kept: dict[str, list[str]] = {}
    for name, listed in given.items():
        if not isinstance(listed, list) or len(listed) > MOST_FILTERED:
            raise PipeInvalid(
                gettext("%(name)s must be a list of up to %(most_filtered)s entries.")
                % {"name": name, "most_filtered": MOST_FILTERED},
                code="pipe_filter",
                field=name,
            )
        read = [_identifier(entry) if name == "agents" else _iri(name, entry) for entry in listed]
        if read:
            kept[name] = list(dict.fromkeys(read))
    return kept


def passing(kept: dict[str, list[str]]) -> StatementFilter:
    """The filter that `read_filter` made, ready to be asked."""
    activities = kept.get("activities", [])
    return StatementFilter(
        frozenset(kept.get("verbs", ())),
        frozenset(activity for activity in activities if not activity.endswith("*")),
        tuple(activity[:-1] for activity in activities if activity.endswith("*")),
        frozenset(kept.get("agents", ())),
    )


def _iri(name: str, value: Any) -> str:
    if (
        not isinstance(value, str)
        or ":" not in value
        or len(value) > LONGEST_IRI
        or any(character <= " " for character in value)
    ):
        raise PipeInvalid(
            gettext(
                "“%(value)s” in %(name)s is not a valid IRI. Use one such as https://example.org/courses/1."
            )
            % {"value": str(value)[:100], "name": name},
            code="pipe_filter",
            field=name,
        )
    return value


def _identifier(value: Any) -> str:
    try:
        agent = value
        if isinstance(value, str):
            agent = {"mbox": value} if value.startswith("mailto:") else msgspec.json.decode(value)
        check_actor(agent)
        identifier = keys.identifier(agent)
    except (Broken, TypeError, KeyError, msgspec.DecodeError):
        identifier = None
    if not identifier or len(identifier) > LONGEST_IRI:
        raise PipeInvalid(
            gettext(
                "“%(value)s” in agents is not a valid agent. Use mailto:… or an xAPI agent with"
                " one identifier."
            )
            % {"value": str(value)[:100]},
            code="pipe_filter",
            field="agents",
        )
    return identifier


def agent_line(identifier: str) -> str:
    """An agent on one line, as `read_filter` takes it: its address, or its JSON."""
    agent = keys.agent_of(identifier)
    return str(agent["mbox"]) if "mbox" in agent else msgspec.json.encode(agent).decode()


def _people(statement: dict[str, Any]) -> set[str]:
    agents = set(keys.agents(statement["actor"]))
    if statement["object"].get("objectType") in ("Agent", "Group"):
        agents.update(keys.agents(statement["object"]))
    return agents


def target_of(statement: dict[str, Any]) -> str | None:
    """The id of the statement that this one refers to."""
    about = statement["object"]
    return about["id"].lower() if about.get("objectType") == "StatementRef" else None


# -- what is sent


def in_version(text: str, statement: dict[str, Any], version: str) -> str:
    """A statement's JSON as a store of this version takes it: one of 1.0.3 knows no statement that says it is
    of 2.0.
    """
    if version != "1.0.3" or not str(statement.get("version", "")).startswith("2."):
        return text
    return msgspec.json.encode({**_Raw.decode(text), "version": "1.0.3"}).decode()


def batches(sizes: Iterable[int], most: int = AT_ONCE, largest: int = LARGEST) -> Iterator[int]:
    """How many statements of these sizes go into each request: at most ``most``, and no more than ``largest``
    bytes unless one alone has them.
    """
    count = total = 0
    for size in sizes:
        if count and (count == most or total + size > largest):
            yield count
            count = total = 0
        count += 1
        total += size
    if count:
        yield count


# -- what an answer means


class NextStep(Enum):
    """``CLOSER``: something of what was sent is not taken. ``WAIT``: nothing will be, for now."""

    TAKEN = "taken"
    CLOSER = "look closer"
    WAIT = "wait"


def verdict(status: int) -> NextStep:
    """What the answer to a POST or PUT of statements means for them."""
    if 200 <= status < 300:
        return NextStep.TAKEN
    return NextStep.CLOSER if status in (400, 409, 413, 415, 422) else NextStep.WAIT


def has_ids(body: bytes, ids: list[str]) -> bool:
    """Whether a record store answered: it says the ids of what it has taken."""
    try:
        decoded = msgspec.json.decode(body, type=list[str])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return {identifier.lower() for identifier in decoded} >= set(ids)


def pause_wanted(header: str, now: datetime) -> datetime | None:
    """When a Retry-After header wants us back, at most in an hour."""
    wait = None
    if header.strip().isdecimal():
        wait = timedelta(seconds=int(header.strip()[:9]))
    else:
        try:
            until = parsedate_to_datetime(header)
            wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
        except (ValueError, TypeError):
            return None
    return now + min(max(wait, timedelta(seconds=1)), LONGEST_PAUSE)


def sentence(status: int, text: str) -> str:
    """An answer in words: what it means for the pipe, and what was said."""
    meaning = {
        401: "The other LRS rejected the key and secret",
        403: "The key lacks permission in the other LRS",
        404: "No LRS found at this address",
        405: "No LRS found at this address",
        413: "Too large for the other LRS",
        429: "The other LRS limits the request rate",
    }.get(status)
    if meaning is None:
        meaning = f"The other LRS responded with status {status}"
        if 300 <= status < 400:
            meaning += ", a redirect; use the address it points to"
    else:
        meaning += f" ({status})"
    words_of_answer = " ".join(_said(text).split())[:300]
    return f"{meaning}: {words_of_answer}" if words_of_answer else f"{meaning}."


def _said(text: str) -> str:
    """The sentence in a problem document or another error's JSON; else the text, unless it is a page."""
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return "" if text.lstrip()[:1] == "<" else text
    if isinstance(document, dict):
        for name in ("detail", "message", "error", "errorId"):
            if isinstance(document.get(name), str):
                return str(document[name])
    return text


# -- where a page continues


def endpoint(given: str) -> str:
    """An endpoint as it is kept: without the slash or the resource that people copy with it.

    Raises `PipeInvalid`.
    """
    cut = given.strip().rstrip("/").removesuffix("/statements").rstrip("/")
    try:
        parts = urlsplit(cut)
        _ = parts.port
    except ValueError:
        raise PipeInvalid(
            gettext("Invalid endpoint. Use one such as https://lrs.example.org/xapi."),
            code="address_invalid",
            field="endpoint",
        ) from None
    if parts.query or parts.fragment:
        raise PipeInvalid(
            gettext("Endpoints can't contain ? or #. Use one such as https://lrs.example.org/xapi."),
            code="address_invalid",
            field="endpoint",
        )
    return cut


def origin_key(kept: str) -> int:
    """The key under which statements are found that came from this endpoint, however it was written."""
    parts = urlsplit(kept)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    return keys.key(
        keys.ORIGIN, f"{scheme}://{host}:{parts.port or _PORTS.get(scheme, 0)}{parts.path.rstrip('/')}"
    )


def more_address(kept: str, more: str) -> str:
    """Where a `more` leads: on the endpoint's own server, whatever scheme and port it says.

    Raises ValueError for another server.
    """
    base, parts = urlsplit(kept), urlsplit(urljoin(f"{kept}/statements", more))
    if (parts.hostname or "").lower() != (base.hostname or "").lower() or parts.username is not None:
        raise ValueError(f"its next page is on another server ({(parts.hostname or 'none')[:100]})")
    return urlunsplit((base.scheme, base.netloc, parts.path, parts.query, ""))


def known_as(raw: bytes) -> str:
    """A statement's id, or a name made of its bytes where it has none that can be read."""
    try:
        statement = msgspec.json.decode(raw)
        return str(UUID(statement["id"]))
    except (
        msgspec.DecodeError,
        UnicodeDecodeError,
        RecursionError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
    ):
        return f"without an id, {hashlib.sha256(raw).hexdigest()[:32]}"


def moment(text: Any) -> datetime | None:
    """A moment as another store writes it."""
    return values.moment(text) if isinstance(text, str) else None
