"""The API refuses what it does not know by its name, and says how much may still be asked."""

import pytest
from tests.fixtures import Api

from heliograph.accounts import api_key_limits
from heliograph.core.roles import Role
from heliograph.core.web.rate_limits import RateLimit


@pytest.fixture
def api(tenant, api_as) -> Api:
    return api_as(tenant, Role.OWNER)


def test_a_parameter_that_is_misspelled_is_refused_and_not_passed_over(api):
    answer = api("GET", "/dispatch?serach=brandt")
    assert (answer.status_code, answer.json()["code"]) == (400, "parameter_unknown")
    assert "“serach”" in answer.json()["detail"]
    assert "search" in answer.json()["detail"]


def test_so_is_a_parameter_of_a_route_that_takes_none(api):
    assert api("GET", "/org/meta?sort=name").json()["code"] == "parameter_unknown"


def test_a_field_that_is_none_is_refused_by_its_name(api):
    answer = api("POST", "/destinations", {"name": "Brandt", "color": "blue"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"].endswith("color")
    nested = api("POST", "/destinations", {"name": "Brandt", "branding": {"logos": "x"}})
    assert nested.status_code == 422
    assert nested.json()["errors"][0]["where"].endswith("branding.logos")


def test_a_filter_that_cannot_be_is_a_bad_address_and_a_bad_field_is_bad_content(api):
    assert api("GET", "/dispatch?state=sleeping").status_code == 400
    assert api("GET", "/dispatch?limit=0").status_code == 400
    assert api("POST", "/destinations", {"name": ""}).status_code == 422


def test_a_method_that_a_route_has_not_is_a_problem_that_names_those_it_has(api):
    answer = api("PUT", "/destinations")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}
    assert answer["Content-Type"] == "application/problem+json"


def test_whoever_has_a_key_is_told_how_much_it_may_still_ask(api, monkeypatch, settings):
    monkeypatch.setattr(api_key_limits, "REQUESTS", RateLimit(2 * settings.HELIOGRAPH.web_workers))
    first = api("GET", "/org/meta")
    assert first.status_code == 200
    assert int(first["RateLimit-Limit"]) == 2 * settings.HELIOGRAPH.web_workers
    assert int(first["RateLimit-Remaining"]) < int(first["RateLimit-Limit"])
    assert int(first["RateLimit-Reset"]) > 0
    api("GET", "/org/meta")
    refused = api("GET", "/org/meta")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused["Retry-After"]) > 0
    assert refused["RateLimit-Remaining"] == "0"


def test_another_key_is_not_held_up(tenant, api_as, monkeypatch, settings):
    monkeypatch.setattr(api_key_limits, "REQUESTS", RateLimit(1 * settings.HELIOGRAPH.web_workers))
    busy, quiet = api_as(tenant, Role.OWNER), api_as(tenant, Role.REPORTER)
    assert [busy("GET", "/org/meta").status_code for _ in range(2)] == [200, 429]
    assert quiet("GET", "/org/meta").status_code == 200
