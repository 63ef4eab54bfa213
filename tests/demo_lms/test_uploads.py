"""Packages come in whole, and what cannot be played is refused with one sentence, leaving nothing behind."""

import io
import json
import stat
import zipfile
from pathlib import Path

import pytest
from tests.demo_lms.client import Lms
from tests.demo_lms.packages import manifest, package, zipped

from heliograph.demo_lms.server import serve


def refused(lms: Lms, body: bytes) -> tuple[str, str]:
    before = lms.json("/api/packages")
    status, answer = lms.request("/api/packages", body)
    assert 400 <= status < 500
    assert lms.json("/api/packages") == before
    problem = json.loads(answer)
    return problem["code"], problem["title"]


def test_a_package_says_what_it_is(lms: Lms) -> None:
    course = lms.json("/api/packages?filename=lamps.zip", package("scorm2004"))
    assert course["title"] == "Lanterns & lamps"
    assert course["edition"] == "SCORM 2004 4th Edition"
    assert course["filename"] == "lamps.zip"
    assert [sco["href"] for sco in course["scos"]] == ["page.html"]


@pytest.mark.parametrize(
    ("version", "edition"),
    [
        ("CAM 1.3", "SCORM 2004 2nd Edition"),
        ("2004 3rd Edition", "SCORM 2004 3rd Edition"),
        ("2004 4th Edition", "SCORM 2004 4th Edition"),
    ],
)
def test_each_edition_is_known_by_its_name(lms: Lms, version: str, edition: str) -> None:
    body = zipped({"imsmanifest.xml": manifest("scorm2004", version=version), "page.html": "x"})
    assert lms.json("/api/packages", body)["edition"] == edition


@pytest.mark.parametrize(
    "name", ["../escape.html", "a/../../escape.html", "/etc/escape", "C:\\escape", "..\\escape.html"]
)
def test_a_name_that_leads_outside_is_refused(lms: Lms, name: str) -> None:
    code, sentence = refused(lms, zipped({"imsmanifest.xml": manifest("scorm12"), name: "x"}))
    assert code == "unsafe_path"
    assert "points outside the package" in sentence


def test_a_link_is_refused(lms: Lms) -> None:
    sink = io.BytesIO(package())
    with zipfile.ZipFile(sink, "a") as archive:
        link = zipfile.ZipInfo("secrets")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert refused(lms, sink.getvalue())[0] == "symlink"


def test_a_file_that_is_also_a_folder_is_refused_without_naming_this_machine(lms: Lms) -> None:
    body = zipped({"imsmanifest.xml": manifest("scorm12"), "page.html": "x", "page.html/inner.html": "x"})
    code, sentence = refused(lms, body)
    assert code == "zip_unreadable"
    assert "/" not in sentence


def test_what_is_no_zip_is_refused(lms: Lms) -> None:
    assert refused(lms, b"%PDF-1.7 not a course")[0] == "not_a_zip"
    assert refused(lms, package()[:-40])[0] == "not_a_zip"
    assert refused(lms, b"")[0] == "not_a_zip"


def test_a_damaged_zip_is_refused(lms: Lms) -> None:
    body = bytearray(package(page="x" * 5000))
    body[200:230] = b"\xff" * 30
    assert refused(lms, bytes(body))[0] in ("zip_unreadable", "not_a_zip")


def test_no_manifest_is_refused_and_one_in_a_folder_is_pointed_at(lms: Lms) -> None:
    assert refused(lms, zipped({"index.html": "x"}))[0] == "no_manifest"
    code, sentence = refused(lms, zipped({"course/imsmanifest.xml": manifest("scorm12")}))
    assert code == "no_manifest"
    assert "“course/imsmanifest.xml”" in sentence


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<manifest>", "manifest_not_xml"),
        ("<html/>", "manifest_not_ims"),
        (manifest("scorm12", version="1.1"), "standard_unknown"),
        (manifest("scorm12", items='<item identifier="a"><title>A</title></item>'), "nothing_to_launch"),
        (manifest("scorm12", items='<item identifier="a" identifierref="lost"/>'), "item_without_file"),
        (
            '<!DOCTYPE m [<!ENTITY e SYSTEM "file:///etc/passwd">]><manifest>&e;</manifest>',
            "standard_unknown",
        ),
    ],
)
def test_a_manifest_that_cannot_be_played_is_refused(lms: Lms, text: str, code: str) -> None:
    assert refused(lms, zipped({"imsmanifest.xml": text}))[0] == code


def test_a_launch_page_that_is_missing_is_named(lms: Lms) -> None:
    course = lms.json("/api/packages", zipped({"imsmanifest.xml": manifest("scorm12")}))
    assert course["missing"] == ["page.html"]
    page = lms.request(f"/packages/{course['id']}")[1].decode()
    assert "files this package does not hold: page.html" in page


def test_a_form_uploads_too_and_answers_with_a_page(lms: Lms) -> None:
    head = b'--mark\r\nContent-Disposition: form-data; name="file"; filename="lamps.zip"\r\n\r\n'
    form = head + package() + b"\r\n--mark--\r\n"
    status, page = lms.request("/packages", form, Content_Type="multipart/form-data; boundary=mark")
    assert status == 200
    assert "lamps.zip" in page.decode()
    status, page = lms.request(
        "/packages", b"--mark--\r\n", Content_Type="multipart/form-data; boundary=mark"
    )
    assert (status, "Choose a SCORM package" in page.decode()) == (400, True)


def test_another_site_cannot_send_anything(lms: Lms) -> None:
    assert lms.request("/api/packages", package(), Origin="https://elsewhere.example")[0] == 403


def test_files_outside_a_package_are_not_served(lms: Lms) -> None:
    course_id = lms.upload(package())
    assert lms.request(f"/content/{course_id}/page.html")[0] == 200
    for path in ("../../lms.sqlite3", "..%2f..%2flms.sqlite3", "%2fetc%2fpasswd", "nothing.html", "%00"):
        assert lms.request(f"/content/{course_id}/{path}")[0] == 404


def test_part_of_a_film_can_be_asked_for(lms: Lms) -> None:
    course_id = lms.upload(package(film__mp4="0123456789"))
    assert lms.request(f"/content/{course_id}/film.mp4", Range="bytes=2-4") == (206, b"234")
    assert lms.request(f"/content/{course_id}/film.mp4", Range="bytes=7-") == (206, b"789")


def test_a_removed_package_is_gone_from_disk(tmp_path: Path) -> None:
    with serve(tmp_path) as running:
        lms = Lms(running.url)
        course_id = lms.upload(package())
        lms.request(lms.play_url(course_id).removeprefix(lms.url))
        assert lms.request(f"/packages/{course_id}/remove", b"")[0] == 200
        assert lms.json("/api/packages") == {"packages": []}
        assert list((tmp_path / "packages").iterdir()) == []


def test_nothing_half_done_stays_after_a_refusal(tmp_path: Path) -> None:
    with serve(tmp_path) as running:
        refused(Lms(running.url), zipped({"imsmanifest.xml": manifest("scorm12"), "../x": "x"}))
        assert list((tmp_path / "packages").iterdir()) == []
