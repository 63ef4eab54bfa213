"""Every form of every page, sent with a wrong value: it stays where it is with its field marked and all that
was typed, and nothing is written.

The pages of an organization that has something of everything are followed from link to link as its owner. A
form that neither `WRONG` nor `BUTTONS` knows fails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import psycopg
import pytest
from django.urls import Resolver404, resolve
from lxml import html
from playwright.sync_api import Browser, Locator, Page, expect
from tests.builders import Au, Sco, build_package, cmi5_course
from tests.demo_lms.client import Lms
from tests.journeys.learner import Seat
from tests.journeys.pages import sign_in
from tests.journeys.product import PASSWORD, Heliograph, Product

TOO_LONG = "x" * 1001
SECRET = "a secret of nobody"
FORGED = "forged"  # what no option of a list says


@dataclass(frozen=True)
class Wrong:
    """A field with a wrong value, the beginning of what is said of it, and what other fields get that do not
    take any words.
    """

    name: str
    value: str
    says: str
    others: dict[str, str] = field(default_factory=dict)


CONNECTION = {"key": "theirs", "endpoint": "https://lrs.example.org/xapi"}
NOT_A_USER = "nobody@example.org is not the email of a user"
ANY_PARTNER = {"every_hours": "24"}
NO_LIMITS = {"limit_folder": "", "limit_destination": "", "limit_group": ""}
NO_FILTERS = {"course": "", "destination": "", "dispatch": ""}
# By the name of the view that takes the form; of several forms of a view, by their fields too.
WRONG = {
    "account_change_password": Wrong("oldpassword", "not mine", "Please type your current password"),
    "account_reauthenticate": Wrong("password", "not mine", "Incorrect password"),
    "api_key_add": Wrong("name", "", "Enter a name for the API key"),
    "audit_retention": Wrong("days", "1", "Enter a whole number from 90 to 3,650"),
    "assignment_due": Wrong("due_at", "9999-01-01", "Enter a date as YYYY-MM-DD"),
    "catalog_change": Wrong("title", "", "Enter a title for the catalog"),
    "claim_reject": Wrong("reason", "", "Enter a reason"),
    "claim_revoke": Wrong("reason", "", "Enter a reason"),
    "course_assign": Wrong("users", "nobody@example.org", NOT_A_USER),
    "course_change": Wrong("title", "", "Enter a course title"),
    "course_place": Wrong("tags", "x" * 41, "Tags can have at most 40 characters"),
    "course_release": Wrong("version", FORGED, "Select a version"),
    "credential_add": Wrong("name", "", "This field is required"),
    "credential_award_reissue": Wrong("holder_name", "", "Enter the name as it should read"),
    "credential_award_revoke": Wrong("reason", "", "Enter a reason"),
    "credential_template_change": Wrong("title", "", "Enter a heading", {"accent": "#8a4b08", "months": "6"}),
    "credential_template_create": Wrong("name", "", "Enter a name for the template"),
    "credential_template_use": Wrong("program", FORGED, "Program not found"),
    "deployment_change": Wrong("name", TOO_LONG, "Ensure this value has at most 200 characters"),
    "destination_branding_change": Wrong("accent", "red", "“red” is not a color", {"background": "#fbfaf7"}),
    "destination_change": Wrong(
        "host", "a host", "“a host” is not an origin", {"redirect_origin": "https://new.example.org"}
    ),
    "destination_create": Wrong("name", "", "Enter a customer name", {"key": "a-new-one"}),
    "destination_license_add": Wrong("seat_limit", "many", "Enter a whole number from 1 to 10,000"),
    "dispatch_branding_change": Wrong("accent", "red", "“red” is not a color", {"background": "#fbfaf7"}),
    "dispatch_change": Wrong(
        "exit_to", "nowhere", "“nowhere” is not a target", {"allowed_domains": "lms.example.org"}
    ),
    "dispatch_change_limits": Wrong("registration_limit", "0", "Learner limit must be"),
    "dispatch_create": Wrong("registration_limit", "0", "Learner limit must be"),
    "dispatch_launch": Wrong("learner", "", "This field is required"),
    "dispatch_license_add": Wrong("grace_share", "101", "Enter a whole number from 0 to 100"),
    "dispatch_rekey": Wrong("grace_days", "long", "Grace period must be"),
    "enrollment_hold": Wrong("reason", "", "Enter a reason"),
    "enrollment_reject": Wrong("reason", "", "Enter a reason"),
    "enrollment_reopen": Wrong("reason", "", "Enter a reason"),
    "enrollment_withdraw": Wrong("reason", "", "Enter a reason"),
    "folder_add": Wrong("name", "", "Enter a name for the folder"),
    "folder_change": Wrong("name", TOO_LONG, "Ensure this value has at most 80 characters"),
    "group_assign": Wrong("due_at", "9999-01-01", "Enter a date as YYYY-MM-DD"),
    "group_change": Wrong("name", "", "Enter a name for the group"),
    "group_create": Wrong("name", "", "Enter a name for the group"),
    "group_manager_add": Wrong("email", "nobody@example.org", "Nobody was added"),
    "group_people_add": Wrong("emails", "nobody@example.org", "Nobody was added"),
    "holder_change": Wrong("name", "", "Enter a name"),
    "holder_claim_reject": Wrong("reason", "", "Enter a reason"),
    "holder_create": Wrong("name", "", "Enter a name"),
    "holder_mark": Wrong("completed_at", "9999-01-01", "Enter a date as YYYY-MM-DD"),
    "holder_person_add": Wrong("email", "nobody@example.org", NOT_A_USER),
    "license_change": Wrong("registration_limit", "0", "Enter a whole number from 1 to 2,000,000,000"),
    "member_invite": Wrong("email", "nobody", "Enter a valid email address", NO_LIMITS),
    "member_limits": Wrong("limit_folder", FORGED, "“forged” was not found"),
    "member_merge": Wrong("email", "nobody@example.org", "No member with the email"),
    "member_role": Wrong("role", FORGED, "Choose one of the options"),
    "mfa_activate_totp": Wrong("code", "1", "Incorrect code"),
    "organization_rename": Wrong("name", TOO_LONG, "Ensure this value has at most 200 characters"),
    "own_profile": Wrong("name", TOO_LONG, "Ensure this value has at most 200 characters"),
    "person_erase": Wrong("typed", "somebody else", "This does not match"),
    "my_badge": Wrong(
        "badge", "https://badges.example.org/1" + TOO_LONG, "Ensure this value has at most 1000"
    ),
    "partner_change": Wrong("name", TOO_LONG, "Ensure this value has at most 200 characters", ANY_PARTNER),
    "partner_create": Wrong("name", "", "Enter a name"),
    "partner_map": Wrong("key", "", "Enter the partner’s ID"),
    "partner_result_accept": Wrong("reason", "", "Enter a reason"),
    "partner_result_ignore": Wrong("reason", "", "Enter a reason"),
    "partner_result_match": Wrong("enrollment", "", "Enter the ID of an enrollment"),
    "completion_upload": Wrong("file", "", "Choose a file"),
    "holder_completion_upload": Wrong("file", "", "Choose a file"),
    "holder_mark_many": Wrong("completed_at", "9999-01-01", "Enter a date as YYYY-MM-DD"),
    "mark_many": Wrong("completed_at", "9999-01-01", "Enter a date as YYYY-MM-DD"),
    "mail_template_change": Wrong("subject", "", "Enter a subject"),
    "partner_upload": Wrong("file", "", "Choose a file"),
    "partner_vouchers": Wrong("codes", "", "Enter one code in each line"),
    "pipe_change": Wrong("name", "", "This field is required", {"key": "theirs", "activities": "urn:x:*"}),
    "pipe_create": Wrong(
        "endpoint", "nowhere", "“nowhere” is not a valid URL", CONNECTION | {"verbs": "", "activities": ""}
    ),
    "portal_links": Wrong("days", "0", "Enter 1 to 730 days"),
    "postback_address": Wrong("postback_url", "ftp://lms.example.org", "“ftp://lms.example.org” is not"),
    "registration_complete": Wrong("points", "many", "Score must be a number"),
    "registration_reset": Wrong("reason", TOO_LONG, "Ensure this value has at most 1000 characters"),
    "registration_waive": Wrong("reason", FORGED, "Choose one of the options"),
    "role_add": Wrong("name", "", "Enter a name for the role"),
    "role_change": Wrong("name", TOO_LONG, "Ensure this value has at most 60 characters"),
    "program_change": Wrong("title", "", "Enter a program title", {"currency": "USD"}),
    "payments_connect": Wrong("secret_key", "pk_test_published", "Enter a secret key of Stripe"),
    "program_payment_change": Wrong("tax_percent", "101", "Enter a percentage from 0 to 100"),
    "voucher_create": Wrong("uses", "0", "Enter a whole number from 1 to 100,000"),
    "program_create": Wrong("title", "", "Enter a program title"),
    "program_enroll": Wrong("email", "nobody@example.org", NOT_A_USER),
    "program_holder_choose": Wrong("holder", FORGED, "Program holder not found"),
    "program_part_add": Wrong("title", TOO_LONG, "Ensure this value has at most 200 characters"),
    "program_part_change": Wrong("title", TOO_LONG, "Ensure this value has at most 200 characters"),
    "program_start_add": Wrong("name", "", "Enter a name for the start"),
    "program_start_change": Wrong("name", "", "Enter a name for the start"),
    "saved_view_add": Wrong("name", "", "Enter a name for the view"),
    "share_links": Wrong("days", "731", "Enter 1 to 730 days"),
    "submit_completion": Wrong("completed_at", "9999-01-01", "Enter a date as YYYY-MM-DD"),
    "upload": Wrong("file", "", "Choose a file to import"),
    "user_import_upload": Wrong("file", "", "Choose a file to import"),
    "users_assign": Wrong("due_at", "9999-01-01", "Enter a date as YYYY-MM-DD"),
    "view_save": Wrong("name", "", "View names must have"),
    "webhook_change": Wrong("url", "ftp://hooks.example.org", "“ftp://hooks.example.org” is not", NO_FILTERS),
    "webhook_create": Wrong("url", "ftp://hooks.example.org", "“ftp://hooks.example.org” is not", NO_FILTERS),
    "webhook_replay": Wrong("state", FORGED, "Choose one of the options"),
}
# Whatever is pasted is answered by what it is; a passkey comes from the browser; a list that has more than a
# page offers a checkbox for all that match.
WITHOUT_REFUSAL = {"verify", "mfa_add_webauthn", "courses_bulk", "group_people_remove", "users_bulk"}
# Forms without a field that a person fills.
BUTTONS = {
    "account_logout",
    "api_key_revoke",
    "assignment_withdraw",
    "catalog_program",
    "choose_language",
    "choose_organization",
    "choose_theme",
    "claim_verify",
    "course_delete",
    "courses_bulk",
    "course_release_back",
    "credential_revoke",
    "credential_template_delete",
    "credential_template_unuse",
    "credential_template_usual",
    "deployment_change",
    "destination_delete",
    "dispatch_bulk",
    "dispatch_delete",
    "dispatch_enable",
    "duplicate_dismiss",
    "enrollment_decide",
    "enrollment_resume",
    "folder_delete",
    "group_delete",
    "group_manager_remove",
    "group_people_remove",
    "holder_claim_verify",
    "holder_delete",
    "holder_person_remove",
    "holder_result_match",
    "invitation_resend",
    "invitation_revoke",
    "license_end",
    "license_reset",
    "mail_retry",
    "mail_template_restore",
    "member_active",
    "my_course_launch",
    "my_credential_privacy",
    "my_part_launch",
    "my_program_withdraw",
    "my_voucher",
    "partner_enable",
    "partner_result_dismiss",
    "partner_result_match",
    "partner_result_retry",
    "partner_run_discard",
    "partner_run_import",
    "partner_synchronize",
    "partner_unmap",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "own_session_end",
    "own_sessions_end",
    "payments_switch",
    "pipe_pause",
    "pipe_remove",
    "pipe_resume",
    "pipe_try",
    "portal_link_revoke",
    "postback_replay",
    "postback_secret",
    "program_delete",
    "program_part_remove",
    "program_publish",
    "program_start_delete",
    "program_unpublish",
    "registration_attempt",
    "registration_launch",
    "registration_readmit",
    "registration_session_end",
    "registration_take_back",
    "role_delete",
    "saved_view_delete",
    "second_factor_setting",
    "share_link_revoke",
    "signing_keys_rotate",
    "trial",
    "undelivered_dismiss",
    "undelivered_retry",
    "users_bulk",
    "version_publish",
    "view_as",
    "view_delete",
    "webhook_delete",
    "webhook_delivery_replay",
    "webhook_disable",
    "webhook_enable",
    "webhook_rotate",
    "webhook_test",
}
# Which of them are confirmed by a name, and the page that has them.
NAMED = {"course_delete", "destination_delete", "dispatch_delete", "second_factor_setting"}
NOT_FOLLOWED = re.compile(r"/package(\?|$)|\.csv|csv=|\.jsonl?|/attachments/|/docs|/static/|cursor=|/mfa/")


# Of every control of a form: what it is, and what is in it. To ask each of them takes longer than typing.
CONTROLS = """(form) => [...form.querySelectorAll("input, select, textarea")].map(
  ({ name, type, inputMode, value }) => ({ name, type, inputMode, value }))"""


@dataclass(frozen=True)
class Found:
    """A form: who takes it, on which page, the path that it is sent to, and the fields that people fill."""

    view: str
    page: str
    action: str
    fields: tuple[str, ...]

    def on(self, page: Page) -> Locator:
        """The form on its page, which is open: its place among the others changes with what happens."""
        place = page.evaluate(
            """([action, fields]) =>
              [...document.querySelectorAll("form[method=post]")].findIndex((form) => {
                const url = new URL(form.getAttribute("action") || location.href, location.href);
                const controls = form.querySelectorAll("input:not([type=hidden]), select, textarea");
                const names = [...controls].map((control) => control.name).filter(Boolean);
                return url.pathname === action && [...new Set(names)].join() === fields;
              })""",
            [self.action, ",".join(self.fields)],
        )
        assert place >= 0, f"{self.view} is no longer on {self.page}"
        return page.locator("form[method=post]").nth(place)


@pytest.fixture(scope="module")
def page(heliograph: Heliograph, browser: Browser) -> Iterator[Page]:
    """A browser of the owner's for all of these tests."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(60_000)
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/account/two-factor/totp/activate/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name="Set up authenticator app").wait_for()
    yield page
    context.close()


@pytest.fixture(scope="module")
def addresses(heliograph: Heliograph, lms: Lms, page: Page) -> list[str]:
    """Where to begin, in an organization with something of everything."""
    scos = [Sco("one", "First lesson", "one.html")]
    course = heliograph.import_package(build_package(scos=scos), key="forms")
    heliograph.import_package(build_package(scos=scos, title="Second"), key="forms", publish=False)
    dispatch = heliograph.dispatch(course)
    heliograph.change(dispatch, postback_url="http://127.0.0.1:9/nobody")
    heliograph.api("POST", f"/dispatch/{dispatch['id']}/licenses", {"learner_limit": 5})
    learner = page.context.browser.new_page()  # type: ignore[union-attr]
    Seat(learner, lms, lms.upload(heliograph.package(dispatch, "scorm12"))).open().ready().leave()
    heliograph.dispatch(course)  # without learners: it can be deleted
    empty = heliograph.api("POST", "/destinations", {"name": "Without dispatches"})["id"]
    units = heliograph.import_package(cmi5_course(nodes=[Au()]))
    waiting, link = heliograph.launch_link(units)
    learner.goto(link)
    expect(learner.frame_locator("#activity").locator("#found")).to_have_text("yes")
    learner.close()
    [deployment] = heliograph.deployments(dispatch)
    for thing, links in (("destinations", "portal-links"), ("deployments", "share-links")):
        of = dispatch["destination"] if thing == "destinations" else deployment["id"]
        heliograph.api("POST", f"/{thing}/{of}/{links}", {"days": 30})
    heliograph.api("POST", "/folders", {"name": "Forms"})
    heliograph.assign(course)
    heliograph.program(course)
    partners = heliograph.partner()
    at = f"{heliograph.app}/admin/marketplace/partners"
    token = next(each["value"] for each in page.context.cookies() if each["name"].endswith("heliograph_csrf"))
    codes: Any = {"codes": "ABCD-1234", "csrfmiddlewaretoken": token}
    page.request.post(f"{at}/{partners['webhook']}/vouchers", form=codes)
    file: Any = {
        "name": "results.csv",
        "mimeType": "text/csv",
        "buffer": b"id,person,exam,is,at,email,name\n",
    }
    page.request.post(
        f"{at}/{partners['file']}/upload", multipart={"file": file, "csrfmiddlewaretoken": token}
    )
    heliograph.api("POST", "/programs", {"title": "Not published", "parts": [{"title": "Exam"}]})
    free = {"title": "Short", "parts": [{"title": "Exam"}], "publish": True}
    short = heliograph.api("POST", "/programs", free)["id"]
    done = heliograph.api("POST", "/enrollments", {"program": short, "email": "owner@northlight.example"})
    marked = {"enrollmentId": done["id"], "completedAt": "2026-05-04T12:00:00Z"}
    heliograph.api("POST", "/program-holder/mark-complete", marked)
    heliograph.api("POST", "/org/roles", {"name": "Forms", "permissions": ["courses.view"]})
    heliograph.api("POST", "/org/invitations", {"email": "new@northlight.example", "role": "reporter"})
    group = heliograph.api("POST", "/org/groups", {"name": "Forms"})["id"]
    heliograph.api("POST", f"/org/groups/{group}/members", {"emails": ["owner@northlight.example"]})
    pipe = {"name": "Away", "direction": "forward", "endpoint": "http://127.0.0.1:9/xapi"}
    heliograph.api("POST", "/org/pipes", pipe | {"key": "theirs", "secret": SECRET})
    endpoint = {"url": "http://127.0.0.1:9/nobody", "topics": ["*"]}
    for enabled in (True, False):
        made = heliograph.api("POST", "/webhooks", endpoint)
        if enabled:
            heliograph.api("POST", f"/webhooks/{made['id']}/test", {})
        else:
            heliograph.api("PATCH", f"/webhooks/{made['id']}", {"enabled": False})
    heliograph.tell(
        heliograph.credential(),
        {
            "actor": {"mbox": "mailto:form@example.org"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
            "object": {"id": "urn:x:forms"},
        },
    )
    at = heliograph.app
    return [
        f"{at}/",
        f"{at}/admin/destinations/{empty}/",
        f"{at}/admin/registrations/{waiting}/",
        f"{at}/account/confirm/",
        f"{at}/account/two-factor/totp/activate/",
        f"{at}/records/people/?person=mbox+mailto:form@example.org",
        f"{at}/records/?verb=passed",
    ]


@pytest.fixture(scope="module")
def found(addresses: list[str], page: Page) -> list[Found]:
    """Every form that is reached from there, each kind of page once for each set of forms."""
    waiting, seen = list(addresses), set(addresses)
    kinds: dict[str, int] = {}
    forms: dict[tuple[str, tuple[str, ...]], Found] = {}
    while waiting:
        address = waiting.pop(0)
        answer = page.request.get(address)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        document = html.fromstring(answer.text())
        for form in _forms(document, answer.url):
            forms.setdefault((form.view, form.fields), form)
        for link in document.iterfind(".//a[@href]"):
            target = urljoin(answer.url, link.get("href")).partition("#")[0]
            kind = _kind(target)
            if kind and target not in seen and kinds.setdefault(kind, 0) < 6:
                kinds[kind] += 1
                seen.add(target)
                waiting.append(target)
    return sorted(forms.values(), key=lambda form: (form.view, form.fields))


def _kind(address: str) -> str:
    """The view of a page of the product; empty for what is not followed."""
    parts = urlsplit(address)
    if parts.hostname != "localhost" or NOT_FOLLOWED.search(address):
        return ""
    try:
        return str(resolve(parts.path).view_name or "")
    except Resolver404:
        return ""


def _forms(document: Any, address: str) -> Iterator[Found]:
    posted = [form for form in document.iter("form") if form.get("method", "").lower() == "post"]
    for form in posted:
        action = urlsplit(urljoin(address, form.get("action") or address)).path
        fields = tuple(
            dict.fromkeys(
                control.get("name")
                for control in form.iter("input", "select", "textarea")
                if control.get("name") and control.get("type") not in ("hidden", "submit")
            )
        )
        yield Found(str(resolve(action).view_name), address, action, fields)


def test_every_form_is_known_and_every_form_that_is_known_is_there(found: list[Found]) -> None:
    with_fields = {form.view for form in found if form.fields}
    assert with_fields - WRONG.keys() - WITHOUT_REFUSAL == set(), "no wrong value for these"
    assert {form.view for form in found if not form.fields} - BUTTONS == set(), "no buttons that are known"
    assert WRONG.keys() - with_fields == set(), "not found on any page"
    assert {form.view for form in found} >= NAMED


def test_a_wrong_value_is_told_at_its_field_and_nothing_else_is_lost_or_written(
    found: list[Found], page: Page, product: Product
) -> None:
    problems = []
    before = rows(product)
    for form in found:
        if form.view in WRONG and form.fields:
            try:
                refused(page, form, WRONG[form.view])
            except AssertionError as failed:
                problems.append(f"{form.view} on {form.page}: {str(failed)[:600]}")
    assert problems == [], "\n".join(problems)
    assert rows(product) == before, "something was written"


def refused(page: Page, found: Found, wrong: Wrong) -> None:
    """Send the form with its wrong value, and see what becomes of it."""
    page.goto(found.page)
    form = found.on(page)
    opened(form)
    kept = fill(form, wrong)
    reloads = form.get_attribute("data-reloads") is not None
    form.locator("button:not([type=button])").first.click()
    control = form.locator(f"[name='{wrong.name}']").first
    expect(control).to_have_attribute("aria-invalid", "true", timeout=10_000)
    expect(control).to_have_accessible_description(re.compile(re.escape(wrong.says)), timeout=2_000)
    expect(control).to_be_focused(timeout=2_000)
    assert (
        form.locator("xpath=ancestor::dialog").count()
        == form.locator("xpath=ancestor::dialog[@open]").count()
    )
    now = {control["name"]: control["value"] for control in form.evaluate(CONTROLS)}
    assert reloads or kept == {name: now[name] for name in kept}


def opened(form: Locator) -> None:
    """Open the dialogs, menus and folded parts that a form is in."""
    form.evaluate(
        """(form) => {
          for (let around = form.parentElement; around; around = around.parentElement) {
            const opener = around.id && document.querySelector(`[data-opens="${around.id}"]`);
            if (around.tagName === "DIALOG" && !around.open) opener ? opener.click() : around.showModal();
            if (around.tagName === "DETAILS") around.open = true;
            if (around.popover && !around.matches(":popover-open")) around.showPopover();
          }
          for (const part of form.querySelectorAll("details")) part.open = true;
        }"""
    )


def fill(form: Locator, wrong: Wrong) -> dict[str, str]:
    """Fill the fields: the wrong value in its own, words that do in the others, a choice where none is made.
    Those that are to be kept.
    """
    kept = {}
    for place, control in enumerate(form.evaluate(CONTROLS)):
        name, kind = control["name"], control["type"]
        field = form.locator("input, select, textarea").nth(place)
        if not name or kind in ("hidden", "checkbox", "radio") or (kind == "file" and name != wrong.name):
            continue
        if name == wrong.name:
            give(field, wrong.value, kind)
        elif kind != "select-one":
            kept[name] = wrong.others.get(name, words(control))
            field.fill(kept[name])
        elif not control["value"]:
            field.select_option(index=1)
    return kept


def give(control: Locator, value: str, kind: str | None) -> None:
    if kind == "file":
        return  # none is chosen
    if value == FORGED:
        control.evaluate(
            "(list, value) => { list.add(new Option(value, value)); list.value = value; }", value
        )
    else:
        control.evaluate(
            "(control) => control.removeAttribute('maxlength')"
        )  # or too much could not be typed
        control.fill(value)


def words(control: dict[str, str]) -> str:
    """What a field of a kind takes."""
    if control["inputMode"] in ("numeric", "decimal"):
        return "7"
    usual = {"date": "2031-05-01", "email": "kept@example.org", "url": "https://kept.example.org/x"}
    return usual.get(control["type"], "kept words")


def rows(product: Product) -> dict[str, int]:
    """How many rows every table has, but those that looking at a page and what runs beside it write."""
    with psycopg.connect(product.postgres.url) as database:
        tables = [
            row[0]
            for row in database.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT SIMILAR TO "
                "'(procrastinate|django|accounts_cache|accounts_failedsignins|audit_seal|usersessions|lrs_count|"
                "lrs_statementcount|lrs_verb|dispatch_postback|delivery|insights|runtime_announced|"
                "webhooks_deliveryattempt|webhooks_event|webhooks_message)%'"
            )
        ]
        return {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # type: ignore[index]


@pytest.mark.parametrize("view", sorted(NAMED))
def test_what_is_worst_is_confirmed_by_its_name_and_a_wrong_one_is_told_in_the_question(
    view: str, found: list[Found], page: Page, product: Product
) -> None:
    [form, *_] = [form for form in found if form.view == view]
    before = rows(product)
    page.goto(form.page)
    shown = form.on(page)
    opened(shown)
    shown.locator("button").first.click()
    question = page.locator("dialog#confirmation")
    expect(question.get_by_role("listitem").first).to_be_visible()
    question.get_by_label("To confirm").fill("another name")
    question.locator("button.do").click()
    typed = question.get_by_label("To confirm")
    expect(typed).to_have_attribute("aria-invalid", "true")
    expect(typed).to_be_focused()
    expect(typed).to_have_accessible_description(re.compile("This does not match"))
    expect(typed).to_have_value("another name")
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_have_count(0)
    assert rows(product) == before


def test_a_message_undoes_what_it_tells_of_and_can_be_closed(
    heliograph: Heliograph, found: list[Found], page: Page
) -> None:
    dispatch = disabled(found, page)
    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text("disabled.")
    assert heliograph.api("GET", f"/dispatch/{dispatch}")["enabled"] is False
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_contain_text("enabled.")
    assert heliograph.api("GET", f"/dispatch/{dispatch}")["enabled"] is True
    toast.get_by_role("button", name="Dismiss").click()
    expect(toast).to_have_count(0)


def test_a_message_goes_after_a_while_but_not_while_it_is_looked_at(
    heliograph: Heliograph, found: list[Found], page: Page
) -> None:
    other = page.context.new_page()
    other.clock.install()
    dispatch = disabled(found, other)
    toast = other.locator("[data-toast]")
    toast.wait_for()
    other.clock.run_for(6_000)
    expect(toast).to_be_visible()
    toast.hover()
    other.clock.run_for(60_000)
    expect(toast).to_be_visible()
    other.mouse.move(0, 0)
    other.clock.run_for(10_000)
    expect(toast).to_have_count(0)
    other.close()
    heliograph.change({"id": dispatch}, enabled=True)


def disabled(found: list[Found], page: Page) -> str:
    """Disable a dispatch on its page; its id."""
    [form, *_] = [form for form in found if form.view == "dispatch_enable"]
    dispatch = str(resolve(urlsplit(form.action).path).kwargs["dispatch_id"])
    page.goto(urljoin(form.page, f"/admin/dispatch/{dispatch}/"))
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Disable", exact=True).click()
    return dispatch
