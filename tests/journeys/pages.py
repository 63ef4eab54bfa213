"""What several journeys do on our own pages."""

from playwright.sync_api import Page
from tests.journeys.product import OWNER, PASSWORD, Heliograph


def sign_in(page: Page, heliograph: Heliograph, email: str = OWNER) -> None:
    page.goto(f"{heliograph.app}/sign-in/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Account").wait_for()
