"""Every page can be used by everybody: WCAG 2.2 AA as far as axe-core can tell, light and dark, on a desk and
on a phone.
"""

from collections.abc import Iterator
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect
from tests import axe
from tests.builders import Sco, build_package
from tests.demo_lms.client import Lms
from tests.journeys.learner import Seat
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph
from tests.journeys.test_opening import Held

STANDARD = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
WIDTHS = (1440, 1024, 390)
THEMES = ("light", "dark")
NARROW_DESK = 1024
# What has to be seen there without scrolling a table.
IN_SIGHT = {
    "versions of a course": "Restore this version",  # where a newer one is published
    "receipts": "Stored in LMS",
    "lms of a registration": "Stored in LMS",
}
# What links lead to besides pages, by the names of their views.
FILES = {
    "api:openapi-json",
    "dispatch_package",
    "jwks",
    "user_import_template",
    "person_download",
    "record_attachment",
    "records_csv",
    "records_jsonl",
    "registration_log_export",
    "version_download",
}
TOLD = {
    "actor": {"mbox": "mailto:ada@example.org", "name": "Ada"},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en": "completed"}},
    "object": {"id": "urn:x:fire", "definition": {"name": {"en": "Fire safety"}}},
    "result": {"score": {"scaled": 0.9}, "duration": "PT4M", "extensions": {"urn:x:tries": [1, 2]}},
    "context": {"instructor": {"mbox": "mailto:bo@example.org"}, "platform": "Heliograph"},
}
BRAND = {"name": "Northlight Academy", "contact": {"email": "help@northlight.example", "phone": "+49 30 1"}}
LESSONS = [Sco("one", "First lesson", "one.html"), Sco("two", "Second lesson", "two.html")]


@pytest.fixture(scope="session")
def lived_in(heliograph: Heliograph, lms: Lms, browser: Browser) -> dict[str, Any]:
    """Addresses of every kind of page, with something on each of them."""
    course = heliograph.import_package(build_package(scos=LESSONS), key="accessible")
    heliograph.import_package(
        build_package(scos=LESSONS, title="Fire safety, second edition"), key="accessible"
    )
    dispatch = heliograph.dispatch(course)
    heliograph.api("PATCH", f"/destinations/{dispatch['destination']}", {"branding": BRAND})
    heliograph.change(dispatch, postback_url="http://127.0.0.1:9/nobody")
    package = lms.upload(heliograph.package(dispatch, "scorm12"))
    page = browser.new_page()
    seat = Seat(page, lms, package).open(quirk="ignore_status").ready()
    seat.press("pass")
    seat.has(**{"score.raw": "90"})
    seat.leave()
    registration = heliograph.registration(dispatch)["id"]
    single = heliograph.dispatch(heliograph.import_package(build_package()))
    seat = Seat(page, lms, lms.upload(heliograph.package(single, "scorm12"))).open().ready()
    seat.press("pass")
    seat.leave()
    page.close()
    completed = heliograph.registration(single)["id"]
    off = heliograph.dispatch(course)
    deployment = heliograph.deployments(dispatch)[0]["id"]
    portal = heliograph.api("POST", f"/destinations/{dispatch['destination']}/portal-links", {"days": 30})[
        "url"
    ]
    share = heliograph.api("POST", f"/deployments/{deployment}/share-links", {"days": 30})["url"]
    receipt = heliograph.api("GET", f"/registrations/{completed}/completion-receipt")["receipt"]
    refused = lms.upload(heliograph.package(off, "scorm12"))
    heliograph.change(off, enabled=False)
    program = heliograph.credential()
    [told] = heliograph.tell(program, TOLD)
    heliograph.tell(
        program,
        {
            "actor": TOLD["actor"],
            "verb": {"id": "urn:x:commented"},
            "object": {"objectType": "StatementRef", "id": told},
        },
    )
    heliograph.api("POST", "/folders", {"name": "Accessible"})
    heliograph.assign(course)
    heliograph.api("POST", "/org/roles", {"name": "Accessible", "permissions": ["courses.view"]})
    enrolled = heliograph.program(course)
    program, part = enrolled["program"], enrolled["parts"][1]["id"]
    partners = heliograph.partner()
    exam = partners["parts"][0]["id"]
    waiting = heliograph.api("GET", f"/partners/{partners['webhook']}/results?status=unmatched")["items"][0][
        "id"
    ]
    claim = heliograph.api("GET", "/claims?status=proposed")["items"][0]["id"]
    holder = heliograph.api("GET", "/program-holders")["items"][0]["id"]
    key = heliograph.api("GET", f"/programs/{program}")["key"]
    free = {"title": "Short", "parts": [{"title": "Exam"}], "publish": True}
    short = heliograph.api("POST", "/programs", free)["id"]
    done = heliograph.api("POST", "/enrollments", {"program": short, "email": enrolled["email"]})["id"]
    marked = {"enrollmentId": done, "completedAt": "2026-05-04T12:00:00Z"}
    number = heliograph.api("POST", "/program-holder/mark-complete", marked)["credential"]
    template = heliograph.api("GET", "/credentials/templates")[0]["id"]
    job = heliograph.api("GET", "/imports?limit=1")["items"][0]["id"]
    admin = f"{heliograph.app}/admin"
    hook = {"url": "http://127.0.0.1:9/nobody", "topics": ["*"], "description": "Data warehouse"}
    endpoint = heliograph.api("POST", "/webhooks", hook)["id"]
    sent = heliograph.api("POST", f"/webhooks/{endpoint}/test", {})["id"]
    addresses = {
        "home": f"{heliograph.app}/",
        "courses": f"{admin}/courses/",
        "assignments of a course": f"{admin}/courses/{course['id']}/assignments/",
        "programs": f"{admin}/marketplace/programs/",
        "program": f"{admin}/marketplace/programs/{program}/",
        **{
            f"{tab} of a program": f"{admin}/marketplace/programs/{program}/{tab}/"
            for tab in ("starts", "students")
        },
        "enrollments": f"{admin}/marketplace/enrollments/",
        "enrollment": f"{admin}/marketplace/enrollments/{enrolled['id']}/",
        "claims": f"{admin}/marketplace/claims/",
        "claim": f"{admin}/marketplace/claims/{claim}/",
        "credentials of students": f"{admin}/marketplace/credentials/",
        "credential of a student": f"{admin}/marketplace/credentials/{number}/",
        "signing keys": f"{admin}/marketplace/credentials/keys/",
        "certificate templates": f"{admin}/marketplace/templates/",
        "certificate template": f"{admin}/marketplace/templates/{template}/",
        "my credential": f"{heliograph.app}/lms/credentials/{number}/",
        "partners": f"{admin}/marketplace/partners/",
        **{
            f"partner by {kind}": f"{admin}/marketplace/partners/{partners[kind]}/"
            for kind in ("webhook", "file")
        },
        "results of partners": f"{admin}/marketplace/partner-results/",
        "result of a partner": f"{admin}/marketplace/partner-results/{waiting}/",
        "results that found nobody": f"{heliograph.app}/program-holder/partner-results/",
        "result that found nobody": f"{heliograph.app}/program-holder/partner-results/{waiting}/",
        "my partner": f"{heliograph.app}/lms/programs/{partners['id']}/parts/{exam}/partner",
        "program holders": f"{admin}/marketplace/holders/",
        "program holder": f"{admin}/marketplace/holders/{holder}/",
        "files of completions": f"{admin}/marketplace/completion-files/",
        "students of a holder": f"{heliograph.app}/program-holder/",
        "student of a holder": f"{heliograph.app}/program-holder/enrollments/{enrolled['id']}/",
        "claims of a holder": f"{heliograph.app}/program-holder/claims/",
        "claim of a holder": f"{heliograph.app}/program-holder/claims/{claim}/",
        "my programs": f"{heliograph.app}/lms/programs/",
        "my program": f"{heliograph.app}/lms/programs/{enrolled['id']}/",
        "proof of completion": f"{heliograph.app}/lms/courses/{part}/submit-completion",
        "my courses": f"{heliograph.app}/lms/",
        "my course": f"{heliograph.app}/lms/courses/{course['id']}/",
        "folders": f"{admin}/courses/folders/",
        "import": f"{admin}/courses/imports/{job}/",
        "course": f"{admin}/courses/{course['id']}/",
        "releases": f"{admin}/courses/{course['id']}/releases/",
        **{
            f"{tab} of a course": f"{admin}/courses/{course['id']}/{tab}/"
            for tab in ("versions", "report", "dispatches", "settings", "activity")
        },
        "compare": f"{admin}/courses/{course['id']}/versions/2/changes",
        "dispatches": f"{admin}/dispatch/",
        "dispatch": f"{admin}/dispatch/{dispatch['id']}/",
        **{
            f"{tab} of a dispatch": f"{admin}/dispatch/{dispatch['id']}/{tab}/"
            for tab in ("learners", "connections", "packages", "limits", "activity")
        },
        **{
            f"{tab} of a customer": f"{admin}/destinations/{dispatch['destination']}/{tab}/"
            for tab in ("licenses", "settings", "activity")
        },
        **{
            f"guide for {name}": f"{heliograph.app}/help/{name}/"
            for name in ("course-owners", "integrators", "clients", "operators", "settings")
        },
        "API reference": f"{heliograph.app}/api/docs",
        "licenses": f"{admin}/licenses/",
        "dispatches, narrowed": f"{admin}/dispatch/?search=a&sort=-usage&since=2026-01-01",
        "dispatches, none": f"{admin}/dispatch/?search=nothing+at+all",
        "receipts": f"{admin}/dispatch/{dispatch['id']}/receipts/",
        "results": f"{admin}/dispatch/{dispatch['id']}/results/",
        "not confirmed": f"{admin}/dispatch/{dispatch['id']}/sessions/?of=unconfirmed",
        "destinations": f"{admin}/destinations/",
        "destination": f"{admin}/destinations/{dispatch['destination']}/",
        "branding": f"{admin}/destinations/{dispatch['destination']}/branding/",
        "branding of a dispatch": f"{admin}/dispatch/{dispatch['id']}/branding/",
        "analytics": f"{admin}/analytics/",
        "analytics, filtered": f"{admin}/analytics/?destination={dispatch['destination']}",
        **{
            f"analytics by {group}": f"{admin}/analytics/{group}/"
            for group in ("destinations", "dispatches", "lms")
        },
        **{
            f"analytics, choosing a {name}": f"{admin}/analytics/filters/{name}/"
            for name in ("course", "destination", "lms")
        },
        "analytics of a dispatch": f"{admin}/dispatch/{dispatch['id']}/analytics/",
        "analytics without anything": f"{admin}/dispatch/{off['id']}/analytics/",
        "registrations": f"{admin}/registrations/",
        "registration": f"{admin}/registrations/{registration}/",
        **{
            f"{tab} of a registration": f"{admin}/registrations/{registration}/{tab}/"
            for tab in ("calls", "lms", "activity")
        },
        "trial": f"{admin}/registrations/{registration}/try",
        "organization": f"{admin}/org/",
        "users": f"{admin}/org/users/",
        "roles": f"{admin}/org/roles/",
        "user": f"{admin}/org/users/{heliograph.api('GET', '/org/users')['items'][0]['id']}/",
        "groups": f"{admin}/org/groups/",
        "group": f"{admin}/org/groups/{heliograph.api('POST', '/org/groups', {'name': 'Sales'})['id']}/",
        "importing users": f"{admin}/org/users/import/",
        "possible duplicates": f"{admin}/org/users/duplicates/",
        "courses of the organization": f"{admin}/org/courses/",
        "settings of the organization": f"{admin}/org/settings/",
        "analytics of the organization": f"{admin}/org/analytics/",
        **{
            f"analytics: {name}": f"{admin}/org/analytics/{name}/"
            for name in ("courses", "customers", "compare", "questions", "statements")
        },
        "analytics: paths": f"{admin}/org/analytics/paths/?course={course['id']}",
        **{
            f"analytics, {place or 'outcomes'}: choosing a {name}": (
                f"{admin}/org/analytics/{place}filters/{name}/?course={course['id']}"
            )
            for place in ("", "courses/", "customers/", "compare/", "questions/", "paths/")
            for name in ("course", "destination", "group")
        },
        **{
            f"analytics, comparing with a {name}": f"{admin}/org/analytics/compare/filters/versus_{name}/"
            for name in ("course", "destination", "group")
        },
        "users, choosing a group": f"{admin}/org/users/groups",
        "profile": f"{heliograph.app}/account/",
        **{
            f"{name} of oneself": f"{heliograph.app}/account/{name}/"
            for name in ("password", "sessions", "two-factor", "confirm")
        },
        "authenticator app": f"{heliograph.app}/account/two-factor/totp/activate/",
        "passkey": f"{heliograph.app}/account/two-factor/webauthn/add/",
        "pipes": f"{heliograph.app}/records/pipes/",
        "audit log": f"{admin}/org/audit-log/",
        "webhooks": f"{admin}/org/webhooks/",
        "topics of webhooks": f"{admin}/org/webhooks/topics",
        "deliveries of webhooks": f"{admin}/org/webhooks/deliveries/",
        "webhook": f"{admin}/org/webhooks/{endpoint}/",
        "delivery of a webhook": f"{admin}/org/webhooks/{endpoint}/deliveries/{sent}/",
        "postbacks": f"{admin}/dispatch/{dispatch['id']}/postbacks/",
        "completion receipt": f"{admin}/registrations/{completed}/completion-receipt",
        "portal links": f"{admin}/destinations/{dispatch['destination']}/links/",
        "share links": f"{admin}/deployments/{deployment}/links/",
        "outbox": f"{admin}/outbox/",
        "records": f"{heliograph.app}/records/",
        "records, filtered and followed": (
            f"{heliograph.app}/records/?live=1&learner=mbox+mailto:ada@example.org&activity=urn:x:fire"
        ),
        **{
            f"records, choosing a {name}": f"{heliograph.app}/records/choices/{name}"
            for name in ("learner", "activity", "verb")
        },
        "records, none": f"{heliograph.app}/records/?verb=waived&until=2001-01-01",
        "records, refused": f"{heliograph.app}/records/?verb=danced",
        "statement": f"{heliograph.app}/records/{told}",
        "credentials": f"{heliograph.app}/records/credentials/",
        "people": f"{heliograph.app}/records/people/",
        "people, searched": f"{heliograph.app}/records/people/?who=nobody",
        "people, chosen": f"{heliograph.app}/records/people/?person=mbox+mailto:ada@example.org",
    }
    guests = {
        "portal": portal,
        "portal, with an LMS chosen": f"{portal}?lms=moodle",
        "share": share,
        "verify": f"{heliograph.app}/verify/",
        "catalog": f"{heliograph.app}/catalog/",
        "catalog, filtered": f"{heliograph.app}/catalog/?q=technicain&delivery=online&order=price",
        "compared programs": f"{heliograph.app}/catalog/compare/?program={key}",
        "program in the catalog": f"{heliograph.app}/catalog/{key}/",
        "credential": f"{heliograph.app}/verify/{number}/",
        "forgotten password": f"{heliograph.app}/forgot-password/",
        "closed link": f"{heliograph.app}/portal/nobody-knows/",
        "refused player": f"{heliograph.content}/play/{'x' * 50}/",
    }
    return {
        "addresses": addresses,
        "guests": guests,
        "receipt": receipt,
        "course": course,
        "refused": refused,
    }


@pytest.fixture(params=THEMES)
def look(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one theme, on a desk for the light one and on a phone for the dark one."""
    width = {"light": WIDTHS[0], "dark": WIDTHS[-1]}[request.param]
    context = browser.new_context(
        color_scheme=request.param, viewport={"width": width, "height": 800}, reduced_motion="reduce"
    )
    yield context
    context.close()


def findings(page: Page | Frame, name: str, within: str | None = None) -> list[str]:
    """What is wrong with a page or a part of it, each in a line: axe's violations, and a body that scrolls
    sideways.
    """
    violations = [
        f"{name}: {violation['id']}: {node['target']}: {node['failureSummary'].splitlines()[-1].strip()}"
        for violation in axe.violations(page, within, STANDARD)
        for node in violation["nodes"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        violations.append(f"{name}: scrolls sideways")
    return violations


def dialogs(page: Page, name: str) -> list[str]:
    """The same for every dialog of the page, opened."""
    problems = []
    for opener in page.locator("[data-opens]").all():
        target = opener.get_attribute("data-opens")
        page.evaluate("(id) => document.getElementById(id).showModal()", target)
        problems += findings(page, f"{name}, {target}", f"#{target}")
        page.evaluate("(id) => document.getElementById(id).close()", target)
    return problems


@pytest.mark.slow
def test_our_pages_can_be_used_by_everybody(
    heliograph: Heliograph, lived_in: dict[str, Any], browser: Browser
) -> None:
    """Each page once, at one of three widths and in one of two themes; `make pictures` sees them all."""
    page = browser.new_page(reduced_motion="reduce")
    page.goto(f"{heliograph.app}/sign-in/")
    problems = findings(page, "sign-in")
    sign_in(page, heliograph)
    addresses: dict[str, str] = lived_in["addresses"]
    linked: dict[str, str] = {}
    for (name, address), width, theme in zip(addresses.items(), cycle(WIDTHS), cycle(THEMES), strict=False):
        page.set_viewport_size({"width": NARROW_DESK if name in IN_SIGHT else width, "height": 800})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        answer = page.goto(address)
        assert answer
        assert answer.status == (422 if name.endswith("refused") else 200), address
        said = f"{name}, {theme} at {width}"
        problems += findings(page, said) + dialogs(page, said)
        if name in IN_SIGHT:
            box = page.get_by_text(IN_SIGHT[name], exact=True).filter(visible=True).first.bounding_box()
            assert box, name
            assert box["x"] + box["width"] <= NARROW_DESK, name
        links = page.eval_on_selector_all("a[href]", "links => links.map((link) => link.href)")
        linked |= {route(link): link for link in links if link.startswith(f"{heliograph.app}/")}
    assert not problems, "\n".join(problems)
    seen = {route(address) for address in (*addresses.values(), *lived_in["guests"].values())}
    forgotten = [f"{name}: {linked[name]}" for name in linked.keys() - seen - FILES]
    assert not forgotten, "\n".join(forgotten)
    page.close()


def route(address: str) -> str:
    """The name of what answers at an address of ours; its path where it is of the content origin."""
    path = urlsplit(address).path
    return path if path.startswith("/play/") else resolve(path).view_name


def test_pages_for_people_without_an_account_can_be_used_by_everybody(
    heliograph: Heliograph, lived_in: dict[str, Any], look: BrowserContext
) -> None:
    page = look.new_page()
    problems = []
    for name, address in lived_in["guests"].items():
        page.goto(address)
        problems += findings(page, name)
    page.goto(lived_in["guests"]["verify"])
    page.get_by_label("Receipt").fill(lived_in["receipt"])
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("status")).to_contain_text("Valid.")
    problems += findings(page, "verify, valid")
    page.get_by_label("Receipt").fill("something else")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("status")).to_contain_text("Not recognized.")
    problems += findings(page, "verify, not recognized")
    assert not problems, "\n".join(problems)


def test_the_player_and_what_a_learner_is_told_can_be_used_by_everybody(
    heliograph: Heliograph, lms: Lms, lived_in: dict[str, Any], look: BrowserContext
) -> None:
    page = look.new_page()
    opening = Held(page, "**/play/*/open")
    page.goto(heliograph.launch_link(lived_in["course"], f"axe-{next(heliograph.numbers)}")[1])
    expect(page.locator("#splash").get_by_role("status")).to_contain_text("longer than usual")
    problems = findings(page, "player, loading")
    opening.let_go()
    course = page.frame_locator("#activity")
    expect(course.locator("#found")).to_have_text("yes")
    problems += findings(page, "player")
    course.locator("#fail").click()
    page.locator("#contents-toggle").click()
    if page.locator("#contents").is_hidden():
        page.locator("#contents-toggle").click()
    expect(page.locator("[data-state=failed]")).to_be_visible()
    problems += findings(page, "player, contents")
    lesson = Held(page, "**/two.html*")
    page.locator("[data-activity=two]").click()
    expect(page.locator("#skeleton").get_by_role("progressbar")).to_be_visible()
    problems += findings(page, "player, between lessons")
    lesson.let_go()
    expect(course.locator("#found")).to_have_text("yes")
    if page.locator("#exit").is_hidden():
        page.locator("#contents-toggle").click()
    page.get_by_role("button", name="Save and exit").click()
    expect(page.get_by_role("heading", name="Progress saved")).to_be_visible()
    problems += findings(page, "player, ended")
    launch = Held(page, "**/d/*/launch")
    Seat(page, lms, lived_in["refused"]).open()
    stub = page.locator("#content").element_handle().content_frame()
    stub.locator(".splash").get_by_role("progressbar").wait_for()  # type: ignore[union-attr]
    problems += findings(stub, "package, loading")  # type: ignore[arg-type]
    launch.let_go()
    seat = Seat(page, lms, lived_in["refused"]).open()
    expect(seat.note()).to_contain_text("Error code: dispatch_disabled")
    stub = page.locator("#content").element_handle().content_frame()
    problems += findings(stub, "refusal")  # type: ignore[arg-type]
    assert not problems, "\n".join(problems)
