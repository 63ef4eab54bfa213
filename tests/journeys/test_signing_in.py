"""A person is invited, chooses a password, adds a passkey, and signs in with it: alone, and as a second
factor.
"""

from playwright.sync_api import Browser, Page
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph

EMAIL, PASSWORD = "nina@northlight.example", "a password of her own"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")


def test_an_invited_person_signs_in_with_a_passkey(
    heliograph: Heliograph, page: Page, browser: Browser
) -> None:
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/admin/org/users/")
    page.get_by_role("button", name="Invite user").click()
    page.get_by_role("textbox", name="Email").fill(EMAIL)
    page.get_by_role("button", name="Invite", exact=True).click()
    link = page.get_by_label("Invitation link").input_value()

    context = browser.new_context()
    nina = context.new_page()
    devices = context.new_cdp_session(nina)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    nina.goto(link)
    nina.get_by_label("Name").fill("Nina")
    nina.get_by_label("Password").fill(PASSWORD)
    nina.get_by_role("button", name="Create account and accept").click()
    nina.get_by_role("navigation", name="Main").wait_for()

    nina.goto(f"{heliograph.app}/account/two-factor/")
    nina.get_by_role("link", name="Add passkey").click()
    nina.get_by_label("Password").fill(PASSWORD)
    nina.get_by_role("button", name="Confirm").click()
    nina.wait_for_url("**/webauthn/add/")
    nina.get_by_role("button", name="Add passkey").click()
    nina.wait_for_url("**/recovery-codes/")

    sign_out(nina)
    nina.get_by_role("button", name="Sign in with a passkey").click()
    nina.get_by_role("navigation", name="Main").wait_for()

    sign_out(nina)
    nina.get_by_label("Email").fill(EMAIL)
    nina.get_by_label("Password").fill(PASSWORD)
    nina.get_by_role("button", name="Sign in", exact=True).click()
    nina.wait_for_url("**/authenticate/")
    nina.get_by_role("button", name="Use a passkey").click()
    nina.get_by_role("navigation", name="Main").wait_for()
    context.close()
