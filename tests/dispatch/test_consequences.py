"""What the question before something is destroyed says, and that nothing goes before it is answered."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.fixtures import APP

from heliograph.core import clock
from heliograph.courses.models import Course
from heliograph.dispatch import actions, admission, consequences, downloads, errors
from heliograph.dispatch.licenses import actions as licensing
from heliograph.dispatch.models import Deployment, Destination, Dispatch, ShareLink
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.dispatch.share_links import actions as sharing


@pytest.fixture
def admin(tenant):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    return client


@pytest.fixture
def deployment(dispatch):
    moment = clock.now()
    return Deployment.objects.create(
        organization_id=dispatch.organization_id,
        dispatch=dispatch,
        domain="lms.brandt.example",
        first_launch_at=moment,
        last_activity_at=moment,
    )


def test_a_dispatch_whose_packages_are_with_a_customer_is_deleted_by_typing_its_name(tenant, admin, dispatch):
    licensing.attach(tenant.manager, dispatch, learner_limit=5)
    downloads.record_download(tenant.manager, dispatch, "scorm12")
    address = f"/admin/dispatch/{dispatch.id}/delete"
    question = admin.post(address).text
    assert "Packages that were downloaded (1×) stop at their next launch." in question
    assert "1 license is deleted with all counts." in question
    for typed in ({}, {"typed": "Another"}):
        assert admin.post(address, {"confirmed": "1", **typed}).status_code == 422
        assert Dispatch.objects.filter(id=dispatch.id).exists()
    assert admin.post(address, {"confirmed": "1", "typed": dispatch.name}).status_code == 302
    assert not Dispatch.objects.filter(id=dispatch.id).exists()


def test_nobody_is_asked_about_what_is_refused_anyway(admin, dispatch):
    admission.admit(dispatch, "anna")
    assert admin.post(f"/admin/dispatch/{dispatch.id}/delete").status_code == 409
    assert admin.post(f"/admin/destinations/{dispatch.destination_id}/delete").status_code == 409
    course = admin.post(f"/admin/courses/{dispatch.course_id}/delete")
    assert course.status_code == 409
    assert "1 dispatch uses this course" in course.text


def test_a_course_is_deleted_by_typing_its_title(admin, course):
    address = f"/admin/courses/{course.id}/delete"
    assert "1 version is deleted with all files." in admin.post(address).text
    assert admin.post(address, {"confirmed": "1"}).status_code == 422
    assert admin.post(address, {"confirmed": "1", "typed": course.title}).status_code == 302
    assert not Course.objects.exists()


def test_a_customer_is_deleted_by_typing_its_name(tenant, admin):
    customer = actions.create_destination(tenant.manager, "Brandt Logistics")
    sharing.make_link(tenant.manager, customer)
    address = f"/admin/destinations/{customer.id}/delete"
    assert "1 link to the customer portal stops working." in admin.post(address).text
    assert admin.post(address, {"confirmed": "1", "typed": "brandt"}).status_code == 422
    assert admin.post(address, {"confirmed": "1", "typed": "Brandt Logistics"}).status_code == 302
    assert not Destination.objects.exists()


def test_of_many_dispatches_the_question_counts_what_goes_and_what_stays(tenant, admin, dispatch):
    other = actions.create_dispatch(tenant.manager, dispatch.course, dispatch.destination)
    admission.admit(dispatch, "anna")
    chosen = {"dispatch": [str(dispatch.id), str(other.id)], "do": "delete"}
    question = admin.post("/admin/dispatch/bulk", chosen).text
    assert "1 dispatch is deleted." in question
    assert "1 dispatch is kept: learners have results in it." in question
    assert Dispatch.objects.count() == 2


def test_the_end_of_the_last_license_names_who_loses_access(tenant, admin, dispatch):
    first = licensing.attach(tenant.manager, dispatch, name="This year")
    for learner in ("anna", "bo"):
        admission.admit(dispatch, learner)
    address = f"/admin/licenses/{first.id}/end"
    assert "2 learners lose access: no license follows." in admin.post(address).text
    licensing.attach(tenant.manager, dispatch, name="Next year")
    assert "“Next year” applies from now on." in admin.post(address).text
    assert "2 registrations, 2 learners, 2 launches" in admin.post(f"/admin/licenses/{first.id}/reset").text
    first.refresh_from_db()
    assert (first.ended_at, first.learners_used) == (None, 2)


def test_the_end_of_a_customers_license_counts_the_learners_of_dispatches_without_one(
    tenant, admin, dispatch
):
    of_customer = licensing.attach(tenant.manager, dispatch.destination, name="All")
    own = actions.create_dispatch(tenant.manager, dispatch.course, dispatch.destination)
    licensing.attach(tenant.manager, own)
    admission.admit(dispatch, "anna")
    admission.admit(own, "bo")
    question = admin.post(f"/admin/licenses/{of_customer.id}/end").text
    assert "1 learner loses access: no license follows." in question


def test_another_key_says_until_when_the_packages_in_the_field_work(tenant, dispatch):
    downloads.record_download(tenant.manager, dispatch, "scorm12")
    admission.admit(dispatch, "anna")
    dispatch.refresh_from_db()
    at_once = list(consequences.of_new_key(dispatch, 0))
    later = list(consequences.of_new_key(dispatch, 30))
    assert at_once[2] == "1 learner needs the new package in the customer’s LMS."
    assert at_once[:2] == ["1 package download so far.", "Those packages stop at their next launch."]
    assert later[1] == "Those packages work for another 30 days, then they stop."


def test_a_key_a_secret_a_link_and_a_connection_are_asked_about_before_anything_changes(
    tenant, admin, dispatch, deployment
):
    postbacks.set_address(tenant.manager, dispatch, "https://lms.example.org/told")
    before = Dispatch.objects.values("stub_key", "signing_secret").get(id=dispatch.id)
    link, _ = sharing.make_link(tenant.manager, deployment)
    asked = [
        admin.post(f"/admin/dispatch/{dispatch.id}/rekey", {"grace_days": "0"}),
        admin.post(f"/admin/dispatch/{dispatch.id}/postbacks/secret"),
        admin.post(f"/admin/deployments/{deployment.id}/links/{link.id}/revoke"),
        admin.post(f"/admin/deployments/{deployment.id}/change", {"suspended": "1"}),
    ]
    assert all(answer["X-Question"] for answer in asked)
    assert "0 learners lose access in lms.brandt.example until it is resumed." in asked[-1].text
    deployment.refresh_from_db()
    assert not deployment.suspended
    assert not ShareLink.objects.exclude(revoked_at=None).exists()
    assert Dispatch.objects.values("stub_key", "signing_secret").get(id=dispatch.id) == before


def test_removing_a_webhook_and_rolling_back_are_asked_about(tenant, admin, dispatch):
    postbacks.set_address(tenant.manager, dispatch, "https://lms.example.org/told")
    address = f"/admin/dispatch/{dispatch.id}/postbacks/address"
    question = admin.post(address, {"postback_url": ""})
    assert question["X-Question"]
    assert "https://lms.example.org/told is not notified any more." in question.text
    dispatch.refresh_from_db()
    assert dispatch.postback_url
    admin.post(address, {"postback_url": "", "confirmed": "1"})
    dispatch.refresh_from_db()
    assert not dispatch.postback_url
    back = f"/admin/courses/{dispatch.course_id}/releases/back"
    question = admin.post(back, {"destination": str(dispatch.destination_id)})
    assert question["X-Question"]
    assert "Roll back for 1 customer?" in question.text
    assert "Learners in progress stay on the version" in question.text


def test_a_change_of_many_can_be_undone_and_by_its_seal_alone(
    tenant, stranger, admin, dispatch, time_machine
):
    soon = clock.now() + timedelta(days=3)
    other = actions.create_dispatch(tenant.manager, dispatch.course, dispatch.destination, expires_at=soon)
    chosen = [str(dispatch.id), str(other.id)]
    page = admin.post(
        "/admin/dispatch/bulk", {"dispatch": chosen, "do": "extend", "expires_at": "2031-05-01"}, follow=True
    ).text
    assert "2 dispatches updated." in page
    was = page.split('name="was" value="')[1].split('"')[0]
    foreigner = Client(HTTP_HOST=APP)
    foreigner.force_login(stranger.organization.memberships.get(role="admin").user)
    for client, seal in ((admin, was[:-2]), (foreigner, was)):
        assert client.post("/admin/dispatch/bulk/undo", {"was": seal}).status_code == 409
    other.refresh_from_db()
    assert other.expires_at is not None
    assert other.expires_at.year == 2031
    admin.post("/admin/dispatch/bulk/undo", {"was": was})
    for thing in (dispatch, other):
        thing.refresh_from_db()
    assert (dispatch.expires_at, other.expires_at) == (None, soon)
    time_machine.move_to(clock.now() + timedelta(hours=2))
    assert admin.post("/admin/dispatch/bulk/undo", {"was": was}).status_code == 409


def test_undoing_a_change_of_many_leaves_alone_what_somebody_changed_since(tenant, admin, dispatch):
    other = actions.create_dispatch(tenant.manager, dispatch.course, dispatch.destination)
    chosen = [str(dispatch.id), str(other.id)]
    extended = {"dispatch": chosen, "do": "extend", "expires_at": "2031-05-01"}
    page = admin.post("/admin/dispatch/bulk", extended, follow=True).text
    other.refresh_from_db()
    since = clock.now() + timedelta(days=9)
    actions.change_dispatch(tenant.manager, other, expires_at=since)
    was = page.split('name="was" value="')[1].split('"')[0]
    assert "1 dispatch restored." in admin.post("/admin/dispatch/bulk/undo", {"was": was}, follow=True).text
    for thing in (dispatch, other):
        thing.refresh_from_db()
    assert (dispatch.expires_at, other.expires_at) == (None, since)


def test_a_dispatch_that_learners_use_is_not_asked_about(dispatch):
    admission.admit(dispatch, "anna")
    with pytest.raises(errors.DispatchInUse):
        list(consequences.of_deleting(dispatch))
