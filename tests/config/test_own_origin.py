"""With an origin for each course, no course is shown on the origin of another, whose scripts could then read
it.
"""

import dataclasses
import json

import pytest
from tests.fixtures import APP, CONTENT

from heliograph.config.server import wsgi
from heliograph.courses.models import CourseFile
from heliograph.courses.serving import content
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch import admission
from heliograph.runtime import actions

DOMAIN = "content.localhost"


@pytest.fixture
def own_origins(settings):
    settings.HELIOGRAPH = dataclasses.replace(settings.HELIOGRAPH, content_url=f"http://*.{DOMAIN}:8000")
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, f".{DOMAIN}"]


@pytest.fixture
def two(tenant, import_course):
    """Two courses of one organization."""
    return import_course(tenant, key="lifting"), import_course(tenant, key="fire")


def host(course) -> str:
    return f"{course.id.hex}.{DOMAIN}:8000"


def opened(client, session: str, on: str):
    return client.post(f"/play/{session}/open", "{}", content_type="text/plain", HTTP_HOST=on)


def file_of(course) -> str:
    """The address of a page of the course."""
    version = course.published_id
    pages = CourseFile.objects.filter(version_id=version, path__endswith=".html").order_by("pk")
    return content.address(version, pages.values_list("path", flat=True)[0])


def session_of(tenant, course) -> str:
    """The token with which the player opens, whose address names the course."""
    destination = dispatching.create_destination(tenant.manager, course.key, course.key)
    dispatch = dispatching.create_dispatch(tenant.manager, course, destination)
    address = actions.player_address(admission.admit(dispatch, "anna"))
    assert address.startswith(f"http://{host(course)}/play/")
    return address.rstrip("/").rpartition("/")[2]


def is_elsewhere(answer) -> bool:
    if answer.status_code != 404:
        return False
    return answer.json()["code"] == "another_origin"


def test_files_are_served_on_their_own_origin_and_no_other(client, own_origins, two):
    for course, other in (two, two[::-1]):
        address = file_of(course)
        assert client.get(address, HTTP_HOST=host(course)).status_code == 200
        assert client.get(address, HTTP_HOST=host(course).upper()).status_code == 200
        for wrong in (host(other), f"www.{host(course)}", f"x.{DOMAIN}:8000"):
            assert is_elsewhere(client.get(address, HTTP_HOST=wrong)), wrong


def test_the_player_and_its_commits_are_taken_on_their_own_origin_and_no_other(
    client, tenant, own_origins, two
):
    course, other = two
    session = session_of(tenant, course)
    assert client.get(f"/play/{session}/", HTTP_HOST=host(course)).status_code == 200
    assert is_elsewhere(client.get(f"/play/{session}/", HTTP_HOST=host(other)))
    assert is_elsewhere(opened(client, session, host(other)))
    token = opened(client, session, host(course)).json()["token"]
    for door, key in (("commit", token), ("replay", session)):
        sent = {"data": "{}", "content_type": "text/plain"}
        assert is_elsewhere(client.post(f"/play/{key}/{door}", **sent, HTTP_HOST=host(other))), door
        assert not is_elsewhere(client.post(f"/play/{key}/{door}", **sent, HTTP_HOST=host(course))), door
    assert is_elsewhere(client.get(f"/play/{token}/progress", HTTP_HOST=host(other)))


def test_the_door_in_front_of_django_compares_too(tenant, client, own_origins, two):
    course, other = two
    token = opened(client, session_of(tenant, course), host(course)).json()["token"]
    body = json.dumps({"commits": []}).encode()
    said = []
    for where in (host(other), host(course)):
        environ = {"REQUEST_METHOD": "POST", "PATH_INFO": f"/play/{token}/commit", "HTTP_HOST": where}
        answer = wsgi.application(
            {**environ, "CONTENT_LENGTH": str(len(body)), "wsgi.input": Body(body)},
            lambda status, _: said.append(status),
        )
        said.append(json.loads(b"".join(answer)).get("code"))
    assert said[:2] == ["404 Not Found", "another_origin"]
    assert said[3] != "another_origin"


def test_the_page_that_a_packages_unit_opens_is_on_its_courses_origin(client, tenant, own_origins, two):
    course, other = two
    destination = dispatching.create_destination(tenant.manager, "Brandt", "brandt")
    stub = dispatching.create_dispatch(tenant.manager, course, destination).stub_key
    assert client.get(f"/d/{stub}/cmi5/", HTTP_HOST=host(course)).status_code == 200
    assert is_elsewhere(client.get(f"/d/{stub}/cmi5/", HTTP_HOST=host(other)))


def test_where_all_courses_share_one_origin_each_is_served_there(client, two):
    for course in two:
        assert client.get(file_of(course), HTTP_HOST=CONTENT).status_code == 200


def test_a_dot_at_the_end_of_the_content_host_leads_to_no_page_of_the_app(client, db):
    assert client.get("/sign-in/", HTTP_HOST=f"{CONTENT}.").status_code == 404


@pytest.mark.parametrize("path", ["/sign-in/", "/api/org", "/", "/static/ui/heliograph.css"])
@pytest.mark.parametrize("name", [DOMAIN, f"{DOMAIN}.", f"{DOMAIN.upper()}:8000"])
def test_the_domain_above_the_courses_origins_shows_no_page_of_the_app(client, db, own_origins, name, path):
    """Courses may set cookies for it."""
    assert client.get(path, HTTP_HOST=name).status_code == 400
    assert client.get("/sign-in/", HTTP_HOST=APP).status_code == 200


class Body:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self, _: int) -> bytes:
        return self.content
