"""Roles that are limited to folders, customers and groups: what is left of them, and that nobody widens
their own limits.

That what lies outside is on no page and in no answer is walked in `tests/security/test_limited_roles.py`.
"""

from dataclasses import replace

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import build_package
from tests.fixtures import APP, Api

from heliograph.accounts import actions, invitations, many_members, queries, scopes
from heliograph.accounts.groups import actions as groups
from heliograph.accounts.models import Membership
from heliograph.accounts.user_imports import actions as user_imports
from heliograph.accounts.user_imports import applying, checking
from heliograph.audit.models import Entry
from heliograph.core import scope
from heliograph.core.actor import Actor
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.ids import new_id
from heliograph.core.permissions import GROUPS, Permission
from heliograph.core.roles import Role
from heliograph.core.scope import Scope
from heliograph.courses import actions as importing_actions
from heliograph.courses import organizing
from heliograph.courses import queries as courses
from heliograph.courses.errors import CourseNotFound, CourseOutside
from heliograph.courses.imports import importing
from heliograph.courses.models import Course, Folder
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch import admission
from heliograph.insights import rollup
from heliograph.runtime.models import Learner, Registration

# Permissions whose acts reach the whole organization.
WHOLE = {
    permission
    for label, group in GROUPS.items()
    if str(label) in ("Insights", "Organization")
    for permission in group
    if permission is not Permission.ANALYTICS_VIEW  # what it counts can be limited
}
ids = st.lists(st.uuids(), max_size=2).map(tuple)


def member(tenant, role: str = "manager") -> Membership:
    return tenant.organization.memberships.select_related("user", "organization").get(role=role)


def limit(tenant, limits: Scope, who: str = "manager") -> Actor:
    """The tenant's manager with limits, acting."""
    return queries.actor_of_member(
        actions.change_role(tenant.owner, member(tenant, who), Role.MANAGER, limits)
    )


def program(client, tenant, limits: Scope) -> Api:
    return Api(client, actions.create_api_key(tenant.owner, "limited", Role.ADMIN, None, limits)[1])


def browser(tenant, who: str = "manager") -> Client:
    made = Client(HTTP_HOST=APP)
    made.force_login(member(tenant, who).user)
    return made


@given(st.sampled_from(Role), ids, ids, ids)
def test_limits_only_ever_take_away(role, folders, destinations, groups):
    limits = Scope(folders, destinations, groups)
    left = scope.within(role, limits).permissions
    assert left <= role.permissions
    assert (left == role.permissions) or limits
    if limits:
        assert not left & WHOLE
        assert Permission.LEARNERS_ERASE not in left


@given(st.sampled_from(["folders", "destinations", "groups"]), ids, ids, ids)
def test_another_kind_of_limit_never_gives_a_permission(kind, folders, destinations, groups):
    limits = Scope(folders, destinations, groups)
    more = Scope(**{**{each: getattr(limits, each) for each in scopes.KINDS}, kind: (new_id(),)})
    if not getattr(limits, kind) and limits:
        assert more.kept <= limits.kept | scope.COURSES
        assert more.kept & scope.COURSES <= (limits.kept if limits.folders else scope.COURSES)


def test_an_owner_is_not_limited(tenant):
    folder = organizing.create_folder(tenant.manager, "Safety")
    limits = Scope(folders=(folder.id,))
    with pytest.raises(Invalid) as refused:
        actions.change_role(tenant.owner, member(tenant, "admin"), Role.OWNER, limits)
    assert refused.value.problem_code == "owner_limited"
    limit(tenant, limits)
    with pytest.raises(Invalid):
        actions.change_role(tenant.owner, member(tenant), Role.OWNER)
    with pytest.raises(Invalid):
        many_members.change_roles(tenant.owner, [member(tenant, "admin"), member(tenant)], Role.OWNER)
    assert member(tenant, "admin").role == "admin"
    with pytest.raises(Invalid):
        invitations.invite(tenant.owner, "new@northlight.example", Role.OWNER, limits)


def test_an_import_makes_no_limited_member_an_owner(tenant, settings):
    limit(tenant, Scope(folders=(organizing.create_folder(tenant.manager, "Safety").id,)))
    file = settings.UPLOAD_FOLDER / "users.csv"
    file.write_text("email,role\nmanager@northlight.example,owner\n")
    job = user_imports.start(tenant.owner, file, "users.csv")
    [row] = checking.check(job.id).rows.all()
    assert [problem["code"] for problem in row.problems] == ["owner_limited"]
    # Limited after the check, before the import is applied.
    row.verdict, row.membership_id = "change", member(tenant).id
    row.save()
    user_imports.apply(tenant.owner, job)
    applying.run(job.id)
    row.refresh_from_db()
    assert (row.outcome, member(tenant).role) == ("skipped", "manager")


def test_limits_are_given_by_invitation_and_hold_from_the_first_moment(tenant, course, mailoutbox):
    limits = Scope(folders=(organizing.create_folder(tenant.manager, "Safety").id,))
    made, url = invitations.invite(tenant.owner, "new@northlight.example", Role.MANAGER, limits)
    joined = invitations.accept_with_password(url.split("/")[-2], "New", "a long enough password")
    actor = queries.actor_of_member(joined)
    assert (made.scope, joined.scope, actor.scope) == (limits, limits, limits)
    made_browser = Client(HTTP_HOST=APP)
    made_browser.force_login(joined.user)
    assert course.title not in made_browser.get("/admin/courses/").text


def test_what_a_role_is_limited_to_stays_a_limit_when_it_is_deleted(tenant, course):
    folder = organizing.create_folder(tenant.manager, "Safety")
    organizing.organize(tenant.manager, [course], folder=folder)
    limit(tenant, Scope(folders=(folder.id,)))
    assert course.title in browser(tenant).get("/admin/courses/").text
    organizing.delete_folder(tenant.owner, folder)
    assert course.title not in browser(tenant).get("/admin/courses/").text
    assert "(deleted)" in browser(tenant).get("/").text


def test_folders_within_a_folder_are_in_its_limits(tenant, course):
    folder = organizing.create_folder(tenant.manager, "Safety")
    below = organizing.create_folder(tenant.manager, "Fire", folder)
    organizing.organize(tenant.manager, [course], folder=below)
    limit(tenant, Scope(folders=(folder.id,)))
    page = browser(tenant).get(f"/admin/courses/?folder={below.id}").text
    assert course.title in page
    assert "Safety / Fire" in page


def test_limits_of_two_kinds_apply_together(tenant, course, dispatch, client):
    folder = organizing.create_folder(tenant.manager, "Safety")
    organizing.organize(tenant.manager, [course], folder=folder)
    other = dispatching.create_destination(tenant.manager, "Another customer")
    both = program(client, tenant, Scope((folder.id,), (dispatch.destination_id,)))
    neither = program(client, tenant, Scope((folder.id,), (other.id,)))
    assert both("GET", f"/dispatch/{dispatch.id}").status_code == 200
    assert neither("GET", f"/dispatch/{dispatch.id}").status_code == 404


def test_an_import_goes_to_the_folder_that_limits_and_to_no_course_elsewhere(
    tenant, course, import_course, client
):
    folder = organizing.create_folder(tenant.manager, "Safety")
    actor = limit(tenant, Scope(folders=(folder.id,)))
    scope.act_as(actor)
    try:
        limited = replace(tenant, actors={**tenant.actors, Role.MANAGER: actor})
        made = import_course(limited, key="mine")
        with pytest.raises(CourseOutside):
            organizing.folder_of_import(actor, course.key)
        with pytest.raises(CourseNotFound):
            courses.course(tenant.organization.id, course.key)
    finally:
        scope.act_as(None)
    assert made.folder == folder


def test_an_import_whose_key_went_to_a_course_elsewhere_meanwhile_is_refused(tenant, import_course, tmp_path):
    folder = organizing.create_folder(tenant.manager, "Safety")
    actor = limit(tenant, Scope(folders=(folder.id,)))
    package = tmp_path / "mine.zip"
    build_package(package)
    started = importing_actions.start_import(actor, package, "mine.zip", "taken", run_here=True)
    import_course(tenant, key="taken")
    job = importing.run(started.id)
    assert (job.state, job.error_code, job.version) == ("refused", "course_outside", None)
    assert Course.objects.get(key="taken").versions.count() == 1


def test_nobody_takes_courses_out_of_the_folders_that_limit_them(tenant, course):
    folder = organizing.create_folder(tenant.manager, "Safety")
    organizing.organize(tenant.manager, [course], folder=folder)
    limit(tenant, Scope(folders=(folder.id,)))
    limited = browser(tenant)
    for path, sent in (
        ("/admin/courses/bulk", {"course": course.id, "do": "folder", "folder": ""}),
        (f"/admin/courses/{course.id}/place", {"folder": "", "tags": ""}),
        ("/admin/courses/folders/new", {"name": "At the top", "parent": ""}),
        (f"/admin/courses/folders/{folder.id}/change", {"name": "Mine", "parent": ""}),
        (f"/admin/courses/folders/{folder.id}/delete", {"confirmed": "1"}),
    ):
        assert limited.post(path, sent).status_code == 403, path
    course.refresh_from_db()
    assert (course.folder, [each.name for each in Folder.objects.all()]) == (folder, ["Safety"])
    assert (
        limited.post("/admin/courses/folders/new", {"name": "Fire", "parent": folder.id}).status_code == 302
    )


def test_nobody_reaches_a_learner_by_giving_them_an_address_of_the_group(tenant, course, client):
    person = member(tenant, "learner")
    group = groups.create(tenant.owner, "Sales")
    groups.add(tenant.owner, group, [person])
    owner = Api(client, actions.create_api_key(tenant.owner, "all", Role.ADMIN)[1])
    anna = owner("POST", "/registrations", {"course": course.key, "learner": {"id": "anna"}}).json()["id"]
    inside = owner(
        "POST", "/registrations", {"course": course.key, "learner": {"id": "me", "email": person.user.email}}
    ).json()["id"]
    limited = program(client, tenant, Scope(groups=(group.id,)))
    assert limited("GET", f"/registrations/{inside}").status_code == 200
    for address in ("", person.user.email):
        learner = {"id": "anna", "name": "Mine", "email": address}
        answer = limited("POST", "/registrations", {"course": course.key, "learner": learner})
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_limits")
    assert limited("GET", f"/registrations/{anna}").status_code == 404
    assert Learner.objects.get(identifier="anna").name == ""


def test_only_people_of_the_groups_are_assigned_courses(tenant, course, client):
    person, other = member(tenant, "learner"), member(tenant, "reporter")
    group = groups.create(tenant.owner, "Sales")
    groups.add(tenant.owner, group, [person])
    folder = organizing.create_folder(tenant.manager, "Safety")
    organizing.organize(tenant.manager, [course], folder=folder)
    limited = program(client, tenant, Scope(folders=(folder.id,), groups=(group.id,)))
    outside = limited("POST", "/org/assignments", {"course": course.key, "users": [str(other.id)]})
    assert (outside.status_code, outside.json()["code"]) == (422, "outside_groups")
    inside = limited("POST", "/org/assignments", {"course": course.key, "users": [str(person.id)]})
    assert inside.status_code == 201
    assert Registration.objects.get().learner.email == person.user.email


def test_nobody_adds_people_to_the_group_that_limits_them(tenant):
    group = groups.create(tenant.owner, "Sales")
    groups.set_manager(tenant.owner, group, member(tenant), True)
    actor = limit(tenant, Scope(groups=(group.id,)))
    with pytest.raises(Forbidden) as refused:
        groups.add(actor, group, [member(tenant, "learner")])
    assert refused.value.problem_code == "outside_limits"


def test_figures_of_learning_are_those_within_the_limits(tenant, course, dispatch, import_course, client):
    other = import_course(tenant, key="other")
    elsewhere = dispatching.create_destination(tenant.manager, "Another customer")
    for learners, of, customer in ((1, course, None), (2, course, elsewhere), (4, other, elsewhere)):
        chosen = dispatching.create_dispatch(tenant.manager, of, customer) if customer else dispatch
        for number in range(learners):
            admission.admit(chosen, f"learner {number}")
    folder = organizing.create_folder(tenant.manager, "Safety")
    organizing.organize(tenant.manager, [course], folder=folder)
    rollup.roll_up()

    def counted(limits: Scope) -> tuple[int, dict[str, int], dict[str, int]]:
        asks = program(client, tenant, limits) if limits else Api(client, everything)
        courses, customers = (
            {row["name"]: row["registered"] for row in asks("GET", f"/org/analytics/{group}").json()["items"]}
            for group in ("courses", "customers")
        )
        return asks("GET", "/org/analytics").json()["outcomes"]["registered"], courses, customers

    everything = actions.create_api_key(tenant.owner, "all", Role.ADMIN)[1]
    mine, theirs = course.title, other.title
    here, there = dispatch.destination.name, "Another customer"
    assert counted(Scope()) == (7, {mine: 3, theirs: 4}, {here: 1, there: 6})
    assert counted(Scope(folders=(folder.id,))) == (3, {mine: 3}, {here: 1, there: 2})
    assert counted(Scope(destinations=(elsewhere.id,))) == (6, {mine: 2, theirs: 4}, {there: 6})
    assert counted(Scope((folder.id,), (elsewhere.id,))) == (2, {mine: 2}, {there: 2})
    limited = program(client, tenant, Scope(destinations=(elsewhere.id,)))
    assert limited("GET", f"/org/analytics?destination={dispatch.destination_id}").status_code == 404
    assert limited("GET", f"/org/analytics?course={theirs}").status_code == 404
    assert limited("GET", f"/org/analytics?course={other.key}").json()["outcomes"]["registered"] == 4
    whole = limited("GET", "/analytics")
    assert (whole.status_code, whole.json()["code"]) == (403, "outside_limits")


def test_the_pages_of_analytics_lead_whoever_is_limited_to_what_can_be(tenant, course, dispatch):
    limit(tenant, Scope(destinations=(dispatch.destination_id,)))
    pages = browser(tenant)
    assert pages.get("/admin/analytics/").headers["Location"] == "/admin/org/analytics/"
    shown = pages.get("/admin/org/analytics/").text
    assert "/admin/org/analytics/paths/" in shown
    assert "/admin/org/analytics/statements/" not in shown
    assert pages.get("/admin/org/analytics/statements/").status_code == 403
    assert pages.get(f"/admin/dispatch/{dispatch.id}/analytics/").status_code == 200
    assert "Last 30 days" not in pages.get("/").text


def test_a_limited_member_still_learns_everything_that_is_theirs(tenant, course):
    """Limits are about what somebody manages, not about what they learn."""
    from heliograph.organizations.assignments import actions as assignments

    assignments.assign(tenant.owner, course, [member(tenant)])
    limit(tenant, Scope(folders=(organizing.create_folder(tenant.owner, "Empty").id,)))
    assert course.title in browser(tenant).get("/lms/").text
    assert browser(tenant).get(f"/lms/courses/{course.id}/").status_code == 200


def test_mails_about_customers_go_to_nobody_who_is_limited(tenant):
    assert member(tenant).user.email in queries.managers(tenant.organization.id)
    limit(tenant, Scope(folders=(organizing.create_folder(tenant.manager, "Safety").id,)))
    assert member(tenant).user.email not in queries.managers(tenant.organization.id)


def test_limits_are_changed_on_the_page_and_by_the_api_and_logged(tenant, dispatch, api_as):
    page = f"/admin/org/users/{member(tenant).id}/"
    admin = browser(tenant, "admin")
    answer = admin.post(f"{page}limits", {"limit_destination": str(dispatch.destination_id)}, follow=True)
    assert "Limited to" in answer.text
    assert dispatch.destination.name in answer.text
    assert Entry.objects.get(verb="changed limits of").details == {
        "before": "",
        "after": f"customers: {dispatch.destination.name}",
    }
    shown = api_as(tenant, Role.ADMIN)("GET", f"/org/users/{member(tenant).id}").json()
    limits = {"folders": [], "destinations": [str(dispatch.destination_id)], "groups": []}
    assert shown["limits"] == limits
    asked = admin.post(f"{page}limits/remove", {"limit": dispatch.destination_id})
    assert "for the whole organization" in asked.text
    admin.post(f"{page}limits/remove", {"limit": dispatch.destination_id, "confirmed": "1"})
    assert not member(tenant).scope
    program = api_as(tenant, Role.ADMIN)
    changed = program("POST", f"/org/users/{member(tenant).id}/role", {"role": "manager", "limits": limits})
    assert changed.json()["limits"] == limits
    kept = program("POST", f"/org/users/{member(tenant).id}/role", {"role": "reporter"})
    assert kept.json()["limits"] == limits


def test_limits_are_not_added_without_end(tenant):
    limit(tenant, Scope(folders=scope.same([new_id() for _ in range(scopes.MOST)])))
    folder = organizing.create_folder(tenant.manager, "Safety")
    page = f"/admin/org/users/{member(tenant).id}/limits"
    refused = browser(tenant, "admin").post(page, {"limit_folder": folder.id}, headers={"X-Dialog": "1"})
    assert (refused.status_code, refused.json()["code"]) == (422, "scope_too_long")
    assert len(member(tenant).scope.folders) == scopes.MOST


@pytest.mark.parametrize("kind", scopes.KINDS)
def test_limits_name_what_the_organization_has(tenant, stranger, kind):
    theirs = {
        "folders": organizing.create_folder(stranger.manager, "Theirs").id,
        "destinations": dispatching.create_destination(stranger.manager, "Theirs").id,
        "groups": groups.create(stranger.owner, "Theirs").id,
    }[kind]
    for wrong in (str(theirs), str(new_id()), "nothing"):
        with pytest.raises(Invalid) as refused:
            scopes.read(tenant.organization.id, {kind: [wrong]})
        assert refused.value.problem_code == "scope_invalid"
    with pytest.raises(Invalid) as refused:
        scopes.read(tenant.organization.id, {kind: [str(new_id())] * 51})
    assert refused.value.problem_code == "scope_too_long"


def test_a_request_leaves_no_limits_behind(tenant, course):
    """The next request of the process, or what runs beside requests, is not limited by the one before."""
    limit(tenant, Scope(folders=(organizing.create_folder(tenant.owner, "Empty").id,)))
    browser(tenant).get("/admin/courses/")
    assert not scope.is_limited()
    assert courses.course(tenant.organization.id, course.key) == course
    assert Course.objects.count() == 1
