"""The public pages of the catalog: filters, comparison, what search engines read, and their size."""

import json
import re
from io import BytesIO

import pytest
from django.test import Client
from PIL import Image
from tests.fixtures import APP

from heliograph.marketplace.catalog import robots
from heliograph.marketplace.models import Enrollment, Site
from heliograph.marketplace.programs import actions as programs
from heliograph.marketplace.programs.actions import Part

KILOBYTE = 1000


@pytest.fixture
def guest() -> Client:
    return Client(HTTP_HOST=APP)


@pytest.fixture
def offer(tenant, site):
    def publish(title: str, **said):
        return programs.create_whole(tenant.manager, title, [Part("Class")], published=True, **said)

    return publish


def test_the_catalog_is_searched_and_filtered_by_its_address(guest, offer):
    offer("Welding", delivery="in_person", field="Metal")
    offer("Nursing", field="Health")
    assert "Nursing" in guest.get("/catalog/").text
    found = guest.get("/catalog/?q=weldimg&delivery=in_person").text
    assert "Welding" in found
    assert "Nursing" not in found
    assert "spelled almost so" in found
    assert 'value="in_person" checked' in re.sub(r"\s+", " ", found)
    assert "noindex" in found
    assert "1 program" in found
    assert "No programs match" in guest.get("/catalog/?q=nothing").text


def test_the_address_of_the_form_is_made_clean(guest, offer):
    offer("Welding")
    answer = guest.get("/catalog/?q=&order=&delivery=online&unknown=")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/catalog/?delivery=online")
    assert guest.get("/catalog/?q=").headers["Location"] == "/catalog/"


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 400, "²", "2"])
def test_a_page_that_is_none_shows_one(guest, offer, page):
    offer("Welding")
    assert "Welding" in guest.get("/catalog/", {"page": page}).text


def test_long_lists_have_pages(guest, offer):
    for number in range(30):
        offer(f"Program {number:02}", credential="Badge")
    first = guest.get("/catalog/?delivery=online").text
    [following] = re.findall(r'rel="next" href="([^"]+)"', first)
    assert following == "/catalog/?delivery=online&amp;page=2"
    second = guest.get(following.replace("&amp;", "&")).text
    assert "Program 29" in second
    assert "Program 00" not in second
    assert 'rel="next"' not in second


def test_programs_are_compared_side_by_side(guest, offer, tenant):
    for title in ("One", "Two", "Three", "Four", "Five"):
        offer(title, requirements=f"For {title}.")
    hidden = offer("Hidden")
    programs.unpublish(tenant.manager, hidden)
    page = guest.get("/catalog/compare/?program=one&program=two&program=one&program=hidden&program=x").text
    assert page.count('<th scope="col">') == 2
    assert "For Two." in page
    all_of_them = guest.get(
        "/catalog/compare/?" + "&".join(f"program={n}" for n in ["one", "two", "three", "four", "five"])
    )
    assert all_of_them.text.count('<th scope="col">') == 4
    assert guest.get("/catalog/compare/").status_code == 200


def test_what_others_read_of_a_program_cannot_end_its_element(guest, offer):
    hostile = "</script><script>alert(1)</script> & “x”"
    offer(hostile, key="hostile", summary=hostile, price_cents=125_050, weeks=8, place=hostile)
    page = guest.get("/catalog/hostile/").text
    assert "<script>alert" not in page
    [written] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    document = json.loads(written)
    assert document["@type"] == ["Course", "EducationalOccupationalProgram"]
    assert document["name"] == hostile
    assert document["offers"] == {
        "@type": "Offer",
        "price": "1250.50",
        "priceCurrency": "USD",
        "category": "Paid",
    }
    assert document["timeToComplete"] == "P8W"
    assert '<link rel="canonical" href="http://localhost:8000/catalog/hostile/">' in page
    assert 'property="og:image" content="http://localhost:8000/catalog/hostile/picture.png"' in page


def test_the_picture_of_a_program_is_made_here(guest, offer):
    offer("A very long title " * 10, key="long")
    answer = guest.get("/catalog/long/picture.png")
    assert answer.headers["Content-Type"] == "image/png"
    assert Image.open(BytesIO(answer.content)).size == (1200, 630)
    assert guest.get("/catalog/none/picture.png").status_code == 404


def test_search_engines_find_all_programs_and_nothing_else(guest, offer, tenant, monkeypatch):
    robots._addresses.cache_clear()
    offer("Welding")
    programs.unpublish(tenant.manager, offer("Hidden"))
    said = guest.get("/robots.txt").text
    assert "Disallow: /\n" in said
    assert "Sitemap: http://localhost:8000/sitemap.xml" in said
    assert "<loc>http://localhost:8000/sitemap-1.xml</loc>" in guest.get("/sitemap.xml").text
    listed = guest.get("/sitemap-1.xml").text
    assert "<loc>http://localhost:8000/catalog/welding/</loc>" in listed
    assert "hidden" not in listed
    assert guest.get("/sitemap-2.xml").status_code == 404
    assert guest.get(f"/sitemap-{10**30}.xml").status_code == 404


def test_a_sitemap_has_no_more_addresses_than_are_taken(guest, offer, monkeypatch):
    robots._addresses.cache_clear()
    monkeypatch.setattr(robots, "MOST_ADDRESSES", 2)
    for number in range(3):
        offer(f"Program {number}")
    assert guest.get("/sitemap.xml").text.count("<loc>") == 2
    assert guest.get("/sitemap-2.xml").text.count("/catalog/program-") == 1
    robots._addresses.cache_clear()


def test_there_is_nothing_for_search_engines_where_no_catalog_is_open(guest, tenant, db):
    assert guest.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    for address in (
        "/sitemap.xml",
        "/sitemap-1.xml",
        "/catalog/",
        "/catalog/compare/",
        "/catalog/x/picture.png",
    ):
        assert guest.get(address).status_code == 404, address


def test_outcomes_tell_nothing_about_few_people(guest, offer, tenant, student, django_user_model):
    made = offer("Welding")

    def ended(state: str, number: int) -> None:
        for _ in range(number):
            Enrollment.objects.create(
                organization=tenant.organization,
                program=made,
                version=made.published,
                student=student,
                state=state,
                enrolled_at=made.created_at,
            )

    def page() -> str:
        return re.sub(r"\s+", " ", guest.get("/catalog/welding/").text)

    ended("completed", 9)
    assert "Outcomes" not in page()
    ended("completed", 1)
    assert "Of 10 students who are through with the program, 100% completed it." in page()
    ended("withdrawn", 1)  # somebody could tell who that was
    assert "Outcomes" not in page()
    ended("withdrawn", 9)
    assert "Of 20 students who are through with the program, 50% completed it." in page()
    Site.objects.update(fewest_students=11)
    assert "Outcomes" not in page()


def test_the_operator_says_of_how_many_students_figures_tell(tenant, api, site):
    answer = api("PUT", "/org/catalog", {"title": "Careers", "open": True, "fewest_students": 25})
    assert answer.json()["fewest_students"] == 25
    assert api("PUT", "/org/catalog", {"title": "Careers", "open": True}).json()["fewest_students"] == 25
    refused = api("PUT", "/org/catalog", {"title": "Careers", "open": True, "fewest_students": 1})
    assert refused.status_code == 422
    assert Site.objects.get(organization=tenant.organization).fewest_students == 25


def test_pages_are_at_most_50_kilobytes(guest, offer):
    words = "Learn what the work asks for, from people who do it. "
    for number in range(40):
        offer(
            f"Program {number:02} with a title of a usual length",
            summary=(words * 6)[:300],
            description=words * 60,
            requirements=words * 20,
            field=f"Field of work {number}",
            credential=f"Certificate of the state board, number {number}",
            place=f"Springfield {number}",
            weeks=number + 1,
            price_cents=number * 50_000,
            funding=["self", "wioa", "employer", "scholarship", "veterans", "other"],
        )
    keys = [f"program-{number:02}-with-a-title-of-a-usual-length" for number in range(4)]
    for address in (
        "/catalog/",
        "/catalog/?q=program",
        f"/catalog/{keys[0]}/",
        "/catalog/compare/?" + "&".join(f"program={key}" for key in keys),
    ):
        answer = guest.get(address)
        assert answer.status_code == 200, address
        assert len(answer.content) <= 50 * KILOBYTE, f"{address}: {len(answer.content)}"
