"""Somebody whose role is limited meets nothing outside of their limits, whatever route they take."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.fixtures import APP, Api
from tests.security.test_access import LEAST_ROLE, UPLOADS, address, call, pages, visit

from heliograph.accounts import actions as accounts
from heliograph.accounts import roles
from heliograph.accounts.groups import actions as groups
from heliograph.core.clock import now
from heliograph.core.roles import Role
from heliograph.core.scope import Scope
from heliograph.core.translation import short_day
from heliograph.courses import organizing
from heliograph.courses.models import Import
from heliograph.delivery.models import Mail
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch.licenses import actions as licensing
from heliograph.dispatch.models import Destination, License, Postback
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.dispatch.releases import actions as releases
from heliograph.dispatch.results import agreement
from heliograph.insights import rollup
from heliograph.runtime.models import Learner, Registration

# A kind of limit with what lies outside of it, as lists could tell it.
KINDS = ("folders", "destinations", "groups")


@pytest.fixture
def elsewhere(tenant) -> dict[str, Scope]:
    """Limits within which there is nothing."""
    return {
        "folders": Scope(folders=(organizing.create_folder(tenant.manager, "Empty").id,)),
        "destinations": Scope(
            destinations=(dispatching.create_destination(tenant.manager, "Quiet customer").id,)
        ),
        "groups": Scope(groups=(groups.create(tenant.owner, "Nobody").id,)),
    }


@pytest.fixture
def names(ids, course, dispatch) -> list[str]:
    """What none of the limited may read."""
    learner = Learner.objects.get(identifier="anna")
    Learner.objects.filter(id=learner.id).update(name="Anna Outside", email="anna@outside.example")
    Destination.objects.filter(id=dispatch.destination_id).update(name="Outside customer")
    type(course).objects.filter(id=course.id).update(title="Outside course", tags=["Outside tag"])
    type(dispatch).objects.filter(id=dispatch.id).update(name="Outside dispatch")
    return ["Outside c", "Outside d", "Outside t", "Anna O", "anna@out", str(course.id), str(dispatch.id)]


def read(answer) -> str:
    content = b"".join(answer) if answer.streaming else answer.content
    return content.decode(errors="ignore")


def limited(tenant, scope: Scope, role: Role = Role.ADMIN):
    member = tenant.organization.memberships.get(role="admin")
    accounts.change_role(tenant.owner, member, role, scope)
    return member


def program_of(client, tenant, scope) -> Api:
    _, secret = accounts.create_api_key(tenant.owner, "limited", Role.ADMIN, None, scope)
    return Api(client, secret)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_outside_of_the_limits_is_not_there_for_programs(client, tenant, ids, names, elsewhere, kind):
    program = program_of(client, tenant, elsewhere[kind])
    for operation in LEAST_ROLE:
        answer = call(program, operation, ids)
        if "_id}" in operation or (operation.startswith(("POST", "PATCH")) and operation not in UPLOADS):
            assert answer.status_code in (403, 404), (operation, answer.content)
        assert not [name for name in names if name in read(answer)], operation


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_outside_of_the_limits_is_on_no_page(tenant, ids, names, elsewhere, kind):
    client = Client(HTTP_HOST=APP)
    client.force_login(limited(tenant, elsewhere[kind]).user)
    for route, entry in pages():
        answer = visit(client, address(route, ids))
        assert not [name for name in names if name in read(answer)], route
        view: Any = entry.callback
        if "<str:" in route and view.access != "everybody":
            assert answer.status_code in (403, 404), route
    for path in (
        "/",
        "/notifications",
        "/lms/",
        "/search?q=Outside",
        "/admin/courses/?csv=1",
        "/admin/registrations/?csv=1",
    ):
        assert not [name for name in names if name in read(client.get(path))], path


@pytest.fixture
def around(tenant, ids, names, course, dispatch) -> dict[str, Scope]:
    """Limits within which everything of the fixture lies."""
    folder = organizing.folder_of(tenant.organization.id, str(ids["folder_id"]))
    organizing.organize(tenant.manager, [course], folder=folder)
    member = tenant.organization.memberships.get(role="learner")
    Learner.objects.filter(identifier="anna").update(email=member.user.email)
    group = groups.create(tenant.owner, "Sales")
    groups.add(tenant.owner, group, [member])
    return {
        "folders": Scope(folders=(folder.id,)),
        "destinations": Scope(destinations=(dispatch.destination_id,)),
        "groups": Scope(groups=(group.id,)),
    }


SEEN = {
    "folders": ("courses", "destinations", "dispatch", "registrations", "licenses"),
    "destinations": ("courses", "destinations", "dispatch", "registrations", "licenses"),
    "groups": ("courses", "registrations"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_inside_of_the_limits_is_found(tenant, ids, around, client, kind):
    program = program_of(client, tenant, around[kind])
    for operation, least in LEAST_ROLE.items():
        method, path = operation.split(" ")
        if method == "GET" and least == Role.REPORTER and path.split("/")[1] in SEEN[kind]:
            if path.endswith("analytics") or (path.endswith("releases") and kind == "groups"):
                continue  # of whole organizations; of customers
            assert call(program, operation, ids).status_code == 200, operation
    browser = Client(HTTP_HOST=APP)
    browser.force_login(limited(tenant, around[kind]).user)
    for what in SEEN[kind]:
        assert "Outside" in browser.get(f"/admin/{what}/").text, what
    assert "Outside course" in browser.get("/search?q=Outside").text
    for answer in (
        program("GET", "/org/analytics/courses"),
        program("GET", f"/org/analytics/comparison?versus_course={ids['course_id']}"),
        browser.get("/admin/org/analytics/courses/"),
        browser.get("/admin/org/analytics/filters/course/"),
    ):
        assert str(ids["course_id"]) in answer.text
    counted = program("GET", "/org/analytics").json()["outcomes"]["registered"]
    assert counted == program("GET", "/org/analytics/comparison").json()["columns"][0]["registered"] > 0
    offered = browser.get("/admin/org/analytics/filters/group/").text
    assert ("Sales" in offered, ">Everybody<" in offered) == (True, kind != "groups")


@pytest.fixture
def beside(tenant, ids, names, course, import_course) -> dict[str, tuple[Scope, list[str]]]:
    """Limits that share a course or a customer with what lies outside, and what of that nobody may read."""
    import_course(tenant, key=course.key, publish=False, title="Second version")
    outside = Destination.objects.get(name="Outside customer")
    releases.release_to(tenant.manager, course.versions.get(number=2), [outside])
    inside = dispatching.create_destination(tenant.manager, "Quiet customer")
    dispatching.create_dispatch(tenant.manager, course, inside)
    member = tenant.organization.memberships.get(role="learner")
    group = groups.create(tenant.owner, "Sales")
    groups.add(tenant.owner, group, [member])
    other = import_course(tenant, key="inside")
    folder = organizing.create_folder(tenant.manager, "Office")
    organizing.organize(tenant.manager, [other], folder=folder)
    dispatching.create_dispatch(tenant.manager, other, outside)
    return {
        "destinations": (
            Scope(destinations=(inside.id,)),
            ["Outside customer", "Outside dispatch", *names[3:5]],
        ),
        "groups": (Scope(groups=(group.id,)), ["Outside customer", "Outside dispatch", *names[3:5]]),
        "folders": (Scope(folders=(folder.id,)), ["Outside course", "Outside tag", *names[3:]]),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shared_with_others_tells_nothing_of_them(tenant, ids, beside, client, kind):
    scope, markers = beside[kind]
    program = program_of(client, tenant, scope)
    for operation in (operation for operation in LEAST_ROLE if operation.startswith("GET")):
        text = read(call(program, operation, ids))
        assert not [name for name in markers if name in text], operation
    browser = Client(HTTP_HOST=APP)
    browser.force_login(limited(tenant, scope).user)
    for route, _ in pages():
        text = read(browser.get(address(route, ids)))
        assert not [name for name in markers if name in text], route


@pytest.fixture
def needing(tenant, ids, names, dispatch) -> dict[str, list[str]]:
    """What needs attention, by the kind of limits within which somebody is told of it; nobody whose role is
    limited is told of the whole organization.
    """
    registration = Registration.objects.get(id=ids["registration_id"])
    Registration.objects.filter(id=registration.id).update(last_activity_at=now())
    written = ("cmi.core.lesson_status", "completed", False)
    agreement.note(dispatch.organization_id, dispatch.id, registration.id, [written], now())
    rollup.roll_up_soon(tenant.organization.id)
    given_up = {"organization_id": dispatch.organization_id, "state": "given up", "created_at": now()}
    Postback.objects.create(
        dispatch=dispatch, registration=registration, kind="registration.changed", body={}, **given_up
    )
    Mail.objects.create(to=["anna@outside.example"], subject="Outside", text="Outside", **given_up)
    Import.objects.create(
        organization=tenant.organization, filename="Outside.zip", state="refused", package_bytes=1
    )
    soon = now() + timedelta(days=9)
    dispatching.change_dispatch(tenant.owner, dispatch, expires_at=soon)
    destination = dispatch.destination
    destination.refresh_from_db()
    full = licensing.attach(tenant.owner, dispatch, name="Full")
    License.objects.filter(id=full.id).update(warnings_sent=["learners 95"])
    licensing.attach(tenant.owner, destination, name="Of all courses", expires_at=soon)
    of_dispatch = [
        "1 result differs in customers' LMSs",
        "Outside dispatch: 1 webhook failed",
        "License “Full” of Outside dispatch is 95% used",
    ]
    of_customer = f"License “Of all courses” of Outside customer ends on {short_day(soon)}"
    ends = f"Outside dispatch ends on {short_day(soon)}"
    return {
        "folders": [*of_dispatch, ends],
        "destinations": [*of_dispatch, of_customer, ends],
        "groups": [],
        "whole": ["1 email could not be sent", "Import failed: Outside.zip", *of_dispatch, of_customer, ends],
    }


def attention(client) -> list[str]:
    """What home and the bell say, which are the same."""
    answer = client.get("/")
    told = [item.text for item in answer.context["attention"]]
    bell = client.get("/notifications")
    assert [item.text for item in bell.context["attention"]] == told
    return told


@pytest.mark.parametrize("kind", KINDS)
def test_what_needs_attention_outside_of_the_limits_is_told_to_nobody(tenant, needing, elsewhere, kind):
    client = Client(HTTP_HOST=APP)
    member = tenant.organization.memberships.get(role="admin")
    client.force_login(member.user)
    assert attention(client) == needing["whole"]
    accounts.change_role(tenant.owner, member, Role.ADMIN, elsewhere[kind])
    assert attention(client) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_needs_attention_within_the_limits_is_told(tenant, needing, around, kind):
    client = Client(HTTP_HOST=APP)
    client.force_login(limited(tenant, around[kind]).user)
    assert attention(client) == needing[kind]
    for item in client.get("/").context["attention"]:
        assert client.get(item.address).status_code == 200, item
    assert client.get("/admin/org/").status_code == 403, "the overview is of the whole organization"


@pytest.mark.parametrize("kind", KINDS)
def test_what_needs_attention_is_not_told_of_what_shares_a_course_or_customer(tenant, needing, beside, kind):
    scope, _ = beside[kind]
    client = Client(HTTP_HOST=APP)
    client.force_login(limited(tenant, scope).user)
    assert attention(client) == []


@pytest.fixture
def whole_license(tenant, dispatch, around) -> License:
    """A license that counts for all courses of the customer, and decides over the dispatch."""
    License.objects.all().delete()
    made = licensing.attach(
        tenant.owner,
        dispatch.destination,
        name="Whole license",
        learner_limit=1_000,
        expires_at=now() + timedelta(days=9),
    )
    License.objects.filter(id=made.id).update(learners_used=987)
    return made


TOLD = ("Whole license", "987 of", short_day(now() + timedelta(days=9)))


def test_a_license_of_all_courses_is_not_told_to_whoever_is_limited_to_folders(
    tenant, client, ids, around, whole_license
):
    program = program_of(client, tenant, around["folders"])
    for operation in (operation for operation in LEAST_ROLE if operation.startswith("GET")):
        text = read(call(program, operation, {**ids, "license_id": whole_license.id}))
        assert "Whole license" not in text, operation
        assert '"learners_used": 987' not in text, operation
    browser = Client(HTTP_HOST=APP)
    browser.force_login(limited(tenant, around["folders"]).user)
    for route, _ in pages():
        text = read(browser.get(address(route, ids)))
        assert not [told for told in TOLD if told in text], route
    customer = f"/admin/destinations/{ids['destination_id']}/"
    assert browser.get(f"{customer}licenses/").status_code == 403
    assert f"{customer}licenses/" not in browser.get(customer).text
    assert "Whole license" not in read(browser.get("/admin/dispatch/?csv=1"))


def test_a_license_of_all_courses_is_told_to_whoever_is_limited_to_the_customer(
    tenant, ids, around, whole_license
):
    browser = Client(HTTP_HOST=APP)
    browser.force_login(limited(tenant, around["destinations"]).user)
    for path in ("/admin/dispatch/", f"/admin/destinations/{ids['destination_id']}/licenses/"):
        assert "Whole license" in browser.get(path).text, path
    assert "987 of 1,000 learners" in browser.get("/admin/dispatch/").text


def test_a_license_of_the_dispatch_is_told_to_whoever_is_limited_to_folders(
    tenant, dispatch, around, whole_license
):
    licensing.attach(tenant.owner, dispatch, name="Own license", launch_limit=10)
    browser = Client(HTTP_HOST=APP)
    browser.force_login(limited(tenant, around["folders"]).user)
    for path in ("/admin/dispatch/", f"/admin/dispatch/{dispatch.id}/limits/"):
        assert "Own license" in browser.get(path).text, path


def test_warnings_of_licenses_are_listed_within_the_limits(tenant, client, dispatch, around, whole_license):
    warned = {"share": 95, "what": "learners"}
    for license in (whole_license, licensing.attach(tenant.owner, dispatch, name="Own license")):
        postbacks.announce(
            dispatch, postbacks.WARNING, {"license": {"id": license.id, "name": license.name}, **warned}
        )
    path = f"/dispatch/{dispatch.id}/postbacks"

    def listed(kind):
        rows = program_of(client, tenant, around[kind])("GET", path).json()["items"]
        return {row["body"]["data"]["license"]["name"]: row["id"] for row in rows if "warn" in row["kind"]}

    assert set(listed("destinations")) == {"Whole license", "Own license"}
    assert set(listed("folders")) == {"Own license"}
    hidden, program = listed("destinations")["Whole license"], program_of(client, tenant, around["folders"])
    assert program("POST", f"{path}/{hidden}/replay").status_code == 404


@pytest.mark.parametrize("kind", ["folders", "destinations"])
def test_nobody_is_offered_to_create_a_customer_outside_of_their_limits(
    tenant, course, dispatch, around, kind
):
    browser = Client(HTTP_HOST=APP, headers={"X-Dialog": "1"})
    browser.force_login(limited(tenant, around[kind]).user)
    page = browser.get("/admin/dispatch/").text
    assert "New dispatch" in page
    assert "new_destination" not in page
    assert "New customer" not in browser.get("/admin/destinations/").text
    sent = {"course": course.id, "new_destination": "Mine"}
    refused = browser.post("/admin/dispatch/new", sent)
    assert (refused.status_code, refused.json()["field"]) == (422, "destination")
    assert refused.json()["detail"] == "Choose a customer."
    assert not Destination.objects.filter(name="Mine").exists()
    made = browser.post("/admin/dispatch/new", {**sent, "destination": dispatch.destination_id})
    assert made.status_code == 200
    assert made["X-Next"].startswith("/admin/dispatch/")


def test_whoever_may_not_manage_customers_is_not_offered_to_create_one(tenant, dispatch):
    roles.create_role(tenant.owner, "Sender", ["courses.view", "dispatches.view", "dispatches.manage"])
    [sender] = roles.custom_roles(tenant.organization.id)
    member = tenant.organization.memberships.get(role="admin")
    accounts.change_role(tenant.owner, member, roles.granted(tenant.organization.id, sender.key))
    browser = Client(HTTP_HOST=APP)
    browser.force_login(member.user)
    page = browser.get("/admin/dispatch/").text
    assert "New dispatch" in page
    assert "new_destination" not in page
