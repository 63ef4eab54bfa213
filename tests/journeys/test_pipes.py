"""An administrator lets statements flow to another record store, sees why one pipe waits, and decides about
what was refused.
"""

import json
import urllib.request
from base64 import b64encode
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page, expect
from tests.journeys.pages import sign_in
from tests.journeys.product import OWNER, Heliograph, Product, eventually
from tests.journeys.test_accessibility import dialogs, findings
from tests.running import PATIENCE

PASSWORD = "long enough for anybody"


def store(heliograph: Heliograph, credential: dict[str, Any], *statements: dict[str, Any]) -> None:
    secret = b64encode(f"{credential['key']}:{credential['secret']}".encode()).decode()
    headers = {
        "Authorization": f"Basic {secret}",
        "X-Experience-API-Version": "1.0.3",
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(
        f"{heliograph.app}/xapi/statements", json.dumps(statements).encode(), headers
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


def statement(activity: str) -> dict[str, Any]:
    verb = {"id": "http://adlnet.gov/expapi/verbs/experienced"}
    return {
        "id": str(uuid4()),
        "actor": {"mbox": "mailto:ada@example.org"},
        "verb": verb,
        "object": {"id": f"https://example.org/{activity}"},
    }


def test_statements_flow_to_another_store_and_what_is_refused_is_decided_about(
    heliograph: Heliograph, product: Product, page: Page
) -> None:
    key = f"warehouse-{uuid4().hex[:6]}"
    product.ask("organization", key, "--owner", f"o@{key}.example", "--password", PASSWORD)
    theirs = product.ask("lrs", "credential", "--organization", key, "--scope", "admin")
    ours = product.ask("lrs", "credential", "--organization", OWNER.split("@")[1].split(".")[0])
    refused = statement("1")
    store(heliograph, theirs, {**refused, "object": {"id": "https://example.org/another"}})
    store(heliograph, ours, refused, statement("2"))

    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/records/pipes/")
    wrong = findings(page, "no pipes yet") + dialogs(page, "no pipes yet")
    page.get_by_role("button", name="New forwarding").click()
    dialog = page.get_by_role("dialog", name="New forwarding")
    dialog.locator("[name=name]").fill("To the warehouse")
    dialog.locator("[name=endpoint]").fill(f"{heliograph.app}/xapi")
    dialog.locator("[name=key]").fill(theirs["key"])
    dialog.locator("[name=secret]").fill("not the secret")
    dialog.get_by_role("button", name="Test connection").click()
    expect(dialog.get_by_role("status")).to_contain_text("rejected the key")
    dialog.locator("[name=secret]").fill(theirs["secret"])
    dialog.get_by_role("button", name="Test connection").click()
    expect(dialog.get_by_role("status")).to_contain_text("Connection successful")
    dialog.get_by_text("Filter (optional)").click()
    dialog.locator("[name=activities]").fill("https://example.org/*")
    dialog.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="To the warehouse")).to_be_visible()

    page.goto(f"{heliograph.app}/records/pipes/")
    row = page.get_by_role("row", name="To the warehouse")
    expect(row).to_contain_text("1 transferred", timeout=PATIENCE * 1000)
    expect(row).to_contain_text("Up to date", timeout=PATIENCE * 1000)
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused")
    wrong += findings(page, "pipes")
    row.get_by_role("button", name="Resume").click()
    expect(row).not_to_contain_text("Paused")
    row.get_by_role("link", name="To the warehouse").click()
    undelivered = page.get_by_role("region", name="Failed statements")
    expect(undelivered).to_contain_text("a different statement with this ID")
    wrong += findings(page, "pipe") + dialogs(page, "pipe")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("Connection successful")).to_be_visible()
    undelivered.get_by_role("button", name=f"Dismiss {refused['id']}").click()
    page.get_by_role("dialog").get_by_role("button", name="Dismiss").click()
    expect(undelivered).to_contain_text("No failed statements")

    page.get_by_role("button", name="Change", exact=True).click()
    dialog = page.get_by_role("dialog", name="Change “To the warehouse”")
    expect(dialog.locator("[name=activities]")).to_have_value("https://example.org/*")
    dialog.locator("[name=secret]").fill("no longer the secret")
    dialog.get_by_role("button", name="Save").click()
    store(heliograph, ours, statement("3"))
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()

    def waits() -> bool:
        page.reload()
        return page.get_by_text("rejected the key and secret").count() > 0

    eventually(waits, "the page says why the pipe waits", PATIENCE)
    expect(page.get_by_text("No data is lost.")).to_be_visible()
    wrong += findings(page, "a pipe that waits")
    page.set_viewport_size({"width": 390, "height": 800})
    wrong += findings(page, "a pipe that waits, on a phone")
    page.goto(f"{heliograph.app}/records/pipes/")
    wrong += findings(page, "pipes, on a phone")
    assert wrong == []
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("link", name="To the warehouse").click()
    page.get_by_role("button", name="Remove").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("status")).to_contain_text("Statements are kept")
