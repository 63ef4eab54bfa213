"""Single files become courses of one item, if they are what they are called and whole."""

import struct
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import build_package
from tests.courses.reading import codes, items, read, refusal

from heliograph.courses.formats import Limits, Refused

MP3 = (b"\xff\xfb\x90\x00" + b"\0" * 413) * 4
MP3_TAGGED = b"ID3\4\0\0\0\0\1\0" + b"\0" * 128 + MP3


def pdf(folder: Path, pages: int = 3) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(200, 200)
    document.save(folder / "made.pdf")
    return (folder / "made.pdf").read_bytes()


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def mp4(brand: bytes = b"isom", codec: bytes = b"avc1", *, late_index: bool = False) -> bytes:
    description = box(b"stsd", struct.pack(">II", 0, 1) + box(codec, b"\0" * 78))
    track = box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", description))))
    index, pictures = box(b"moov", box(b"mvhd", b"\0" * 100) + track), box(b"mdat", b"\0" * 1000)
    order = pictures + index if late_index else index + pictures
    return box(b"ftyp", brand + b"\0\0\2\0" + brand) + order


def test_a_pdf_tells_its_pages(tmp_path):
    course = read(tmp_path, pdf(tmp_path, 3), "Safety_at work.PDF")
    assert (course.standard, course.title, course.structure["pages"]) == ("pdf", "Safety at work", 3)
    assert course.files == {"Safety_at work.pdf": "Safety_at work.PDF"}
    assert items(course)[0]["launch"] == {
        "href": "Safety_at work.pdf",
        "query": "",
        "kind": "sco",
        "resource": "pdf",
    }


@pytest.mark.parametrize("data", [MP3, MP3_TAGGED, MP3[:417]])
def test_an_mp3_is_known_by_its_frames(tmp_path, data):
    assert read(tmp_path, data, "talk.mp3").standard == "mp3"


def test_an_mp4_is_known_by_its_boxes(tmp_path):
    course = read(tmp_path, mp4(), "film.m4v")
    assert (course.standard, course.findings, list(course.files)) == ("mp4", [], ["film.mp4"])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (mp4(late_index=True), "mp4_slow_start"),
        (mp4(codec=b"hvc1"), "mp4_codec"),
        (mp4(codec=b"mp4v"), "mp4_codec"),
    ],
)
def test_a_film_that_browsers_play_badly_comes_with_advice(tmp_path, data, code):
    assert codes(read(tmp_path, data, "film.mp4")) == [code]


def test_the_name_matters_less_than_the_content_where_it_says_nothing(tmp_path):
    assert read(tmp_path, pdf(tmp_path), "download").files == {"download.pdf": "download"}
    assert read(tmp_path, MP3, "../../..").files == {"course.mp3": "../../.."}
    assert read(tmp_path, MP3, "con.mp3").files == {"course.mp3": "con.mp3"}


class TestFilesThatLie:
    @pytest.mark.parametrize("name", ["a.zip", "a.mp3", "a.mp4", "a.xml"])
    def test_a_pdf_under_another_name_is_refused(self, tmp_path, name):
        assert refusal(tmp_path, pdf(tmp_path), name) == "type_lie"

    @pytest.mark.parametrize("name", ["a.pdf", "a.mp3", "a.mp4"])
    @pytest.mark.parametrize(
        "data", [build_package(), b"MZ\x90\0" * 100, b"<html></html>", b"hello", b"", b"\x7fELF"]
    )
    def test_what_is_no_medium_is_refused_under_a_mediums_name(self, tmp_path, name, data):
        assert refusal(tmp_path, data, name) == "type_lie"

    @pytest.mark.parametrize("data", [MP3, mp4(), b"<html></html>", b"MZ\x90\0" * 100, b"Rar!\x1a\7\0"])
    def test_what_is_no_zip_is_refused_under_a_zips_name(self, tmp_path, data):
        assert refusal(tmp_path, data, "course.zip") == "type_lie"

    @pytest.mark.parametrize(
        "data", [b"<html></html>", b"MZ\x90\0", b"\x7fELF", b"Rar!\x1a", b"just text", b""]
    )
    def test_other_things_are_refused_whatever_they_are_called(self, tmp_path, data):
        assert refusal(tmp_path, data, "course.bin") == "unknown_type"


class TestBrokenFiles:
    def test_a_pdf_cut_short_is_refused(self, tmp_path):
        assert refusal(tmp_path, b"%PDF-1.7\n" + b"x" * 100, "a.pdf") == "pdf_damaged"

    @pytest.mark.parametrize(
        "data", [b"ID3\4\0\0\0\0\0\0" + b"text" * 100, b"\xff\xfb" + b"no frames" * 100, b"ID3"]
    )
    def test_an_mp3_without_sound_is_refused(self, tmp_path, data):
        assert refusal(tmp_path, data, "a.mp3") == "mp3_damaged"

    @pytest.mark.parametrize("keep", [12, 24, 200, 600, -1])
    def test_an_mp4_cut_short_is_refused(self, tmp_path, keep):
        assert refusal(tmp_path, mp4()[:keep], "a.mp4") == "mp4_damaged"

    def test_a_relative_of_mp4_is_refused(self, tmp_path):
        assert refusal(tmp_path, mp4(brand=b"qt  "), "a.mp4") == "mp4_brand"

    def test_the_size_is_limited(self, tmp_path):
        assert refusal(tmp_path, mp4(), "a.mp4", Limits(max_file_bytes=100)) == "file_too_large"


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from(
        [
            b"%PDF-1.4\n",
            b"ID3\4\0\0\0\0\0\0",
            b"\xff\xfb\x90\0",
            box(b"ftyp", b"isom\0\0\0\0"),
            mp4(),
            MP3,
            b"",
        ]
    ),
    cut=st.integers(0, 2000),
    rest=st.binary(max_size=200),
    name=st.sampled_from(["a.pdf", "a.mp3", "a.mp4", "a"]),
)
def test_arbitrary_bytes_give_a_course_or_a_refusal(tmp_path, start, cut, rest, name):
    try:
        course = read(tmp_path, start[:cut] + rest, name)
    except Refused:
        return
    assert len(course.files) == 1
