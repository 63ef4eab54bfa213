"""Who is admitted: the limits of a dispatch, in their order, one by one and 200 at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from heliograph.core.clock import now
from heliograph.core.errors import Invalid
from heliograph.dispatch import actions, admission, errors, queries, states, stub_keys
from heliograph.dispatch.models import Dispatch
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Registration


def fresh(dispatch):
    return queries.dispatch(dispatch.organization_id, str(dispatch.id))


def change(tenant, dispatch, **limits):
    return actions.change_dispatch(tenant.manager, fresh(dispatch), **limits)


def test_a_learner_is_registered_once_however_often_they_come(dispatch):
    first = admission.admit(dispatch, "anna", "Anna")
    again = admission.admit(fresh(dispatch), "anna", "Anna Šimková")
    assert first.id == again.id
    assert fresh(dispatch).registrations_used == 1
    assert Registration.objects.get(id=first.id).learner.name == "Anna Šimková"


def test_a_dispatch_that_is_switched_off_keeps_everybody_out(tenant, dispatch):
    admission.admit(dispatch, "anna")
    off = change(tenant, dispatch, enabled=False)
    for learner in ("anna", "boris"):
        with pytest.raises(errors.Disabled):
            admission.admit(off, learner)


def test_a_dispatch_whose_last_day_has_passed_keeps_everybody_out(tenant, dispatch):
    admission.admit(dispatch, "anna")
    expired = change(tenant, dispatch, expires_at=now() - timedelta(seconds=1))
    with pytest.raises(errors.Expired):
        admission.admit(expired, "anna")


def test_switched_off_is_said_before_expired(tenant, dispatch):
    both = change(tenant, dispatch, enabled=False, expires_at=now() - timedelta(days=1))
    with pytest.raises(errors.Disabled):
        admission.admit(both, "anna")


def test_without_new_learners_the_known_ones_still_enter(tenant, dispatch):
    known = admission.admit(dispatch, "anna")
    closed = change(tenant, dispatch, new_learners_allowed=False)
    assert admission.admit(closed, "anna").id == known.id
    with pytest.raises(errors.NewLearnersRefused):
        admission.admit(closed, "boris")


def test_a_full_dispatch_lets_known_learners_in_and_counts_who_was_turned_away(tenant, dispatch):
    limited = change(tenant, dispatch, registration_limit=1)
    known = admission.admit(limited, "anna")
    assert admission.admit(fresh(limited), "anna").id == known.id
    with pytest.raises(errors.LimitReached):
        admission.admit(fresh(limited), "boris")
    assert (fresh(limited).registrations_used, fresh(limited).refused_count) == (1, 1)
    assert states.state_of(fresh(limited)) == "full"
    assert not Registration.objects.filter(learner__identifier="boris").exists()


def test_a_preview_takes_no_place_and_appears_in_no_list(tenant, dispatch):
    limited = change(tenant, dispatch, registration_limit=1)
    admission.preview(limited)
    assert fresh(limited).registrations_used == 0
    assert queries.learner_counts(limited)["learners"] == 0


def test_the_same_id_in_two_destinations_is_two_learners(tenant, course, dispatch):
    other = actions.create_dispatch(
        tenant.manager, course, actions.create_destination(tenant.manager, "Ostrava Polymers")
    )
    assert admission.admit(dispatch, "1001").learner_id != admission.admit(other, "1001").learner_id


@pytest.mark.parametrize(
    "limits",
    [
        {"registration_limit": 0},
        {"registration_limit": -1},
        {"registration_limit": True},
        {"expires_at": "soon"},
        {"expires_at": datetime.max.replace(tzinfo=UTC)},
    ],
)
def test_limits_that_make_no_sense_are_refused(tenant, dispatch, limits):
    with pytest.raises(Invalid):
        change(tenant, dispatch, **limits)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_200_first_launches_at_once_on_50_places_admit_exactly_50(tenant, dispatch):
    limited = change(tenant, dispatch, registration_limit=50)

    def arrive(number: int) -> str:
        try:
            admission.admit(stub_keys.dispatch_of_key_or_refuse(limited.stub_key), f"learner-{number}")
        except errors.LimitReached:
            return "refused"
        finally:
            connections.close_all()
        return "admitted"

    with ThreadPoolExecutor(40) as arriving:
        answers = list(arriving.map(arrive, range(200)))
    assert (answers.count("admitted"), answers.count("refused")) == (50, 150)
    assert Registration.objects.filter(dispatch_id=limited.id).count() == 50
    assert Dispatch.objects.get(id=limited.id).registrations_used == 50


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_one_learner_arriving_20_times_at_once_takes_one_place(tenant, dispatch):
    limited = change(tenant, dispatch, registration_limit=1)

    def arrive(_: int) -> str:
        try:
            return str(admission.admit(stub_keys.dispatch_of_key_or_refuse(limited.stub_key), "anna").id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as arriving:
        assert len(set(arriving.map(arrive, range(20)))) == 1
    assert Dispatch.objects.get(id=limited.id).registrations_used == 1


def test_a_link_made_before_the_dispatch_was_switched_off_opens_nothing(tenant, dispatch):
    registration = admission.admit(dispatch, "anna")
    link = runtime.launch_link(registration)
    assert "/play/" in runtime.redeem(link.token)
    change(tenant, dispatch, enabled=False)
    with pytest.raises(errors.Disabled):
        runtime.redeem(link.token)
    with pytest.raises(errors.Disabled):
        runtime.open_launch(registration.id, "normal")


@pytest.mark.parametrize("row", ["destination", "dispatch"])
@pytest.mark.parametrize("text", [{"name": "a" * 301}, {"long": "a" * 20_001}])
def test_a_text_longer_than_its_place_is_refused_in_a_sentence(tenant, dispatch, row, text):
    field = next(iter(text)).replace("long", "notes" if row == "destination" else "description")
    subject = dispatch.destination if row == "destination" else dispatch
    with pytest.raises(Invalid) as refused:
        getattr(actions, f"change_{row}")(tenant.manager, subject, **{field: next(iter(text.values()))})
    assert refused.value.problem_code == "text_too_long"


def test_a_key_that_somebody_took_a_moment_ago_is_refused_in_a_sentence(
    tenant, course, dispatch, monkeypatch
):
    # Both requests have looked before either has written.
    monkeypatch.setattr(actions, "_refuse_key", lambda *_: None)
    with pytest.raises(errors.KeyTaken):
        actions.create_destination(tenant.manager, "Again", dispatch.destination.key)
    with pytest.raises(errors.KeyTaken):
        actions.create_dispatch(tenant.manager, course, dispatch.destination, key=dispatch.key)
