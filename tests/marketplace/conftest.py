"""A program with one part of each kind, its holder, and students."""

import pytest
from django.test import Client
from tests.fixtures import APP
from tests.marketplace.acts import DONE, completes_course, new_member

from heliograph.accounts import queries
from heliograph.marketplace import sites
from heliograph.marketplace.completion import courses
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.holder_portal import marking
from heliograph.marketplace.holders import actions as holders
from heliograph.marketplace.models import AwardedCredential
from heliograph.marketplace.programs import actions as programs
from heliograph.marketplace.programs.actions import Part


@pytest.fixture
def student(tenant):
    return tenant.organization.memberships.select_related("user", "organization").get(role="learner")


@pytest.fixture
def holder(tenant):
    return holders.create(tenant.manager, "Bright Care", permissions=["mark_complete", "verify_claims"])


@pytest.fixture
def holder_person(tenant, holder):
    """A member who may nothing in the organization but works for the program holder."""
    person = new_member(tenant, "hanna@brightcare.example")
    holders.add_person(tenant.manager, holder, person)
    return person


@pytest.fixture
def program(tenant, course, holder):
    """Published: a course of ours, a class of the holder's, a partner's exam."""
    return programs.create_whole(
        tenant.manager,
        "Phlebotomy technician",
        [
            Part("", "course", course),
            Part("Clinical hours", "holder", instructions="Forty hours with a preceptor."),
            Part("State exam", "partner", url="https://exams.example.org/"),
        ],
        holder=holder,
        published=True,
        credential="Certified phlebotomy technician",
        credential_months=24,
        field="Health care",
    )


@pytest.fixture
def site(tenant):
    return sites.change(tenant.manager, title="Northlight Careers", introduction="", is_open=True)


@pytest.fixture
def enrollment(tenant, program, student):
    return enrollments.enroll_directly(tenant.manager, program, student)


@pytest.fixture
def actor_of_student(student):
    return queries.actor_of_member(student)


@pytest.fixture
def credential(tenant, enrollment):
    completes_course(tenant, enrollment)
    courses.sweep()
    marking.mark_complete(tenant.manager, str(enrollment.id), DONE)
    return AwardedCredential.objects.select_related("organization").get()


@pytest.fixture
def anybody():
    return Client(HTTP_HOST=APP)
