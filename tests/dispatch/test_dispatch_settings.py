"""What a dispatch can be told: tags to find it by, where leaving leads, whether an LMS that begins anew begins a new attempt."""

import json

import pytest
from tests.fixtures import CONTENT

from heliograph.core.errors import Invalid
from heliograph.dispatch import actions, queries
from heliograph.dispatch.models import Dispatch
from heliograph.runtime.models import Registration


@pytest.fixture
def launch(client, dispatch):
    """A launch by the package of the dispatch, and the player that it opens."""

    def run(**said):
        body = json.dumps({"learner": "anna", "name": "Anna", **said})
        answer = client.post(f"/d/{dispatch.stub_key}/launch", body, content_type="text/plain", HTTP_HOST=CONTENT).json()
        session = answer["url"].rstrip("/").rsplit("/", 1)[1]
        opened = client.post(f"/play/{session}/open", "{}", content_type="text/plain", HTTP_HOST=CONTENT).json()
        return answer, opened

    return run


def attempts():
    return Registration.objects.get(learner__identifier="anna").attempt_number


def test_tags_are_kept_once_without_spaces_and_find_the_dispatch(api, tenant, dispatch):
    assert api("PATCH", f"/dispatch/{dispatch.id}", {"tags": [" north ", "renewal", "north"]}).json()["tags"] == ["north", "renewal"]
    assert list(queries.dispatches(tenant.organisation.id, "renewal")) == [dispatch]
    assert not queries.dispatches(tenant.organisation.id, "renew")
    assert [one["key"] for one in api("GET", "/dispatch?tag=north").json()["items"]] == [dispatch.key]
    assert api("GET", "/dispatch?tag=south").json()["items"] == []


@pytest.mark.parametrize("tags", [[" "], ["x" * 51], [str(number) for number in range(21)]])
def test_tags_have_their_limits(tenant, dispatch, tags):
    with pytest.raises(Invalid, match="at most 20 tags"):
        actions.change_dispatch(tenant.manager, dispatch, tags=tags)


@pytest.mark.parametrize("place", ["", "close", "blank", "https://www.example.org/thanks?from=course#top"])
def test_package_and_player_hear_where_leaving_leads(tenant, dispatch, launch, place):
    actions.change_dispatch(tenant.manager, dispatch, exit_to=f" {place} ")
    answer, opened = launch()
    assert (answer["exit"], opened["exit"]) == (place, place)


@pytest.mark.parametrize(
    "place", ["javascript:alert(1)", "ftp://example.org", "https://", "https://me@example.org", "https://a b", "thanks", "//x"]
)
def test_nothing_but_an_address_is_a_place_to_leave_to(tenant, dispatch, place):
    with pytest.raises(Invalid, match="no place to leave a course to"):
        actions.change_dispatch(tenant.manager, dispatch, exit_to=place)


def test_a_learner_goes_on_whatever_the_lms_says_unless_the_dispatch_says_otherwise(tenant, dispatch, launch):
    for _ in range(2):
        launch(entry="ab-initio")
    assert attempts() == 1
    actions.change_dispatch(tenant.manager, dispatch, instanced=True)
    launch(entry="ab-initio")
    assert attempts() == 2
    for said in ({"entry": "resume"}, {"entry": ""}, {}, {"entry": "ab-initio", "mode": "review"}):
        launch(**said)
    assert attempts() == 2


def test_a_learners_first_launch_is_one_attempt(tenant, dispatch, launch):
    actions.change_dispatch(tenant.manager, dispatch, instanced=True)
    launch(entry="ab-initio")
    assert attempts() == 1


def test_the_settings_page_keeps_them(client, tenant, dispatch):
    client.force_login(tenant.organisation.memberships.get(role="manager").user)
    form = {"name": dispatch.name, "tags": "north, renewal,", "exit_to": "close", "instanced": "on", "new_learners_allowed": "on"}
    assert client.post(f"/admin/dispatch/{dispatch.id}/change", form).status_code == 302
    kept = Dispatch.objects.get(id=dispatch.id)
    assert (kept.tags, kept.exit_to, kept.instanced) == (["north", "renewal"], "close", True)
    page = client.get(f"/admin/dispatch/{dispatch.id}/").content.decode()
    assert 'value="north, renewal"' in page
    assert "?search=renewal" in page
