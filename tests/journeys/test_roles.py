"""Every role in a browser: what it sees, a day's work with it, and how it is refused what it may not do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import Browser, Locator, Page, expect
from tests.builders import build_package
from tests.journeys.product import PASSWORD, Heliograph, Product

OWN_ROLE = {"name": "Content editor", "permissions": ["courses.view", "courses.manage"]}
EDITOR = "content-editor"
RAIL_OF_READERS = [
    "Home",
    "My courses",
    "Courses",
    "Customers",
    "Dispatches",
    "Licenses",
    "Registrations",
    "Programs",
    "Enrollments",
    "Claims",
    "Credentials",
    "Program holders",
    "Partners",
    "Analytics",
    "Learning analytics",
    "Learning records (LRS)",
    "API documentation",
]
RAIL_OF_ADMINS = [
    *RAIL_OF_READERS[:-1],
    "LRS credentials",
    "LRS sync",
    "API documentation",
    "Organization",
    "Email log",
    "Webhooks",
    "Audit log",
    "Data requests",
]
RAILS = {
    "learner": ["My courses"],
    "reporter": RAIL_OF_READERS,
    "manager": RAIL_OF_READERS,
    EDITOR: ["Home", "My courses", "Courses", "API documentation"],
    "admin": RAIL_OF_ADMINS,
    "owner": RAIL_OF_ADMINS,
}
COURSE_TABS = [
    "Overview",
    "Versions",
    "Import report",
    "Assignments",
    "Dispatches",
    "Rollout",
    "Settings",
    "Activity",
]
# What each role is offered in the header of a page; a page that is not named here is refused.
READ_ONLY: dict[str, list[str]] = {
    "courses": ["Folders"],
    "course": [],
    "dispatches": [],
    "dispatch": ["Analytics"],
    "customer": [],
    "registration": [],
}
CHANGES = {
    "courses": ["Folders", "Import course"],
    "course": ["Preview", "Create dispatch", "More actions"],
    "dispatches": ["New dispatch"],
    "dispatch": ["Analytics", "Download package", "More actions"],
    "customer": ["New dispatch"],
    "registration": ["Edit result", "Create launch link"],
}
ADMINISTERS = {
    **CHANGES,
    "organization": [],
    "users": ["Roles and permissions", "Find duplicates", "Import users", "Invite user"],
    "roles": ["Create role"],
    "settings": ["Create API key"],
    "audit log": [],
}
OFFERED = {
    "learner": {},
    "reporter": READ_ONLY,
    "manager": CHANGES,
    EDITOR: {"courses": CHANGES["courses"], "course": ["Preview", "More actions"]},
    "admin": ADMINISTERS,
    "owner": ADMINISTERS,
}
# An address of each of which a role has seen nothing, and what it is told there.
TYPED = {
    "learner": ("courses", "You need the permission “View courses” to do this."),
    "reporter": ("users", "You need the permission “Manage users, groups and roles” to do this."),
    "manager": ("audit log", "You need the permission “View the audit log” to do this."),
    EDITOR: ("dispatch", "You need the permission “View dispatches, customers and licenses” to do this."),
}


@dataclass
class Company:
    """An organization with a member of each role, and a course that is dispatched."""

    heliograph: Heliograph
    pages: dict[str, str]
    course: str
    roles: dict[str, list[str]]

    def email(self, role: str) -> str:
        return f"{role}@roles.example"

    def member(self, role: str) -> str:
        """The id of a member, by the role that they were given at first."""
        [found] = self.heliograph.api("GET", f"/org/users?search={self.email(role)}")["items"]
        return str(found["id"])


@pytest.fixture(scope="module")
def company(product: Product, browser: Browser) -> Company:
    made = Heliograph.of(product, "roles")
    course = made.import_package(build_package(title="Fire safety"), key="fire")
    dispatch = made.dispatch(course)
    registration, _ = made.launch_link(course)
    made.assign(course)
    made.api("POST", "/folders", {"name": "Safety"})
    made.api("POST", "/org/roles", OWN_ROLE)
    for role in ("learner", "reporter", "manager", EDITOR, "admin"):
        _join(browser, made.api("POST", "/org/invitations", {"email": f"{role}@roles.example", "role": role}))
    pages = {
        "courses": "courses/",
        "course": f"courses/{course['id']}/",
        "dispatches": "dispatch/",
        "dispatch": f"dispatch/{dispatch['id']}/",
        "customer": f"destinations/{dispatch['destination']}/",
        "registration": f"registrations/{registration}/",
        "organization": "org/",
        "users": "org/users/",
        "roles": "org/roles/",
        "settings": "org/settings/",
        "audit log": "org/audit-log/",
    }
    roles = {role["key"]: role["permissions"] for role in made.api("GET", "/org/roles")["items"]}
    admin = f"{made.app}/admin/"
    return Company(made, {name: admin + path for name, path in pages.items()}, course["id"], roles)


def _join(browser: Browser, invited: dict[str, Any]) -> None:
    """Accept an invitation, as the page behind its link lets people do."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(invited["url"])
    page.get_by_label("Name").fill(invited["email"].partition("@")[0].replace("-", " ").title())
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account and accept").click()
    page.get_by_role("button", name="Account").wait_for()
    context.close()


@pytest.fixture
def signed_in(company: Company, page: Page) -> Any:
    """Signs a member in by the form; the page that they land on."""

    def sign_in(role: str) -> Page:
        page.goto(f"{company.heliograph.app}/sign-in/")
        page.get_by_label("Email").fill(company.email(role))
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("button", name="Account").wait_for()
        return page

    return sign_in


class Leads(HTMLParser):
    """The addresses in a page: of its links, and those that its forms, buttons and htmx ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.asked: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "a":
            self.links.add(given.get("href") or "")
        self.asked |= {given.get(name) or "" for name in ("action", "formaction", "hx-get", "hx-post")}


def refused_leads(page: Page, company: Company, role: str) -> Iterator[str]:
    """What the pages that a role may open lead to although it is refused there: a page of each kind is
    opened, from the home page on, and the permission that a view takes is compared with those of the role.
    """
    app, permissions = company.heliograph.app, set(company.roles[role])
    waiting, seen = [f"{app}/"], {"dispatch_package"}
    while waiting:
        answer = page.context.request.get(waiting.pop())
        here = resolve(urlsplit(answer.url).path).view_name
        if not answer.ok:
            yield f"{here} answers {answer.status}"
        if "text/html" not in answer.headers["content-type"]:
            continue
        leads = Leads(answer.text())
        for lead in sorted(leads.links | leads.asked):
            target = urljoin(answer.url, lead)
            if not target.startswith(f"{app}/"):
                continue
            view = resolve(urlsplit(target).path)
            access = getattr(view.func, "access", "everybody")
            if access != "everybody" and not (permissions & set(access) if access else permissions):
                yield f"{here} leads to {view.view_name}"
            elif lead in leads.links and view.view_name not in seen:
                seen.add(view.view_name)
                waiting.append(target)
    assert len(seen) > 5


def named(controls: Locator) -> list[str]:
    """What links and buttons that are in sight say, to a screen reader as well."""
    say = "all => all.map((one) => one.getAttribute('aria-label') || one.innerText.trim())"
    return list(controls.filter(visible=True).evaluate_all(say))


def refused(page: Page, sentence: str) -> None:
    """The page says so, and how to go on."""
    problem = page.get_by_role("alert")
    expect(problem.get_by_role("heading", level=1)).to_be_visible()
    expect(problem).to_contain_text(sentence)
    expect(problem.get_by_role("link", name="Back to home")).to_be_visible()


@pytest.mark.parametrize("role", list(RAILS))
def test_a_role_sees_what_it_may_use_and_is_told_what_it_may_not(
    company: Company, signed_in: Any, role: str
) -> None:
    page = signed_in(role)
    assert named(page.get_by_role("navigation", name="Main").get_by_role("link")) == RAILS[role]
    for name, address in company.pages.items():
        answer = page.goto(address)
        if name not in OFFERED[role]:
            assert (name, answer.status) == (name, 403)
            continue
        assert (name, answer.status) == (name, 200)
        controls = page.locator(".head").locator("button, a.do, a.also")
        assert (name, named(controls)) == (name, OFFERED[role][name])
    if role in TYPED:
        name, sentence = TYPED[role]
        page.goto(company.pages[name])
        refused(page, f"{sentence} Contact an owner or administrator.")


@pytest.mark.parametrize("role", ["learner", EDITOR, "manager"])
def test_no_link_and_no_button_leads_a_role_to_a_refusal(company: Company, signed_in: Any, role: str) -> None:
    assert not list(refused_leads(signed_in(role), company, role))


def test_the_tabs_of_a_course_are_those_of_the_permissions(company: Company, signed_in: Any) -> None:
    page = signed_in(EDITOR)
    page.goto(company.pages["course"])
    tabs = named(page.locator(".tabs a"))
    assert tabs == [tab for tab in COURSE_TABS if tab not in ("Assignments", "Dispatches", "Rollout")]


def test_an_address_of_a_button_is_explained(company: Company, signed_in: Any) -> None:
    page = signed_in("manager")
    answer = page.goto(f"{company.pages['courses']}bulk")
    assert answer.status == 405
    refused(page, "This address belongs to a button of a page.")


def confirm(page: Page, button: str) -> None:
    """Answer the question that an action asks first."""
    page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()


def test_an_owner_hands_a_course_over_changes_a_role_and_finds_both_in_the_audit_log(
    company: Company, signed_in: Any
) -> None:
    page = signed_in("owner")
    page.goto(company.pages["courses"])
    page.get_by_role("checkbox", name="Select Fire safety").check()
    page.get_by_role("button", name="Change owner…").click()
    dialog = page.get_by_role("dialog", name="Change owner")
    dialog.get_by_label("New owner").select_option(company.member("manager"))
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 course updated.")).to_be_visible()

    page.goto(f"{company.pages['users']}{company.member('reporter')}/")
    page.get_by_role("button", name="Change role").click()
    dialog = page.get_by_role("dialog", name="Change role")
    dialog.get_by_label("Role of").select_option(label="Content editor")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Reporter has the role Content editor now.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Reporter has the role Reporter now.")).to_be_visible()

    page.get_by_role("link", name="Audit log", exact=True).click()
    log = page.get_by_role("region", name="Audit log")
    expect(log.get_by_role("row", name=re.compile("changed.*Fire safety"))).to_be_visible()
    expect(log.get_by_role("row", name=re.compile("reporter@roles.example")).first).to_be_visible()


def test_an_admin_invites_imports_and_deactivates(company: Company, signed_in: Any) -> None:
    page = signed_in("admin")
    page.goto(company.pages["users"])
    page.get_by_role("button", name="Invite user").click()
    dialog = page.get_by_role("dialog", name="Invite user")
    dialog.get_by_label("Email").fill("nora@roles.example")
    assert "Owner" not in dialog.get_by_label("Role").inner_text()
    dialog.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("textbox", name="Invitation link")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("nora@roles.example"))).to_contain_text("Reporter")

    page.get_by_role("link", name="Import users").click()
    users = b"email,name,groups\nada@roles.example,Ada Byron,Sales\nbo@roles.example,Bo Diaz,Sales\n"
    page.locator("input[type=file]").set_input_files(
        {"name": "staff.csv", "mimeType": "text/csv", "buffer": users}
    )
    page.get_by_role("button", name="Check file").click()
    page.get_by_role("button", name="Import 2 users").click()
    expect(page.get_by_role("heading", name="Users imported")).to_be_visible()
    page.get_by_role("link", name="View users").click()

    page.get_by_role("row", name=re.compile("Bo Diaz")).get_by_role("link", name="Bo Diaz").first.click()
    page.get_by_role("button", name="Deactivate…").click()
    confirm(page, "Deactivate")
    expect(page.get_by_text("Bo Diaz deactivated.")).to_be_visible()

    page.goto(f"{company.pages['users']}{company.member('owner')}/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert named(page.locator(".head").get_by_role("button")) == []


def test_a_manager_imports_a_course_sorts_it_in_and_assigns_it(company: Company, signed_in: Any) -> None:
    page = signed_in("manager")
    page.goto(company.pages["courses"])
    page.get_by_role("button", name="Import course").first.click()
    upload = page.get_by_role("dialog", name="Import course")
    package = build_package(title="Working at height")
    upload.locator("input[type=file]").set_input_files(
        {"name": "height.zip", "mimeType": "application/zip", "buffer": package}
    )
    upload.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("link", name="View course").click()
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_label("Folder", exact=True).select_option(label="Safety")
    page.locator("form", has=page.get_by_label("Folder", exact=True)).get_by_role(
        "button", name="Save"
    ).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Assignments").click()
    page.get_by_role("button", name="Assign to users").click()
    dialog = page.get_by_role("dialog", name="Assign to users")
    dialog.get_by_label("Email addresses").fill(company.email("reporter"))
    dialog.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text("Assigned to 1 user.")).to_be_visible()
    page.get_by_role("link", name="Courses", exact=True).first.click()
    expect(page.get_by_role("row", name=re.compile("Working at height"))).to_contain_text("Safety")


def test_a_reporter_reads_learning_analytics_down_to_the_registrations(
    company: Company, signed_in: Any
) -> None:
    registered = len(company.heliograph.api("GET", f"/registrations?course={company.course}")["items"])
    page = signed_in("reporter")
    page.get_by_role("link", name="Learning analytics").click()
    page.get_by_role("link", name="Courses", exact=True).last.click()
    row = page.get_by_role("row", name=re.compile("Fire safety"))
    row.get_by_role("link", name="Fire safety").click()
    page.get_by_role("region", name="Summary").get_by_role("link", name=str(registered)).click()
    expect(page.get_by_role("heading", name="Registrations", level=1)).to_be_visible()
    assert page.locator("tbody tr").count() == registered


def test_a_learner_opens_a_course_and_finds_the_result(company: Company, signed_in: Any) -> None:
    body = {"course": company.course, "users": [company.member("learner")]}
    company.heliograph.api("POST", "/org/assignments", body)
    page = signed_in("learner")
    page.get_by_role("button", name="Start “Fire safety”").click()
    lesson = page.frame_locator("#activity")
    expect(lesson.locator("#found")).to_have_text("yes")
    lesson.locator("#pass").click()
    page.get_by_role("button", name="Exit").click()
    page.wait_for_url(f"**/lms/courses/{company.course}/")
    expect(page.get_by_role("region", name="Status")).to_contain_text("90")
    expect(page.get_by_role("region", name="History").locator("tbody tr")).to_have_count(1)


def test_a_role_that_loses_a_permission_is_told_so_at_the_next_press(
    company: Company, signed_in: Any
) -> None:
    page = signed_in(EDITOR)
    page.goto(f"{company.pages['courses']}folders/")
    page.get_by_role("button", name="New folder").click()
    dialog = page.get_by_role("dialog", name="New folder")
    dialog.get_by_label("Name").fill("Archive")
    [role] = [role for role in company.heliograph.api("GET", "/org/roles")["items"] if role["key"] == EDITOR]
    company.heliograph.api("PATCH", f"/org/roles/{role['id']}", {"permissions": ["courses.view"]})
    try:
        dialog.get_by_role("button", name="Create").click()
        sentence = "You need the permission “Import, change and publish courses” to do this."
        expect(dialog.get_by_text(sentence)).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Folders")).to_be_visible()
        expect(page.get_by_role("button", name="New folder")).to_have_count(0)
    finally:
        company.heliograph.api("PATCH", f"/org/roles/{role['id']}", OWN_ROLE)


def test_a_learner_who_manages_a_group_finds_it_in_the_navigation(company: Company, signed_in: Any) -> None:
    group = company.heliograph.api("POST", "/org/groups", {"name": "Shift A"})["id"]
    page = signed_in("owner")
    page.goto(f"{company.heliograph.app}/admin/org/groups/{group}/")
    page.get_by_role("button", name="Add manager").click()
    dialog = page.get_by_role("dialog", name="Add manager")
    dialog.get_by_label("Email").fill(company.email("learner"))
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("status")).to_be_visible()
    try:
        page.context.clear_cookies()
        rail = signed_in("learner").get_by_role("navigation", name="Main").get_by_role("link")
        assert named(rail) == ["My courses", "Groups"]
        page.get_by_role("link", name="Groups").click()
        page.get_by_role("link", name="Shift A").click()
        expect(page.get_by_role("heading", name="Shift A")).to_be_visible()
        expect(rail.filter(has_text="Groups")).to_have_attribute("aria-current", "page")
        assert not list(refused_leads(page, company, "learner"))
    finally:
        company.heliograph.api("DELETE", f"/org/groups/{group}")
    page.goto(company.heliograph.app)
    expect(rail).to_have_count(1)
