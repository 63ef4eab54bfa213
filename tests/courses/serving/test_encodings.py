"""Files that a builder compressed before packing come out as what they are: the coding said, and the type of
what is inside.
"""

import gzip

import pytest
from tests.courses.serving.test_content import body
from tests.fixtures import CONTENT

from heliograph.courses.serving.content import address

PLAIN = b"document.title = 'loaded'; " * 20
WASM = b"\0asm\1\0\0\0"
UNITY_BROTLI = b"\x6b\x8d\0UnityWeb Compressed Content (brotli)" + bytes(40)
KINDS = [
    ("Build/web.framework.js.gz", gzip.compress(PLAIN), "gzip", "text/javascript"),
    ("Build/web.wasm.gz", gzip.compress(WASM), "gzip", "application/wasm"),
    ("Build/web.data.gz", gzip.compress(bytes(100)), "gzip", "application/octet-stream"),
    ("Build/WEB.WASM.BR", b"\x0b\x03\x80" + bytes(20), "br", "application/wasm"),
    ("Build/web.wasm.unityweb", gzip.compress(WASM), "gzip", "application/wasm"),
    ("Build/web.framework.js.unityweb", UNITY_BROTLI, "br", "text/javascript"),
    ("pic.svgz", gzip.compress(b"<svg/>"), "gzip", "image/svg+xml"),
    ("Build/plain.wasm.gz", WASM, "", "application/wasm"),
    ("Build/plain.wasm.br", WASM, "", "application/wasm"),
    ("Build/plain.wasm.unityweb", WASM, "", "application/wasm"),
    ("pic2.svgz", b"<svg/>", "", "image/svg+xml"),
]
DOWNLOADS = [
    ("results.csv.gz", gzip.compress(b"a,b")),
    ("all.tar.gz", gzip.compress(b"tar")),
    ("notes.gz", gzip.compress(b"text")),
]


@pytest.fixture
def fetch(client, tenant, import_course):
    course = import_course(tenant, files={path: content for path, content, *_ in (*KINDS, *DOWNLOADS)})

    def get(path, **headers):
        return client.get(address(course.published_id, path), HTTP_HOST=CONTENT, headers=headers)

    return get


def test_each_is_served_with_its_own_coding_and_the_type_of_what_is_inside(fetch):
    for path, content, coding, media_type in KINDS:
        answer = fetch(path, **{"Accept-Encoding": "br"})
        assert (answer.get("Content-Encoding", ""), answer["Content-Type"], body(answer)) == (
            coding,
            media_type,
            content,
        ), path


def test_nothing_is_compressed_twice(fetch):
    answer = fetch("Build/web.framework.js.gz", **{"Accept-Encoding": "gzip, br"})
    assert (answer["Content-Encoding"], gzip.decompress(body(answer))) == ("gzip", PLAIN)


def test_a_part_is_a_part_of_what_is_coded(fetch):
    path, content, *_ = KINDS[0]
    answer = fetch(path, Range="bytes=10-19", **{"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer["Content-Encoding"], body(answer)) == (206, "gzip", content[10:20])
    assert answer["Content-Range"] == f"bytes 10-19/{len(content)}"
    assert fetch(path, Range=f"bytes={len(content)}-").status_code == 416


def test_an_archive_that_is_offered_for_download_stays_one(fetch):
    for path, content in DOWNLOADS:
        answer = fetch(path)
        assert ("Content-Encoding" in answer, body(answer)) == (False, content), path
