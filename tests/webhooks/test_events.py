"""What each part tells: the event of every topic comes from the change itself, and in the catalog's shape."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from heliograph.accounts import actions as accounts
from heliograph.accounts import invitations
from heliograph.core import clock
from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.courses import actions as courses
from heliograph.courses.imports import importing
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch import admission, webhook_events
from heliograph.dispatch.deployments import actions as deployments
from heliograph.dispatch.licenses import actions as licensing
from heliograph.marketplace.completion import actions as completion
from heliograph.marketplace.completion.actions import Completion
from heliograph.marketplace.completion.files import ProofFile
from heliograph.marketplace.credentials import actions as credentials
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.models import AwardedCredential
from heliograph.marketplace.programs import actions as programs
from heliograph.marketplace.programs.actions import Part
from heliograph.runtime import actions as runtime
from heliograph.runtime import webhook_events as following
from heliograph.runtime.models import Registration, RuntimeCall
from heliograph.webhooks import topics
from heliograph.webhooks.models import Endpoint, Event, Message

PROOF = ProofFile(new_id(), "a" * 64, "a" * 64, "proof.pdf", "application/pdf", 9)


def told(since=()):
    """The topics of all events so far, in their order; each of them fits its topic's shape."""
    events = list(Event.objects.exclude(id__in=[event.id for event in since]).order_by("id"))
    for event in events:
        body = msgspec.json.decode(event.body)
        msgspec.convert(body["data"], topics.TOPICS[event.topic].shape)
        assert (body["id"], body["type"]) == (str(event.id), event.topic)
    return [event.topic for event in events]


def data_of(topic):
    return msgspec.json.decode(Event.objects.filter(topic=topic).latest("id").body)["data"]


def work(registration, **outcome):
    """What a commit leaves behind: the outcome, and a line in the log of calls."""
    moment = clock.now()
    Registration.objects.filter(id=registration.id).update(last_activity_at=moment, **outcome)
    RuntimeCall.objects.create(
        organization_id=registration.organization_id,
        registration_id=registration.id,
        attempt_id=new_id(),
        launch_id=new_id(),
        sequence=1,
        activity="one",
        received_at=moment,
    )


def test_a_course_is_imported_published_and_deleted(tenant, make_endpoint, import_course):
    make_endpoint()
    course = import_course(tenant, key="fire")
    assert told() == ["course.imported", "course.published", "import.succeeded"]
    assert data_of("import.succeeded")["course"] == {
        "id": str(course.id),
        "key": "fire",
        "title": course.title,
    }
    courses.delete_course(tenant.owner, course)
    assert told()[-1] == "course.deleted"


def test_an_import_that_fails_says_why(tenant, make_endpoint, tmp_path):
    make_endpoint("import.*")
    path = tmp_path / "nothing.zip"
    path.write_bytes(b"PK\x05\x06" + bytes(18))
    job = importing.run(courses.start_import(tenant.manager, path, "nothing.zip", run_here=True).id)
    assert told() == ["import.failed"]
    assert data_of("import.failed")["error"] == {"code": job.error_code, "detail": job.error}
    assert data_of("import.failed")["import"] == {"id": str(job.id), "filename": "nothing.zip"}


def test_a_learners_way_through_a_course(tenant, dispatch, make_endpoint):
    make_endpoint("registration.*")
    anna = admission.admit(dispatch, "anna", "Anna Šimková", "anna@brandt.example")
    runtime.open_launch(anna.id, "normal")
    assert told() == ["registration.created", "registration.launched"], "in their own transactions"
    following.follow()
    work(anna, completion="incomplete", progress=0.5)
    following.follow()
    work(anna, completion="completed", completed_at=clock.now(), success="failed", score_scaled=0.2)
    following.follow()
    work(anna, success="passed", score_scaled=0.9)
    following.follow()
    assert following.follow() == following.sweep() == 0
    assert told()[2:] == [
        "registration.progressed",
        "registration.progressed",
        "registration.completed",
        "registration.failed",
        "registration.progressed",
        "registration.passed",
    ]
    newest = data_of("registration.passed")
    assert newest["registration"]["learner"] == {
        "id": "anna",
        "name": "Anna Šimková",
        "email": "anna@brandt.example",
    }
    assert (newest["registration"]["score"], newest["registration"]["success"]) == (0.9, "passed")
    assert (newest["dispatch"]["key"], newest["destination"]["key"]) == (dispatch.key, "brandt")


def test_a_new_attempt_is_completed_anew(tenant, dispatch, make_endpoint):
    make_endpoint("registration.completed")
    anna = admission.admit(dispatch, "anna")
    following.follow()
    for attempt in (1, 2):
        work(anna, completion="completed", attempt_number=attempt)
        following.follow()
    completed = [topic for topic in told() if topic == "registration.completed"]
    assert len(completed) == Message.objects.count() == 2


def test_what_was_before_the_first_endpoint_is_not_told(tenant, dispatch, make_endpoint):
    anna = admission.admit(dispatch, "anna")
    work(anna, completion="completed")
    make_endpoint("registration.*")
    assert following.sweep() == 0
    work(anna, success="passed")
    assert following.sweep() == 1
    assert told() == ["registration.passed"]


def test_a_pause_of_the_worker_leaves_nothing_out(tenant, dispatch, make_endpoint):
    make_endpoint("registration.*")
    anna = admission.admit(dispatch, "anna")
    following.follow()
    work(anna, completion="completed")
    with clock.at(clock.now() + timedelta(hours=5)):
        assert following.follow() == 1


def test_events_of_a_registration_go_with_it(tenant, dispatch, make_endpoint, customer, send):
    endpoint = make_endpoint()
    anna = admission.admit(dispatch, "anna")
    send(endpoint)
    assert "registration.created" in told()
    Registration.objects.get(id=anna.id).delete()
    assert not Event.objects.filter(registration_id=anna.id).exists()


def test_a_dispatch_is_made_opened_in_an_lms_and_suspended(tenant, course, make_endpoint):
    make_endpoint("dispatch.*", "deployment.*")
    customer = dispatching.create_destination(tenant.manager, "Brandt", "brandt")
    dispatch = dispatching.create_dispatch(tenant.manager, course, customer)
    registration = admission.admit(dispatch, "anna")
    opening = deployments.Opening("https://lms.example.org")
    session, _ = deployments.open_session(dispatch, registration, opening)
    deployments.open_session(dispatch, registration, opening)
    deployments.change_deployment(tenant.manager, session.deployment, suspended=True)
    deployments.change_deployment(tenant.manager, session.deployment, suspended=False)
    kinds = [topic for topic in told() if not topic.startswith("registration")]
    assert kinds == ["dispatch.created", "deployment.created", "deployment.suspended"]
    assert data_of("deployment.created")["deployment"]["domain"] == "lms.example.org"


def test_the_last_place_makes_a_dispatch_full(tenant, dispatch, make_endpoint):
    make_endpoint("dispatch.full")
    dispatching.change_dispatch(tenant.manager, dispatch, registration_limit=2)
    dispatch.refresh_from_db()
    admission.admit(dispatch, "anna")
    assert not Message.objects.exists()
    admission.admit(dispatch, "ben")
    assert data_of("dispatch.full")["share"] == 100
    assert Message.objects.count() == 1


def test_a_license_warns_and_is_full(tenant, dispatch, make_endpoint):
    make_endpoint("dispatch.limit_warning", "dispatch.full")
    licensing.attach(tenant.manager, dispatch, registration_limit=4)
    for name in ("anna", "ben", "cem", "dora"):
        admission.admit(dispatch, name)
    topics_sent = list(Message.objects.order_by("id").values_list("event__topic", flat=True))
    assert topics_sent[0] == "dispatch.limit_warning"
    assert "dispatch.full" in topics_sent
    assert data_of("dispatch.limit_warning")["dispatch"]["key"] == dispatch.key


def test_an_end_date_that_has_passed_is_told_once(tenant, dispatch, make_endpoint):
    make_endpoint("dispatch.expired")
    dispatching.change_dispatch(tenant.manager, dispatch, expires_at=clock.now() + timedelta(hours=1))
    assert webhook_events.tell_expired() == 0
    with clock.at(clock.now() + timedelta(hours=2)):
        assert [webhook_events.tell_expired() for _ in range(2)] == [1, 0]


def test_members_are_invited_join_and_change(tenant, make_endpoint):
    make_endpoint("member.*")
    invitation, link = invitations.invite(tenant.owner, "kim@example.org", Role.REPORTER)
    secret = link.rstrip("/").rsplit("/", 1)[-1]
    member = invitations.accept_with_password(secret, "Kim Osei", "a long enough password")
    accounts.change_role(tenant.owner, member, Role.MANAGER)
    accounts.change_role(tenant.owner, member, Role.MANAGER)
    for active in (False, False, True):
        accounts.set_member_active(tenant.owner, member, active)
    assert told() == [
        "member.invited",
        "member.joined",
        "member.role_changed",
        "member.deactivated",
        "member.reactivated",
    ]
    assert data_of("member.invited")["member"]["id"] == str(invitation.id)
    changed = data_of("member.role_changed")
    assert (changed["previous_role"], changed["member"]["role"]) == ("reporter", "manager")


def test_a_program_is_completed_by_claims_and_its_credential_is_revoked(tenant, make_endpoint):
    program = programs.create_whole(
        tenant.manager, "Phlebotomy", [Part("Class"), Part("Exam")], published=True
    )
    student = tenant.organization.memberships.select_related("user").get(role="learner")
    make_endpoint("enrollment.*", "claim.*", "credential.*")
    enrollment = enrollments.enroll_directly(tenant.manager, program, student)
    assert told() == ["enrollment.enrolled"]
    first, second = enrollment.parts.order_by("part__position")
    said = Completion(clock.now())
    refused = completion.claim(tenant.manager, first, "student", replace(said, files=[PROOF]), verified=False)
    completion.reject(tenant.manager, refused, "Not readable.")
    assert told()[1:] == ["claim.received", "claim.rejected"]
    completion.claim(tenant.manager, first, "holder", said, verified=True)
    completion.claim(tenant.manager, second, "holder", said, verified=True)
    assert told()[3:] == ["claim.verified", "claim.verified", "credential.awarded", "enrollment.completed"]
    assert data_of("credential.awarded")["enrollment"]["student"]["email"] == student.user.email
    credentials.revoke(tenant.owner, AwardedCredential.objects.get(), "Misprinted.")
    assert told()[-1] == "credential.revoked"


def test_every_topic_is_told_by_a_test_of_this_file():
    source = Path(__file__).read_text()
    assert [name for name in topics.TOPICS if f'"{name}"' not in source and name != "webhook.test"] == []


@pytest.mark.parametrize("name", list(topics.TOPICS))
def test_no_event_is_told_twice_to_one_endpoint(tenant, make_endpoint, name):
    from heliograph.webhooks import actions

    endpoint = make_endpoint(*(["*"] if name == "webhook.test" else [name, "*", f"{name.split('.')[0]}.*"]))
    actions.emit(tenant.organization.id, name, topics.TOPICS[name].example)
    assert Message.objects.filter(endpoint=endpoint).count() == 1
    assert Endpoint.objects.count() == 1
