"""The pages of a registration: where the learner stands, and a dialog for each correction."""

from collections.abc import Callable

import pytest
from django.test import Client

from heliograph.runtime import actions, corrections
from heliograph.runtime.models import Registration


@pytest.fixture
def registration(tenant, dispatch) -> Registration:
    learner = actions.ensure_learner(tenant.organization.id, tenant.organization.id, "anna", "Anna Ahlberg")
    made, _ = actions.register(tenant.manager, dispatch.course, learner, dispatch_id=dispatch.id)
    return made


@pytest.fixture
def signed_in(tenant) -> Callable[[str], Client]:
    def sign_in(role: str) -> Client:
        client = Client()
        client.force_login(tenant.organization.memberships.get(role=role).user)
        return client

    return sign_in


@pytest.mark.parametrize("tab", ["", "calls/", "lms/", "activity/"])
def test_every_tab_says_who_it_is_and_how_it_stands(tenant, signed_in, registration, tab):
    corrections.complete(tenant.manager, registration, "Exam on paper", "passed", 90)
    page = signed_in("reporter").get(f"/admin/registrations/{registration.id}/{tab}").text
    header = page[page.index('<header class="head"') :].partition("</header>")[0]
    for word in ("Anna Ahlberg", "Fire safety", "Completed", "Passed", "#circle-check"):
        assert word in header, word


def test_each_correction_is_a_dialog_of_its_own_for_managers(tenant, signed_in, registration):
    page = f"/admin/registrations/{registration.id}/"
    dialogs = ("complete", "readmit", "new-attempt", "reset")
    shown = signed_in("manager").get(page).text
    for dialog in dialogs:
        assert f'data-opens="{dialog}"' in shown
        assert shown.count(f'<dialog id="{dialog}"') == 1
    assert 'id="take-back"' not in shown, "nothing was completed by hand"
    corrections.complete(tenant.manager, registration, "Exam on paper")
    assert 'id="take-back"' in signed_in("manager").get(page).text
    assert "<dialog id=" not in signed_in("reporter").get(page).text.partition("<main")[2]


def test_who_is_behind_no_dispatch_has_no_results_of_an_lms(tenant, signed_in, course):
    learner = actions.ensure_learner(tenant.organization.id, tenant.organization.id, "bela")
    made, _ = actions.register(tenant.manager, course, learner)
    page = signed_in("manager").get(f"/admin/registrations/{made.id}/").text
    assert "LMS results" not in page
    assert 'data-opens="readmit"' not in page


def test_registrations_are_narrowed_to_a_course(tenant, signed_in, registration, import_course):
    other = import_course(tenant, key="other", title="Other")
    for course, count in ((registration.course, 1), (other, 0)):
        table = signed_in("reporter").get(f"/admin/registrations/?course={course.id}").context["table"]
        assert table.total == count
