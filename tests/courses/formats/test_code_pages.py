"""Courses packed on somebody's Windows: names are read in its code page, which only the manifest tells."""

import struct
import zlib

import pytest
from tests.builders import (
    SCRIPT,
    Activity,
    Au,
    Sco,
    build_package,
    course_structure,
    manifest_text,
    tincan_text,
)
from tests.courses.raw_zips import Member, raw_zip
from tests.courses.reading import codes, items, launch_of, read

NAMES = [
    ("gbk", "课程资料", "图片"),
    ("big5", "課程資料", "功能"),
    ("shift_jis", "表示ソフト", "能力"),
    ("euc_kr", "강의자료", "그림"),
    ("cp866", "Урок", "рисунок"),
    ("cp1251", "Урок", "рисунок"),
    ("cp850", "INFORMACIÓN", "ØVELSE"),
    ("cp1252", "Informação", "Übung"),
    ("cp437", "Übung é", "größe"),
    ("cp852", "Gyűjtő", "kőműves"),
    ("cp1250", "Příručka", "žluťoučký"),
    ("cp857", "Eğitim", "ışık"),
    ("cp1254", "Eğitim", "ışık"),
    ("cp737", "Μάθημα", "εικόνα"),
    ("cp1253", "Μάθημα", "εικόνα"),
    ("cp862", "שיעור", "תמונה"),
    ("cp1255", "שיעור", "תמונה"),
    ("cp720", "درس", "صورة"),
    ("cp1256", "درس", "صورة"),
    ("cp874", "บทเรียน", "ภาพ"),
]


def packed(encoding: str, folder: str, picture: str, manifest: str, marker: str = "imsmanifest.xml") -> bytes:
    """A zip whose names are in this code page; no manifest names the picture."""
    return raw_zip(
        Member(marker, manifest.encode()),
        Member(SCRIPT, b""),
        Member(f"{folder}/1.html".encode(encoding), b"<p>"),
        Member(f"{folder}/{picture}.svg".encode(encoding), b"<svg/>"),
    )


@pytest.mark.parametrize(("encoding", "folder", "picture"), NAMES)
def test_the_whole_directory_is_read_in_the_code_page_in_which_the_references_are_found(
    tmp_path, encoding, folder, picture
):
    course = read(
        tmp_path, packed(encoding, folder, picture, manifest_text(scos=[Sco(href=f"{folder}/1.html")]))
    )
    assert launch_of(items(course)[0])["href"] == f"{folder}/1.html"
    assert set(course.files) == {"imsmanifest.xml", SCRIPT, f"{folder}/1.html", f"{folder}/{picture}.svg"}
    assert set(codes(course)) <= {"zip_code_page"}


@pytest.mark.parametrize(
    ("marker", "text"),
    [
        ("cmi5.xml", lambda href: course_structure(nodes=[Au(url=href)])),
        ("tincan.xml", lambda href: tincan_text([Activity(launch=href)])),
        (
            "course.xml",
            lambda href: (
                f"<content><block id='b'><sco id='s'>"
                f"<launch><location>{href}</location></launch></sco></block></content>"
            ),
        ),
    ],
)
def test_every_kind_of_course_decides_so(tmp_path, marker, text):
    course = read(tmp_path, packed("cp866", "Урок", "рисунок", text("Урок/1.html"), marker))
    assert "Урок/рисунок.svg" in course.files
    assert launch_of(items(course)[0])["href"] == "Урок/1.html"


def test_a_folder_that_only_the_base_names_decides_too(tmp_path):
    text = manifest_text(scos=[Sco(href="1.html")]).replace(
        "<resource ", '<resource xml:base="%D0%A3%D1%80%D0%BE%D0%BA/" '
    )
    course = read(tmp_path, packed("cp1251", "Урок", "рисунок", text))
    assert launch_of(items(course)[0])["href"] == "Урок/1.html"
    assert "Урок/рисунок.svg" in course.files


def test_a_course_in_a_folder_with_such_a_name_is_found(tmp_path):
    data = raw_zip(
        Member("курс/imsmanifest.xml".encode("cp866"), manifest_text(scos=[Sco(href="Урок.html")]).encode()),
        Member("курс/Урок.html".encode("cp866"), b"<p>"),
    )
    assert "Урок.html" in read(tmp_path, data).files


def test_names_that_say_they_are_utf8_are_read_as_that(tmp_path):
    raw = "Урок.html".encode("cp866")
    field = b"\1" + zlib.crc32(raw).to_bytes(4, "little") + "Урок.html".encode()
    ascii_name = b"#U0423.svg"
    told = b"\1" + zlib.crc32(ascii_name).to_bytes(4, "little") + "У.svg".encode()
    data = raw_zip(
        Member("imsmanifest.xml", manifest_text(scos=[Sco(href="Урок.html")]).encode()),
        Member(raw, b"<p>", extra=struct.pack("<HH", 0x7075, len(field)) + field),
        Member("课程.svg", b"<svg/>", flags=1 << 11),
        Member(ascii_name, b"<svg/>", extra=struct.pack("<HH", 0x7075, len(told)) + told),
        Member("рисунок.svg".encode("cp866"), b"<svg/>"),
    )
    course = read(tmp_path, data)
    assert {"Урок.html", "课程.svg", "У.svg"} < set(course.files)


def test_an_import_says_in_which_code_page_it_read_the_names(tmp_path):
    course = read(
        tmp_path, packed("gbk", "课程资料", "图片", manifest_text(scos=[Sco(href="课程资料/1.html")]))
    )
    (finding,) = course.findings
    assert (finding.code, finding.level, "GBK" in finding.sentence) == ("zip_code_page", "repaired", True)


def test_honest_packages_are_read_as_before(tmp_path):
    course = read(tmp_path, build_package(scos=[Sco(href="Übung.html")]))
    assert (course.code_page, codes(course)) == ("", [])


def test_names_that_no_reference_confirms_are_read_as_the_zip_format_says(tmp_path):
    course = read(tmp_path, packed("cp437", "größe", "é", manifest_text(scos=[Sco(href="shared/sco.js")])))
    assert "größe/é.svg" in course.files


@pytest.mark.parametrize(
    ("encoding", "folder", "taken"),
    [("cp852", "été", "cp850"), ("cp1250", "Übung", "cp1252"), ("cp1254", "Übung", "cp1252")],
)
def test_of_two_code_pages_that_agree_the_older_one_in_the_list_is_taken(tmp_path, encoding, folder, taken):
    course = read(
        tmp_path, packed(encoding, folder, folder, manifest_text(scos=[Sco(href=f"{folder}/1.html")]))
    )
    assert course.code_page == taken
