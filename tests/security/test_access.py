"""Every route, with every role and with a stranger's ids: a new route fails here until it says who may use
it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from tests.fixtures import APP, CONTENT

from heliograph.accounts import actions as accounts
from heliograph.config.api import api as heliograph_api
from heliograph.core.ids import new_id
from heliograph.core.roles import Role

LEAST_ROLE = {
    "GET /org/meta": Role.LEARNER,
    "GET /org/users": Role.ADMIN,
    "PATCH /org/meta": Role.ADMIN,
    "GET /org/overview": Role.ADMIN,
    "GET /org/courses": Role.ADMIN,
    "GET /org/invitations": Role.ADMIN,
    "POST /org/invitations": Role.ADMIN,
    "POST /org/invitations/{invitation_id}/resend": Role.ADMIN,
    "DELETE /org/invitations/{invitation_id}": Role.ADMIN,
    "GET /org/users/{user_id}": Role.ADMIN,
    "GET /org/roles": Role.ADMIN,
    "GET /org/assignments": Role.REPORTER,
    "POST /org/assignments": Role.MANAGER,
    "PATCH /org/assignments/{assignment_id}": Role.MANAGER,
    "DELETE /org/assignments/{assignment_id}": Role.MANAGER,
    "POST /org/roles": Role.ADMIN,
    "PATCH /org/roles/{role_id}": Role.ADMIN,
    "DELETE /org/roles/{role_id}": Role.ADMIN,
    "POST /org/users/{user_id}/role": Role.ADMIN,
    "POST /org/users/{user_id}/deactivate": Role.ADMIN,
    "POST /org/users/{user_id}/reactivate": Role.ADMIN,
    "POST /org/user-imports": Role.ADMIN,
    "GET /org/user-imports/{user_import_id}": Role.ADMIN,
    "GET /org/user-imports/{user_import_id}/errors": Role.ADMIN,
    "POST /org/user-imports/{user_import_id}/apply": Role.ADMIN,
    "POST /org/user-imports/{user_import_id}/undo": Role.ADMIN,
    "GET /org/groups": Role.ADMIN,  # or a manager of groups, by an access token of theirs
    "POST /org/groups": Role.ADMIN,
    "GET /org/groups/{group_id}": Role.ADMIN,
    "PATCH /org/groups/{group_id}": Role.ADMIN,
    "GET /org/groups/{group_id}/members": Role.ADMIN,
    "POST /org/groups/{group_id}/members": Role.ADMIN,
    "DELETE /org/groups/{group_id}/members/{user_id}": Role.ADMIN,
    "DELETE /org/groups/{group_id}": Role.ADMIN,
    "POST /org/users/{user_id}/merge": Role.ADMIN,
    "POST /org/users/{user_id}/unmerge": Role.ADMIN,
    "GET /org/duplicate-users": Role.ADMIN,
    "GET /org/duplicate-users/dismissed": Role.ADMIN,
    "POST /org/duplicate-users/dismiss": Role.ADMIN,
    "POST /org/duplicate-users/restore": Role.ADMIN,
    "GET /org/api-keys": Role.ADMIN,
    "POST /org/api-keys": Role.ADMIN,
    "DELETE /org/api-keys/{key_id}": Role.ADMIN,
    "GET /org/audit-log": Role.ADMIN,
    "GET /org/xapi-summary": Role.REPORTER,
    "GET /org/analytics": Role.REPORTER,
    "GET /org/analytics/courses": Role.REPORTER,
    "GET /org/analytics/customers": Role.REPORTER,
    "GET /org/analytics/comparison": Role.REPORTER,
    "GET /org/analytics/questions": Role.REPORTER,
    "GET /org/analytics/questions/{question_id}": Role.REPORTER,
    "GET /org/analytics/paths": Role.REPORTER,
    "GET /org/person": Role.ADMIN,
    "POST /org/person/erase": Role.ADMIN,
    "GET /org/credentials": Role.ADMIN,
    "POST /org/credentials": Role.ADMIN,
    "DELETE /org/credentials/{credential_id}": Role.ADMIN,
    "GET /courses": Role.REPORTER,
    "GET /courses/{course_id}": Role.REPORTER,
    "PATCH /courses/{course_id}": Role.MANAGER,
    "DELETE /courses/{course_id}": Role.ADMIN,
    "GET /courses/{course_id}/versions": Role.REPORTER,
    "GET /courses/{course_id}/versions/{number}": Role.REPORTER,
    "POST /courses/{course_id}/versions/{number}/publish": Role.MANAGER,
    "GET /courses/{course_id}/versions/{number}/package": Role.REPORTER,
    "GET /courses/{course_id}/versions/{number}/changes": Role.REPORTER,
    "GET /program-holders": Role.REPORTER,
    "POST /program-holders": Role.MANAGER,
    "POST /program-holders/{holder_id}/people": Role.MANAGER,
    "PUT /org/catalog": Role.MANAGER,
    "GET /programs": Role.REPORTER,
    "POST /programs": Role.MANAGER,
    "GET /programs/{program_id}": Role.REPORTER,
    "POST /programs/{program_id}/starts": Role.MANAGER,
    "GET /enrollments": Role.REPORTER,
    "POST /enrollments": Role.MANAGER,
    "GET /enrollments/{enrollment_id}": Role.REPORTER,
    "POST /enrollments/{enrollment_id}/status": Role.MANAGER,
    "POST /program-holder/mark-complete": Role.MANAGER,
    "GET /partners": Role.REPORTER,
    "POST /partners": Role.MANAGER,
    "GET /partners/{partner_id}": Role.REPORTER,
    "PATCH /partners/{partner_id}": Role.MANAGER,
    "POST /partners/{partner_id}/programs": Role.MANAGER,
    "GET /partners/{partner_id}/runs": Role.REPORTER,
    "POST /partners/{partner_id}/runs": Role.MANAGER,
    "GET /partners/{partner_id}/results": Role.REPORTER,
    "POST /partners/{partner_id}/results/{result_id}/match": Role.MANAGER,
    "POST /partners/{partner_id}/results/{result_id}/retry": Role.MANAGER,
    "POST /partners/{partner_id}/results/{result_id}/ignore": Role.MANAGER,
    "POST /partners/{partner_id}/results/{result_id}/correction": Role.MANAGER,
    "GET /wioa/participations": Role.MANAGER,
    "POST /wioa/participations": Role.ADMIN,
    "GET /wioa/participations/{participation_id}": Role.MANAGER,
    "POST /wioa/participations/{participation_id}/services": Role.ADMIN,
    "POST /wioa/participations/{participation_id}/outcomes": Role.ADMIN,
    "GET /wioa/reports": Role.MANAGER,
    "POST /wioa/reports": Role.ADMIN,
    "GET /wioa/reports/{report_id}": Role.MANAGER,
    "GET /wioa/reports/{report_id}/file": Role.ADMIN,
    "GET /claims": Role.REPORTER,
    "POST /claims/{claim_id}/decision": Role.MANAGER,
    "GET /credentials": Role.REPORTER,
    "GET /credentials/templates": Role.REPORTER,
    "POST /credentials/templates": Role.MANAGER,
    "GET /credentials/issuer-keys": Role.REPORTER,
    "POST /credentials/issuer-keys/rotate": Role.ADMIN,
    "POST /credentials/{awarded_id}/revoke": Role.ADMIN,
    "GET /folders": Role.REPORTER,
    "POST /folders": Role.MANAGER,
    "PATCH /folders/{folder_id}": Role.MANAGER,
    "DELETE /folders/{folder_id}": Role.MANAGER,
    "POST /imports": Role.MANAGER,
    "GET /imports": Role.REPORTER,
    "GET /imports/{import_id}": Role.REPORTER,
    "GET /destinations": Role.REPORTER,
    "POST /destinations": Role.MANAGER,
    "GET /destinations/{destination_id}": Role.REPORTER,
    "PATCH /destinations/{destination_id}": Role.MANAGER,
    "DELETE /destinations/{destination_id}": Role.MANAGER,
    "GET /destinations/{destination_id}/packages": Role.MANAGER,
    "GET /destinations/{destination_id}/portal-links": Role.MANAGER,
    "POST /destinations/{destination_id}/portal-links": Role.MANAGER,
    "DELETE /destinations/{destination_id}/portal-links/{link_id}": Role.MANAGER,
    "GET /deployments/{deployment_id}/share-links": Role.MANAGER,
    "POST /deployments/{deployment_id}/share-links": Role.MANAGER,
    "DELETE /deployments/{deployment_id}/share-links/{share_id}": Role.MANAGER,
    "GET /dispatch": Role.REPORTER,
    "POST /dispatch": Role.MANAGER,
    "GET /dispatch/packages": Role.MANAGER,
    "GET /dispatch/{dispatch_id}": Role.REPORTER,
    "PATCH /dispatch/{dispatch_id}": Role.MANAGER,
    "DELETE /dispatch/{dispatch_id}": Role.MANAGER,
    "POST /dispatch/{dispatch_id}/launch": Role.MANAGER,
    "GET /dispatch/{dispatch_id}/package": Role.MANAGER,
    "GET /dispatch/{dispatch_id}/receipts": Role.REPORTER,
    "GET /dispatch/{dispatch_id}/results": Role.REPORTER,
    "POST /dispatch/bulk": Role.MANAGER,
    "POST /dispatch/{dispatch_id}/rekey": Role.MANAGER,
    "GET /dispatch/{dispatch_id}/licenses": Role.REPORTER,
    "POST /dispatch/{dispatch_id}/licenses": Role.MANAGER,
    "GET /destinations/{destination_id}/licenses": Role.REPORTER,
    "POST /destinations/{destination_id}/licenses": Role.MANAGER,
    "GET /licenses/{license_id}": Role.REPORTER,
    "PATCH /licenses/{license_id}": Role.MANAGER,
    "POST /licenses/{license_id}/reset": Role.MANAGER,
    "POST /licenses/{license_id}/end": Role.MANAGER,
    "GET /dispatch/{dispatch_id}/deployments": Role.REPORTER,
    "GET /dispatch/{dispatch_id}/sessions": Role.REPORTER,
    "PATCH /deployments/{deployment_id}": Role.MANAGER,
    "GET /courses/{course_id}/releases": Role.REPORTER,
    "DELETE /courses/{course_id}/releases": Role.MANAGER,
    "POST /courses/{course_id}/versions/{number}/release": Role.MANAGER,
    "GET /dispatch/{dispatch_id}/analytics": Role.REPORTER,
    "GET /analytics": Role.REPORTER,
    "GET /dispatch/{dispatch_id}/postbacks": Role.REPORTER,
    "POST /dispatch/{dispatch_id}/postbacks/{postback_id}/replay": Role.MANAGER,
    "POST /dispatch/{dispatch_id}/signing-secret": Role.MANAGER,
    "GET /registrations": Role.REPORTER,
    "POST /registrations": Role.MANAGER,
    "GET /registrations/{registration_id}": Role.REPORTER,
    "DELETE /registrations/{registration_id}/completion": Role.MANAGER,
    "DELETE /registrations/{registration_id}": Role.ADMIN,
    "POST /registrations/{registration_id}/launch": Role.MANAGER,
    "POST /registrations/{registration_id}/attempts": Role.MANAGER,
    "POST /registrations/{registration_id}/completion": Role.MANAGER,
    "POST /registrations/{registration_id}/reset": Role.MANAGER,
    "POST /registrations/{registration_id}/readmit": Role.MANAGER,
    "POST /registrations/{registration_id}/waivers": Role.MANAGER,
    "POST /registrations/{registration_id}/units": Role.MANAGER,
    "GET /registrations/{registration_id}/sessions": Role.REPORTER,
    "POST /registrations/{registration_id}/sessions/{session_id}/abandon": Role.MANAGER,
    "GET /registrations/{registration_id}/calls": Role.REPORTER,
    "GET /registrations/{registration_id}/completion-receipt": Role.REPORTER,
    "GET /org/pipes": Role.ADMIN,
    "POST /org/pipes": Role.ADMIN,
    "POST /org/pipes/test": Role.ADMIN,
    "GET /org/pipes/{pipe_id}": Role.ADMIN,
    "PATCH /org/pipes/{pipe_id}": Role.ADMIN,
    "DELETE /org/pipes/{pipe_id}/undelivered/{undelivered_id}": Role.ADMIN,
    "DELETE /org/pipes/{pipe_id}": Role.ADMIN,
    "POST /org/pipes/{pipe_id}/try": Role.ADMIN,
    "POST /org/pipes/{pipe_id}/test": Role.ADMIN,
    "GET /org/pipes/{pipe_id}/undelivered": Role.ADMIN,
    "POST /org/pipes/{pipe_id}/undelivered/{undelivered_id}/retry": Role.ADMIN,
    "GET /webhooks": Role.ADMIN,
    "POST /webhooks": Role.ADMIN,
    "GET /webhooks/topics": Role.ADMIN,
    "GET /webhooks/events": Role.ADMIN,
    "GET /webhooks/deliveries": Role.ADMIN,
    "GET /webhooks/{webhook_id}": Role.ADMIN,
    "PATCH /webhooks/{webhook_id}": Role.ADMIN,
    "DELETE /webhooks/{webhook_id}": Role.ADMIN,
    "POST /webhooks/{webhook_id}/rotate-secret": Role.ADMIN,
    "POST /webhooks/{webhook_id}/test": Role.ADMIN,
    "POST /webhooks/{webhook_id}/replay": Role.ADMIN,
    "GET /webhooks/{webhook_id}/deliveries": Role.ADMIN,
    "GET /webhooks/{webhook_id}/deliveries/{delivery_id}": Role.ADMIN,
    "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/replay": Role.ADMIN,
}
OPEN = {
    "POST /dispatch/callback",
    "POST /token",
    "POST /token/refresh",
    "POST /token/revoke",
    "GET /launch/{token}",
}
BODIES = {
    "PATCH /org/meta": {"second_factor_required": False},
    "POST /org/invitations": {"email": "new@northlight.example"},
    "POST /org/users/{user_id}/role": {"role": "reporter"},
    "POST /org/api-keys": {"name": "another"},
    "POST /org/assignments": {"course": "{course_id}", "users": ["{user_id}"]},
    "PATCH /org/assignments/{assignment_id}": {"due_at": "2031-05-20T12:00:00Z"},
    "POST /org/roles": {"name": "Another", "permissions": ["courses.view"]},
    "PATCH /org/roles/{role_id}": {"name": "Changed"},
    "POST /org/credentials": {"name": "another"},
    "PATCH /courses/{course_id}": {"title": "Changed"},
    "POST /destinations": {"name": "Another"},
    "POST /folders": {"name": "Another"},
    "POST /program-holders": {"name": "Another"},
    "POST /program-holders/{holder_id}/people": {"email": "learner@northlight.example"},
    "PUT /org/catalog": {"title": "Careers", "open": True},
    "POST /programs": {"title": "Another"},
    "POST /programs/{program_id}/starts": {"name": "Fall", "starts_on": "2031-09-01"},
    "POST /enrollments": {"program": "{program_id}", "email": "learner@northlight.example"},
    "POST /enrollments/{enrollment_id}/status": {"status": "on_hold", "reason": "Tuition is open."},
    "POST /claims/{claim_id}/decision": {"decision": "verify"},
    "POST /credentials/templates": {"name": "Another", "title": "Certificate"},
    "POST /credentials/{awarded_id}/revoke": {"reason": "Misprinted."},
    "POST /partners": {"name": "Another", "profile": "certiport"},
    "PATCH /partners/{partner_id}": {"name": "Changed"},
    "POST /partners/{partner_id}/programs": {
        "key": "E-2",
        "program": "{program_id}",
        "part": "At a partner",
    },
    "POST /partners/{partner_id}/results/{result_id}/match": {"enrollment": "{enrollment_id}"},
    "POST /partners/{partner_id}/results/{result_id}/ignore": {"reason": "Not ours."},
    "POST /partners/{partner_id}/results/{result_id}/correction": {"decision": "dismiss"},
    "POST /wioa/participations": {"email": "manager@northlight.example", "entered_on": "2026-03-02"},
    "POST /wioa/participations/{participation_id}/services": {"kind": "career", "on": "2026-11-02"},
    "POST /wioa/participations/{participation_id}/outcomes": {
        "year": 2026,
        "quarter": 1,
        "employed": True,
        "match": "1",
    },
    "POST /wioa/reports": {"kind": "indicators", "since": "2026-01-01", "until": "2026-06-30"},
    "POST /program-holder/mark-complete": {
        "enrollmentId": "{enrollment_id}",
        "completedAt": "2026-05-04T12:00:00Z",
    },
    "PATCH /folders/{folder_id}": {"name": "Changed"},
    "PATCH /destinations/{destination_id}": {"name": "Changed"},
    "POST /dispatch": {"course": "{course_id}", "destination": "{destination_id}"},
    "PATCH /dispatch/{dispatch_id}": {"name": "Changed"},
    "POST /dispatch/{dispatch_id}/launch": {"learner": {"id": "anna"}},
    "POST /dispatch/bulk": {"dispatches": ["{dispatch_id}"], "enabled": True},
    "POST /dispatch/{dispatch_id}/rekey": {"grace_days": 1},
    "POST /dispatch/{dispatch_id}/licenses": {"registration_limit": 5},
    "POST /destinations/{destination_id}/licenses": {"registration_limit": 5},
    "PATCH /licenses/{license_id}": {"name": "Changed"},
    "PATCH /deployments/{deployment_id}": {"name": "Changed"},
    "POST /courses/{course_id}/versions/{number}/release": {"destinations": ["{destination_id}"]},
    "POST /registrations": {"course": "{course_id}", "learner": {"id": "boris"}},
    "POST /registrations/{registration_id}/launch": {"mode": "normal"},
    "POST /registrations/{registration_id}/completion": {"reason": "Shown on paper"},
    "POST /registrations/{registration_id}/reset": {"reason": "Began on the wrong course"},
    "POST /registrations/{registration_id}/units": {"unit": "0"},
    "POST /org/users/{user_id}/merge": {"into": "{kept_id}"},
    "POST /org/duplicate-users/dismiss": {"user": "{user_id}", "other": "{kept_id}"},
    "POST /org/duplicate-users/restore": {"user": "{user_id}", "other": "{kept_id}"},
    "POST /org/groups": {"name": "Sales"},
    "POST /org/groups/{group_id}/members": {"emails": ["learner@northlight.example"]},
    "POST /org/pipes": {
        "name": "P",
        "direction": "import",
        "endpoint": "https://lrs.example.org/xapi",
        "key": "k",
        "secret": "s",
    },
    "POST /org/pipes/test": {
        "direction": "import",
        "endpoint": "https://lrs.invalid/xapi",
        "key": "k",
        "secret": "s",
    },
    "PATCH /org/pipes/{pipe_id}": {"name": "Changed"},
    "POST /webhooks": {"url": "https://hooks.example.org/heliograph", "topics": ["*"]},
    "PATCH /webhooks/{webhook_id}": {"description": "Changed"},
}


UPLOADS = ("POST /imports", "POST /org/user-imports")


def operations() -> Iterator[str]:
    for path, methods in heliograph_api.get_openapi_schema()["paths"].items():
        for method in methods:
            yield f"{method.upper()} {path.removeprefix('/api')}"


def filled(template, ids):
    if isinstance(template, dict):
        return {key: filled(value, ids) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, ids) for value in template]
    return template.format(**ids) if isinstance(template, str) else template


def call(program, operation: str, ids):
    method, path = operation.split(" ")
    if operation in UPLOADS:
        return program.client.post(
            f"/api{path}", {}, headers={"Authorization": f"Bearer {program.secret}"}, HTTP_HOST=APP
        )
    query = {"since": 1} if path.endswith("/changes") else None
    body = filled(BODIES.get(operation, {}), ids) if method in ("POST", "PATCH", "PUT") else query
    return program(method, path.format(**ids), body)


def test_this_file_knows_every_operation_of_the_api():
    assert set(operations()) == LEAST_ROLE.keys() | OPEN


def test_without_signing_in_nothing_answers(client, ids):
    for operation in LEAST_ROLE:
        method, path = operation.split(" ")
        answer = getattr(client, method.lower())(f"/api{path.format(**ids)}", HTTP_HOST=APP)
        assert answer.status_code == 401, operation
        assert answer.json()["code"] == "not_signed_in", operation


@pytest.mark.parametrize("role", [Role.LEARNER, Role.REPORTER, Role.MANAGER])
def test_each_role_is_kept_from_what_takes_a_higher_one(tenant, api_as, ids, role):
    program = api_as(tenant, role)
    for operation in (candidate for candidate, least in LEAST_ROLE.items() if least > role):
        answer = call(program, operation, ids)
        if operation in UPLOADS:  # without a file it is not even asked who sends it
            assert answer.status_code in (403, 422)
            continue
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), operation


@pytest.mark.parametrize("role", [Role.REPORTER, Role.MANAGER, Role.OWNER])
def test_each_role_may_do_what_is_its_own(tenant, api_as, ids, role):
    program = api_as(tenant, role)
    mine = [operation for operation, least in LEAST_ROLE.items() if least <= role]
    for operation in sorted(mine, key=lambda operation: operation.startswith("DELETE")):
        assert call(program, operation, ids).status_code in (200, 201, 202, 204, 400, 409, 422), operation


def test_another_organizations_ids_are_not_there(stranger, api_as, ids):
    program = api_as(stranger, Role.OWNER)
    for operation in LEAST_ROLE:
        if "{" not in operation and operation not in (
            "POST /dispatch",
            "POST /dispatch/bulk",
            "POST /enrollments",
            "POST /org/assignments",
            "POST /program-holder/mark-complete",
            "POST /registrations",
        ):
            continue
        assert call(program, operation, ids).status_code == 404, operation


def test_ids_that_are_none_are_not_there(tenant, api_as, ids):
    program = api_as(tenant, Role.OWNER)
    for odd in ("nothing", str(new_id()), "%00", "%F0%9F%92%A5", "..", "a" * 500):
        for operation in (operation for operation in LEAST_ROLE if "_id}" in operation):
            answer = call(program, operation, {**dict.fromkeys(ids, odd), "number": 1})
            assert answer.status_code in (400, 404, 422), (operation, odd)


def pages(resolver=None, prefix="") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver("heliograph.config.urls")).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from pages(entry, route)
        elif route.startswith(("admin/", "records/")):
            yield route, entry


def address(route: str, ids) -> str:
    for part in (
        "str:course_id",
        "str:assignment_id",
        "str:folder_id",
        "str:group_id",
        "str:user_import_id",
        "str:import_id",
        "str:destination_id",
        "str:dispatch_id",
        "str:registration_id",
        "str:member_id",
        "str:role_id",
        "str:invitation_id",
        "str:key_id",
        "str:license_id",
        "str:deployment_id",
        "str:postback_id",
        "str:mail_id",
        "str:list_id",
        "str:link_id",
        "str:share_id",
        "str:credential_id",
        "str:statement_id",
        "str:view_id",
        "str:sha2",
        "str:pipe_id",
        "str:undelivered_id",
        "str:endpoint_id",
        "str:delivery_id",
        "str:question_id",
        "str:program_id",
        "str:cohort_id",
        "str:holder_id",
        "str:enrollment_id",
        "str:part_id",
        "str:claim_id",
        "str:file_id",
        "str:awarded_id",
        "str:template_id",
        "str:name",
        "str:partner_id",
        "str:mapping_id",
        "str:run_id",
        "str:result_id",
        "str:participation_id",
        "str:service_id",
        "str:gain_id",
        "str:attainment_id",
        "str:episode_id",
        "str:report_id",
        "str:layout_id",
    ):
        route = route.replace(f"<{part}>", str(ids[part.removeprefix("str:")]))
    return "/" + route.replace("<int:number>", "1")


def signed_in(tenant, role: Role) -> Client:
    client = Client()
    client.force_login(tenant.organization.memberships.get(role=role.word).user)
    return client


def visit(client: Client, path: str):
    answer = client.get(path)
    return client.post(path) if answer.status_code == 405 else answer


def test_every_page_asks_strangers_to_sign_in(client, ids):
    for route, _ in pages():
        for method in (client.get, client.post):
            answer = method(address(route, ids))
            assert answer.status_code in (302, 405), route
            assert answer.status_code == 405 or answer.url.startswith("/sign-in/"), route


def lets_in(access: Any, role: Role) -> bool:
    if access == "everybody":
        return True
    return bool(role.permissions & set(access) if access else role.permissions)


def test_every_page_says_whom_it_lets_in_and_keeps_to_it(tenant, ids):
    addresses = list(pages())
    assert len(addresses) > 30
    for role in (Role.LEARNER, Role.REPORTER, Role.MANAGER):
        client = signed_in(tenant, role)
        for route, entry in addresses:
            view: Any = entry.callback  # `page` of ours has put on it whom it lets in
            if not lets_in(view.access, role):
                assert visit(client, address(route, ids)).status_code == 403, (route, role)


def test_every_page_treats_another_organizations_rows_as_not_there(stranger, ids):
    client = signed_in(stranger, Role.OWNER)
    for route, _ in pages():
        if "<str:" in route:
            assert visit(client, address(route, ids)).status_code == 404, route


def test_every_page_can_be_seen_by_its_role(tenant, ids):
    client = signed_in(tenant, Role.OWNER)
    for route, _ in pages():
        answer = client.get(address(route, ids))
        assert answer.status_code in (200, 302, 405) or "changes" in route, route


def test_a_page_that_changes_something_takes_the_forms_secret(tenant, ids):
    client = Client(enforce_csrf_checks=True)
    client.force_login(tenant.organization.memberships.get(role="owner").user)
    posts = [route for route, _ in pages() if client.get(address(route, ids)).status_code == 405]
    assert len(posts) > 12
    for route in posts:
        assert client.post(address(route, ids)).status_code == 403, route
    assert (
        client.post(
            "/api/destinations", {"name": "x"}, content_type="application/json", HTTP_HOST=APP
        ).status_code
        == 403
    )


def test_the_content_origin_has_no_pages_and_no_api(tenant, ids):
    client = signed_in(tenant, Role.OWNER)
    for path in (
        "/",
        "/sign-in/",
        "/api/courses",
        "/api/docs",
        "/admin/courses/",
        "/health",
        "/metrics",
        "/static/ui/heliograph.js",
    ):
        answer = client.get(path, HTTP_HOST=CONTENT)
        assert answer.status_code == 404, path
        assert "Set-Cookie" not in answer.headers


def test_every_page_forbids_foreign_frames_and_scripts(tenant, ids):
    client = signed_in(tenant, Role.OWNER)
    answer = client.get("/admin/courses/")
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "script-src 'self';" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert answer["Cache-Control"] == "private, no-store"


def test_a_deactivated_member_is_out_at_once(tenant, ids):
    member = tenant.organization.memberships.select_related("user").get(role="reporter")
    client = signed_in(tenant, Role.REPORTER)
    pair = accounts.sign_in(RequestFactory().post("/api/token"), member.user.email, "long enough", None)
    assert client.get("/admin/courses/").status_code == 200
    accounts.set_member_active(tenant.owner, member, False)
    assert client.get("/admin/courses/").status_code == 403
    bearer = {"Authorization": f"Bearer {pair.access}"}
    assert client.get("/api/courses", headers=bearer, HTTP_HOST=APP).status_code == 401


def test_a_strangers_upload_is_not_even_read(client, db):
    class Unread:
        def read(self, *_):
            raise AssertionError("the body was read")

        readline = read

    environ = {
        "wsgi.input": Unread(),
        "CONTENT_LENGTH": str(2**31),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
    }
    answer = client.generic("POST", "/admin/courses/upload", **environ)
    assert answer.status_code == 302
    assert answer.url.startswith("/sign-in/")
    assert client.generic("POST", "/api/imports", HTTP_HOST=APP, **environ).status_code == 401
