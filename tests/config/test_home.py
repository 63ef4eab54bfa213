"""The home page: what needs attention, the first steps of a new organization, and what happened last."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.fixtures import APP

from heliograph.core.clock import now
from heliograph.core.translation import short_day
from heliograph.courses.models import Import
from heliograph.delivery.models import Mail
from heliograph.dispatch import actions, admission
from heliograph.dispatch.licenses import actions as licensing
from heliograph.dispatch.models import License, Postback


@pytest.fixture
def home(tenant):
    def look(role="owner", organization=tenant.organization):
        client = Client()
        client.force_login(organization.memberships.get(role=role).user)
        answer = client.get("/", HTTP_HOST=APP)
        assert answer.status_code == 200, answer.content
        return answer

    return look


def attention(answer) -> list[tuple[str, str]]:
    return [(item.tone, item.text) for item in answer.context["attention"]]


def steps(answer) -> dict[str, bool]:
    return {step.text: done for step, done in answer.context["steps"]}


def test_only_the_demo_has_a_tour(home):
    assert home().context["tour"] == []


def test_a_new_organization_sees_its_first_steps_and_that_nothing_needs_attention(home):
    answer = home()
    assert steps(answer) == {
        "Import a course": False,
        "Create a dispatch for a customer": False,
        "Download its package": False,
        "Launch it in the customer's LMS": False,
        "Invite a colleague": True,  # the other members of the fixture
    }
    assert attention(answer) == []
    assert "Nothing needs attention." in answer.text


def test_a_step_that_was_taken_is_done(home, dispatch):
    assert [text for text, done in steps(home()).items() if not done] == [
        "Download its package",
        "Launch it in the customer's LMS",
    ]


def test_a_reporter_is_not_asked_to_set_up_anything_and_does_not_see_who_changed_what(home, dispatch):
    answer = home("reporter")
    assert answer.context["steps"] == []
    assert "Recent activity" not in answer.text
    assert "Recent activity" in home("admin").text


def test_licenses_that_end_soon_or_are_nearly_full_need_attention(tenant, dispatch, home):
    licensing.attach(
        tenant.manager, dispatch, name="Spring", learner_limit=10, expires_at=now() + timedelta(days=12)
    )
    License.objects.update(warnings_sent=["learners 75", "learners 95", "term 30"])
    day = short_day(now() + timedelta(days=12))
    assert attention(home()) == [
        ("warn", f"License “Spring” of {dispatch.name} is 95% used"),
        ("warn", f"License “Spring” of {dispatch.name} ends on {day}"),
    ]
    License.objects.update(warnings_sent=["learners 100"], expires_at=now() + timedelta(days=31))
    assert attention(home()) == [("bad", f"License “Spring” of {dispatch.name} is 100% used")]
    License.objects.update(ended_at=now())
    assert attention(home()) == []


def test_a_dispatch_that_ends_soon_needs_attention_unless_it_is_disabled(tenant, dispatch, home):
    actions.change_dispatch(tenant.manager, dispatch, expires_at=now() + timedelta(days=3))
    assert attention(home()) == [("warn", f"{dispatch.name} ends on {short_day(now() + timedelta(days=3))}")]
    actions.change_dispatch(tenant.manager, dispatch, enabled=False)
    assert attention(home()) == []


def test_what_failed_within_a_week_needs_attention(tenant, dispatch, home):
    registration = admission.admit(dispatch, "anna")
    mine = {"organization_id": tenant.organization.id, "state": "given up", "created_at": now()}
    for _ in range(2):
        Postback.objects.create(
            dispatch=dispatch, registration=registration, kind="registration.changed", body={}, **mine
        )
    Mail.objects.create(to=["a@example.org"], subject="x", text="y", **mine)
    Import.objects.create(
        organization=tenant.organization, filename="broken.zip", state="refused", package_bytes=1
    )
    assert attention(home("admin")) == [
        ("bad", "1 email could not be sent"),
        ("bad", "Import failed: broken.zip"),
        ("bad", f"{dispatch.name}: 2 webhooks failed"),
    ]
    assert ("bad", "1 email could not be sent") not in attention(home("reporter"))


def test_what_happens_elsewhere_needs_no_attention_here(tenant, stranger, home):
    Import.objects.create(
        organization=tenant.organization, filename="broken.zip", state="refused", package_bytes=1
    )
    assert attention(home(organization=stranger.organization)) == []


def test_at_most_five_things_of_a_part_are_named(tenant, home):
    for number in range(9):
        Import.objects.create(
            organization=tenant.organization, filename=f"{number}.zip", state="refused", package_bytes=1
        )
    assert len(attention(home())) == 5


def test_every_line_leads_to_where_it_is_mended(tenant, dispatch, home):
    licensing.attach(tenant.manager, dispatch.destination, name="All", expires_at=now() + timedelta(days=2))
    [item] = home().context["attention"]
    assert item.address == f"/admin/destinations/{dispatch.destination_id}/"
