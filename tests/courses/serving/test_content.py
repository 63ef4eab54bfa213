"""Serving course files on the content origin: the right bytes, ranges, compression as stored, and only what
the token names.
"""

import gzip
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from tests.builders import SCRIPT, manifest_text
from tests.courses.raw_zips import Member, raw_zip
from tests.fixtures import APP, CONTENT, version_of

from heliograph.core.clock import now
from heliograph.courses import actions as courses
from heliograph.courses.imports import importing
from heliograph.courses.serving import content
from heliograph.courses.serving.content import address

TEXT = ("All work and no play. " * 400).encode()


@pytest.fixture
def course(tenant, import_course):
    return import_course(
        tenant,
        standard="scorm_12",
        files={"text.txt": TEXT, "Sub/Page.HTML": "<p>hello", "film.mp4": bytes(1000) + b"end"},
    )


@pytest.fixture
def fetch(client, course):
    def get(path, **headers):
        return client.get(address(course.published_id, path), HTTP_HOST=CONTENT, headers=headers)

    return get


def as_a_browser_asks(written: str) -> str:
    """A reference in a page as it goes into the request: escapes stay as they are, all else is escaped in
    UTF-8.
    """
    return quote(written, safe="%/!$&'()*+,;=:@~")


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_file_comes_as_it_was(fetch):
    answer = fetch("text.txt")
    assert body(answer) == TEXT
    assert answer["Content-Length"] == str(len(TEXT))
    assert answer["Content-Type"] == "text/plain"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_what_is_deflated_in_the_package_goes_out_as_gzip(fetch):
    answer = fetch("text.txt", **{"Accept-Encoding": "gzip, br"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(body(answer)) < len(TEXT) / 5
    assert gzip.decompress(body(fetch("text.txt", **{"Accept-Encoding": "gzip"}))) == TEXT


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip;q=0, identity", None),
        ("gzip ; q=0.000", None),
        ("br, *;q=0", None),
        ("gzip;q=0, *", None),
        ("", None),
        ("notgzip", None),
        ("gzip;q=0.5, identity", "gzip"),
        ("GZIP;q=1", "gzip"),
        ("*", "gzip"),
        ("identity;q=0, gzip", "gzip"),
    ],
)
def test_who_takes_no_gzip_gets_the_file_itself(fetch, accepted, coding):
    answer = fetch("text.txt", **{"Accept-Encoding": accepted})
    assert answer.get("Content-Encoding") == coding
    assert (gzip.decompress(body(answer)) if coding else body(answer)) == TEXT


@pytest.mark.parametrize(
    ("asked", "expected", "named"),
    [
        ("bytes=0-9", TEXT[:10], "bytes 0-9/8800"),
        ("bytes=8790-", TEXT[8790:], "bytes 8790-8799/8800"),
        ("bytes=-5", TEXT[-5:], "bytes 8795-8799/8800"),
        ("bytes=100-99999", TEXT[100:], "bytes 100-8799/8800"),
    ],
)
def test_a_player_may_ask_for_a_part(fetch, asked, expected, named):
    answer = fetch("text.txt", Range=asked)
    assert (answer.status_code, body(answer), answer["Content-Range"]) == (206, expected, named)


def test_a_part_that_is_not_there_is_refused(fetch):
    answer = fetch("text.txt", Range="bytes=9000-")
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */8800")


@pytest.mark.parametrize(
    "asked",
    [f"bytes={'9' * 5000}-", f"bytes=-{'9' * 5000}", "bytes=²-", "bytes=-", "lines=1-2", "bytes=0-1,5-6"],
)
def test_what_is_no_single_part_gets_the_whole(fetch, asked):
    answer = fetch("text.txt", Range=asked)
    assert (answer.status_code, body(answer)) == (200, TEXT)


def test_a_browser_that_has_the_file_gets_nothing_again(fetch):
    tag = fetch("text.txt")["ETag"]
    answer = fetch("text.txt", **{"If-None-Match": tag})
    assert (answer.status_code, body(answer)) == (304, b"")


def test_upper_and_lower_case_may_differ(fetch):
    assert body(fetch("sub/page.html")) == b"<p>hello"


@pytest.mark.parametrize(
    ("packed", "asked"),
    [
        ("an\u0303adir informacio\u0301n.svg", "an\u0303adir informacio\u0301n.svg"),
        ("an\u0303adir.svg", "a\u00f1adir.svg"),
        ("a\u00f1adir.svg", "an\u0303adir.svg"),
        ("A\u00d1ADIR.svg", "an\u0303adir.svg"),
        ("lit%20eral.svg", "lit%20eral.svg"),
        ("lit%20eral.svg", "lit%2520eral.svg"),
        ("%C3%B1 (1).svg", "%C3%B1 (1).svg"),
        ("acentuaci\u00f3n%20y.svg", "acentuacio\u0301n%20y.svg"),
        ("a+b.svg", "a+b.svg"),
        ("no#1.svg", "no%231.svg"),
        ("100%.svg", "100%25.svg"),
        ("r&d (1).svg", "r&d (1).svg"),
    ],
)
def test_a_file_answers_to_its_name_as_pages_write_it(client, tenant, import_course, packed, asked):
    course = import_course(tenant, key="names", files={f"files/{packed}": b"here"})
    folder = address(course.published_id, "files/")
    assert body(client.get(folder + as_a_browser_asks(asked), HTTP_HOST=CONTENT)) == b"here"


def test_of_two_files_the_one_that_is_asked_for_to_the_letter_answers(client, tenant, import_course):
    course = import_course(tenant, key="names", files={"a b.txt": b"blank", "a%20b.txt": b"escaped"})
    folder = address(course.published_id, "")
    assert body(client.get(folder + "a%20b.txt", HTTP_HOST=CONTENT)) == b"blank"
    assert body(client.get(folder + "a%2520b.txt", HTTP_HOST=CONTENT)) == b"escaped"


def test_the_address_stays_the_same_for_a_day_so_that_browsers_keep_files(course):
    noon = now().replace(hour=12)
    with time_machine.travel(noon, tick=False):
        first = address(course.published_id, "a")
    with time_machine.travel(noon + timedelta(hours=6), tick=False):
        assert address(course.published_id, "a") == first


def test_an_old_address_ends(client, course):
    old = address(course.published_id, "text.txt")
    with time_machine.travel(now() + timedelta(days=3)):
        answer = client.get(old, HTTP_HOST=CONTENT)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


@pytest.mark.parametrize(
    "path", ["nothing.txt", "../text.txt", "text.txt/", "%2e%2e/text.txt", "imsmanifest.xml%00"]
)
def test_what_the_course_does_not_have_is_not_there(fetch, path):
    assert fetch(path).status_code == 404


PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    "asks", [PAGE, {"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Dest": "document"}, {"Sec-Fetch-Dest": "object"}]
)
def test_what_goes_wrong_in_the_courses_frame_is_a_page_for_people(client, course, fetch, asks):
    answer = fetch("gone <b>.html", **asks)
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "File “gone &lt;b&gt;.html” not found in this course. Go back" in answer.content.decode()
    old = address(course.published_id, "text.txt")
    with time_machine.travel(now() + timedelta(days=3)):
        answer = client.get(old, HTTP_HOST=CONTENT, headers=asks)
    assert (answer.status_code, answer["Content-Type"]) == (401, "text/html; charset=utf-8")
    assert "Open the course again where you started it" in answer.content.decode()
    for nowhere in ("/nowhere", "/play/" + "A" * 50 + "/", "/c/a%00b"):
        assert (
            client.get(nowhere, HTTP_HOST=CONTENT, headers=asks)["Content-Type"] == "text/html; charset=utf-8"
        )


@pytest.mark.parametrize(
    "asks", [{}, {"Accept": "*/*"}, PAGE | {"Sec-Fetch-Dest": "empty"}, {"Sec-Fetch-Dest": "script"}]
)
def test_a_program_hears_of_it_as_a_document(fetch, asks):
    assert fetch("gone.json", **asks).json()["code"] == "file_not_found"


def test_a_film_from_elsewhere_hears_our_origin_and_nothing_more(fetch):
    assert fetch("Sub/Page.HTML")["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_course_files_are_not_on_the_origin_with_the_cookies(client, course):
    assert client.get(address(course.published_id, "text.txt"), HTTP_HOST=APP).status_code == 404


def test_a_made_up_token_opens_nothing(client):
    assert client.get("/c/" + "A" * 50 + "/text.txt", HTTP_HOST=CONTENT).status_code == 401


def test_pages_say_their_own_charset():
    assert content.content_type("index.HTM") == "text/html"
    assert content.content_type("noending") == "application/octet-stream"


def test_an_empty_file_without_a_deflate_stream_is_imported_and_served(client, tenant, tmp_path):
    members = [
        Member("imsmanifest.xml", manifest_text().encode()),
        Member("sco-1.html", b"<p>"),
        Member(SCRIPT, b""),
    ]
    upload = tmp_path / "course.zip"
    upload.write_bytes(raw_zip(*members, Member("empty.css", b"", packed=b"")))
    started = courses.start_import(tenant.manager, upload, "course.zip", run_here=True)
    version = version_of(importing.run(started.id))
    for headers in ({}, {"Accept-Encoding": "gzip"}):
        answer = client.get(address(version.id, "empty.css"), HTTP_HOST=CONTENT, headers=headers)
        assert (answer.status_code, body(answer), "Content-Encoding" in answer) == (200, b"", False)
