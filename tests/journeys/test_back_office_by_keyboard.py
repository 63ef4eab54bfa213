"""The back office without a mouse: every action of users, groups, imports, roles, folders, assignments,
analytics and webhooks, with Tab, Space, Enter, the arrow keys and Escape alone.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.builders import build_package
from tests.journeys.product import PASSWORD, Heliograph, Product, eventually
from tests.journeys.test_by_keyboard import PATIENCE, press, reach, skip_to_content
from tests.receiver import Receiver, receiver

LONG = 60  # times Tab, through a form with many fields or a list with its filters


@pytest.fixture(scope="module")
def company(product: Product) -> Heliograph:
    return Heliograph.of(product, "keys")


@pytest.fixture(scope="module")
def desk(company: Heliograph, browser: Browser) -> Iterator[Page]:
    """A browser in which the owner is signed in, and whose mouse is never used."""
    page = browser.new_context().new_page()
    page.goto(f"{company.app}/sign-in/")
    page.get_by_label("Email").focus()
    page.keyboard.type("owner@keys.example")
    reach(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Account").wait_for()
    yield page
    page.context.close()


def go(page: Page, address: str) -> None:
    page.goto(address)
    skip_to_content(page)


def skip(page: Page) -> None:
    """To the beginning of the content, from wherever somebody is on the page."""
    page.wait_for_load_state("load")  # by then the scripts of the page have begun to listen
    address = page.url.partition("#")[0]
    page.goto("about:blank")
    go(page, address)


def send(page: Page, target: Locator, most: int = PATIENCE) -> None:
    """Press what changes something and leads to a page that says so."""
    reach(page, target, most=most)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Page, field: Locator, text: str) -> None:
    """Fill a field that Tab leads to, whatever stood there."""
    if not field.evaluate("element => element === document.activeElement"):
        reach(page, field, most=LONG)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def tick(page: Page, box: Locator) -> None:
    reach(page, box, most=LONG)
    page.keyboard.press("Space")


def choose(page: Page, menu: Locator, option: str) -> None:
    """An option of a select, by its first letters."""
    reach(page, menu, most=LONG)
    page.keyboard.type(option)
    expect(menu.locator("option:checked")).to_have_text(re.compile(option))


def button(page: Page, name: str, within: Locator | None = None) -> Locator:
    return (within or page).get_by_role("button", name=name, exact=True)


def answer(page: Page, name: str) -> None:
    """Confirm what is asked in a dialog, perhaps on top of another one."""
    dialog = page.locator("#confirmation")
    expect(dialog).to_be_visible()
    send(page, button(page, name, dialog))


def told(page: Page, sentence: str) -> None:
    expect(page.get_by_text(sentence)).to_be_visible()
    page.wait_for_load_state("load")  # by then the scripts of the page have begun to listen


def arrived(customer: Receiver, number: int) -> None:
    """The endpoint has got so many messages."""
    eventually(lambda: len(customer.received) >= number, f"message {number} arrives")


def test_groups(company: Heliograph, desk: Page) -> None:
    page = desk
    go(page, f"{company.app}/admin/org/groups/")
    press(page, button(page, "Create group"))
    dialog = page.get_by_role("dialog", name="Create group")
    write(page, dialog.get_by_label("Name"), "Sales")
    choose(page, dialog.get_by_label("Type"), "Cohort")
    send(page, button(page, "Create", dialog))
    expect(page.get_by_role("heading", name="Sales", level=1)).to_be_visible()

    skip(page)
    press(page, button(page, "Add users"))
    dialog = page.get_by_role("dialog", name="Add users")
    write(page, dialog.get_by_label("Email addresses"), "owner@keys.example")
    send(page, button(page, "Add", dialog))
    expect(page.get_by_role("cell", name="owner@keys.example").first).to_be_visible()

    skip(page)
    press(page, button(page, "Add manager"), most=LONG)
    dialog = page.get_by_role("dialog", name="Add manager")
    write(page, dialog.get_by_label("Email"), "owner@keys.example")
    send(page, button(page, "Add", dialog))
    press(page, page.get_by_role("button", name=re.compile("Remove .* as manager")), most=LONG)
    told(page, "no longer manages the group.")

    skip(page)
    tick(page, page.locator("tbody .pick"))
    press(page, button(page, "Remove from group"), most=LONG)
    expect(page.get_by_text("No users in this group")).to_be_visible()

    skip(page)
    press(page, button(page, "Edit"))
    dialog = page.get_by_role("dialog", name="Edit group")
    write(page, dialog.get_by_label("Name"), "Field sales")
    send(page, button(page, "Save", dialog))
    expect(page.get_by_role("heading", name="Field sales", level=1)).to_be_visible()
    skip(page)
    press(page, button(page, "Delete…"))
    answer(page, "Delete")
    expect(page.get_by_text("No groups yet")).to_be_visible()


def test_an_import_its_preview_its_columns_and_undoing_it(company: Heliograph, desk: Page) -> None:
    page = desk
    go(page, f"{company.app}/admin/org/users/import/")
    file = page.locator("input[type=file]")
    with page.expect_file_chooser() as chooser:
        reach(page, file)
        page.keyboard.press("Enter")
    users = b"email,who,role\nada@keys.example,Ada Byron,learner\nbo@keys.example,Bo Diaz,nobody\n"
    chooser.value.set_files({"name": "staff.csv", "mimeType": "text/csv", "buffer": users})
    press(page, button(page, "Check file"))
    expect(page.get_by_role("heading", name="Ready to import")).to_be_visible()
    skip(page)
    reach(page, page.get_by_role("link", name="Download all errors"))
    reach(page, page.get_by_role("region", name="Errors"))
    choose(page, page.get_by_label("who"), "Name")
    send(page, button(page, "Check again"), most=LONG)  # the page from before has the same heading
    expect(page.get_by_role("heading", name="Ready to import")).to_be_visible()
    skip(page)
    press(page, button(page, "Import 1 user"))
    expect(page.get_by_role("heading", name="Users imported")).to_be_visible()
    skip(page)
    press(page, button(page, "Undo import…"))
    answer(page, "Undo import")
    expect(page.get_by_role("heading", name="Import undone")).to_be_visible()


def test_merging_users_and_undoing_it(company: Heliograph, desk: Page) -> None:
    page = desk
    for name in ("old", "new"):
        invited = company.api(
            "POST", "/org/invitations", {"email": f"{name}@keys.example", "role": "learner"}
        )
        go_in = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
        go_in.goto(invited["url"])
        write(go_in, go_in.get_by_label("Name"), f"Lena {name}")
        write(go_in, go_in.get_by_label("Password"), PASSWORD)
        press(go_in, button(go_in, "Create account and accept"))
        go_in.get_by_role("button", name="Account").wait_for()
        go_in.context.close()
    go(page, f"{company.app}/admin/org/users/")
    send(page, page.get_by_role("link", name="Lena old").first, most=LONG)
    expect(page.get_by_role("heading", name="Lena old", level=1)).to_be_visible()
    skip(page)
    press(page, button(page, "Merge into…"))
    dialog = page.get_by_role("dialog", name="Merge into another user")
    write(page, dialog.get_by_label("Email of the user to keep"), "new@keys.example")
    press(page, button(page, "Continue", dialog))
    expect(page.locator("#confirmation")).to_contain_text("Merge old@keys.example into new@keys.example?")
    answer(page, "Merge")
    told(page, "old@keys.example was merged.")
    skip(page)
    send(page, page.get_by_role("link", name="old@keys.example"))
    expect(page.get_by_role("heading", name="Lena old", level=1)).to_be_visible()
    skip(page)
    send(page, button(page, "Undo merge"))
    told(page, "The merge was undone.")


def test_roles_their_matrix_and_viewing_as_one(company: Heliograph, desk: Page) -> None:
    page = desk
    go(page, f"{company.app}/admin/org/roles/")
    press(page, button(page, "Create role"))
    dialog = page.get_by_role("dialog", name="Create role")
    write(page, dialog.get_by_label("Name"), "Editor")
    tick(page, dialog.get_by_label("View courses"))
    send(page, button(page, "Create", dialog), most=LONG)
    told(page, "Role “Editor” created.")

    skip(page)
    matrix = page.get_by_role("region", name="Roles and permissions")
    reach(page, matrix)
    press(page, page.get_by_role("button", name="Edit the role “Editor”"))
    dialog = page.get_by_role("dialog", name="Editor")
    tick(page, dialog.get_by_label("View analytics"))
    send(page, button(page, "Save", dialog), most=LONG)
    told(page, "Role “Editor” updated.")

    skip(page)
    send(page, button(page, "View as Editor"), most=LONG)
    told(page, "You are viewing the organization as Editor.")
    skip(page)
    send(page, button(page, "Stop viewing as this role"))
    expect(page.get_by_text("You are viewing the organization as")).to_have_count(0)
    go(page, f"{company.app}/admin/org/roles/")
    press(page, page.get_by_role("button", name="Delete the role “Editor”"), most=LONG)
    answer(page, "Delete")
    told(page, "Role “Editor” deleted.")


def test_folders_tags_and_assignments_of_a_course(company: Heliograph, desk: Page) -> None:
    page = desk
    course = company.import_package(build_package(title="Ladders"))
    go(page, f"{company.app}/admin/courses/folders/")
    press(page, button(page, "New folder").first)
    dialog = page.get_by_role("dialog", name="New folder")
    write(page, dialog.get_by_label("Name"), "Safety")
    send(page, button(page, "Create", dialog))
    skip(page)
    press(page, page.get_by_role("button", name="Edit the folder “Safety”"))
    dialog = page.get_by_role("dialog", name="Safety")
    write(page, dialog.get_by_label("Name"), "Health")
    send(page, button(page, "Save", dialog))
    expect(page.get_by_role("cell", name="Health", exact=True)).to_be_visible()

    go(page, f"{company.app}/admin/courses/")
    for opens, field, ends in (("Add tag…", "Tag", "Add"), ("Move to folder…", "Folder", "Move")):
        tick(page, page.get_by_role("checkbox", name="Select Ladders"))
        press(page, button(page, opens), most=LONG)
        dialog = page.get_by_role("dialog")
        if field == "Tag":
            write(page, dialog.get_by_label(field), "2031")
        else:
            choose(page, dialog.get_by_label(field), "Health")
        send(page, button(page, ends, dialog))
        told(page, "1 course updated.")
        skip(page)
    expect(page.get_by_role("row", name=re.compile("Ladders"))).to_contain_text("Health")

    go(page, f"{company.app}/admin/courses/{course['id']}/assignments/")
    press(page, button(page, "Assign to users"), most=LONG)
    dialog = page.get_by_role("dialog", name="Assign to users")
    write(page, dialog.get_by_label("Email addresses"), "owner@keys.example")
    reach(page, dialog.get_by_label("Due date"))
    page.keyboard.type("05202031")
    send(page, button(page, "Assign", dialog))
    told(page, "Assigned to 1 user.")
    skip(page)
    press(page, page.get_by_role("button", name=re.compile("Change the due date of")), most=LONG)
    dialog = page.get_by_role("dialog")
    due = dialog.get_by_label("Due date")
    if not due.evaluate("element => element === document.activeElement"):
        reach(page, due)
    page.keyboard.type("06212031")
    send(page, button(page, "Save", dialog))
    expect(page.get_by_role("cell", name=re.compile("Jun 2[12], 2031"))).to_be_visible()
    skip(page)
    press(page, page.get_by_role("button", name=re.compile("^Withdraw ")), most=LONG)
    answer(page, "Withdraw")
    expect(page.get_by_text("Not assigned to anybody yet")).to_be_visible()

    go(page, f"{company.app}/admin/courses/folders/")
    press(page, page.get_by_role("button", name="Delete the folder “Health”"))
    answer(page, "Delete")
    expect(page.get_by_text("No folders yet")).to_be_visible()


def test_filters_of_learning_analytics(company: Heliograph, desk: Page) -> None:
    page = desk
    course = company.import_package(build_package(title="Cranes"))
    company.launch_link(course)
    go(page, f"{company.app}/admin/org/analytics/")
    send(page, page.get_by_role("link", name="90 days"))
    skip(page)
    press(page, button(page, "Course"), most=LONG)
    write(page, page.locator("#filter-course").get_by_role("searchbox"), "Cran")
    option = page.locator("#choices-course").get_by_role("link", name="Cranes")
    expect(option).to_be_visible()
    send(page, option)
    expect(page.get_by_role("link", name=re.compile("Course.*Cranes"))).to_be_visible()
    skip(page)
    with page.expect_download() as file:
        press(page, page.get_by_role("link", name="Export CSV: Completion funnel"), most=LONG)
    assert file.value.path().read_text().splitlines()[1].endswith("1")
    skip(page)
    send(page, page.get_by_role("link", name="Compare", exact=True), most=LONG)
    expect(page.get_by_role("link", name="Compare", exact=True)).to_have_attribute("aria-current", "page")
    skip(page)
    send(page, page.get_by_role("link", name=re.compile("Course.*Cranes")), most=LONG)
    expect(page.get_by_role("link", name=re.compile("Course.*Cranes"))).to_have_count(0)


def test_webhooks_their_deliveries_and_replaying_them(company: Heliograph, desk: Page) -> None:
    page = desk
    with receiver() as customer:
        go(page, f"{company.app}/admin/org/webhooks/")
        press(page, button(page, "Add endpoint").first)
        dialog = page.get_by_role("dialog", name="Add endpoint")
        write(page, dialog.get_by_label("Endpoint URL"), customer.url)
        tick(page, dialog.get_by_label("All topics"))
        send(page, button(page, "Add endpoint", dialog), most=2 * LONG)
        expect(page.get_by_text("Copy the signing secret now.")).to_be_visible()
        skip(page)
        send(page, button(page, "Send test event"))
        expect(page.get_by_role("link", name="webhook.test")).to_be_visible()
        arrived(customer, 1)
        endpoint = page.url.partition("#")[0]
        skip(page)
        send(page, page.get_by_role("link", name="webhook.test").first, most=LONG)
        expect(page.get_by_role("heading", name="webhook.test", level=1)).to_be_visible()
        go(page, endpoint)
        send(page, page.get_by_role("button", name=re.compile("Replay webhook.test")), most=LONG)
        arrived(customer, 2)
        expect(page.get_by_role("heading", name="webhook.test", level=1)).to_be_visible()
        skip(page)
        send(page, button(page, "Replay"))
        arrived(customer, 3)
        go(page, endpoint)
        press(page, button(page, "Replay events"))
        dialog = page.get_by_role("dialog", name="Replay events")
        choose(page, dialog.get_by_label("Events"), "All")
        send(page, button(page, "Replay", dialog))
        arrived(customer, 4)
        go(page, endpoint)
        press(page, button(page, "Rotate signing secret"))
        answer(page, "Rotate signing secret")
        expect(page.get_by_text("Copy the signing secret now.")).to_be_visible()
        for name in ("Disable", "Enable"):
            skip(page)
            send(page, button(page, name), most=LONG)
            page.wait_for_load_state("load")
        skip(page)
        press(page, button(page, "Edit"))
        dialog = page.get_by_role("dialog", name="Edit endpoint")
        write(page, dialog.get_by_label("Description"), "Warehouse")
        send(page, button(page, "Save", dialog), most=2 * LONG)
        expect(page.get_by_role("heading", name="Warehouse", level=1)).to_be_visible()
        skip(page)
        press(page, button(page, "Delete"))
        answer(page, "Delete endpoint")
        expect(page.get_by_text("No endpoints yet")).to_be_visible()
