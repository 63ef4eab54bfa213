"""From the click in the LMS to the course: whose course it is at once, what to do where it takes long, how
far each lesson is, and a phone's page that belongs to the course.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from tests.builders import Sco, build_package
from tests.journeys.learner import Seat
from tests.journeys.test_branded import BRANDING

CONTACT = {
    "email": "hilfe@nordlicht.example",
    "phone": "+49 30 123456",
    "url": "https://nordlicht.example/hilfe",
}
BRAND = {**BRANDING, "language": "browser", "contact": CONTACT}
COURSE_BAR = '<header style="background:#123;color:#fff;padding:12px">The course\'s own bar</header>'
LESSONS = [
    Sco("one", "Introduction", "one.html"),
    Sco("two", "Extinguishers and how to use them safely", "two.html"),
    Sco("three", "Final test", "three.html"),
]
SEVERAL: dict[str, Any] = {"scos": LESSONS, "title": "Fire safety at work"}
REFERENCE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}")


class Held:
    """Requests that are not answered before they are let go."""

    def __init__(self, page: Page | BrowserContext, address: str) -> None:
        self.waiting: list[Route] = []
        page.route(address, self.hold)
        self.page = page
        self.address = address

    def hold(self, route: Route) -> None:
        self.waiting.append(route)

    def let_go(self) -> None:
        waiting, self.waiting = self.waiting, []
        for route in waiting:
            route.continue_()
        self.page.unroute(self.address)


@pytest.fixture
def branded(heliograph, lms, page):
    """A branded dispatch, and a seat at its package."""

    def run(mode="hosted", **package):
        dispatch = heliograph.dispatch(heliograph.import_package(build_package(**package)))
        heliograph.api("PATCH", f"/destinations/{dispatch['destination']}", {"branding": BRAND})
        made = heliograph.raw("GET", f"/dispatch/{dispatch['id']}/package?format=scorm12&mode={mode}")
        return Seat(page, lms, lms.upload(made)), dispatch

    return run


def shows_its_seller(splash, title="Fire safety at work"):
    expect(splash.locator(".emblem")).to_have_text("Nordlicht Akademie")
    expect(splash.get_by_role("heading")).to_have_text(title)
    assert splash.locator("img").evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    expect(splash.locator("xpath=..")).to_have_css("background-color", "rgb(255, 247, 237)")


def test_a_learner_sees_whose_course_it_is_before_the_host_has_answered(page, branded):
    seat, _ = branded(**SEVERAL)
    launch, opening = Held(page, "**/d/*/launch"), Held(page, "**/play/*/open")
    seat.open()
    splash = seat.stub.locator(".splash")
    expect(splash).to_be_visible()
    expect(splash.locator(".emblem")).to_have_text("Nordlicht Akademie")
    expect(splash.get_by_role("progressbar", name="Loading the course")).to_be_visible()
    expect(splash.get_by_role("status")).to_be_empty()
    launch.let_go()
    shows_its_seller(seat.player.locator("#splash"))
    opening.let_go()
    seat.ready()
    expect(seat.player.locator("#splash")).to_be_hidden()
    expect(splash).to_have_count(0)


@pytest.mark.parametrize("script", ["stub.js", "player.js"])
def test_whose_course_it_is_stands_in_the_page_and_needs_no_script(page, lms, branded, script):
    seat, _ = branded(**SEVERAL)
    held = Held(page, f"**/{script}")
    page.goto(lms.play_url(seat.package, learner_id="anna"), wait_until="commit")
    splash = (seat.stub if script == "stub.js" else seat.player).locator(".splash")
    expect(splash.locator(".emblem")).to_have_text("Nordlicht Akademie")
    if script == "player.js":
        shows_its_seller(splash)
    held.let_go()
    seat.ready()


def test_an_embedded_package_shows_it_too_until_the_course_is_there(page, branded):
    seat, _ = branded(mode="embedded")
    launch = Held(page, "**/d/*/launch")
    seat.open()
    expect(seat.stub.locator(".splash .emblem")).to_have_text("Nordlicht Akademie")
    launch.let_go()
    expect(seat.player.locator("#found")).to_have_text("yes")
    expect(seat.stub.locator(".splash")).to_have_count(0)


def stop_the_clock(page):
    """Time passes only where the test says so."""
    page.clock.install(time=0)
    page.clock.pause_at(1)


def test_after_five_seconds_and_not_before_the_package_says_what_to_do(page, branded):
    seat, _ = branded(**SEVERAL)
    stop_the_clock(page)
    held = Held(page, "**/d/*/launch")
    seat.open()
    told = seat.stub.locator(".splash").get_by_role("status")
    expect(seat.stub.get_by_role("progressbar")).to_be_visible()
    page.clock.run_for(4_000)
    expect(told).to_be_empty()
    page.clock.run_for(1_500)
    expect(told).to_contain_text("The course is taking longer than usual to load.")
    held.let_go()
    page.clock.resume()
    seat.ready()
    expect(seat.stub.locator(".splash")).to_have_count(0)


def test_after_five_seconds_the_player_says_it_too_and_the_wait_in_the_package_counts(page, branded):
    seat, _ = branded(**SEVERAL)
    stop_the_clock(page)
    launch, opening = Held(page, "**/d/*/launch"), Held(page, "**/play/*/open")
    seat.open()
    expect(seat.stub.get_by_role("progressbar")).to_be_visible()
    page.clock.run_for(4_000)
    launch.let_go()
    told = seat.player.locator("#splash").get_by_role("status")
    expect(seat.stub.locator(".splash")).to_have_count(0)
    page.clock.run_for(500)
    expect(told).to_be_empty()
    page.clock.run_for(1_000)
    expect(told).to_contain_text("The course is taking longer than usual to load.")
    opening.let_go()
    page.clock.resume()
    seat.ready()


def test_a_course_in_a_new_window_is_waited_for_from_the_press_of_its_button(heliograph, lms, page):
    dispatch = heliograph.dispatch(heliograph.import_for_window(build_package()))
    seat = Seat(page, lms, lms.upload(heliograph.package(dispatch, "scorm12")))
    page.context.add_init_script(
        "addEventListener('message', ({ data }) => { if (data.heliograph === 'hello') window.hello = data; })"
    )
    stop_the_clock(page)
    seat.open()
    expect(seat.note()).to_contain_text("The course opens in a new window.")
    page.clock.run_for(20_000)
    window = seat.open_window()
    window.wait_for_function("() => window.hello")
    assert window.evaluate("window.hello.waited") == 0, "the learner took their time, not the course"


def test_between_lessons_the_page_is_outlined_and_a_lesson_that_takes_long_is_explained(heliograph, page):
    course = heliograph.import_package(build_package(**SEVERAL))
    stop_the_clock(page)
    page.goto(heliograph.launch_link(course, f"outlined-{next(heliograph.numbers)}")[1])
    expect(page.frame_locator("#activity").locator("#found")).to_have_text("yes")
    skeleton = page.locator("#skeleton")
    expect(skeleton).to_be_hidden()
    held = Held(page, "**/two.html*")
    page.get_by_role("button", name="Next lesson").click()
    expect(skeleton.get_by_role("progressbar", name="Loading the lesson")).to_be_visible()
    expect(page.locator("main")).to_have_attribute("aria-busy", "true")
    expect(skeleton.get_by_role("status")).to_be_empty()
    page.clock.run_for(6_000)
    expect(skeleton.get_by_role("status")).to_contain_text("The lesson is taking longer than usual to load.")
    held.let_go()
    page.clock.resume()
    expect(page.frame_locator("#activity").get_by_role("heading")).to_have_text(LESSONS[1].title)
    expect(skeleton).to_be_hidden()


def color(page, name):
    """A color of the style sheet as browsers compute it."""
    return page.evaluate(
        """(name) => {
          const made = document.body.appendChild(document.createElement("i"));
          made.style.color = `var(${name})`;
          const color = getComputedStyle(made).color;
          made.remove();
          return color;
        }""",
        name,
    )


def test_each_state_of_a_lesson_is_an_icon_a_color_and_a_text(heliograph, page):
    inside = '<adlcp:prerequisites type="aicc_script">{}</adlcp:prerequisites>'
    lessons = [
        *LESSONS,
        Sco("four", "Appendix", "four.html", inside=inside.format("one")),
        Sco("five", "Certificate", "five.html", inside=inside.format("two")),
    ]
    course = heliograph.import_package(build_package(scos=lessons))
    page.goto(heliograph.launch_link(course, f"states-{next(heliograph.numbers)}")[1])
    inside_course = page.frame_locator("#activity")
    contents = page.get_by_role("navigation", name="Menu")

    def shows(identifier, state, text, tone):
        entry = contents.locator(f"[data-activity={identifier}]")
        expect(entry.locator(".state")).to_have_text(text)
        expect(entry.locator("use")).to_have_attribute("href", f"#icon-{state}")
        for part in (".state", ".icon"):
            expect(entry.locator(part)).to_have_css("color", color(page, tone))
        assert page.locator(f"#icon-{state}").evaluate("(symbol) => symbol.children.length") > 0

    expect(inside_course.locator("#found")).to_have_text("yes")
    shows("one", "in_progress", "In progress", "--warn")
    shows("two", "not_started", "Not started", "--soft")
    shows("five", "unavailable", "Not available", "--soft")
    inside_course.locator("#fail").click()
    shows("one", "failed", "Failed", "--bad")
    contents.get_by_role("button", name=LESSONS[1].title).click()
    expect(inside_course.get_by_role("heading")).to_have_text(LESSONS[1].title)
    inside_course.locator("#pass").click()
    shows("two", "passed", "Passed", "--good")
    shows("five", "not_started", "Not started", "--soft")
    contents.get_by_role("button", name="Final test").click()
    expect(inside_course.get_by_role("heading")).to_have_text("Final test")
    inside_course.locator("#complete").click()
    shows("three", "completed", "Completed", "--good")
    assert len({color(page, tone) for tone in ("--good", "--bad", "--warn", "--soft")}) == 4


def test_the_player_and_the_states_speak_the_learners_language(heliograph, browser):
    course = heliograph.import_package(build_package(**SEVERAL))
    for locale, leave, state in (
        ("de-DE", "Speichern und beenden", "Nicht begonnen"),
        ("es-ES", "Guardar y salir", "Sin empezar"),
        ("fr-FR", "Enregistrer et quitter", "Non commencée"),
        ("it-IT", "Salva ed esci", "Non iniziata"),
        ("nl-NL", "Opslaan en afsluiten", "Niet gestart"),
        ("pl-PL", "Save and exit", "Not started"),
    ):
        context = browser.new_context(locale=locale)
        page = context.new_page()
        page.goto(heliograph.launch_link(course, f"{locale}-{next(heliograph.numbers)}")[1])
        expect(page.get_by_role("button", name=leave)).to_be_visible()
        expect(page.locator("[data-activity=two] .state")).to_have_text(state)
        expect(page.locator("html")).to_have_attribute("lang", locale[:2] if locale != "pl-PL" else "en")
        context.close()


@pytest.fixture(params=[390, 320])
def phone(request, browser):
    context = browser.new_context(viewport={"width": request.param, "height": 700}, has_touch=True)
    yield context.new_page()
    context.close()


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_on_a_phone_the_courses_bar_is_the_only_one_and_everything_is_in_a_drawer(heliograph, phone):
    pages = [
        Sco(
            lesson.identifier,
            lesson.title,
            lesson.href,
            page=f"<!doctype html><title>x</title>{COURSE_BAR}<h1>{lesson.title}</h1>",
            kind="asset",
        )
        for lesson in LESSONS
    ]
    course = heliograph.import_package(build_package(scos=pages, title="Fire safety at work for everybody"))
    phone.goto(heliograph.launch_link(course, f"phone-{next(heliograph.numbers)}")[1])
    frame = phone.frame_locator("#activity")
    expect(frame.get_by_role("banner")).to_be_visible()
    box = phone.locator("#activity").bounding_box()
    view = phone.viewport_size
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, view["width"], view["height"])
    for hidden in ("#title", "#exit", "#previous", "#contents"):
        expect(phone.locator(hidden)).to_be_hidden()
    assert not sideways(phone)

    toggle = phone.get_by_role("button", name="Menu", exact=True)
    assert min(toggle.bounding_box()[side] for side in ("width", "height")) >= 44
    toggle.click()
    contents = phone.get_by_role("navigation", name="Menu")
    expect(contents.get_by_role("button", name="Final test")).to_be_visible()
    for name in ("Previous lesson", "Next lesson", "Save and exit", "Close menu"):
        button = phone.get_by_role("button", name=name)
        expect(button).to_be_in_viewport(ratio=1)
        assert button.bounding_box()["height"] >= 44, name
    assert not sideways(phone)
    assert phone.locator("main").evaluate("(main) => main.inert"), "nobody tabs into what is covered"
    phone.keyboard.press("Escape")
    expect(contents).to_be_hidden()
    toggle.click()
    contents.get_by_role("button", name="Final test").click()
    expect(frame.get_by_role("heading")).to_have_text("Final test")
    expect(contents).to_be_hidden()
    toggle.click()
    phone.get_by_role("button", name="Save and exit").click()
    expect(phone.get_by_role("heading", name="Progress saved")).to_be_visible()


def test_on_a_phone_the_next_lesson_is_offered_when_one_is_done(heliograph, phone):
    course = heliograph.import_package(build_package(**SEVERAL))
    phone.goto(heliograph.launch_link(course, f"next-{next(heliograph.numbers)}")[1])
    frame = phone.frame_locator("#activity")
    expect(frame.locator("#found")).to_have_text("yes")
    following = phone.get_by_role("button", name="Next lesson")
    expect(following).to_be_hidden()
    frame.locator("#pass").click()
    following.click()
    expect(frame.get_by_role("heading")).to_have_text(LESSONS[1].title)
    expect(following).to_be_hidden()


def test_a_course_of_one_lesson_can_be_left_on_a_phone(heliograph, phone):
    course = heliograph.import_package(build_package())
    phone.goto(heliograph.launch_link(course, f"single-{next(heliograph.numbers)}")[1])
    expect(phone.frame_locator("#activity").locator("#found")).to_have_text("yes")
    phone.get_by_role("button", name="Menu").click()
    phone.get_by_role("button", name="Save and exit").click()
    expect(phone.get_by_role("heading", name="Progress saved")).to_be_visible()


def has_contact(place):
    expect(place.locator(".contact")).to_contain_text("Brauchen Sie Hilfe?")
    expect(place.get_by_role("link", name=CONTACT["email"])).to_have_attribute(
        "href", re.compile(f"^mailto:{CONTACT['email']}")
    )
    expect(place.get_by_role("link", name=CONTACT["phone"])).to_have_attribute(
        "href", re.compile(r"^tel:\+49")
    )
    expect(place.get_by_role("link", name="nordlicht.example/hilfe")).to_have_attribute(
        "href", CONTACT["url"]
    )


def in_german(browser, seat):
    context = browser.new_context(locale="de-AT")
    seat.page = context.new_page()
    return context


@pytest.mark.parametrize("mode", ["hosted", "embedded"])
def test_who_is_kept_out_reads_in_their_language_whose_course_it_is_and_who_helps(
    product, heliograph, browser, branded, mode
):
    seat, dispatch = branded(mode=mode)
    context = in_german(browser, seat)
    heliograph.change(dispatch, enabled=False)
    seat.open()
    note = seat.note()
    expect(note.locator(".emblem")).to_have_text("Nordlicht Akademie")
    expect(note).to_contain_text("Dieser Kurs ist zurzeit nicht verfügbar.")
    expect(note).to_contain_text("Fehlercode: dispatch_disabled")
    has_contact(note)
    shown = REFERENCE.search(note.inner_text())
    assert shown
    [line] = [line for line in product.log.read_text().splitlines() if shown[0] in line]
    assert "dispatch_disabled" in line
    assert dispatch["id"] in line
    assert "anna" not in line, "nothing of the learner is logged"
    context.close()


def test_a_player_that_is_refused_and_a_link_that_is_shut_say_the_same(heliograph, browser, branded):
    seat, dispatch = branded()
    context = in_german(browser, seat)
    page = seat.page
    learner = {"learner": {"id": "clara", "name": "Clara"}}
    link = heliograph.api("POST", f"/dispatch/{dispatch['id']}/launch", learner)["url"]
    other = heliograph.api("POST", f"/dispatch/{dispatch['id']}/launch", learner)["url"]
    page.goto(link)
    expect(page.frame_locator("#activity").locator("#found")).to_have_text("yes")
    heliograph.change(dispatch, enabled=False)
    page.reload()
    note = page.locator("#message")
    expect(note).to_contain_text("Dieser Kurs ist zurzeit nicht verfügbar.")
    has_contact(note)
    assert REFERENCE.search(note.inner_text())
    page.goto(other)
    note = page.get_by_role("alert")
    expect(note.locator(".emblem")).to_have_text("Nordlicht Akademie")
    expect(note).to_contain_text("Dieser Kurs ist zurzeit nicht verfügbar.")
    has_contact(note)
    page.goto(f"{heliograph.content}/play/{'x' * 50}/")
    expect(page.get_by_role("alert")).to_contain_text("Dieser Link ist ungültig.")
    context.close()
