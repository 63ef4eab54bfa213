"""Every course of the organization with its use, whoever imported it: the page and the API say the same."""

import csv
import io

import pytest
from django.test import Client
from tests.fixtures import APP

from heliograph.core.roles import Role
from heliograph.insights import rollup
from heliograph.runtime import actions as runtime
from heliograph.runtime import corrections


@pytest.fixture
def used(tenant, dispatch):
    """The course of a dispatch, which two learners have and one of them has completed."""
    for identifier in ("a", "b"):
        learner = runtime.ensure_learner(tenant.organization.id, dispatch.destination_id, identifier)
        registration, _ = runtime.register(tenant.manager, dispatch.course, learner, dispatch_id=dispatch.id)
    corrections.complete(tenant.manager, registration, "seen in class")
    rollup.roll_up()
    return dispatch.course


def test_a_course_has_its_importer_versions_use_completion_and_storage(tenant, api_as, used, import_course):
    import_course(tenant, "unused", title="Never dispatched")
    import_course(tenant, used.key, standard="scorm_12", title="Fire safety, 2nd")
    unused, overseen = api_as(tenant, Role.ADMIN)("GET", "/org/courses").json()["items"]
    assert (overseen["key"], overseen["imported_by"], overseen["versions"]) == (used.key, "Manager", 2)
    assert (overseen["dispatches"], overseen["registrations"]) == (1, 2)
    assert (overseen["completed"], overseen["completion_rate"]) == (1, 0.5)
    assert overseen["stored_bytes"] > 1000
    assert (unused["registrations"], unused["completion_rate"]) == (0, None)

    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    shown = " ".join(client.get("/admin/org/courses/").text.split())
    assert "50%" in shown
    text = b"".join(client.get("/admin/org/courses/?csv=1")).decode().removeprefix("\ufeff")
    [_, row] = csv.DictReader(io.StringIO(text))
    assert (row["registrations"], row["completed"], row["stored bytes"]) == (
        "2",
        "1",
        str(overseen["stored_bytes"]),
    )


def test_strangers_courses_are_not_listed(tenant, stranger, api_as, used):
    assert api_as(stranger, Role.OWNER)("GET", "/org/courses").json()["items"] == []
