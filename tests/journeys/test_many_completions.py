"""A program holder marks a class complete in the browser: by ticks with one proof, and by a file."""

from playwright.sync_api import Page, expect
from tests.builders import build_package
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph, eventually
from tests.marketplace.acts import photo

CLASS = ("ana@example.org", "ben@example.org", "cleo@example.org")


def test_a_class_is_marked_by_ticks_and_the_rest_by_a_file(heliograph: Heliograph, page: Page) -> None:
    enrolled = heliograph.program(heliograph.import_package(build_package()))
    program = heliograph.api("GET", f"/programs/{enrolled['program']}")["title"]
    ids = {}
    heliograph.import_users("email,name", *(f"{email},{email.split('@')[0].title()}" for email in CLASS))
    for email in CLASS:
        made = heliograph.api("POST", "/enrollments", {"program": enrolled["program"], "email": email})
        ids[email] = made["id"]
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/program-holder/")
    for name in ("Ana", "Ben"):
        page.get_by_label(f"Select {name}", exact=True).check()
    page.get_by_role("button", name="Mark complete…").click()
    page.get_by_label("Completed on").fill("2026-05-04")
    page.get_by_label("Proof").set_input_files(
        {"name": "roster.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    page.get_by_role("button", name="Mark complete", exact=True).click()
    expect(page.get_by_text("2 students are marked complete.")).to_be_visible()

    page.get_by_role("link", name="Mark complete by file").click()
    page.get_by_role("button", name="Upload file").first.click()
    rows = [f"{email},{program},2026-05-05" for email in (CLASS[2], CLASS[0], "nobody@example.org")]
    text = "\n".join(["email,program,completed", *rows])
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "class.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text(f"No student with this email address is in “{program}”.")).to_be_visible()
    page.get_by_role("button", name="Mark 1 student complete").click()

    def completed() -> bool:
        parts = heliograph.api("GET", f"/enrollments/{ids[CLASS[2]]}")["parts"]
        return all(part["completed_at"] for part in parts if part["kind"] != "course")

    eventually(completed, "the student of the file is marked complete")
    page.reload()
    expect(page.get_by_role("cell", name="Marked complete")).to_be_visible()
