"""The page of a customer without an account: whose courses these are, and how they come into its LMS."""

from playwright.sync_api import expect
from tests.builders import build_package
from tests.journeys.test_branded import BRANDING


def test_an_administrator_finds_the_steps_of_their_lms_on_a_phone_and_without_scripts(heliograph, browser):
    dispatch = heliograph.dispatch(heliograph.import_package(build_package()))
    branding = {**BRANDING, "contact": {"email": "hilfe@nordlicht.example"}}
    heliograph.api("PATCH", f"/destinations/{dispatch['destination']}", {"branding": branding})
    portal = heliograph.api("POST", f"/destinations/{dispatch['destination']}/portal-links", {"days": 30})
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700})
    page = context.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(portal["url"])
    seller = page.get_by_role("banner")
    expect(seller).to_have_text("Nordlicht Akademie")
    expect(seller.get_by_role("presentation")).to_be_visible()
    expect(
        page.get_by_role("contentinfo").get_by_role("link", name="hilfe@nordlicht.example")
    ).to_be_visible()
    page.get_by_role("combobox", name="Your LMS").select_option("Moodle")
    page.get_by_role("button", name="Show steps").click()
    steps = page.get_by_role("list", name="Steps")
    expect(steps.get_by_role("listitem").first).to_have_text("Open the Moodle course and turn on Edit mode.")
    expect(page.get_by_text("Force new attempt")).to_be_visible()
    expect(page.get_by_role("combobox", name="Your LMS")).to_have_value("moodle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert refused == [], "the page's policy allows all that it shows"
    context.close()
