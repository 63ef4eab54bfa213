"""The course is found in the zip, wherever it lies; what is not read yet is refused by its name."""

import pytest
from tests.builders import (
    build_package,
    cmi5_course,
    course_structure,
    manifest_text,
    tincan_course,
    tincan_text,
    zip_bytes,
)
from tests.courses.raw_zips import Member, raw_zip
from tests.courses.reading import codes, items, launch_of, read, refusal


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"course.crs": "", "course.au": "", "course.des": "", "course.cst": ""}, "aicc_not_yet"),
        ({"A.CRS": "", "a.AU": ""}, "aicc_not_yet"),
        ({"h5p.json": "{}"}, "h5p"),
        ({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}, "office_document"),
        ({"index.html": "", "style.css": ""}, "manifest_missing"),
        ({"course.crs": "alone"}, "manifest_missing"),
        ({"inner.zip": build_package()}, "zip_nested"),
        ({"a/imsmanifest.xml": "", "b/imsmanifest.xml": ""}, "several_courses"),
    ],
)
def test_zips_that_are_not_read_are_refused_by_name(tmp_path, members, code):
    assert refusal(tmp_path, zip_bytes(members)) == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (manifest_text().encode(), "manifest_alone"),
        (course_structure().encode("utf-16"), "cmi5_url_relative"),
        (tincan_text().encode(), "xapi_alone"),
        (b"<?xml version='1.0'?><!-- x --><other/>", "unknown_type"),
        (b"<other/>", "unknown_type"),
        (b"<broken", "xml_malformed"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "xml_doctype"),
    ],
)
def test_a_bare_xml_file_is_refused_by_what_it_is(tmp_path, data, code):
    assert refusal(tmp_path, data, "course.xml") == code


def test_a_scorm_manifest_wins_over_its_neighbors(tmp_path):
    course = read(
        tmp_path, build_package(files={"tincan.xml": tincan_text(), "cmi5.xml": course_structure()})
    )
    assert course.standard == "scorm_12"


def test_cmi5_wins_over_xapi_beside_it(tmp_path):
    assert read(tmp_path, cmi5_course(files={"tincan.xml": tincan_text()})).standard == "cmi5"


@pytest.mark.parametrize("build", [cmi5_course, tincan_course])
def test_courses_of_every_kind_may_lie_in_a_folder(tmp_path, build):
    course = read(tmp_path, build(wrapper="My course/"))
    assert launch_of(items(course)[0])["href"] in course.files
    assert codes(course) == ["wrapper_folder"]


def test_a_structure_in_other_letters_is_found(tmp_path):
    course = read(tmp_path, zip_bytes({"CMI5.xml": course_structure(), "au-1.html": ""}))
    assert (course.standard, codes(course)) == ("cmi5", ["manifest_name"])


def test_a_folder_around_everything_is_taken_away(tmp_path):
    course = read(tmp_path, build_package(wrapper="My course/v2/"))
    assert course.files["sco-1.html"] == "My course/v2/sco-1.html"
    assert launch_of(items(course)[0])["href"] == "sco-1.html"
    assert codes(course) == ["wrapper_folder"]


def test_files_outside_the_courses_folder_are_left_out_and_told(tmp_path):
    data = zip_bytes(
        {"readme.txt": "", "c/imsmanifest.xml": manifest_text(), "c/sco-1.html": "", "c/shared/sco.js": ""}
    )
    course = read(tmp_path, data)
    assert set(course.files) == {"imsmanifest.xml", "sco-1.html", "shared/sco.js"}
    assert codes(course) == ["wrapper_folder", "outside_folder"]


def test_manifests_deeper_in_are_content(tmp_path):
    course = read(
        tmp_path, build_package(files={"samples/imsmanifest.xml": "<x/>", "samples/cmi5.xml": "<x/>"})
    )
    assert course.findings == []
    assert "samples/cmi5.xml" in course.files


def test_what_macos_and_windows_add_is_left_out(tmp_path):
    added = {"__MACOSX/._imsmanifest.xml": "x", "a/.DS_Store": "x", "Thumbs.db": "x", "a/._b.png": "x"}
    course = read(tmp_path, build_package(files=added))
    assert set(course.files) == {"imsmanifest.xml", "sco-1.html", "shared/sco.js"}
    assert codes(course) == ["system_files"]


def test_a_folder_around_everything_is_seen_in_spite_of_macos(tmp_path):
    data = zip_bytes(
        {
            "c/imsmanifest.xml": manifest_text(),
            "c/sco-1.html": "",
            "c/shared/sco.js": "",
            "__MACOSX/c/._x": "",
        }
    )
    assert codes(read(tmp_path, data)) == ["system_files", "wrapper_folder"]


def test_a_manifest_in_other_letters_is_found(tmp_path):
    course = read(
        tmp_path, zip_bytes({"IMSManifest.XML": manifest_text(), "sco-1.html": "", "shared/sco.js": ""})
    )
    assert codes(course) == ["manifest_name"]


def test_backslashes_in_the_zip_and_in_the_manifest_are_put_right(tmp_path):
    text = manifest_text().replace("shared/sco.js", "shared\\sco.js")
    members = [Member("imsmanifest.xml", text.encode()), Member("sco-1.html"), Member("shared\\sco.js")]
    course = read(tmp_path, raw_zip(*members))
    assert "shared/sco.js" in course.files
    assert codes(course) == ["zip_backslash", "path_backslash"]


def test_wrong_case_in_the_manifest_is_put_right(tmp_path):
    course = read(tmp_path, build_package(manifest=manifest_text().replace("sco-1.html", "SCO-1.HTML")))
    assert launch_of(items(course)[0])["href"] == "sco-1.html"
    assert codes(course) == ["path_case"]


def test_files_that_differ_only_by_case_are_kept_with_advice(tmp_path):
    course = read(tmp_path, build_package(files={"Logo.png": "", "logo.png": ""}))
    assert {"Logo.png", "logo.png"} <= set(course.files)
    assert codes(course) == ["names_by_case"]


@pytest.mark.parametrize("name", ["course.zip", "course.pif", "course", "course.v2"])
def test_a_zip_is_a_zip_by_its_content(tmp_path, name):
    assert read(tmp_path, build_package(), name).standard == "scorm_12"
