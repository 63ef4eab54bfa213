"""Serving course files on the content origin: the right bytes, ranges, compression as stored, and only what the token names."""

import gzip
from datetime import timedelta

import pytest
import time_machine
from tests.fixtures import APP, CONTENT

from heliograph.core.clock import now
from heliograph.courses import content
from heliograph.courses.content import address

TEXT = ("All work and no play. " * 400).encode()


@pytest.fixture
def course(tenant, import_course):
    return import_course(
        tenant, standard="scorm_12", files={"text.txt": TEXT, "Sub/Page.HTML": "<p>hello", "film.mp4": bytes(1000) + b"end"}
    )


@pytest.fixture
def fetch(client, course):
    def get(path, **headers):
        return client.get(address(course.published_id, path), HTTP_HOST=CONTENT, headers=headers)

    return get


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


@pytest.mark.parametrize("asked", [f"bytes={'9' * 5000}-", f"bytes=-{'9' * 5000}", "bytes=²-", "bytes=-", "lines=1-2", "bytes=0-1,5-6"])
def test_what_is_no_single_part_gets_the_whole(fetch, asked):
    answer = fetch("text.txt", Range=asked)
    assert (answer.status_code, body(answer)) == (200, TEXT)


def test_a_browser_that_has_the_file_gets_nothing_again(fetch):
    tag = fetch("text.txt")["ETag"]
    answer = fetch("text.txt", **{"If-None-Match": tag})
    assert (answer.status_code, body(answer)) == (304, b"")


def test_upper_and_lower_case_may_differ(fetch):
    assert body(fetch("sub/page.html")) == b"<p>hello"


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


@pytest.mark.parametrize("path", ["nothing.txt", "../text.txt", "text.txt/", "%2e%2e/text.txt", "imsmanifest.xml%00"])
def test_what_the_course_does_not_have_is_not_there(fetch, path):
    assert fetch(path).status_code == 404


def test_course_files_are_not_on_the_origin_with_the_cookies(client, course):
    assert client.get(address(course.published_id, "text.txt"), HTTP_HOST=APP).status_code == 404


def test_a_made_up_token_opens_nothing(client):
    assert client.get("/c/" + "A" * 50 + "/text.txt", HTTP_HOST=CONTENT).status_code == 401


def test_pages_say_their_own_charset():
    assert content.content_type("index.HTM") == "text/html"
    assert content.content_type("noending") == "application/octet-stream"
