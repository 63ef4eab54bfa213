"""Packages that look and speak as their destination wants, in a learner's hands and on the page where that is
chosen.
"""

import base64
import io
import zipfile

import pytest
from playwright.sync_api import expect
from tests.builders import build_package
from tests.journeys.learner import Seat
from tests.journeys.pages import sign_in

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 32">'
    '<circle cx="16" cy="16" r="12" fill="#7c2d12"/><path d="M40 8h72v16H40z"/></svg>'
)
BRANDING = {
    "name": "Nordlicht Akademie",
    "logo": f"data:image/svg+xml;base64,{base64.b64encode(LOGO.encode()).decode()}",
    "colors": {"accent": "#7c2d12", "background": "#fff7ed"},
    "language": "de",
    "texts": {"de": {"left.title": "Geschafft!"}},
}


@pytest.fixture
def branded(heliograph, lms, page):
    """A branded dispatch and a seat at its package."""

    def run(format="scorm2004-2nd", mode="hosted", **branding):
        dispatch = heliograph.dispatch(
            heliograph.import_package(
                build_package(standard="scorm_12" if format == "scorm12" else "scorm_2004")
            )
        )
        heliograph.api(
            "PATCH", f"/destinations/{dispatch['destination']}", {"branding": {**BRANDING, **branding}}
        )
        package = heliograph.raw("GET", f"/dispatch/{dispatch['id']}/package?format={format}&mode={mode}")
        return Seat(page, lms, lms.upload(package)), dispatch

    return run


@pytest.mark.parametrize("mode", ["hosted", "embedded"])
def test_a_german_package_refuses_in_german_with_its_own_face(heliograph, branded, mode):
    seat, dispatch = branded(mode=mode)
    heliograph.change(dispatch, enabled=False)
    seat.open()
    note = seat.note()
    expect(note).to_contain_text("Dieser Kurs ist nicht verfügbar")
    expect(note).to_contain_text("Dieser Kurs ist zurzeit nicht verfügbar.")
    expect(note).to_contain_text("Fehlercode: dispatch_disabled")
    expect(note.locator(".emblem")).to_have_text("Nordlicht Akademie")
    assert note.locator("img").evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    assert seat.stub.locator("html").get_attribute("lang") == "de"
    assert (
        seat.stub.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
        == "rgb(255, 247, 237)"
    )


def test_a_german_package_plays_and_says_goodbye_in_the_customers_words(branded):
    seat, _ = branded("scorm12")  # an LMS of SCORM 2004 closes the course itself, as it is asked to
    seat.open().ready()
    seat.press("pass")
    seat.has(lesson_status="passed")
    seat.player.get_by_role("button", name="Speichern und beenden").click()
    expect(seat.note()).to_contain_text("Geschafft!")
    expect(seat.note()).to_contain_text("Sie können diese Seite schließen")


def test_what_the_package_says_is_there_when_the_host_is_not(product, branded):
    seat, _ = branded()
    with product.stopped():
        seat.open()
        expect(seat.note()).to_contain_text("Der Kurs ist nicht erreichbar")
        expect(seat.note().get_by_role("button")).to_have_text("Erneut versuchen")
        expect(seat.note().get_by_role("button")).to_have_css("background-color", "rgb(124, 45, 18)")
    seat.note().get_by_role("button").click()
    seat.ready()


def test_the_learners_browser_chooses_where_the_destination_does_not(heliograph, lms, browser, branded):
    seat, dispatch = branded(
        "scorm12", language="browser", texts={"fr": {"dispatch_disabled.text": "Revenez demain."}}
    )
    heliograph.change(dispatch, enabled=False)
    for locale, words in (
        ("fr-CA", "Revenez demain."),
        ("es-ES", "Este curso no está disponible"),
        ("pl-PL", "This course is currently unavailable"),
    ):
        context = browser.new_context(locale=locale)
        seat.page = context.new_page()
        seat.open()
        expect(seat.note()).to_contain_text(words)
        context.close()


def test_a_code_the_package_does_not_know_is_said_as_the_host_says_it(branded):
    seat, _ = branded()
    told = '{"code": "from_the_future", "title": "Not today", "detail": "The host knows why.", "status": 403}'
    seat.page.route(
        "**/d/*/launch",
        lambda route: route.fulfill(status=403, body=told, headers={"Access-Control-Allow-Origin": "*"}),
    )
    seat.open()
    expect(seat.note()).to_contain_text("Not today")
    expect(seat.note()).to_contain_text("The host knows why.")
    expect(seat.note()).to_contain_text("Fehlercode: from_the_future")


def test_the_page_shows_while_one_types_and_packages_have_what_was_saved(heliograph, page):
    dispatch = heliograph.dispatch(heliograph.import_package(build_package()))
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/admin/destinations/{dispatch['destination']}/")
    page.get_by_role("link", name="Branding").click()
    shown = page.frame_locator("iframe[name=preview]")
    expect(shown.locator(".note")).to_contain_text("Can't reach the course")
    page.get_by_label("Name").fill("Nordlicht")
    page.locator("[name=accent]").fill("#7c2d12")
    page.locator("select[name=language]").select_option("de")
    page.get_by_label("Logo").set_input_files(
        {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": LOGO.encode()}
    )
    expect(shown.locator(".emblem")).to_have_text("Nordlicht")
    expect(shown.locator(".note")).to_contain_text("Der Kurs ist nicht erreichbar")
    expect(shown.locator("button")).to_have_css("background-color", "rgb(124, 45, 18)")
    assert shown.locator("img").evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    page.get_by_label("Background").fill("#7c2d13")
    expect(shown.locator(".note")).to_contain_text("at least 3:1 is required")
    page.get_by_label("Background").fill("")
    page.get_by_role("textbox", name="Email", exact=True).fill("hilfe@nordlicht.example")
    expect(shown.get_by_role("link", name="hilfe@nordlicht.example")).to_be_visible()
    page.get_by_label("Preview message").select_option("loading")
    expect(shown.get_by_role("progressbar", name="Der Kurs wird geladen")).to_be_visible()
    expect(shown.locator(".splash .emblem")).to_have_text("Nordlicht")
    page.locator("summary", has_text="Deutsch").click()
    page.locator("[name='texts.de.left.title']").fill("Geschafft!")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("status")).to_contain_text("Branding saved.")
    with zipfile.ZipFile(io.BytesIO(heliograph.package(dispatch, "scorm12"))) as package:
        assert "Geschafft!" in package.read("index.html").decode()
