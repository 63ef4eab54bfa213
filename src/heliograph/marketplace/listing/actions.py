"""Keeping what is searched in step with the programs, in the transaction that changes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Prefetch

from heliograph.core import clock
from heliograph.core.database.locks import lock_by_name
from heliograph.marketplace.listing import facets, words
from heliograph.marketplace.models import (
    CatalogCount,
    CatalogEntry,
    CatalogTerm,
    Program,
    ProgramCohort,
)

if TYPE_CHECKING:
    from heliograph.marketplace.models import Holder

AT_ONCE = 500
MOST_WORDS = 200  # of an entry, beside its title: those of a description come last
ALL = "all"  # the facet of `CatalogCount` that every entry has
STEMS = {"en": "english_stem", "de": "german_stem"}  # PostgreSQL's dictionaries, by language
CHANGING = ("sort_title", "price_cents", "next_start", "facets", "words")


class Made(NamedTuple):
    """An entry as it should be, and the words in it."""

    entry: CatalogEntry
    terms: list[str]


@transaction.atomic
def refresh(organization_id: UUID, program_ids: Iterable[UUID]) -> None:
    """Bring the entries of programs in step with what is published; those of the others go."""
    lock_by_name(f"catalog of {organization_id}")
    listed = list(program_ids)
    for begin in range(0, len(listed), AT_ONCE):
        _refresh(organization_id, listed[begin : begin + AT_ONCE])


def refresh_holder(holder: Holder) -> None:
    """The same for the programs of a program holder, whose name is searched."""
    refresh(holder.organization_id, list(holder.programs.values_list("id", flat=True)))


def drop_past_starts() -> None:
    """Entries name only starts that are to come: those whose next one has passed are made anew."""
    past = CatalogEntry.objects.filter(next_start__lt=clock.now().date())
    due: dict[UUID, list[UUID]] = {}
    for organization_id, program_id in past.order_by("program").values_list("organization", "program"):
        due.setdefault(organization_id, []).append(program_id)
    for organization_id, program_ids in due.items():
        refresh(organization_id, program_ids)


def entries_of(organization_id: UUID, program_ids: Iterable[UUID]) -> dict[UUID, Made]:
    """The entries of those programs that are published, as they should be, by program; not saved."""
    starts = ProgramCohort.objects.filter(starts_on__gte=clock.now().date()).order_by("starts_on", "id")
    programs = (
        Program.objects.filter(organization_id=organization_id, id__in=program_ids, published__isnull=False)
        .select_related("published", "holder")
        .prefetch_related("published__parts", Prefetch("cohorts", starts, to_attr="starts"))
    )
    listed = list(programs)
    texts = {program.id: _words(program) for program in listed}
    stems = stems_of({word for title, rest in texts.values() for word in (*title, *rest)})
    return {program.id: _made(program, *texts[program.id], stems) for program in listed}


def stems_of(known: Iterable[str]) -> dict[tuple[str, str], str]:
    """The stem of each word in each language of `STEMS`, by word and language; "" for a word that says
    nothing, as *the*.
    """
    columns = ", ".join(f"ts_lexize('{dictionary}', w)" for dictionary in STEMS.values())
    found: dict[tuple[str, str], str] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT w, {columns} FROM unnest(%s::text[]) w",  # noqa: S608 - of `STEMS`
            [sorted(known)],
        )
        for word, *stems in cursor.fetchall():
            for language, stem in zip(STEMS, stems, strict=True):
                found[word, language] = stem[0] if stem else ""
    return found


def _words(program: Program) -> tuple[list[str], list[str]]:
    version = program.published
    assert version is not None  # noqa: S101 - it is published
    parts = [part.title for part in version.parts.all()]
    title = words.words(version.title)
    rest = words.words(facets.text_of(version, program.holder, parts))
    return title, [word for word in rest if word not in title][:MOST_WORDS]


def _made(program: Program, title: list[str], rest: list[str], stems: dict[tuple[str, str], str]) -> Made:
    version = program.published
    assert version is not None  # noqa: S101 - it is published
    starts: list[ProgramCohort] = program.starts  # type: ignore[attr-defined]
    values = facets.values(version, starts)
    language = version.language[:2].lower()
    keys = {(words.VALUE, value) for value in values}
    for word in (*title, *rest):
        keys |= {(words.WORD, word), (words.STEM, stems.get((word, language), ""))}
    for word in title:
        keys |= {(words.TITLE_WORD, word), (words.TITLE_STEM, stems.get((word, language), ""))}
    entry = CatalogEntry(
        program=program,
        organization_id=program.organization_id,
        sort_title=words.plain(version.title)[:400],
        price_cents=version.price_cents,
        next_start=starts[0].starts_on if starts else None,
        facets=values,
        words=" ".join(words.key(program.organization_id, *key) for key in keys if key[1]),
    )
    return Made(entry, [*title, *rest])


def _refresh(organization_id: UUID, program_ids: list[UUID]) -> None:
    rows = CatalogEntry.objects.filter(organization_id=organization_id, program_id__in=program_ids)
    before = dict(rows.values_list("program_id", "facets"))
    after = entries_of(organization_id, program_ids)
    rows.exclude(program_id__in=list(after)).delete()
    CatalogEntry.objects.bulk_create(
        [made.entry for made in after.values()],
        update_conflicts=True,
        unique_fields=["program"],
        update_fields=CHANGING,
    )
    _count(organization_id, before.values(), [made.entry.facets for made in after.values()])
    add_terms(organization_id, [term for made in after.values() for term in made.terms])


def add_terms(organization_id: UUID, terms: Iterable[str]) -> None:
    """Have the vocabulary know these words, with their spellings."""
    wanted = set(terms)
    known = CatalogTerm.objects.filter(organization_id=organization_id, term__in=wanted)
    missing = wanted.difference(known.values_list("term", flat=True))
    CatalogTerm.objects.bulk_create(
        [
            CatalogTerm(organization_id=organization_id, spelling=spelling, term=term)
            for term in sorted(missing)
            for spelling in sorted(words.spellings(term))
        ],
        ignore_conflicts=True,
        batch_size=5_000,
    )


def _count(organization_id: UUID, before: Iterable[list[str]], after: Iterable[list[str]]) -> None:
    """Add what is new to the counts of values, and take off what is gone."""
    changes: Counter[str] = Counter()
    for sign, entries in ((1, after), (-1, before)):
        for values in entries:
            for value in (*values, f"{ALL}:"):
                changes[value] += sign
    rows = [(*value.split(":", 1), change) for value, change in sorted(changes.items()) if change]
    if not rows:
        return
    names, named, numbers = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO marketplace_catalogcount AS c (organization_id, facet, value, programs)
            SELECT %s, facet, value, programs
              FROM unnest(%s::text[], %s::text[], %s::int[]) AS new (facet, value, programs)
                ON CONFLICT (organization_id, facet, value)
                DO UPDATE SET programs = c.programs + EXCLUDED.programs
            """,
            [organization_id, list(names), list(named), list(numbers)],
        )
    CatalogCount.objects.filter(
        organization_id=organization_id, facet__in=set(names), programs__lte=0
    ).delete()
