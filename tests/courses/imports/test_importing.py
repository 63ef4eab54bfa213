"""Importing: from an upload to an immutable version, or a refusal that leaves nothing behind."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.builders import build_package, manifest_text
from tests.courses.formats.test_media import MP3, pdf
from tests.fixtures import APP, version_of

from heliograph.audit.queries import entries
from heliograph.core import storage
from heliograph.core.errors import Invalid
from heliograph.courses import actions, queries, tasks
from heliograph.courses.errors import CourseInUse, NothingPlayable
from heliograph.courses.imports import importing, uploads
from heliograph.courses.models import Course, CourseFile, CourseVersion, Import
from heliograph.dispatch import actions as dispatching
from heliograph.dispatch.releases import actions as releases
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Registration


def upload(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return path


def run(tenant, tmp_path, content: bytes, filename="course.zip", **options) -> Import:
    started = actions.start_import(tenant.manager, upload(tmp_path, content), filename, **options)
    return importing.run(started.id)


def stored_blobs(tenant) -> set[str]:
    storages: Any = settings.STORAGES
    folder = Path(storages["default"]["OPTIONS"]["location"]) / str(tenant.organization.id)
    return {file.name for file in folder.rglob("*") if file.is_file()}


def published_number(course: Course) -> int:
    assert course.published is not None
    return course.published.number


def at_try(attempts: int) -> Any:
    """What a task is told of its job, as far as ours asks."""
    return SimpleNamespace(job=SimpleNamespace(attempts=attempts))


def zip_of(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_the_first_version_of_a_course_is_published_and_the_next_one_waits(tenant, tmp_path):
    first = run(tenant, tmp_path, build_package(title="One"), course_key="safety")
    second = run(tenant, tmp_path, build_package(title="Two"), course_key="safety")
    assert (first.state, second.state) == ("done", "done")
    course = Course.objects.get()
    assert (published_number(course), course.versions.count()) == (1, 2)
    actions.publish_version(tenant.manager, version_of(second))
    assert published_number(Course.objects.get()) == 2
    actions.publish_version(tenant.manager, version_of(first))
    assert published_number(Course.objects.get()) == 1
    assert [entry.verb for entry in entries(tenant.organization.id)[:2]] == ["rolled back to", "published"]


def test_a_course_whose_pages_are_all_missing_is_not_published_and_the_report_says_so(tenant, tmp_path):
    empty = zip_of(**{"imsmanifest.xml": manifest_text().encode(), "shared/sco.js": b""})
    job = run(tenant, tmp_path, empty, course_key="safety", publish=True)
    assert (job.state, Course.objects.get().published) == ("done", None)
    (told,) = (finding for finding in version_of(job).findings if finding["code"] == "nothing_playable")
    assert "not published" in told["sentence"]
    with pytest.raises(NothingPlayable):
        actions.publish_version(tenant.manager, version_of(job))
    destination = dispatching.create_destination(tenant.manager, "Brandt Logistics", "brandt")
    with pytest.raises(NothingPlayable):
        releases.release_to(tenant.manager, version_of(job), [destination])


def test_a_version_without_its_pages_leaves_the_published_one_in_place(tenant, tmp_path):
    run(tenant, tmp_path, build_package(), course_key="safety")
    empty = zip_of(**{"imsmanifest.xml": manifest_text().encode(), "shared/sco.js": b""})
    run(tenant, tmp_path, empty, course_key="safety", publish=True)
    assert published_number(Course.objects.get()) == 1


def test_two_courses_of_the_same_title_get_keys_of_their_own(tenant, tmp_path):
    run(tenant, tmp_path, build_package(title="Working at height"))
    run(tenant, tmp_path, build_package(title="Working at height"))
    assert set(Course.objects.values_list("key", flat=True)) == {"working-at-height", "working-at-height-2"}


def test_every_file_of_the_package_can_be_read_back(tenant, tmp_path, client):
    content = {"media/sound.bin": bytes(range(256)) * 10, "ü/ß.txt": "Zoë 李".encode()}
    job = run(tenant, tmp_path, build_package(files=content))
    for path, expected in content.items():
        file = queries.file(queries.frozen(version_of(job).id), path)
        from heliograph.courses.serving.content import read_whole

        assert file is not None
        assert b"".join(read_whole(file)) == expected


def test_a_course_that_is_one_file_has_that_file_and_the_pages_of_a_pdf(tenant, tmp_path):
    sound, book = (
        run(tenant, tmp_path, *file) for file in ((MP3, "sound.mp3"), (pdf(tmp_path, pages=2), "book.pdf"))
    )
    assert {file.path for file in version_of(sound).files.all()} == {"sound.mp3"}
    assert {file.path for file in version_of(book).files.all()} == {
        "book.pdf",
        "pages/1.webp",
        "pages/2.webp",
        "pages/index.json",
    }


def test_the_package_can_be_downloaded_byte_for_byte(tenant, tmp_path, api):
    package = build_package()
    job = run(tenant, tmp_path, package)
    answer = api("GET", f"/courses/{version_of(job).course_id}/versions/1/package")
    assert b"".join(answer.streaming_content) == package


def test_versions_are_compared_by_file(tenant, tmp_path, api):
    run(
        tenant,
        tmp_path,
        build_package(files={"a.txt": "same", "b.txt": "old", "c.txt": "gone"}),
        course_key="safety",
    )
    run(
        tenant,
        tmp_path,
        build_package(files={"a.txt": "same", "b.txt": "newer", "d.txt": "here"}),
        course_key="safety",
    )
    changes = api("GET", "/courses/safety/versions/2/changes", {"since": 1}).json()
    assert [(change["path"], change["change"]) for change in changes] == [
        ("b.txt", "changed"),
        ("c.txt", "removed"),
        ("d.txt", "added"),
    ]


HOSTILE = {
    "traversal": zip_of(**{"../evil.txt": b"x", "imsmanifest.xml": b"<manifest/>"}),
    "not a zip": b"this is no zip at all",
    "no manifest": zip_of(**{"index.html": b"<html></html>"}),
    "cut short": build_package()[:-100],
    "an entity bomb": zip_of(
        **{"imsmanifest.xml": b'<!DOCTYPE m [<!ENTITY a "aaaa">]><manifest>&a;</manifest>'}
    ),
    "a zip bomb": b"",
}
_bomb = io.BytesIO()
with zipfile.ZipFile(_bomb, "w", zipfile.ZIP_DEFLATED) as _archive:
    _archive.writestr("imsmanifest.xml", b"<manifest/>")
    _archive.writestr("zeros.bin", bytes(50 * 2**20))
HOSTILE["a zip bomb"] = _bomb.getvalue()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused_whole_and_leaves_nothing_behind(tenant, tmp_path, name):
    before = stored_blobs(tenant)
    job = run(tenant, tmp_path, HOSTILE[name])
    assert job.state == "refused"
    assert job.error_code
    assert job.error.endswith(".")
    assert "Traceback" not in job.error
    assert not Course.objects.exists()
    assert not CourseFile.objects.exists()
    assert stored_blobs(tenant) == before
    assert not list(settings.UPLOAD_FOLDER.glob("*"))


def test_a_refusal_does_not_take_the_same_package_from_who_already_has_it(tenant, tmp_path):
    job = run(tenant, tmp_path, build_package(), course_key="safety")
    actions.release_blob(tenant.organization.id, job.package_sha256)
    assert storage.open_blob(tenant.organization.id, job.package_sha256).read(2) == b"PK"


def test_an_import_that_is_run_again_makes_no_second_version(tenant, tmp_path):
    job = run(tenant, tmp_path, build_package())
    assert importing.run(job.id).version_id == job.version_id
    assert CourseVersion.objects.count() == 1


def test_an_import_that_was_cut_off_is_done_from_the_start(tenant, tmp_path):
    started = actions.start_import(tenant.manager, upload(tmp_path, build_package()), "course.zip")
    Import.objects.filter(id=started.id).update(state="running", progress=60)
    assert importing.run(started.id).state == "done"
    assert CourseVersion.objects.count() == 1


def test_deleting_a_course_deletes_its_files_unless_a_dispatch_needs_it(tenant, tmp_path, stranger):
    before = stored_blobs(tenant)
    job = run(tenant, tmp_path, build_package())
    destination = dispatching.create_destination(tenant.manager, "Brandt")
    dispatch = dispatching.create_dispatch(tenant.manager, version_of(job).course, destination)
    with pytest.raises(CourseInUse):
        actions.delete_course(tenant.owner, version_of(job).course)
    dispatching.delete_dispatch(tenant.manager, dispatch)
    actions.delete_course(tenant.owner, Course.objects.get())
    assert not CourseVersion.objects.exists()
    assert stored_blobs(tenant) == before


def test_a_course_that_somebody_has_taken_can_be_deleted_with_its_results(tenant, tmp_path):
    course = version_of(run(tenant, tmp_path, build_package())).course
    learner = runtime.ensure_learner(tenant.organization.id, tenant.organization.id, "anna")
    registration, _ = runtime.register(tenant.manager, course, learner)
    runtime.open_launch(registration.id, "normal")
    actions.delete_course(tenant.owner, Course.objects.get())
    assert not CourseVersion.objects.exists()
    assert not Registration.objects.exists()


def test_a_deletion_that_fails_takes_no_content_with_it(tenant, tmp_path, monkeypatch):
    job = run(tenant, tmp_path, build_package())
    monkeypatch.setattr(Course, "delete", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        actions.delete_course(tenant.owner, version_of(job).course)
    assert storage.open_blob(tenant.organization.id, job.package_sha256).read(2) == b"PK"


# 2 MB that deflate to one: it gets a blob of its own, so that a player can seek in it.
FILM = bytes(byte & 15 for byte in Random(1).randbytes(2**21))


def deflated(**files: bytes) -> bytes:
    buffer = io.BytesIO(build_package())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_large_film_gets_a_file_of_its_own_which_goes_with_the_course(tenant, tmp_path):
    job = run(tenant, tmp_path, deflated(**{"film.mp4": FILM}))
    film = CourseFile.objects.get(path="film.mp4")
    assert film.blob != job.package_sha256
    assert storage.open_blob(tenant.organization.id, film.blob).read() == FILM
    actions.delete_course(tenant.owner, version_of(job).course)
    assert stored_blobs(tenant) == set()


def test_a_package_refused_at_its_last_file_leaves_nothing_of_its_first(tenant, tmp_path):
    whole = bytearray(deflated(**{"film.mp4": FILM, "last.txt": b"the last words"}))
    at = whole.rindex(b"last.txt", 0, whole.rindex(b"PK\x01\x02"))
    whole[at + len(b"last.txt") + 4] ^= 0xFF
    job = run(tenant, tmp_path, bytes(whole))
    assert job.state == "refused", job.stage
    assert stored_blobs(tenant) == set()


def test_an_upload_that_is_refused_at_the_door_leaves_nothing_behind(tenant, tmp_path):
    for content, key in ((b"", ""), (build_package(), "no key!")):
        waiting = upload(tmp_path, content)
        with pytest.raises(Invalid):
            actions.start_import(tenant.manager, waiting, "course.zip", key)
        assert not waiting.exists()


def test_who_waits_for_an_import_hears_when_the_last_try_has_failed(tenant, tmp_path, monkeypatch):
    started = actions.start_import(tenant.manager, upload(tmp_path, build_package()), "course.zip")
    monkeypatch.setattr(importing, "run", lambda _: 1 / 0)
    for attempts, state in ((0, "queued"), (tasks.TRIES, "refused")):
        with pytest.raises(ZeroDivisionError):
            tasks.run_import(at_try(attempts), str(started.id))
        assert Import.objects.get().state == state
    assert Import.objects.get().error_code == "import_failed"
    assert stored_blobs(tenant) == set()


def test_an_import_that_keeps_killing_its_worker_is_given_up(tenant, tmp_path):
    started = actions.start_import(tenant.manager, upload(tmp_path, build_package()), "course.zip")
    tasks.run_import(at_try(tasks.TRIES + 1), str(started.id))
    assert Import.objects.get().error_code == "import_failed"


@pytest.mark.parametrize("changes", [{"title": "a" * 301}, {"description": "a" * 20_001}])
def test_a_text_longer_than_its_place_is_refused_in_a_sentence(tenant, tmp_path, changes):
    course = version_of(run(tenant, tmp_path, build_package())).course
    with pytest.raises(Invalid) as refused:
        actions.change_course(tenant.manager, course, **changes)
    assert refused.value.problem_code == "text_too_long"


@pytest.mark.django_db(transaction=True)
def test_a_program_uploads_and_follows_the_import(tenant, tmp_path, api):
    file = SimpleUploadedFile("course.zip", build_package(title="Working at height"), "application/zip")
    answer = api.client.post(
        "/api/imports",
        {"file": file, "course": "height"},
        headers={"Authorization": f"Bearer {api.secret}"},
        HTTP_HOST=APP,
    )
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    importing.run(UUID(answer.json()["id"]))
    done = api("GET", f"/imports/{answer.json()['id']}").json()
    assert (done["state"], done["progress"], done["version"]) == ("done", 100, 1)
    assert api("GET", "/courses/height").json()["title"] == "Working at height"


def test_an_upload_above_the_limit_is_refused(tenant, api, monkeypatch):
    monkeypatch.setattr(settings, "HELIOGRAPH", replace(settings.HELIOGRAPH, upload_limit=1000))
    file = SimpleUploadedFile("course.zip", b"x" * 2000, "application/zip")
    answer = api.client.post(
        "/api/imports", {"file": file}, headers={"Authorization": f"Bearer {api.secret}"}, HTTP_HOST=APP
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_an_upload_is_not_written_to_disk_beyond_the_limit(tenant, api, monkeypatch):
    monkeypatch.setattr(settings, "HELIOGRAPH", replace(settings.HELIOGRAPH, upload_limit=100_000))
    sizes = []

    def measure_and_fail(file):
        sizes.append((file.size, Path(file.temporary_file_path()).stat().st_size))
        raise ZeroDivisionError

    monkeypatch.setattr(uploads, "take_over", measure_and_fail)
    file = SimpleUploadedFile("course.zip", b"x" * 1_000_000, "application/zip")
    api.client.post(
        "/api/imports", {"file": file}, headers={"Authorization": f"Bearer {api.secret}"}, HTTP_HOST=APP
    )
    assert sizes[0][0] == 1_000_000
    assert sizes[0][1] <= 100_000


SUPPORTED = [("scorm12", "*.zip"), ("scorm2004", "*.zip"), ("cmi5", "*"), ("xapi", "*.zip")]


def test_every_real_package_of_a_supported_standard_imports(tenant, tmp_path, shared_packages):
    for folder, pattern in SUPPORTED:
        for path in sorted((shared_packages / folder).glob(pattern)):
            job = run(tenant, tmp_path, path.read_bytes(), path.name)
            assert job.state == "done", f"{path.name}: {job.error}"
            assert version_of(job).structure["organizations"], path.name
            json.dumps(version_of(job).findings)


def test_what_comes_later_is_refused_by_name(tenant, tmp_path, shared_packages):
    for path in sorted((shared_packages / "aicc").iterdir()):
        job = run(tenant, tmp_path, path.read_bytes(), path.name)
        assert (job.state, job.error_code) == ("refused", "aicc_not_yet"), path.name
    assert not Course.objects.exists()


def test_every_malformed_package_is_refused_or_repaired_with_a_word_about_it(
    tenant, tmp_path, shared_packages
):
    for path in sorted((shared_packages / "malformed").iterdir()):
        job = run(tenant, tmp_path, path.read_bytes(), path.name)
        assert job.error.endswith(".") if job.state == "refused" else version_of(job).findings, path.name


def test_an_unpublished_course_has_its_pages_and_is_refused_where_learners_would_come_in(
    tenant, tmp_path, client, api
):
    empty = zip_of(**{"imsmanifest.xml": manifest_text().encode(), "shared/sco.js": b""})
    job = run(tenant, tmp_path, empty, course_key="safety")
    course = Course.objects.get()
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    for page in ("", f"{course.id}/", f"imports/{job.id}/", f"{course.id}/releases/"):
        answer = client.get(f"/admin/courses/{page}", HTTP_HOST=APP)
        assert (answer.status_code, "Fire safety" in answer.content.decode()) == (200, True), page
    answer = client.post(f"/admin/courses/{course.id}/versions/1/publish", HTTP_HOST=APP)
    assert (answer.status_code, "Export the course" in answer.content.decode()) == (409, True)
    assert api("GET", "/courses/safety").status_code == 200
    answer = api("POST", "/registrations", {"course": "safety", "learner": {"id": "anna"}})
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_published")
