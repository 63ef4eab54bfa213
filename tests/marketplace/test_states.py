"""The rules of states, and that no sequence of events breaks them."""

import contextlib
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.marketplace.acts import DONE

from heliograph.core.errors import Problem
from heliograph.marketplace import rules
from heliograph.marketplace.completion import actions as completion
from heliograph.marketplace.completion.actions import Completion
from heliograph.marketplace.credentials import actions as credentials
from heliograph.marketplace.enrollments import actions
from heliograph.marketplace.models import AwardedCredential, Claim, EnrollmentPart, EnrollmentStep
from heliograph.marketplace.programs import actions as programs
from heliograph.marketplace.programs.actions import Part
from heliograph.marketplace.rules import ClaimState, EnrollmentState


def test_every_state_has_its_transitions_and_final_ones_have_none():
    assert set(rules.TRANSITIONS) == set(EnrollmentState)
    assert set(rules.CLAIM_TRANSITIONS) == set(ClaimState)
    assert {"completed", "withdrawn", "rejected"} == rules.FINAL
    for state in set(EnrollmentState) - rules.FINAL:
        assert rules.may_follow(state, EnrollmentState.WITHDRAWN)


@pytest.mark.parametrize(
    ("later", "first", "second", "same"),
    [
        (timedelta(hours=20), None, None, True),
        (timedelta(days=2), None, None, False),
        (timedelta(), 0.8, 0.802, True),
        (timedelta(), 0.8, 0.7, False),
        (timedelta(), 0.8, None, True),
    ],
)
def test_two_routes_agree_within_a_day_and_by_their_scores(later, first, second, same):
    assert rules.agree((DONE, first), (DONE + later, second)) is same


def test_a_program_is_complete_with_its_required_parts():
    assert rules.is_complete([(True, True), (False, False)])
    assert not rules.is_complete([(True, True), (True, False)])
    assert rules.is_complete([(False, True), (False, False)])
    assert not rules.is_complete([(False, False)])


EVENTS = st.lists(
    st.sampled_from(
        [
            *("approve", "reject", "hold", "resume", "withdraw", "reopen"),
            *(
                "claim exam",
                "claim class",
                "claim differently",
                "prove",
                "verify",
                "refuse",
                "revoke",
                "revoke credential",
            ),
        ]
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_no_sequence_of_events_leads_to_a_state_that_cannot_be(tenant, student, events):
    program = programs.create_whole(tenant.manager, "Any", [Part("Class"), Part("Exam")], published=True)
    enrollment = actions.apply(tenant.manager, program, student)
    try:
        for event in events:
            with contextlib.suppress(Problem):  # refused, and nothing of it stays: what follows looks
                _do(tenant, enrollment, event)
            _is_possible(enrollment)
    finally:
        enrollment.refresh_from_db()
        if enrollment.state not in rules.FINAL:
            actions.withdraw(tenant.manager, enrollment, "For the next example.")


def _do(tenant, enrollment, event: str) -> None:
    actor = tenant.owner
    parts = list(EnrollmentPart.objects.filter(enrollment=enrollment).order_by("part__position"))
    claims = Claim.objects.filter(part__enrollment=enrollment).order_by("-id")
    match event:
        case "approve":
            actions.decide(actor, enrollment, "approved")
        case "reject":
            actions.decide(actor, enrollment, "rejected", "No place.")
        case "hold":
            actions.hold(actor, enrollment, "Tuition.")
        case "resume":
            actions.resume(actor, enrollment)
        case "withdraw":
            actions.withdraw(actor, enrollment, "Moved.")
        case "reopen":
            actions.reopen(actor, enrollment, "By mistake.")
        case "claim exam" | "claim class" | "claim differently" | "prove" if parts:
            part = parts[0 if event == "claim class" else 1]
            late = timedelta(days=30 if event == "claim differently" else 0)
            completion.claim(actor, part, "holder", Completion(DONE + late), verified=event != "prove")
        case "verify" if waiting := claims.filter(state="proposed").first():
            completion.verify(actor, waiting)
        case "refuse" if waiting := claims.filter(state="proposed").first():
            completion.reject(actor, waiting, "Not readable.")
        case "revoke" if standing := claims.filter(state__in=rules.STANDING).first():
            completion.revoke(actor, standing, "Forged.")
        case "revoke credential" if valid := AwardedCredential.objects.filter(enrollment=enrollment).first():
            credentials.revoke(actor, valid, "Misprinted.")


def _is_possible(enrollment) -> None:
    enrollment.refresh_from_db()
    parts = list(EnrollmentPart.objects.filter(enrollment=enrollment).select_related("part"))
    complete = bool(parts) and rules.is_complete((row.part.required, bool(row.completed_at)) for row in parts)
    valid = AwardedCredential.objects.filter(enrollment=enrollment, revoked_at=None).count()
    assert valid <= 1
    assert (enrollment.state == "completed") <= complete
    assert valid <= (enrollment.state == "completed")
    if enrollment.state in rules.LEARNING:
        assert not complete, "it would have been completed"
    for row in parts:
        standing = row.claims.filter(state__in=rules.STANDING)
        assert bool(row.completed_at) == standing.exists()
    steps = list(EnrollmentStep.objects.filter(enrollment=enrollment).order_by("id"))
    assert steps[-1].after == enrollment.state
    for step in steps[1:]:
        before, after = EnrollmentState(step.before), EnrollmentState(step.after)
        revoked = (before, after) == ("completed", "active")
        assert rules.may_follow(before, after) or rules.REOPENED.get(before) == after or revoked
