"""cmi5 and xAPI courses in the product: imported from a zip or by themselves, shown by their standard,
published and dispatched as any other.
"""

from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.builders import Activity, Au, Block, cmi5_course, course_structure, tincan_course, tincan_text
from tests.fixtures import APP

from heliograph.courses import actions, queries
from heliograph.courses.imports import importing
from heliograph.courses.models import Course, Import
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch.errors import NotEmbeddable
from heliograph.dispatch.package import builder, embedding

ELSEWHERE = course_structure(nodes=[Au(url="https://content.example.com/fire/index.html")]).encode()
COURSES = {
    "fire.zip": (cmi5_course(nodes=[Block()]), "cmi5"),
    "cmi5.xml": (ELSEWHERE, "cmi5"),
    "golf.zip": (tincan_course(), "xAPI"),
    "tincan.xml": (
        tincan_text([Activity(launch="https://content.example.com/fire/index.html")]).encode(),
        "xAPI",
    ),
}


@pytest.fixture
def bring(tenant, tmp_path):
    """Imports an upload and returns the finished import."""

    def run(filename: str, content: bytes, **options) -> Import:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return importing.run(actions.start_import(tenant.manager, path, filename, **options).id)

    return run


def test_a_structure_that_came_by_itself_is_a_version_without_files(bring):
    version = bring("cmi5.xml", ELSEWHERE).version
    assert (version.standard, version.file_count, version.total_bytes) == ("cmi5", 0, 0)
    assert not version.files.exists()
    (item,) = version.structure["organizations"][0]["items"]
    assert item["launch"]["href"] == "https://content.example.com/fire/index.html"
    assert item["au"]["move_on"] == "CompletedOrPassed"


def test_a_zip_is_a_version_with_its_files(bring):
    version = bring("fire.zip", cmi5_course()).version
    assert {file.path for file in version.files.all()} == {"cmi5.xml", "au-1.html"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("filename", COURSES)
def test_a_program_uploads_it_finds_it_by_its_standard_and_gets_it_back_as_it_was(filename, api):
    content, label = COURSES[filename]
    file = SimpleUploadedFile(
        filename, content, "text/xml" if filename.endswith("xml") else "application/zip"
    )
    started = api.client.post(
        "/api/imports",
        {"file": file, "course": "fire"},
        headers={"Authorization": f"Bearer {api.secret}"},
        HTTP_HOST=APP,
    )
    importing.run(UUID(started.json()["id"]))
    assert api("GET", f"/imports/{started.json()['id']}").json()["state"] == "done"
    courses = api("GET", f"/courses?standard={label.lower()}").json()["items"]
    assert [course["key"] for course in courses] == ["fire"]
    package = api("GET", "/courses/fire/versions/1/package")
    assert b"".join(package.streaming_content) == content
    assert filename in package["Content-Disposition"]


def test_a_structure_by_itself_whose_pages_are_missing_leaves_nothing_behind(bring):
    job = bring("cmi5.xml", course_structure().encode())
    assert (job.state, job.error_code) == ("refused", "cmi5_url_relative")
    assert not Course.objects.exists()


def test_the_next_version_may_bring_its_pages_along(bring):
    bring("cmi5.xml", ELSEWHERE, course_key="fire")
    course = bring("fire.zip", cmi5_course(), course_key="fire", publish=True).version.course
    first, second = course.versions.order_by("number")
    assert [change.path for change in queries.compare(first, second)] == ["au-1.html", "cmi5.xml"]
    assert Course.objects.get().published == second


@pytest.mark.parametrize("filename", COURSES)
def test_pages_name_the_standard(bring, tenant, client, filename):
    content, label = COURSES[filename]
    job = bring(filename, content)
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    for address in (
        "/admin/courses/",
        f"/admin/courses/{job.version.course_id}/",
        f"/admin/courses/imports/{job.id}/",
    ):
        page = client.get(address, HTTP_HOST=APP, follow=True)
        assert page.status_code == 200, address
        assert label in page.content.decode(), address


def test_the_form_offers_structures_that_come_by_themselves(tenant, client):
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    page = client.get("/admin/courses/", HTTP_HOST=APP).content.decode()
    assert ".xml" in page[page.index("accept=") :].partition(">")[0]
    assert "cmi5.xml" in page


def test_the_contents_show_blocks_and_aus_as_they_nest(bring, tenant, client):
    job = bring("fire.zip", cmi5_course(nodes=[Block(title="Extinguishers", nodes=[Au(title="Foam")])]))
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    page = client.get(f"/admin/courses/{job.version.course_id}/", HTTP_HOST=APP).content.decode()
    assert "<li>Extinguishers<ul><li>Foam</li></ul>" in "".join(line.strip() for line in page.splitlines())


@pytest.mark.parametrize("filename", COURSES)
def test_it_is_dispatched_as_a_hosted_package_and_no_other(bring, tenant, filename):
    course = bring(filename, COURSES[filename][0]).version.course
    dispatch = dispatching.create_dispatch(
        tenant.manager, course, dispatching.create_destination(tenant.manager, "Brandt", "brandt")
    )
    assert builder.build(dispatch, "scorm12")
    with pytest.raises(NotEmbeddable):
        embedding.build(dispatch)
