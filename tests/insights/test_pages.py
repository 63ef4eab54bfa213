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
        f"{yesterday:%a} {yesterday.day} {yesterday:%b %Y}",
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
        page.xpath("//input[@name='from']/@value") == page.xpath("//input[@name='to']/@value") == [str(day)]
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
        "By course", "By customer", "By LMS",
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
    assert len(page.xpath("//table[.//th='LMS']/tbody/tr")) == 50
    assert "Top 50 by launches" in page.text_content()
    assert len(table(reader, f"/admin/dispatch/{dispatch.id}/analytics/?csv=deployments")) == 56


def test_strangers_have_neither_the_page_nor_its_csv(stranger, used):
    client = Client()
    client.force_login(stranger.organization.memberships.get(role="owner").user)
    for tail in ("", "?csv=timeline", "?csv=deployments"):
        assert client.get(f"/admin/dispatch/{used.id}/analytics/{tail}").status_code == 404
    assert len(table(client, "/admin/analytics/?csv=deployments")) == 1
