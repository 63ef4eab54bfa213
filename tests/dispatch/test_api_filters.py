"""The API's lists are cut by what people ask for: state, course, destination, learner, result and time."""

from datetime import datetime, timedelta

import pytest

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.dispatch import actions, admission
from heliograph.dispatch.deployments import actions as deployments
from heliograph.dispatch.models import RelayReceipt
from heliograph.runtime import corrections
from heliograph.runtime.models import Registration

HOUR = timedelta(hours=1)


@pytest.fixture
def ostrava(tenant, course):
    return actions.create_dispatch(
        tenant.manager,
        course,
        actions.create_destination(tenant.manager, "Ostrava", "ostrava"),
        key="in-ostrava",
    )


@pytest.fixture
def ids_of(api):
    """Ids of the rows that a list answers with these filters."""

    def ask(path, **query):
        answer = api("GET", path, query)
        assert answer.status_code == 200, answer.content
        return [item["id"] for item in answer.json()["items"]]

    return ask


@pytest.fixture
def refused(api):
    def ask(path, **query):
        return api("GET", path, query).status_code

    return ask


def test_registrations(tenant, course, dispatch, ostrava, ids_of, refused):
    anna, boris = admission.admit(dispatch, "anna"), admission.admit(ostrava, "boris")
    corrections.complete(tenant.manager, boris, "Seen in class", "passed")
    Registration.objects.filter(id=anna.id).update(last_activity_at=now() - 2 * HOUR)
    both, only_anna, only_boris = [str(boris.id), str(anna.id)], [str(anna.id)], [str(boris.id)]
    assert ids_of("/registrations") == ids_of("/registrations", course=course.key) == both
    assert (
        ids_of("/registrations", dispatch=str(dispatch.id))
        == ids_of("/registrations", learner="anna")
        == only_anna
    )
    assert ids_of("/registrations", destination=str(ostrava.destination_id)) == only_boris
    assert (
        ids_of("/registrations", completion="completed")
        == ids_of("/registrations", success="passed")
        == only_boris
    )
    assert ids_of("/registrations", manual=True) == only_boris
    assert ids_of("/registrations", manual=False) == only_anna
    assert (
        ids_of("/registrations", since=(now() - HOUR).isoformat(), until=(now() + HOUR).isoformat()) == both
    )
    assert ids_of("/registrations", until=(now() - HOUR).isoformat()) == []
    assert ids_of("/registrations", active_since=(now() - 3 * HOUR).isoformat()) == only_anna
    assert ids_of("/registrations", active_since=(now() - HOUR).isoformat()) == []
    assert ids_of("/registrations", destination="nothing") == []
    assert refused("/registrations", completion="finished") == 400
    assert refused("/registrations", course="nothing") == 404


def test_dispatches(tenant, course, dispatch, ostrava, ids_of, refused):
    actions.change_dispatch(tenant.manager, ostrava, enabled=False, mode="embedded")
    assert (
        ids_of("/dispatch", destination="ostrava")
        == ids_of("/dispatch", state="disabled")
        == ids_of("/dispatch", mode="embedded")
    )
    assert ids_of("/dispatch", destination="ostrava") == [str(ostrava.id)]
    assert len(ids_of("/dispatch", course=course.key)) == 2
    assert ids_of("/dispatch", until=(now() - HOUR).isoformat()) == []
    assert refused("/dispatch", state="broken") == 400
    assert refused("/dispatch", destination="nowhere") == 404


def test_sessions_and_receipts(tenant, dispatch, ids_of):
    anna, boris = admission.admit(dispatch, "anna"), admission.admit(dispatch, "boris")
    first_session, two = (
        deployments.open_session(dispatch, who, deployments.Opening("https://lms.example.org"))[0]
        for who in (anna, boris)
    )
    sessions, receipts = f"/dispatch/{dispatch.id}/sessions", f"/dispatch/{dispatch.id}/receipts"
    assert (
        ids_of(sessions, learner="anna")
        == ids_of(sessions, registration=str(anna.id))
        == [str(first_session.id)]
    )
    assert ids_of(sessions, deployment=str(first_session.deployment_id)) == [
        str(two.id),
        str(first_session.id),
    ]
    assert (
        ids_of(sessions, completion="completed") == ids_of(sessions, since=(now() + HOUR).isoformat()) == []
    )
    for who, agrees in ((anna, True), (boris, False)):
        RelayReceipt.objects.create(
            organization=tenant.organization, dispatch=dispatch, registration=who,
            page_load_id=new_id(), sequence=1, element="cmi.location", written="1", kept="1",
            error="0", agrees=agrees, written_at=now(),
        )  # fmt: skip
    assert len(ids_of(receipts)) == 2
    assert ids_of(receipts, agrees=False) == ids_of(receipts, registration=str(boris.id))
    assert len(ids_of(receipts, registration=str(boris.id))) == 1
    assert ids_of(receipts, registration="nobody") == []


def test_courses_and_imports(course, ids_of):
    assert ids_of("/courses", standard="scorm_12") == [str(course.id)]
    assert ids_of("/courses", standard="pdf") == ids_of("/imports", state="refused") == []
    assert len(ids_of("/imports", state="done")) == 1


FAR = "2031-05-21T04:16:58+17:47"  # a moment as good as any, with an offset that PostgreSQL does not take


@pytest.mark.parametrize(
    "path",
    [
        "/registrations?active_since={}",
        "/dispatch/{id}/sessions?since={}",
        "/dispatch/{id}/sessions?until={}",
        "/dispatch?since={}",
    ],
)
def test_a_moment_may_have_any_offset(api, dispatch, path):
    for given in (FAR, FAR.replace("+", "-")):
        address = path.replace("{id}", str(dispatch.id)).format(given.replace("+", "%2B"))
        assert api("GET", address).status_code == 200, address


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/dispatch/{id}", {}),
        ("POST", "/dispatch/bulk", {"dispatches": ["{id}"]}),
        ("POST", "/dispatch/{id}/licenses", {}),
        ("POST", "/org/api-keys", {"name": "Payroll", "role": "reporter"}),
        ("POST", "/org/credentials", {"name": "Simulator"}),
    ],
)
def test_and_so_may_one_that_is_kept(tenant, api_as, dispatch, method, path, body):
    owner, own = api_as(tenant, Role.OWNER), str(dispatch.id)
    sent = {name: [own] if name == "dispatches" else value for name, value in body.items()} | {
        "expires_at": FAR
    }
    answer = owner(method, path.replace("{id}", own), sent)
    assert answer.status_code in (200, 201), answer.content
    if "expires_at" in answer.json():
        assert datetime.fromisoformat(answer.json()["expires_at"]) == datetime.fromisoformat(FAR)


@pytest.mark.parametrize("given", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_one_before_or_after_all_years_breaks_nothing(api, dispatch, given):
    assert api("PATCH", f"/dispatch/{dispatch.id}", {"expires_at": given}).status_code == 422
    assert api("GET", f"/registrations?active_since={given.replace('+', '%2B')}").status_code == 200
