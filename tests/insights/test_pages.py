"""What people see of the figures: a range in the address, every chart with its table, every table as CSV, and
what to do where there is nothing.
"""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from lxml import html
from tests.insights.sessions import TODAY, at, complete, session

from heliograph.dispatch import actions as dispatching
from heliograph.dispatch.licenses import actions as licensing


@pytest.fixture
def reader(tenant):
    """A reporter's browser."""
    client = Client()
    client.force_login(tenant.organization.memberships.get(role="reporter").user)
    return client


@pytest.fixture
def used(dispatch):
    session(
        dispatch,
        "anna",
        at(1),
        completion="completed",
        success="passed",
        score_scaled=0.5,
        centiseconds=6_000,
    )
    complete(dispatch, "anna", at(1), "passed")
    session(dispatch, "boris", at(20), "=cmd.example", completion="incomplete")
    return dispatch


def shown(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return html.fromstring(answer.content.decode())


def table(client, address):
    answer = client.get(address)
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_every_chart_has_a_title_a_description_and_its_table_beneath(reader, used):
    for address in ("/admin/analytics/", f"/admin/dispatch/{used.id}/analytics/"):
        charts = shown(reader, address).xpath("//svg")
        charts = [chart for chart in charts if "chart" in chart.get("class", "").split()]
        assert len(charts) == 3
        for chart in charts:
            title, words = chart.get("aria-labelledby").split()
            assert chart.xpath(f"title[@id='{title}']/text()")
            assert chart.xpath(f"desc[@id='{words}']/text()")
            assert chart.xpath("ancestor::figure//table"), title
            assert not chart.xpath(".//@style"), "the page's policy lets no style in an attribute through"


def test_the_tables_beneath_have_the_figures(reader, used):
    page = shown(reader, "/admin/analytics/?period=7d")
    days = page.xpath("//table[.//th='Day']/tbody/tr")
    cells = [[cell.text_content().strip() for cell in row] for row in days]
    yesterday = TODAY - timedelta(days=1)
    assert len(cells) == 7
    assert cells[1] == [
        f"{yesterday:%a, %b} {yesterday.day}, {yesterday:%Y}",
        "1",
        "1",
        "1",
        "50%",
        "1m 00s",
    ]
    assert [row.xpath("string(td[2])") for row in page.xpath("//table[.//th='Status']/tbody/tr")] == [
        "0",
        "0",
        "0",
        "1",
        "0",
    ]
    assert [row.xpath("string(td[2])") for row in page.xpath("//table[.//th='Step']/tbody/tr")] == [
        "2",
        "2",
        "1",
        "1",
        "1",
    ]


def test_the_range_is_in_the_address_and_the_picker_shows_it(reader, used):
    page = shown(reader, "/admin/analytics/?period=7d")
    assert page.xpath("normalize-space(//nav[@aria-label='Period']/a[@aria-current])") == "7 days"
    day = TODAY - timedelta(days=20)
    page = shown(reader, f"/admin/analytics/?from={day}&to={day}")
    assert (
        page.xpath("//input[@type='date'][@name='from']/@value")
        == page.xpath("//input[@type='date'][@name='to']/@value")
        == [str(day)]
    )
    assert not page.xpath("//nav[@aria-label='Period']/a[@aria-current]")
    assert page.xpath("//nav[@aria-label='Period']/a[1]/@href") == ["?period=7d"]
    assert page.xpath("string(//section[@aria-label='Summary']/div[1]/b)") == "1"


def test_every_table_can_be_had_as_csv(reader, used):
    columns = ["launches", "learners", "completions", "average score", "seconds"]
    timeline = table(reader, "/admin/analytics/?period=7d&csv=timeline")
    assert timeline[0] == ["day", *columns]
    assert timeline[-2] == [str(TODAY - timedelta(days=1)), "1", "1", "1", "0.5", "60.0"]
    assert len(timeline) == 8
    assert table(reader, "/admin/analytics/?csv=courses")[1:] == [
        ["Fire safety", "2", "2", "1", "0.5", "60.0"]
    ]
    assert table(reader, "/admin/analytics/?csv=destinations")[1:] == [
        ["Brandt Logistics", "2", "2", "1", "0.5", "60.0"]
    ]
    assert table(reader, "/admin/analytics/?csv=states")[1:] == [
        ["not attempted", "0"], ["incomplete", "1"], ["completed", "0"], ["passed", "1"], ["failed", "0"],
    ]  # fmt: skip
    assert table(reader, "/admin/analytics/?csv=funnel")[1:][0] == ["registered", "2"]
    places = table(reader, f"/admin/dispatch/{used.id}/analytics/?csv=deployments")
    assert places[0] == ["name", "dispatch", "suspended", *columns]
    assert sorted(place[0] for place in places[1:]) == ["'=cmd.example", "lms.brandt.example"], (
        "no name is a spreadsheet's formula"
    )


def test_by_course_customer_and_deployment_everything_is_a_link(reader, used):
    page = shown(reader, "/admin/analytics/")
    assert page.xpath("//main//h2/text()") == [
        "Activity over time", "Learner status", "Completion funnel",
        "By dispatch", "By course", "By customer", "By LMS",
    ]  # fmt: skip
    links = page.xpath("//td//a/@href")
    assert f"/admin/courses/{used.course_id}/" in links
    assert f"/admin/destinations/{used.destination_id}/" in links
    assert f"/admin/dispatch/{used.id}/analytics/" in links
    assert shown(reader, f"/admin/dispatch/{used.id}/").xpath(
        f"//a[@href='/admin/dispatch/{used.id}/analytics/']"
    )


def test_where_there_is_nothing_the_page_says_what_to_do(reader, dispatch):
    assert shown(reader, "/admin/analytics/").xpath("//div[contains(@class,'empty')]//a/@href") == [
        "/admin/dispatch/",
        "?period=90d",
    ]
    links = shown(reader, f"/admin/dispatch/{dispatch.id}/analytics/").xpath(
        "//div[contains(@class,'empty')]//a/@href"
    )
    assert links == [f"/admin/dispatch/{dispatch.id}/", "?period=90d"]


def test_a_range_that_is_none_is_answered_with_a_sentence(reader, dispatch):
    answer = reader.get("/admin/analytics/?from=2026-02-02&to=2026-02-01")
    assert answer.status_code == 422
    assert "must be before end date" in answer.content.decode()


def test_the_page_shows_the_busiest_and_the_csv_all(tenant, reader, dispatch):
    for number in range(55):
        session(dispatch, "anna", at(1), f"lms{number:02}.example")
    page = shown(reader, f"/admin/dispatch/{dispatch.id}/analytics/")
    assert len(page.xpath("//table[.//th='LMS']/tbody/tr")) == 10
    assert "Top 10 by learners" in page.text_content()
    (address,) = page.xpath("//a[.='View all']/@href")
    everything = shown(reader, address)
    assert len(everything.xpath("//tbody/tr")) == 50
    assert "1–50 of 55" in everything.text_content()
    assert len(shown(reader, f"{address}page=2").xpath("//tbody/tr")) == 5
    assert len(shown(reader, f"{address}page=9").xpath("//tbody/tr")) == 50
    assert len(table(reader, f"{address}csv=1")) == 56
    assert len(table(reader, f"/admin/dispatch/{dispatch.id}/analytics/?csv=deployments")) == 56


def test_strangers_have_neither_the_page_nor_its_csv(stranger, used):
    client = Client()
    client.force_login(stranger.organization.memberships.get(role="owner").user)
    for tail in ("", "?csv=timeline", "?csv=deployments"):
        assert client.get(f"/admin/dispatch/{used.id}/analytics/{tail}").status_code == 404
    assert len(table(client, "/admin/analytics/?csv=deployments")) == 1


@pytest.fixture
def two_customers(tenant, used, import_course):
    """The used dispatch, and one of another course for another customer, opened in another LMS."""
    other = dispatching.create_dispatch(
        tenant.manager,
        import_course(tenant, key="other"),
        dispatching.create_destination(tenant.manager, "North Rail"),
        name="Other",
    )
    session(other, "clara", at(2), "north.example", completion="incomplete")
    session(other, "clara", at(1), "north.example", completion="incomplete")
    return used, other


def figures(page):
    """Launches, learners and completions, as the summary has them."""
    return page.xpath("//section[@aria-label='Summary']/*/b/text()")[:3]


def test_filters_stand_in_the_address_and_everything_follows_them(reader, two_customers):
    used, other = two_customers
    assert figures(shown(reader, "/admin/analytics/")) == ["4", "3", "1"]
    asked = f"course={other.course_id}&destination={other.destination.key}&lms=north.example"
    page = shown(reader, f"/admin/analytics/?{asked}&period=7d")
    assert figures(page) == ["2", "1", "0"]
    assert page.xpath("//table[.//th='Customer']//td/a/b/text()") == ["North Rail"]
    assert page.xpath("//table[.//th='LMS']//td/a/b/text()") == ["north.example"]
    assert table(reader, f"/admin/analytics/?{asked}&csv=courses")[1][:3] == [other.course.title, "2", "1"]
    assert sum(int(row[1]) for row in table(reader, f"/admin/analytics/?{asked}&csv=timeline")[1:]) == 2
    (learners,) = page.xpath("//section[@aria-label='Summary']/a/@href")
    assert [row.xpath("string(td[1])").strip() for row in shown(reader, learners).xpath("//tbody/tr")] != []
    assert "1–1 of 1" in shown(reader, learners).text_content()
    assert [chip.strip() for chip in page.xpath("//ul[@aria-label='Active filters']/li/span/b/text()")] == [
        other.course.title,
        "North Rail",
        "north.example",
    ]
    without = page.xpath("//a[starts-with(@aria-label, 'Remove filter LMS')]/@href")
    assert without == [f"?course={other.course_id}&destination={other.destination.key}&period=7d"]
    page = shown(reader, f"/admin/analytics/?course={used.course_id}&lms=north.example")
    assert "Nothing matches these filters" in page.text_content()


def test_a_filter_is_chosen_from_what_there_is(reader, two_customers):
    used, other = two_customers
    page = shown(reader, "/admin/analytics/?period=7d&lms=north.example")
    (address,) = page.xpath("//div[@id='choices-destination']/@hx-get")
    page = shown(reader, address)
    assert page.xpath("//div[@id='choices-destination']/a/@href") == [
        f"/admin/analytics/?period=7d&lms=north.example&destination={customer.destination_id}"
        for customer in (used, other)
    ]
    page = shown(reader, f"{address}&find=a")
    assert page.xpath("//div[@id='choices-destination']/a/span/text()") == ["Brandt Logistics", "North Rail"]
    assert reader.get(f"{address}&find=north").url.endswith(f"&destination={other.destination_id}")
    for name, texts in (
        ("lms", ["=cmd.example", "lms.brandt.example", "north.example"]),
        ("course", sorted([used.course.title, other.course.title])),
    ):
        page = shown(reader, f"/admin/analytics/filters/{name}/?")
        assert page.xpath(f"//div[@id='choices-{name}']/a/span/text()") == texts


def test_a_list_of_all_can_be_searched_sorted_and_filtered(reader, two_customers):
    _, other = two_customers
    for group in ("dispatches", "courses", "destinations", "lms"):
        page = shown(reader, f"/admin/analytics/{group}/?period=30d&sort=-name")
        names = page.xpath("//tbody/tr/td[1]//b/text()")
        assert names == sorted(names, key=str.lower, reverse=True)
        assert len(names) == (3 if group == "lms" else 2)
        assert len(table(reader, f"/admin/analytics/{group}/?csv=1")) == len(names) + 1
    page = shown(reader, "/admin/analytics/destinations/?search=NORTH")
    assert page.xpath("//tbody/tr/td[1]//b/text()") == ["North Rail"]
    assert page.xpath("//tbody/tr/td/text()")[-5:-3] == ["2", "1"]
    page = shown(reader, f"/admin/analytics/lms/?destination={other.destination_id}")
    assert page.xpath("//tbody/tr/td[1]//b/text()") == ["north.example"]
    assert "Customer: North Rail" in " ".join(page.text_content().split())
    assert "No matching" in shown(reader, "/admin/analytics/lms/?search=%25").text_content()


def test_nobody_filters_by_what_is_anothers(stranger, two_customers):
    used, _ = two_customers
    client = Client()
    client.force_login(stranger.organization.memberships.get(role="owner").user)
    for asked in (f"course={used.course_id}", f"destination={used.destination_id}", "lms=north.example"):
        for address in ("/admin/analytics/", "/admin/analytics/lms/", "/admin/registrations/"):
            assert client.get(f"{address}?{asked}").status_code == 404, (address, asked)
    assert client.get(f"/admin/dispatch/{used.id}/analytics/lms/").status_code == 404


def test_charts_mark_what_happened_on_a_day_of_what_the_filters_leave(tenant, reader, two_customers):
    used, other = two_customers
    license = licensing.attach(tenant.manager, used, name="Gold")
    licensing.change(tenant.manager, license, registration_limit=5)
    dispatching.change_dispatch(tenant.manager, other, enabled=False)

    def changes(address):
        page = shown(reader, address)
        return page.xpath("//details[summary='Changes in this period']//a/text()")

    added = [f"License “{text}" for text in ("Gold” changed", f"Gold for {used}” added")]
    published = [f"{dispatch.course.published} published" for dispatch in (used, other)]
    everything = {*added, *published, "Dispatch “Other” disabled"}
    assert {*changes("/admin/analytics/")} == everything
    assert {*changes(f"/admin/analytics/?destination={used.destination_id}")} == {*added, published[0]}
    assert {*changes("/admin/analytics/?lms=north.example")} == {published[1], "Dispatch “Other” disabled"}
    assert {*changes(f"/admin/dispatch/{used.id}/analytics/")} == {*added, published[0]}
    day = TODAY - timedelta(days=3)
    assert changes(f"/admin/analytics/?from={day}&to={day}") == []
    page = shown(reader, "/admin/analytics/?period=7d")
    assert len(page.xpath("//*[@class='note']")) == 1
    (notes,) = page.xpath("//*[@data-notes]/@data-notes")
    assert notes.splitlines()[-1] == "and 2 more"


def test_the_card_of_a_day_has_the_figures_of_the_period_before(reader, used):
    page = shown(reader, "/admin/analytics/?period=7d")
    chart = page.xpath("//*[@data-labels]")[0]
    assert chart.get("data-labels") == "Launches|Learners|Completions|Average score"
    yesterday, before = TODAY - timedelta(days=1), TODAY - timedelta(days=8)
    point = chart.xpath("*[@class='hover']")[-2]
    assert point.get("data-name") == f"{yesterday:%a, %b} {yesterday.day}, {yesterday:%Y}"
    assert (point.get("data-figures"), point.get("data-before")) == ("1|1|1|50%", "0|0|0|–")
    assert point.get("data-before-name") == f"In parentheses: {before:%a, %b} {before.day}, {before:%Y}"
