"""Finding programs: by words, with one letter of each wrong, and by the values of facets, with their counts.

What a search costs is bounded. It is one look into one index; at most `MOST_COUNTED` of what that finds are
counted and put in order. Beyond that the answer says “more than”, and has no counts but those that are kept
(`CatalogCount`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from heliograph.marketplace.listing import words
from heliograph.marketplace.listing.actions import ALL, STEMS, stems_of
from heliograph.marketplace.listing.facets import FACETS
from heliograph.marketplace.models import CatalogTerm

MOST_COUNTED: Final = 1_000
MOST_LISTED: Final = 12  # values of a facet, those with the most programs
MOST_WORDS, MOST_SPELLINGS = 8, 20
MOST_CHOSEN, LONGEST_TEXT, LONGEST_VALUE = 5, 200, 200
ON_A_PAGE, MOST_PAGES = 24, 42  # as many as `MOST_COUNTED` fill
ORDERS: Final = {
    "title": "sort_title, program_id",
    "price": "price_cents, program_id",
    "-price": "price_cents DESC, program_id DESC",
    "start": "next_start, program_id",
}
LAST: Final = "\U0010ffff"
Counts = dict[str, dict[str, int]]  # programs by facet and value
RELEVANCE: Final = "relevance"  # what has all words in its title first


@dataclass(frozen=True)
class Search:
    """What somebody looks for: ``values`` are those chosen of each facet, any of which will do."""

    text: str = ""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    order: str = RELEVANCE
    page: int = 1


@dataclass
class Found:
    """The programs of a page, in their order, and how many there are: ``total``, or ``more`` than it.

    ``counts`` are values of each facet, those with the most programs first, with how many these are: beside
    what is chosen of the other facets, and None where that was not counted.
    """

    program_ids: list[UUID]
    total: int
    more: bool
    page: int
    pages: int
    counts: dict[str, dict[str, int | None]]
    is_corrected: bool = False  # found only with a letter of the words changed


def search(organization_id: UUID, wanted: Search) -> Found:
    """What an organization's catalog has of it."""
    chosen = _within_limits(wanted.values)
    typed = words.words(wanted.text[:LONGEST_TEXT])[:MOST_WORDS]
    found = _Look(organization_id, _queries(organization_id, typed), chosen).found(wanted)
    if found.total or not typed:
        return found
    queries = _queries(organization_id, typed, misspelled=True)
    corrected = _Look(organization_id, queries, chosen).found(wanted)
    corrected.is_corrected = bool(corrected.total)
    return corrected


def _within_limits(values: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """At most `MOST_CHOSEN` values of each facet, none twice."""
    kept = {
        name: [value for value in dict.fromkeys(values.get(name, ())) if 0 < len(value) <= LONGEST_VALUE]
        for name in FACETS
    }
    return {name: some[:MOST_CHOSEN] for name, some in kept.items() if some}


def _queries(organization_id: UUID, typed: list[str], *, misspelled: bool = False) -> tuple[str, str]:
    """What finds the words anywhere in an entry, and what finds them in its title; both empty without words.

    A word is found by its stem, too, and the last one by its beginning. Words that say nothing are left out.
    """
    stems = stems_of(typed) if typed else {}
    said = [word for word in typed if all(stems[word, language] for language in STEMS)] or typed
    spelled = {word: [word] for word in said}
    if misspelled:
        spelled = {word: [word, *_spelled_alike(organization_id, word)] for word in said}
    elif said and len(said[-1]) >= words.SHORTEST_BEGINNING:
        spelled[said[-1]] += _beginning_with(organization_id, said[-1])
    anywhere, in_title = [], []
    for word, alike in spelled.items():
        roots = {stem for language in STEMS if (stem := stems[word, language])}
        anywhere.append(_any(organization_id, (words.WORD, alike), (words.STEM, roots)))
        in_title.append(_any(organization_id, (words.TITLE_WORD, alike), (words.TITLE_STEM, roots)))
    return _all(anywhere), _all(in_title)


def _spelled_alike(organization_id: UUID, word: str) -> list[str]:
    """Words of the catalog that are one wrong letter from this one."""
    rows = CatalogTerm.objects.filter(organization_id=organization_id, spelling__in=words.spellings(word))
    found = rows.order_by("spelling", "term").values_list("term", flat=True)[: MOST_SPELLINGS * 5]
    alike = [term for term in dict.fromkeys(found) if words.is_misspelled(word, term)]
    return alike[:MOST_SPELLINGS]


def _beginning_with(organization_id: UUID, word: str) -> list[str]:
    """Words of the catalog that begin with this one."""
    rows = CatalogTerm.objects.filter(
        organization_id=organization_id, spelling=F("term"), term__gt=word, term__lt=word + LAST
    )
    return list(rows.order_by("term").values_list("term", flat=True)[:MOST_SPELLINGS])


def _any(organization_id: UUID, *keys: tuple[str, Iterable[str]]) -> str:
    listed = [words.key(organization_id, kind, text) for kind, texts in keys for text in texts]
    return f"({' | '.join(listed)})"


def _all(queries: Iterable[str]) -> str:
    return " & ".join(query for query in queries if query)


class _Look:
    """One search: words as queries, and the values that are chosen."""

    def __init__(self, organization_id: UUID, queries: tuple[str, str], chosen: dict[str, list[str]]) -> None:
        self.organization_id = organization_id
        self.text, self.in_title = queries
        self.chosen = chosen
        self.parts = {
            name: _any(organization_id, (words.VALUE, [f"{name}:{value}" for value in values]))
            for name, values in chosen.items()
        }

    def found(self, wanted: Search) -> Found:
        if not self.parts and not self.text:
            return self._page(wanted, self._kept.get(ALL, {}).get("", 0), False, self._kept)
        if self.text:
            total, counted, ids = self._look(wanted)
            more = total > MOST_COUNTED
            pages = max(1, -(-min(total, MOST_COUNTED) // ON_A_PAGE))
            page = min(max(wanted.page, 1), pages)
            return Found(ids, min(total, MOST_COUNTED), more, page, pages, self._counts(counted))
        total, counted = self._count()
        return self._page(wanted, min(total, MOST_COUNTED), total > MOST_COUNTED, counted)

    def _page(self, wanted: Search, total: int, more: bool, counted: Counts | None) -> Found:
        """A page in an order that an index has."""
        pages = MOST_PAGES if total > MOST_COUNTED or more else max(1, -(-total // ON_A_PAGE))
        page = min(max(wanted.page, 1), pages)
        order = ORDERS.get(wanted.order, ORDERS["title"])
        ids = self._ids(_all(self.parts.values()), order, (page - 1) * ON_A_PAGE) if total else []
        return Found(ids, total, more, page, pages, self._counts(counted))

    def _look(self, wanted: Search) -> tuple[int, Counts | None, list[UUID]]:
        """Words are looked for in titles first. What is found so is put in order; of more than
        `MOST_COUNTED`, so many.
        """
        titled = _all([self.in_title, *self.parts.values()])
        others = f"{_all([self.text, *self.parts.values()])} & !({titled})"
        order = ORDERS.get(wanted.order, f"titled DESC, {ORDERS['title']}")
        page = min(max(wanted.page, 1), MOST_PAGES)
        found = _look(self.organization_id, [titled, others], order, (page - 1) * ON_A_PAGE)
        if not found[2] and found[0] and page > 1:
            last = -(-min(found[0], MOST_COUNTED) // ON_A_PAGE)
            return self._look(replace(wanted, page=last))
        return found

    def _counts(self, counted: Counts | None) -> dict[str, dict[str, int | None]]:
        """The values of each facet. Beside a chosen value, the others of its facet could be chosen too: they
        are counted without it.
        """
        counts: dict[str, dict[str, int | None]] = {}
        for name in FACETS:
            mine = self._count(without=name)[1] if name in self.chosen else counted
            if mine is None:
                some: dict[str, int | None] = dict.fromkeys(self._kept.get(name, {}))
            else:
                some = dict(mine.get(name, {}))
            most = dict(list(some.items())[:MOST_LISTED])
            for value in self.chosen.get(name, ()):
                most.setdefault(value, some.get(value))
            counts[name] = most
        return counts

    def _count(self, without: str = "") -> tuple[int, Counts | None]:
        """How many entries there are, at most one more than `MOST_COUNTED`, and of each value unless it is
        that many.
        """
        parts = {name: part for name, part in self.parts.items() if name != without}
        if not self.text and not parts:
            return self._kept.get(ALL, {}).get("", 0), self._kept
        if not self.text and len(parts) == 1:
            [name] = parts
            if any(self._kept.get(name, {}).get(value, 0) > MOST_COUNTED for value in self.chosen[name]):
                return MOST_COUNTED + 1, None
        return _look(self.organization_id, [_all([self.text, *parts.values()])])[:2]

    @cached_property
    def _kept(self) -> Counts:
        """Counts of the whole catalog: of the values with the most programs, and of those chosen."""
        chosen = [(name, value) for name, values in self.chosen.items() for value in values]
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT facet, value, programs
                  FROM unnest(%s::text[]) AS wanted (name),
               LATERAL (SELECT facet, value, programs
                          FROM marketplace_catalogcount
                         WHERE organization_id = %s AND facet = wanted.name
                         ORDER BY programs DESC, value
                         LIMIT %s) AS most
                 UNION
                SELECT facet, value, programs
                  FROM marketplace_catalogcount
                  JOIN unnest(%s::text[], %s::text[]) AS chosen (name, said) ON facet = name AND value = said
                 WHERE organization_id = %s
                 ORDER BY facet, programs DESC, value
                """,
                [
                    [*FACETS, ALL],
                    self.organization_id,
                    MOST_LISTED,
                    [name for name, _ in chosen],
                    [value for _, value in chosen],
                    self.organization_id,
                ],
            )
            return _by_facet(cursor.fetchall())

    def _ids(self, query: str, order: str, offset: int) -> list[UUID]:
        where, values = "organization_id = %s", [str(self.organization_id)]
        if query:
            where, values = f"{where} AND words @@ %s::tsquery", [*values, query]
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT program_id FROM marketplace_catalogentry WHERE {where} "  # noqa: S608 - of `ORDERS`
                f"ORDER BY {order} LIMIT %s OFFSET %s",
                [*values, ON_A_PAGE, offset],
            )
            return [program_id for (program_id,) in cursor.fetchall()]


def _look(
    organization_id: UUID, queries: Sequence[str], order: str = ORDERS["title"], offset: int = 0
) -> tuple[int, Counts | None, list[UUID]]:
    """How many entries the queries find, at most one more than `MOST_COUNTED`; how many have each value,
    unless it is that many; and a page of them. What the first query finds is ``titled``.
    """
    # Each by the index of words: to read entries until enough are found is slow where few are.
    branch = """
        (SELECT program_id, facets, sort_title, price_cents, next_start, {titled} AS titled
           FROM marketplace_catalogentry
          WHERE organization_id = %s AND words @@ %s::tsquery
          LIMIT {most})
    """
    branches = [
        branch.format(titled=("false" if number else "true"), most=MOST_COUNTED + 1)
        for number in range(len(queries))
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        cursor.execute(
            f"""
            WITH found AS MATERIALIZED (
                SELECT * FROM ({" UNION ALL ".join(branches)}) AS hits LIMIT %s),
            total AS (SELECT count(*)::int AS programs FROM found),
            page AS (SELECT program_id FROM found ORDER BY {order} LIMIT %s OFFSET %s)
            SELECT %s, programs, (SELECT array_agg(program_id) FROM page) FROM total
             UNION ALL
            (SELECT value, count(*)::int, NULL
               FROM found, unnest(facets) AS value
              WHERE (SELECT programs FROM total) <= %s
              GROUP BY value
              ORDER BY 2 DESC, 1)
            """,  # noqa: S608 - numbers, and one of `ORDERS`
            [
                *(value for query in queries for value in (organization_id, query)),
                MOST_COUNTED + 1,
                ON_A_PAGE,
                offset,
                f"{ALL}:",
                MOST_COUNTED,
            ],
        )
        rows = cursor.fetchall()
    _, total, ids = rows[0]
    counted = [(*said.split(":", 1), programs) for said, programs, _ in rows[1:]]
    return total, None if total > MOST_COUNTED else _by_facet(counted), ids or []


def _by_facet(rows: Iterable[tuple[str, str, int]]) -> Counts:
    counts: Counts = {}
    for name, value, programs in rows:
        counts.setdefault(name, {})[value] = programs
    return counts
