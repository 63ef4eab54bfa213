"""A learner is kept for as long as they are registered somewhere: with the last registration goes what names
them.
"""

import threading
from datetime import timedelta

import msgspec
import pytest
import time_machine
from django.apps import apps
from django.db import connection, connections, transaction
from tests.fixtures import CONTENT

from heliograph.audit import queries as audit
from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.courses import actions as courses
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch import admission
from heliograph.dispatch.deployments import actions as deployments
from heliograph.dispatch.licenses import actions as licensing
from heliograph.dispatch.models import SessionEvent
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.runtime import actions, corrections
from heliograph.runtime.models import Learner, Registration, RuntimeCall

NAME, MAIL, WHO = "Zuzana Nezapomenutelná", "zuzana@lms.example", "zuzana-4711"


def named_in() -> set[str]:
    """The tables that hold the learner's name, mail address or identifier anywhere."""
    places = set()
    with connection.cursor() as cursor:
        for table in {model._meta.db_table for model in apps.get_models()}:
            cursor.execute(
                f'SELECT EXISTS (SELECT 1 FROM "{table}" t WHERE t::text LIKE ANY (%s))',
                [[f"%{text}%" for text in (NAME, MAIL, WHO)]],
            )
            if cursor.fetchone()[0]:
                places.add(table)
    return places


@pytest.fixture
def register(tenant):
    def run(course, realm=None, **more):
        learner = actions.ensure_learner(
            tenant.organization.id, realm or tenant.organization.id, WHO, NAME, MAIL
        )
        return actions.register(tenant.manager, course, learner, **more)[0]

    return run


def play(client, registration):
    """The course is opened and asks for its learner's name, which the log keeps."""
    session = actions.player_address(registration).rstrip("/").rsplit("/", 1)[1]
    opened = client.post(f"/play/{session}/open", "{}", content_type="text/plain", HTTP_HOST=CONTENT).json()
    commit = {
        "sequence": 1,
        "activity": opened["delivery"]["activity"],
        "calls": [[1, "LMSGetValue", ["cmi.core.student_name"], NAME, 0]],
    }
    sent = msgspec.json.encode({"commits": [commit]}).decode()
    answer = client.post(
        f"/play/{opened['token']}/commit", sent, content_type="text/plain", HTTP_HOST=CONTENT
    )
    assert answer.status_code == 200, answer.content


def test_a_deleted_registration_takes_its_learner_and_its_log_along(tenant, course, client, register):
    registration = register(course)
    play(client, registration)
    assert {"runtime_learner", "runtime_runtimecall"} <= named_in()
    actions.delete_registration(tenant.owner, registration)
    assert named_in() == set()
    assert not RuntimeCall.objects.exists()


def test_the_audit_log_names_a_learner_until_they_are_deleted(tenant, course, import_course, register):
    first, second = register(course), register(import_course(tenant, key="other", standard="scorm_12"))
    told = audit.entries(tenant.organization.id, first.id)
    corrections.complete(tenant.manager, first, "Done on paper")
    actions.delete_registration(tenant.owner, first)
    assert [entry.subject_label for entry in told.all()] == [f"{NAME} on {course}"] * 3
    actions.delete_registration(tenant.owner, second)
    assert {entry.subject_label for entry in told} == {"a deleted learner"}
    assert {entry.details["learner"] for entry in told} == {str(first.learner_id)}
    assert [entry.verb for entry in told] == ["deleted", "recorded completion of", "created"]


def test_a_learner_of_another_course_stays(tenant, course, import_course, register):
    first, second = register(course), register(import_course(tenant, key="other", standard="scorm_12"))
    actions.delete_registration(tenant.owner, first)
    assert Learner.objects.get().name == NAME
    actions.delete_registration(tenant.owner, second)
    assert not Learner.objects.exists()


def test_a_deleted_course_takes_its_learners_along(tenant, course, client, register):
    play(client, register(course))
    courses.delete_course(tenant.owner, course)
    assert named_in() == set()


def test_a_learner_of_a_dispatch_goes_with_all_that_was_kept_of_them(tenant, dispatch, client):
    postbacks.set_address(tenant.manager, dispatch, "https://lms.brandt.example/heliograph")
    registration = admission.admit(dispatch, WHO, NAME, MAIL)
    opening = deployments.Opening("https://lms.example.org", name=NAME, email=MAIL)
    session, _ = deployments.open_session(dispatch, registration, opening)
    play(client, registration)
    SessionEvent.objects.create(
        id=new_id(), organization_id=tenant.organization.id, session_id=session.id, sequence=1, kind="state",
        body={"elements": {"cmi.comments": f"by {NAME}"}}, happened_at=now(), received_at=now(),
    )  # fmt: skip
    assert {"runtime_learner", "dispatch_session", "dispatch_sessionevent", "dispatch_postback"} <= named_in()
    actions.delete_registration(tenant.owner, registration)
    assert named_in() == set()
    admission.preview(dispatch)
    dispatching.delete_dispatch(tenant.manager, dispatch)
    dispatching.delete_destination(tenant.manager, dispatch.destination)
    assert not Learner.objects.exists()


@pytest.mark.parametrize("of", ["dispatch", "destination"])
def test_a_learner_whom_a_license_counted_goes_and_their_place_stays_used(tenant, dispatch, of):
    """The deletion is whole when its transaction ends, which is when PostgreSQL looks at what still refers to
    the learner.
    """
    to = dispatch if of == "dispatch" else dispatch.destination
    license = licensing.attach(tenant.manager, to, learner_limit=2, registration_limit=9, seat_limit=5)
    registration = admission.admit(dispatch, WHO, NAME, MAIL)
    actions.delete_registration(tenant.owner, registration)
    connection.check_constraints()
    assert named_in() == set()
    license.refresh_from_db()
    assert (license.learners_used, license.registrations_used) == (1, 1)
    admission.admit(dispatch, WHO, NAME, MAIL)
    license.refresh_from_db()
    assert license.learners_used == 2, "nothing is left that would know them again"


def test_nothing_else_refers_to_a_learner(db):
    """Learners are deleted by a trigger, which Django's cascades do not follow: whatever refers to them needs
    a trigger of its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE confrelid = 'runtime_learner'::regclass"
        )
        assert {table for (table,) in cursor.fetchall()} == {
            "runtime_registration",
            "dispatch_licenselearner",
        }


def test_a_reset_takes_the_log_along_and_leaves_the_learner(tenant, course, client, register):
    registration = register(course)
    play(client, registration)
    corrections.reset(tenant.manager, registration, "Began on the wrong course")
    assert not RuntimeCall.objects.exists()
    assert Learner.objects.get().name == NAME


def test_a_learner_who_was_never_registered_goes_after_an_hour(tenant, course, register):
    register(course)
    actions.ensure_learner(tenant.organization.id, tenant.organization.id, "nobody", "Nobody")
    actions.forget_learners()
    assert Learner.objects.count() == 2
    with time_machine.travel(now() + timedelta(hours=2)):
        actions.forget_learners()
    assert Learner.objects.get().name == NAME


def test_who_registers_while_their_last_registration_goes_is_known_again(
    tenant, course, import_course, register
):
    first = register(course)
    learner = Learner.objects.get()
    actions.delete_registration(tenant.owner, first)
    second, new = actions.register(
        tenant.manager, import_course(tenant, key="other", standard="scorm_12"), learner
    )
    assert new
    assert (second.learner.name, second.learner.identifier, second.learner.email) == (NAME, WHO, MAIL)


@pytest.mark.django_db(transaction=True)
def test_a_learner_whom_somebody_registers_at_this_moment_is_left_and_nobody_waits(
    tenant, course, import_course, register
):
    first, other = register(course), import_course(tenant, key="other", standard="scorm_12")
    held, deleted = threading.Event(), threading.Event()

    def registering():
        with transaction.atomic():
            actions.register(tenant.manager, other, first.learner)
            held.set()
            assert deleted.wait(30)
        connections.close_all()

    thread = threading.Thread(target=registering)
    thread.start()
    assert held.wait(30)
    actions.delete_registration(tenant.owner, first)
    deleted.set()
    thread.join()
    assert Registration.objects.get().learner.name == NAME
