"""What a dispatch can be told: tags to find it by, where leaving leads, whether an LMS that begins anew
begins a new attempt.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from tests.fixtures import CONTENT
from tests.running import until

from heliograph.core.errors import Invalid
from heliograph.core.ids import new_id
from heliograph.dispatch import actions, admission, queries
from heliograph.dispatch.models import Deployment, Dispatch, EmbeddedProgress, Session
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Registration


def ask(dispatch, **said):
    """The package of the dispatch asks for a launch, in a sitting of its own unless one is named."""
    body = json.dumps({"learner": "anna", "name": "Anna", "sitting": str(new_id()), **said})
    return (
        Client()
        .post(f"/d/{dispatch.stub_key}/launch", body, content_type="text/plain", HTTP_HOST=CONTENT)
        .json()
    )


def open_player(answer):
    session = answer["url"].rstrip("/").rsplit("/", 1)[1]
    return Client().post(f"/play/{session}/open", "{}", content_type="text/plain", HTTP_HOST=CONTENT).json()


@pytest.fixture
def launch(dispatch):
    """A launch by the package of the dispatch, and the player that it opens."""

    def run(**said):
        answer = ask(dispatch, **said)
        return answer, open_player(answer)

    return run


@pytest.fixture
def instanced(tenant, dispatch):
    """A dispatch whose LMS begins attempts anew, where Anna has passed the course in her first one."""
    actions.change_dispatch(tenant.manager, dispatch, instanced=True)
    answer = ask(dispatch, entry="ab-initio")
    opened = open_player(answer)
    values = [["cmi.core.lesson_status", "passed"]]
    commit = {"commits": [{"sequence": 1, "activity": opened["delivery"]["activity"], "values": values}]}
    sent = Client().post(
        f"/play/{opened['token']}/commit", json.dumps(commit), content_type="text/plain", HTTP_HOST=CONTENT
    )
    assert sent.json()["relay"]["success"] == "passed"
    return answer


def attempts():
    return Registration.objects.get(learner__identifier="anna").attempt_number


def in_a_thread(do):
    try:
        return do()
    finally:
        connections.close_all()


def at_once(*doings):
    """Does all of these at the same moment; what they came to."""
    with ThreadPoolExecutor(len(doings)) as pool:
        return list(pool.map(in_a_thread, doings))


def waiting():
    """How many connections wait for what another one holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            """
            SELECT count(*)
              FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        )
        return cursor.fetchone()[0]


def test_tags_are_kept_once_without_spaces_and_find_the_dispatch(api, tenant, dispatch):
    assert api("PATCH", f"/dispatch/{dispatch.id}", {"tags": [" north ", "renewal", "north"]}).json()[
        "tags"
    ] == ["north", "renewal"]
    assert list(queries.dispatches(tenant.organization.id, "renewal")) == [dispatch]
    assert not queries.dispatches(tenant.organization.id, "renew")
    assert [item["key"] for item in api("GET", "/dispatch?tag=north").json()["items"]] == [dispatch.key]
    assert api("GET", "/dispatch?tag=south").json()["items"] == []


@pytest.mark.parametrize("tags", [[" "], ["x" * 51], [str(number) for number in range(21)]])
def test_tags_have_their_limits(tenant, dispatch, tags):
    with pytest.raises(Invalid, match="maximum is 20 tags"):
        actions.change_dispatch(tenant.manager, dispatch, tags=tags)


@pytest.mark.parametrize("place", ["", "close", "blank", "https://www.example.org/thanks?from=course#top"])
def test_package_and_player_hear_where_leaving_leads(tenant, dispatch, launch, place):
    actions.change_dispatch(tenant.manager, dispatch, exit_to=f" {place} ")
    answer, opened = launch()
    assert (answer["exit"], opened["exit"]) == (place, place)


@pytest.mark.parametrize(
    "place",
    [
        *(
            "javascript:alert(1)",
            "ftp://example.org",
            "https://",
            "https://me@example.org",
            "https://a b",
            "thanks",
            "//x",
        ),
        *("https://example.org:99999", "https://example.org:8o80", "https://example.org:0"),
    ],
)
def test_nothing_but_an_address_is_a_place_to_leave_to(tenant, dispatch, place):
    with pytest.raises(Invalid, match="not a target for leaving the course"):
        actions.change_dispatch(tenant.manager, dispatch, exit_to=place)


def test_a_learner_goes_on_whatever_the_lms_says_unless_the_dispatch_says_otherwise(tenant, dispatch, launch):
    first, _ = launch(entry="ab-initio")
    launch(entry="ab-initio", keepsake=first["keepsake"])
    assert attempts() == 1
    actions.change_dispatch(tenant.manager, dispatch, instanced=True)
    launch(entry="ab-initio", keepsake=first["keepsake"])
    assert attempts() == 2
    for said in ({"entry": "resume"}, {"entry": ""}, {}, {"entry": "ab-initio", "mode": "review"}):
        launch(**said, keepsake=first["keepsake"])
    assert attempts() == 2


def test_a_learners_first_launch_is_one_attempt(tenant, dispatch, launch):
    actions.change_dispatch(tenant.manager, dispatch, instanced=True)
    launch(entry="ab-initio")
    assert attempts() == 1


def test_who_comes_without_the_mark_takes_away_no_result(tenant, dispatch, instanced):
    answer = ask(dispatch, entry="ab-initio", name="Mallory")
    open_player(answer)
    assert (attempts(), answer["relay"]["success"], answer["earlier"]) == (1, "passed", "passed")
    assert Session.objects.get(learner_name="Mallory").unconfirmed is True
    admission.readmit(tenant.manager, Registration.objects.get())
    ask(dispatch, entry="ab-initio")
    assert attempts() == 2, "whom a manager lets in begins anew"


def test_a_launch_that_is_asked_for_again_begins_one_attempt(dispatch, instanced):
    sitting = str(new_id())
    for _ in range(2):
        answer = ask(dispatch, entry="ab-initio", sitting=sitting, keepsake=instanced["keepsake"])
    assert (attempts(), answer["relay"]["success"]) == (2, "unknown")
    open_player(answer)
    ask(dispatch, entry="ab-initio", sitting=sitting, keepsake=instanced["keepsake"])
    assert attempts() == 2


def test_another_sitting_begins_another_attempt_once_the_last_one_was_opened(dispatch, instanced):
    for _ in range(2):
        answer = ask(dispatch, entry="ab-initio", keepsake=instanced["keepsake"])
    assert attempts() == 2
    open_player(answer)
    ask(dispatch, entry="ab-initio", keepsake=instanced["keepsake"])
    assert attempts() == 3


@pytest.mark.django_db(transaction=True)
def test_a_launch_that_is_asked_for_several_times_at_once_begins_one_attempt_whoever_opens_it_meanwhile(
    dispatch, instanced
):
    for round in range(1, 4):
        again = partial(
            ask, dispatch, entry="ab-initio", sitting=str(new_id()), keepsake=instanced["keepsake"]
        )
        *answers, _ = at_once(*[again] * 5, lambda: [open_player(instanced) for _ in range(8)])
        assert (attempts(), [answer["relay"]["success"] for answer in answers]) == (
            round + 1,
            ["unknown"] * 5,
        )
        open_player(instanced)


@pytest.mark.django_db(transaction=True)
def test_between_a_new_attempt_and_its_sitting_nobody_fits(dispatch, instanced):
    again = partial(ask, dispatch, entry="ab-initio", sitting=str(new_id()), keepsake=instanced["keepsake"])
    with ThreadPoolExecutor(3) as pool, transaction.atomic():  # no session can be opened meanwhile
        Deployment.objects.select_for_update().get()
        pool.submit(in_a_thread, again)
        until(lambda: waiting() == 1, "the first message waits")
        pool.submit(in_a_thread, lambda: open_player(instanced)).result()
        pool.submit(in_a_thread, again)
        until(lambda: waiting() == 2, "the second message waits")
    assert attempts() == 2


@pytest.mark.django_db(transaction=True)
def test_several_windows_at_once_begin_one_attempt(dispatch, instanced):
    at_once(*[partial(ask, dispatch, entry="ab-initio", keepsake=instanced["keepsake"])] * 5)
    assert attempts() == 2


def test_who_came_too_late_to_begin_an_attempt_forgets_nothing(tenant, dispatch, instanced):
    anna = Registration.objects.get(learner__identifier="anna")
    EmbeddedProgress.objects.create(
        organization_id=anna.organization_id, registration=anna, scos={"kept": {}}
    )
    assert runtime.new_attempt(tenant.manager, anna, instead_of=0) is None
    assert (attempts(), EmbeddedProgress.objects.get().scos) == (1, {"kept": {}})


def test_the_settings_page_keeps_them(client, tenant, dispatch):
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    form = {
        "name": dispatch.name,
        "tags": "north, renewal,",
        "exit_to": "close",
        "instanced": "on",
        "new_learners_allowed": "on",
    }
    assert client.post(f"/admin/dispatch/{dispatch.id}/change", form).status_code == 302
    kept = Dispatch.objects.get(id=dispatch.id)
    assert (kept.tags, kept.exit_to, kept.instanced) == (["north", "renewal"], "close", True)
    page = " ".join(client.get(f"/admin/dispatch/{dispatch.id}/limits/").content.decode().split())
    assert 'value="north, renewal"' in page
    assert '<a class="tagged" href="/admin/dispatch/?search=north">north</a>' in page
    assert '<a class="tagged" href="/admin/dispatch/?search=renewal">renewal</a>' in page
    assert "Start a new attempt here too" in page


@pytest.mark.parametrize("of", ["dispatch", "destinations"])
def test_its_activity_leads_into_the_audit_log_only_those_who_may_read_that(client, tenant, dispatch, of):
    address = f"/admin/{of}/{dispatch.id if of == 'dispatch' else dispatch.destination_id}/activity/"
    for role, leads in (("reporter", False), ("admin", True)):
        client.force_login(tenant.organization.memberships.get(role=role).user)
        page = client.get(address).text
        assert "created" in page
        assert ("/admin/org/audit-log/?by=all&amp;subject=" in page) == leads
