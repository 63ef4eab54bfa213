"""What reaches people outside: the organization's own server hears of a learner, the customer fetches its
package, a stranger checks a receipt.
"""

import io
import zipfile
from collections.abc import Callable

import psycopg
from playwright.sync_api import Browser, Page, expect
from tests.journeys.product import Heliograph, Product, eventually
from tests.receiver import receiver


def test_the_organizations_server_hears_of_a_learner_who_passes(
    heliograph: Heliograph, deliver: Callable
) -> None:
    with receiver() as server:
        server.answers = [503]
        seat, dispatch = deliver()
        heliograph.change(dispatch, postback_url=server.url)
        secret = heliograph.api("POST", f"/dispatch/{dispatch['id']}/signing-secret")["signing_secret"]
        seat.open().ready()
        seat.press("pass")
        seat.leave()
        rows = f"/dispatch/{dispatch['id']}/postbacks"

        def told() -> bool:
            postbacks = heliograph.api("GET", rows)["items"]
            return {row["state"] for row in postbacks} == {"delivered"} and "registration.completed" in {
                row["kind"] for row in postbacks
            }

        eventually(told, "the completion is told", seconds=120)
        messages = [postback.read(secret) for postback in server.received]
        assert [message["type"] for message in messages][:3] == [
            "registration.registered",
            "registration.registered",
            "registration.completed",
        ]
        assert server.received[0].headers["webhook-id"] == server.received[1].headers["webhook-id"], (
            "refused once, sent again"
        )
        assert messages[-1]["data"]["registration"]["success"] == "passed"


def test_a_customer_fetches_its_package_and_a_stranger_checks_a_receipt(
    product: Product, heliograph: Heliograph, deliver: Callable, browser: Browser, page: Page
) -> None:
    seat, dispatch = deliver()
    seat.open().ready()
    seat.press("pass")
    seat.leave()
    registration = heliograph.registration(dispatch)["id"]
    eventually(
        lambda: heliograph.registration(dispatch)["completion"] == "completed", "the learner has completed"
    )
    link = heliograph.api("POST", f"/destinations/{dispatch['destination']}/portal-links", {"days": 7})
    customer = browser.new_context().new_page()
    customer.goto(link["url"])
    expect(customer.get_by_role("region", name="Your usage")).to_contain_text("1 launch")
    with customer.expect_download() as download:
        customer.get_by_role("button", name="Download Fire safety").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as package:
        assert "imsmanifest.xml" in package.namelist()
    heliograph.api("DELETE", f"/destinations/{dispatch['destination']}/portal-links/{link['id']}")
    with psycopg.connect(
        product.postgres.url
    ) as database:  # other journeys tried links that lead nowhere, from this network
        database.execute("DELETE FROM accounts_cache WHERE cache_key LIKE '%share-link-misses%'")
    customer.reload()
    expect(customer.get_by_role("alert")).to_contain_text("Ask the sender for a new one")
    [deployment] = heliograph.deployments(dispatch)
    customer.goto(heliograph.api("POST", f"/deployments/{deployment['id']}/share-links", {})["url"])
    expect(customer.get_by_role("region", name="Values your LMS changed or rejected")).to_contain_text(
        "Your LMS stored every value that could be read back"
    )
    expect(customer.get_by_role("region", name="Call log")).to_contain_text("cmi.core.lesson_status, passed")
    receipt = heliograph.api("GET", f"/registrations/{registration}/completion-receipt")
    customer.goto(receipt["verify_url"])
    customer.get_by_label("Receipt").fill(receipt["receipt"])
    customer.get_by_role("button", name="Verify").click()
    expect(customer.get_by_role("status")).to_contain_text("Issued here and unaltered")
    customer.context.close()
