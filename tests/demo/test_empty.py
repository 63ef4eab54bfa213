import pytest

from heliograph.accounts.models import Organization, User
from heliograph.config.database import PARTITIONED
from heliograph.core.roles import Role
from heliograph.courses.models import Course
from heliograph.demo import load
from heliograph.dispatch.models import Destination
from heliograph.ui import home


@pytest.mark.django_db
def test_empty_is_as_for_a_new_user():
    load.load(PARTITIONED, empty=True)
    assert User.objects.filter(email="owner@demo.example").exists()
    assert not Course.objects.exists()
    assert not Destination.objects.exists()
    organization = Organization.objects.get(key=load.KEY)
    steps = {step.text: done for step, done in home.first_steps(organization.id, Role.OWNER)}
    assert [text for text, done in steps.items() if done] == [list(steps)[-1]]  # colleagues are there
