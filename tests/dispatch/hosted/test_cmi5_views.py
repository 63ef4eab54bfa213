"""The page that the AU of a cmi5 package opens: what it is made of, where it leads, and whose word about the
LMS is believed.
"""

import dataclasses
import json
import re

import pytest
from tests.dispatch.branding.test_branding import SUN, address
from tests.dispatch.package.test_builder import config_in
from tests.fixtures import CONTENT

from heliograph.core.ids import new_id
from heliograph.dispatch import actions, package_files
from heliograph.dispatch.models import Deployment

OWN = f"http://{CONTENT}"


@pytest.fixture
def get(client, dispatch):
    return lambda path="", key="", **headers: client.get(
        f"/d/{key or dispatch.stub_key}/cmi5/{path}", **{"HTTP_HOST": CONTENT, **headers}
    )


def test_the_page_is_the_stubs_in_other_clothes_and_every_script_of_it_is_there(get):
    page = get()
    assert page.status_code == 200
    assert "Set-Cookie" not in page
    waiting, seen = set(re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())), set()
    assert waiting == {"au.js", "stub.css"}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        answer = get(name)
        assert answer.status_code == 200, name
        assert answer["Content-Type"].startswith("text/")
        waiting |= set(re.findall(r'from "\./([^"]+)"', answer.content.decode())) - seen
    assert seen == {*package_files.AU_FILES, "texts.js"}


@pytest.mark.parametrize(
    "name", ["stub.js", "lms.js", "preview.js", "index.html", "..%2Fbuilder.py", "logo.svg", "nothing"]
)
def test_nothing_else_lies_there(get, name):
    assert get(name).status_code == 404


def test_it_is_branded_as_its_dispatch_is_now(tenant, dispatch, get):
    actions.change_destination(
        tenant.manager,
        dispatch.destination,
        branding={"name": "Brandt", "logo": address(SUN), "language": "de"},
    )
    assert config_in(get().content)["brand"]["name"] == "Brandt"
    logo = get("logo.svg")
    assert (logo.status_code, logo["Content-Type"]) == (200, "image/svg+xml")
    assert "sandbox" in logo["Content-Security-Policy"]


def test_it_says_as_much_of_the_learner_as_the_destination_wants(tenant, dispatch, get):
    actions.change_destination(tenant.manager, dispatch.destination, identity="hashed")
    assert config_in(get().content)["salt"] == str(dispatch.destination_id)
    actions.change_destination(tenant.manager, dispatch.destination, identity="anonymous")
    assert config_in(get().content)["anonymous"] is True


def test_without_a_dispatch_it_is_there_to_say_so(get, db):
    assert config_in(get(key="nothing").content)["dispatch"] == "nothing"
    assert get("au.js", key="nothing").status_code == 200


def test_where_the_packages_moved_the_page_leads_on_with_all_that_the_lms_said(tenant, dispatch, get):
    actions.change_destination(
        tenant.manager, dispatch.destination, redirect_origin="https://new.example.org"
    )
    answer = get("?endpoint=https%3A%2F%2Flms.example%2Fxapi&registration=r")
    assert answer.status_code == 302
    assert (
        answer["Location"]
        == f"https://new.example.org/d/{dispatch.stub_key}/cmi5/?endpoint=https%3A%2F%2Flms.example%2Fxapi&registration=r"
    )
    assert get(HTTP_HOST="new.example.org").status_code == 200


@pytest.mark.parametrize(
    ("origin", "site", "place", "domain"),
    [
        (OWN, "same-origin", "https://lms.brandt.example", "lms.brandt.example"),
        (OWN, "same-origin", "", CONTENT.partition(":")[0]),
        (OWN, "", "https://lms.brandt.example", CONTENT.partition(":")[0]),
        (OWN, "cross-site", "https://lms.brandt.example", CONTENT.partition(":")[0]),
        ("https://evil.example", "same-origin", "https://lms.brandt.example", "evil.example"),
        ("", "same-origin", "https://lms.brandt.example", ""),
    ],
)
def test_only_our_own_page_is_believed_where_the_lms_is(client, dispatch, origin, site, place, domain):
    said = {"learner": "anna", "standard": "cmi5", "place": place}
    headers = {
        name: value for name, value in {"HTTP_ORIGIN": origin, "HTTP_SEC_FETCH_SITE": site}.items() if value
    }
    answer = client.post(
        f"/d/{dispatch.stub_key}/launch",
        json.dumps(said),
        content_type="text/plain",
        HTTP_HOST=CONTENT,
        **headers,
    )
    assert answer.status_code == 200
    assert Deployment.objects.get().domain == domain


def test_scripts_of_another_course_cannot_say_where_the_lms_is(client, dispatch, settings):
    settings.HELIOGRAPH = dataclasses.replace(
        settings.HELIOGRAPH, content_url="http://*.content.example:8000"
    )
    said = json.dumps({"learner": "anna", "standard": "cmi5", "place": "https://lms.brandt.example"})
    another, own = (f"{label}.content.example:8000" for label in (new_id().hex, dispatch.course_id.hex))
    for host in (another, own, "learn.brandt.example"):
        headers = {"HTTP_ORIGIN": f"http://{host}", "HTTP_SEC_FETCH_SITE": "same-origin"}
        client.post(
            f"/d/{dispatch.stub_key}/launch", said, content_type="text/plain", HTTP_HOST=host, **headers
        )
    seen = {deployment.domain: deployment.launches for deployment in Deployment.objects.all()}
    assert seen == {another.partition(":")[0]: 1, "lms.brandt.example": 2}


def test_only_a_page_of_a_cmi5_package_says_where_the_lms_is(client, dispatch):
    said = json.dumps({"learner": "anna", "standard": "scorm12", "place": "https://lms.brandt.example"})
    headers = {"HTTP_ORIGIN": OWN, "HTTP_SEC_FETCH_SITE": "same-origin"}
    client.post(
        f"/d/{dispatch.stub_key}/launch", said, content_type="text/plain", HTTP_HOST=CONTENT, **headers
    )
    assert Deployment.objects.get().domain == CONTENT.partition(":")[0]


def test_a_stranger_cannot_name_an_allowed_lms(tenant, client, dispatch):
    actions.change_dispatch(tenant.manager, dispatch, allowed_domains=["lms.brandt.example"])
    said = json.dumps({"learner": "anna", "standard": "cmi5", "place": "https://lms.brandt.example"})
    for origin, status in (("https://evil.example", 403), (OWN, 200)):
        headers = {"HTTP_ORIGIN": origin, "HTTP_SEC_FETCH_SITE": "same-origin"}
        answer = client.post(
            f"/d/{dispatch.stub_key}/launch", said, content_type="text/plain", HTTP_HOST=CONTENT, **headers
        )
        assert answer.status_code == status
