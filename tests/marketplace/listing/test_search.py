"""Finding programs of a catalog: words, misspelled words, facets and their counts, and their limits."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.core import clock
from heliograph.marketplace.holders import actions as holders
from heliograph.marketplace.listing import actions as listing
from heliograph.marketplace.listing import search as searching
from heliograph.marketplace.listing import words
from heliograph.marketplace.listing.facets import FACETS
from heliograph.marketplace.listing.search import Search, search
from heliograph.marketplace.models import CatalogCount, CatalogEntry, CatalogTerm, Program
from heliograph.marketplace.programs import actions as programs
from heliograph.marketplace.programs.actions import Part

TITLES = """
Phlebotomy technician; Certified nursing assistant; Medical billing and coding; Pharmacy technician; Dental
assistant; Commercial truck driving; Forklift operator; Welding fundamentals; Pipe welding; Heating and air
conditioning; Electrical apprenticeship; Plumbing for beginners; Carpentry; Masonry; Solar panel
installation; Wind turbine service; Cosmetology; Barbering; Nail technology; Esthetician training; Culinary
arts; Baking and pastry; Food safety manager; Hotel front desk; Retail customer service; Sales
representative; Bookkeeping; Payroll specialist; Tax preparation; Office administration; Project management;
Supply chain logistics; Warehouse associate; Quality inspection; Machine operator; Precision machining;
Industrial maintenance; Robotics technician; Network administration; Cloud computing; Cybersecurity analyst;
Help desk support; Web development; Data analytics; Database design; Graphic design; Video production;
Digital marketing; Early childhood education; Teacher assistant; Substance counseling; Community health
worker; Home health aide; Emergency medical responder; Surgical instruments; Radiology assistant; Veterinary
assistant; Dog grooming; Landscape gardening; Forestry; Firefighting; Security officer; Corrections officer;
Paralegal studies; Court reporting; Real estate license; Insurance agent; Banking foundations; Aviation
mechanics; Diesel engine repair; Automotive painting; Motorcycle repair; Bus driver; Railway signalling;
Crane operation; Scaffolding; Asbestos removal; Water treatment; Environmental sampling; Laboratory
technician; Biomedical equipment; Optical dispensing; Hearing aids; Massage therapy; Yoga instruction;
Personal training; Lifeguard; Swimming teacher; Interpreter certificate; English pronunciation; Spanish
conversation; Sign language; Technical writing; Photography; Furniture upholstery; Tailoring; Jewelry
making; Printing press; Packaging; Beekeeping; Dairy farming; Greenhouse crops
"""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def offer(tenant):
    """Publishes a program: ``offer("Welding", field="Metal", starts=[date])``."""

    def publish(title: str, starts=(), **said):
        made = programs.create_whole(tenant.manager, title, [Part("Class")], published=True, **said)
        for day in starts:
            programs.add_cohort(tenant.manager, made, "Start", day)
        return made

    return publish


@pytest.fixture
def find(tenant):
    """The titles that a search finds, in their order."""

    def titles(text: str = "", **wanted) -> list[str]:
        found = search(tenant.organization.id, Search(text, **wanted))
        rows = Program.objects.in_bulk(found.program_ids)
        return [programs.title_of(rows[key]) for key in found.program_ids]

    return titles


def missing(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + word[at + 1 :]


def extra(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word) + 1)
    return word[:at] + rng.choice(LETTERS) + word[at:]


def replaced(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + rng.choice(LETTERS.replace(word[at], "")) + word[at + 1 :]


def swapped(word: str, rng: random.Random) -> str:
    at = rng.choice([at for at in range(len(word) - 1) if word[at] != word[at + 1]])
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


@pytest.fixture
def hundred(tenant, offer):
    titles = [" ".join(title.split()) for title in TITLES.split(";")]
    for title in titles:
        offer(title)
    return titles


def test_one_wrong_letter_finds_95_of_100_programs(hundred, find):
    """Each kind of mistake by itself: in a word of the whole title, and in the title's longest word alone."""
    assert len(hundred) >= 100
    rng = random.Random(16)
    for mistake in (missing, extra, replaced, swapped):
        whole = alone = 0
        for title in hundred:
            typed = title.casefold().split()
            at = rng.choice([at for at, word in enumerate(typed) if len(word) >= 4])
            wrong = [*typed[:at], mistake(typed[at], rng), *typed[at + 1 :]]
            whole += title in find(" ".join(wrong))
            alone += title in find(mistake(max(typed, key=len), rng))
        assert whole >= 0.95 * len(hundred), f"{mistake.__name__}: {whole} of {len(hundred)} by its title"
        assert alone >= 0.95 * len(hundred), f"{mistake.__name__}: {alone} of {len(hundred)} by one word"


@given(st.text(LETTERS, min_size=4, max_size=9), st.randoms(use_true_random=False))
def test_whatever_is_one_letter_apart_shares_a_spelling(word, rng):
    for mistake in (missing, extra, replaced):
        wrong = mistake(word, rng)
        if wrong != word:
            assert words.is_misspelled(wrong, word), (mistake.__name__, wrong)
            assert words.spellings(wrong) & words.spellings(word)


def test_words_are_found_by_their_stem_their_beginning_and_without_accents(offer, find):
    offer("Certified nursing assistants")
    offer("Café service")
    offer("Pflegekräfte einarbeiten", language="de")
    assert find("nurse") == ["Certified nursing assistants"]
    assert find("assistant the nursing") == ["Certified nursing assistants"]
    assert find("cert") == ["Certified nursing assistants"]
    assert find("cafe") == ["Café service"]
    assert find("pflegekraft") == ["Pflegekräfte einarbeiten"]
    assert find("nurse plumbing") == []


def test_what_has_the_words_in_its_title_comes_first(offer, find):
    offer("A first aid", summary="For welding shops.")
    offer("Welding")
    assert find("welding") == ["Welding", "A first aid"]
    assert find("welding", order="title") == ["A first aid", "Welding"]


def test_a_search_is_put_in_order(offer, find):
    today = clock.now().date()
    offer("B", price_cents=200, starts=[today + timedelta(days=40)])
    offer("A", price_cents=300)
    offer("C", price_cents=100, starts=[today + timedelta(days=4)])
    assert find() == ["A", "B", "C"]
    assert find(order="price") == ["C", "B", "A"]
    assert find(order="-price") == ["A", "B", "C"]
    assert find(order="start") == ["C", "B", "A"]  # what has no start last
    assert find(order="; DROP TABLE") == ["A", "B", "C"]


def test_each_of_nine_facets_finds_and_counts(tenant, offer, find):
    start = clock.now().date() + timedelta(days=30)
    said = {
        "field": "Health",
        "credential": "CNA",
        "weeks": 8,
        "price_cents": 150_000,
        "funding": ["wioa", "self"],
        "delivery": "in_person",
        "language": "es",
        "place": "Portland",
    }
    offer("One", starts=[start], **said)
    offer("Other")
    wanted = {
        "field": "Health",
        "credential": "CNA",
        "length": "12",
        "cost": "200000",
        "funding": "wioa",
        "delivery": "in_person",
        "language": "es",
        "place": "Portland",
        "start": f"{start:%Y-%m}",
    }
    everything = search(tenant.organization.id, Search()).counts
    for name, value in wanted.items():
        assert find(values={name: [value]}) == ["One"], name
        assert everything[name][value] == 1, name
        assert find("one", values={name: [value]}) == ["One"], name
        assert find("other", values={name: [value]}) == [], name
    assert find(values={name: [value] for name, value in wanted.items()}) == ["One"]
    assert find(values={"delivery": ["in_person", "online"]}) == ["One", "Other"]


def test_counts_are_those_of_what_would_be_found(tenant, offer):
    """For every value beside every choice: compared with searching for it."""
    rng = random.Random(3)
    for number in range(40):
        offer(
            f"Program {number}",
            delivery=rng.choice(["online", "hybrid", "in_person"]),
            field=rng.choice(["Health", "Metal", ""]),
            funding=rng.sample(["self", "wioa", "employer"], 2),
            price_cents=rng.choice([0, 10_000, 900_000]),
            credential=rng.choice(["A", "B"]),
        )
    organization = tenant.organization.id
    for text in ("", "program"):
        for chosen in ({}, {"delivery": ["online"]}, {"delivery": ["online"], "funding": ["wioa"]}):
            counts = search(organization, Search(text, chosen)).counts
            for name, values in counts.items():
                for value, programs_of_it in values.items():
                    alone = search(organization, Search(text, {**chosen, name: [value]}))
                    assert alone.total == programs_of_it, (text, chosen, name, value)


def test_the_catalog_follows_what_is_published(tenant, offer, find, holder):
    made = offer("Welding", holder=holder, credential="Badge")
    assert find("bright") == ["Welding"]
    holders.change(tenant.manager, holder, name="Iron Hall", email="", website="", permissions=[])
    assert find("bright") == []
    assert find("iron") == ["Welding"]
    programs.change(tenant.manager, made, title="Soldering")
    assert find("welding") == ["Welding"]
    programs.publish(tenant.manager, made)
    assert find("welding") == []
    assert find("soldering") == ["Soldering"]
    programs.unpublish(tenant.manager, made)
    assert find() == []
    assert not CatalogEntry.objects.exists()
    assert not CatalogCount.objects.exists()


def test_a_start_that_has_passed_is_none(tenant, offer, find):
    today = clock.now().date()
    made = offer("Welding", starts=[today + timedelta(days=3)])
    assert find(values={"start": [f"{today + timedelta(days=3):%Y-%m}"]}) == ["Welding"]
    made.cohorts.update(starts_on=today - timedelta(days=1))
    CatalogEntry.objects.update(next_start=today - timedelta(days=1))
    listing.drop_past_starts()
    entry = CatalogEntry.objects.get()
    assert entry.next_start is None
    assert not [value for value in entry.facets if value.startswith("start:")]


def test_one_organization_never_finds_anothers(tenant, stranger, offer, monkeypatch):
    """Not even where their keys begin alike."""
    monkeypatch.setattr(words, "key", lambda organization_id, kind, text: f"'same{kind}{text}'")
    offer("Welding")
    programs.create_whole(stranger.manager, "Welding elsewhere", [Part("Class")], published=True)
    for wanted in (Search("welding"), Search(), Search(values={"delivery": ["online"]})):
        assert search(tenant.organization.id, wanted).total == 1
        assert len(search(tenant.organization.id, wanted).program_ids) == 1


def test_of_more_than_are_counted_it_says_so(tenant, offer, monkeypatch):
    monkeypatch.setattr(searching, "MOST_COUNTED", 5)
    for number in range(7):
        offer(f"Welding {number}", delivery="online" if number else "hybrid", field="Metal")
    found = search(tenant.organization.id, Search("welding"))
    assert (found.total, found.more) == (5, True)
    assert found.counts["field"] == {"Metal": None}
    narrowed = search(tenant.organization.id, Search("welding", {"delivery": ["hybrid"]}))
    assert (narrowed.total, narrowed.more, narrowed.counts["field"]) == (1, False, {"Metal": 1})
    faceted = search(tenant.organization.id, Search(values={"field": ["Metal"]}))
    assert (faceted.total, faceted.more, len(faceted.program_ids)) == (5, True, 7)
    assert faceted.counts["field"] == {"Metal": 7}  # the whole catalog's are kept
    everything = search(tenant.organization.id, Search())
    assert (everything.total, everything.more, everything.counts["field"]) == (7, False, {"Metal": 7})


def test_a_search_is_limited(tenant, offer, django_assert_max_num_queries):
    offer("Welding")
    hostile = Search(
        " ".join(f"w{number}" for number in range(10_000)) + "'\\:*&|!()<->",
        {name: [f"v{number}" for number in range(1_000)] + ["x" * 10_000, "'"] for name in FACETS},
        page=10**9,
    )
    with django_assert_max_num_queries(120):
        assert search(tenant.organization.id, hostile).total == 0
    assert search(tenant.organization.id, Search("welding", page=10**9)).program_ids
    assert search(tenant.organization.id, Search("'\\:*&|!()<->")).total == 1  # no word at all
    assert search(tenant.organization.id, Search(values={"delivery": ["it's \\ &|!"]})).total == 0


def test_the_vocabulary_is_each_organizations_own(tenant, stranger, offer):
    offer("Welding")
    assert not CatalogTerm.objects.filter(organization=stranger.organization).exists()
    assert search(stranger.organization.id, Search("weldimg")).total == 0
