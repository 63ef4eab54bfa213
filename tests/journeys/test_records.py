"""People at the statement browser while programs send statements: following what comes, finding a learner,
making a credential.
"""

import json
import re
import urllib.request
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, expect
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph


def did(verb: str, number: int | str = 1, name: str = "Ada") -> dict[str, Any]:
    return {
        "actor": {"mbox": f"mailto:{name.lower()}@follow.example", "name": name},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}", "display": {"en": verb}},
        "object": {
            "id": f"https://follow.example/lessons/{number}",
            "definition": {"name": {"en": f"Lesson {number}"}},
        },
        "context": {
            "contextActivities": {
                "grouping": [
                    {"id": "https://follow.example/course", "definition": {"name": {"en": "Following"}}}
                ]
            }
        },
    }


@pytest.fixture
def looks(heliograph: Heliograph, page: Page) -> list[str]:
    """Signs in; the addresses of the page's looks for what is new."""
    sign_in(page, heliograph)
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/records/new" in request.url:
            asked.append(request.url)

    page.on("request", note)
    return asked


def test_statements_appear_on_top_of_a_list_that_follows_each_once(
    heliograph: Heliograph, page: Page, looks: list[str]
) -> None:
    program = heliograph.credential()
    heliograph.tell(program, did("initialized"))
    page.goto(f"{heliograph.app}/records/?activity=https://follow.example/course&verb=passed")
    page.get_by_role("switch", name="Live").click()
    expect(page.get_by_role("switch", name="Live")).to_have_attribute("aria-checked", "true")
    rows = page.get_by_role("region", name="Statements").locator("tbody tr")
    expect(rows).to_have_count(0)
    for number in range(1, 4):
        heliograph.tell(
            program, did("passed", f"{number}a"), did("failed", number), did("passed", f"{number}b")
        )
        expect(rows).to_have_count(2 * number)
    expect(rows).to_contain_text(
        [f"Ada passed Lesson {number}{part}" for number in (3, 2, 1) for part in "ba"]
    )
    rows.first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada passed Lesson 3b")


def test_a_list_rests_while_nobody_looks_at_it(heliograph: Heliograph, page: Page, looks: list[str]) -> None:
    program = heliograph.credential()
    page.clock.install()
    with page.expect_response(re.compile("/records/new")):
        page.goto(f"{heliograph.app}/records/?live=1&verb=mastered")
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    heliograph.tell(program, did("mastered", 9))
    page.evaluate("fetch('/health')")  # what was on its way when nobody looked any more has been seen by now
    before = len(looks)
    page.clock.run_for(60_000)
    page.evaluate("fetch('/health')")
    assert len(looks) == before
    page.evaluate("delete document.hidden")
    page.clock.run_for(4_000)
    expect(page.get_by_role("region", name="Statements").locator("tbody tr")).to_have_count(1)


def test_a_learner_is_found_while_one_types_with_the_keyboard_alone(
    heliograph: Heliograph, page: Page, looks: list[str]
) -> None:
    heliograph.tell(heliograph.credential(), did("attended", 1, "Zuzana"), did("attended", 1, "Zora"))
    page.goto(f"{heliograph.app}/records/")
    page.keyboard.press("/")
    page.keyboard.type("zuza", delay=40)
    expect(page.get_by_role("link", name="Zuzana zuzana@follow.example")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("learner=mbox"))
    rows = page.get_by_role("region", name="Statements").locator("tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Role").click()
    page.get_by_role("link", name="Any, such as instructor or group member").click()
    expect(page.get_by_role("link", name="Remove filter Role")).to_be_visible()
    page.get_by_role("link", name="Remove filter Learner: Zuzana (zuzana@follow.example)").click()
    expect(page.get_by_role("list", name="Active filters")).to_have_count(0)
    page.get_by_role("button", name="Course or activity").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("follow", delay=40)
    expect(page.locator("#choices-activity a").first).to_have_text(
        re.compile("Following.*follow.example/course")
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Remove filter Course or activity: Following")).to_be_visible()


def test_days_are_those_of_the_readers_calendar(heliograph: Heliograph, page: Page, looks: list[str]) -> None:
    heliograph.tell(heliograph.credential(), did("attended"))
    page.goto(f"{heliograph.app}/records/?verb=attended")
    zone = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    page.get_by_role("button", name="Date").click()
    page.get_by_role("link", name="Last 7 days").click()
    expect(page.get_by_role("link", name="Remove filter From")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["zone"] == [zone]
    page.get_by_role("button", name="Date").click()
    page.get_by_label("Until").fill("2100-01-01")
    page.get_by_role("button", name="Apply").filter(visible=True).click()
    expect(page.get_by_role("link", name="Remove filter Until: 2100-01-01")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["zone"] == [zone]
    page.get_by_role("link", name="Clear filters").click()
    expect(page).to_have_url(f"{heliograph.app}/records/")
    expect(page.get_by_role("region", name="Statements").locator("tbody tr")).not_to_have_count(0)


def test_a_view_is_saved_shared_and_deleted_in_the_lists_menu(
    heliograph: Heliograph, page: Page, looks: list[str]
) -> None:
    heliograph.tell(heliograph.credential(), did("attended"))
    page.goto(f"{heliograph.app}/records/?verb=attended")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Save this view…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Attended")
    dialog.get_by_label("Share with everyone").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("View saved.")).to_be_visible()
    page.goto(f"{heliograph.app}/records/")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("link", name=re.compile("Attended Shared by")).click()
    expect(page.get_by_role("link", name="Remove filter Verb: attended")).to_be_visible()
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Delete view Attended").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete view").click()
    page.wait_for_url(f"{heliograph.app}/records/")
    page.get_by_role("button", name="Views").click()
    expect(page.get_by_role("link", name=re.compile("Attended"))).to_have_count(0)


def test_a_credential_made_on_the_page_speaks_xapi_until_it_is_revoked(
    heliograph: Heliograph, page: Page, looks: list[str]
) -> None:
    page.goto(f"{heliograph.app}/records/")
    page.get_by_role("link", name="LRS credentials").click()
    page.get_by_role("button", name="Create credential").first.click()
    page.get_by_label("Name").fill("A tool")
    page.get_by_label("read all statements").check()
    page.get_by_role("button", name="Create", exact=True).click()
    endpoint, token = (
        page.get_by_label(label, exact=True).input_value() for label in ("Endpoint", "Bearer token")
    )
    page.get_by_role("button", name="Copy: Secret (password)").click()
    expect(page.get_by_role("button", name="Copy: Secret (password)")).to_have_text("Copied")
    request = urllib.request.Request(
        f"{endpoint}statements?limit=1", headers={"Authorization": f"Bearer {token}"}
    )
    request.add_header("X-Experience-API-Version", "1.0.3")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert "statements" in json.loads(answer.read())
    page.reload()
    assert token not in page.content()
    page.get_by_role("button", name="Revoke “A tool”").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row", name=re.compile("A tool"))).to_contain_text("Revoked")


def test_an_administrator_hands_out_and_erases_what_is_held_of_a_person(
    heliograph: Heliograph, page: Page, looks: list[str]
) -> None:
    told = did("attended", 1, "Gone")
    heliograph.tell(
        heliograph.credential(),
        told,
        told,
        did("attended", 1, "Zita") | {"context": {"instructor": told["actor"]}},
    )
    page.goto(f"{heliograph.app}/records/")
    page.get_by_role("link", name="Data requests").click()
    page.get_by_role("searchbox").press_sequentially("gone@", delay=40)
    page.get_by_role("link", name="Gone gone@follow.example").click()
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Export all data").click()
    assert downloaded.value.suggested_filename == "gone-follow-example.json"
    assert len(json.loads(downloaded.value.path().read_bytes())) == 3
    page.get_by_role("button", name="Erase…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Asked for by letter")
    dialog.get_by_label("To confirm").fill("zita@follow.example")
    dialog.get_by_role("button", name="Erase permanently").click()
    expect(dialog.get_by_role("alert")).to_contain_text("This does not match")
    expect(dialog.get_by_label("Reason")).to_have_value("Asked for by letter")
    dialog.get_by_label("To confirm").fill("gone@follow.example")
    dialog.get_by_role("button", name="Erase permanently").click()
    expect(page.get_by_role("status").first).to_contain_text("Erased 2 statements by or about this person")
    expect(page.get_by_role("region", name="Erasure log").locator("tbody tr").first).to_contain_text(
        "Asked for by letter"
    )
    page.get_by_role("searchbox").press_sequentially("gone@", delay=40)
    expect(page.get_by_text("No matching people")).to_be_visible()
