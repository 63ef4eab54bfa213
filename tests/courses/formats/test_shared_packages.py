"""Real packages: every one of a supported standard is read, every malformed one is refused or mended as its
name says.
"""

import csv
from pathlib import Path

import pytest
from tests.courses.reading import codes

from heliograph.courses.formats import Limits, Refused, read_course
from heliograph.courses.formats.structure import launches
from heliograph.courses.zips.archive import open_archive

MENDED = {
    "emp_InvalidFileReferences_SCORM12.zip": "launch_missing",
    "emp_InvalidMissingOrgIdentifier_SCORM20043rdEdition.zip": "identifier_missing",
    "emp_ItemWithNonExistentResourceId_SCORM12.zip": "item_resource_missing",
    "emp_MissingRequiredFields_SCORM12.zip": "title_missing",
    "emp_adl_CM-01-broken-default-org.zip": "default_organization_dangling",
}
REFUSED = {
    "catapult_lts_201-1-iris-course-id.xml": "cmi5_iri",
    "catapult_lts_201-2-iris-block-id.xml": "cmi5_iri",
    "catapult_lts_201-3-iris-au-id.xml": "cmi5_iri",
    "catapult_lts_201-4-iris-objective-id.xml": "cmi5_iri",
    "catapult_lts_202-1-relative-url-no-zip.xml": "cmi5_url_relative",
    "catapult_lts_202-2-relative-url-no-zip.xml": "cmi5_url_relative",
    "catapult_lts_202-3-relative-url-no-zip.xml": "cmi5_url_relative",
    "catapult_lts_202-4-relative-url-no-zip.xml": "cmi5_url_relative",
    "catapult_lts_202-5-relative-url-no-zip.xml": "cmi5_url_relative",
    "catapult_lts_204-query-string-conflict-endpoint.xml": "cmi5_url_query",
    "catapult_lts_205-1-duplicated-block.xml": "cmi5_id_duplicate",
    "catapult_lts_205-2-duplicated-objective.xml": "cmi5_id_duplicate",
    "catapult_lts_205-3-duplicated-au.xml": "cmi5_id_duplicate",
    "catapult_lts_206-1-invalid-au-url.xml": "cmi5_url_invalid",
    "catapult_lts_207-1-invalid-courseStructure.xml": "cmi5_element_order",
    "catapult_lts_209-1-not-a-zip.zip": "not_a_zip",
    "emp_MalformedXml_SCORM12.zip": "xml_malformed",
    "emp_MissingLaunchUrl_SCORM12.zip": "nothing_to_launch",
}


def listed(folder: Path, *folders: str) -> list[str]:
    with (folder / "index.csv").open(encoding="utf-8") as index:
        return [row["file"] for row in csv.DictReader(index) if row["file"].startswith(folders)]


def code_of(path: Path) -> str:
    with pytest.raises(Refused) as caught:
        read_course(path, path.name, Limits())
    return caught.value.code


def test_every_package_of_a_supported_standard_is_read(shared_packages):
    for name in listed(shared_packages, "scorm12/", "scorm2004/"):
        path = shared_packages / name
        course = read_course(path, path.name, Limits())
        expected = "scorm_2004" if "2004" in name else "scorm_11" if "SCORM11" in name else "scorm_12"
        assert course.standard == expected, name
        for edition in ("2nd", "3rd", "4th"):
            assert f"2004{edition}" not in name or course.edition == edition, name
        hrefs = {launch["href"] for o in course.structure["organizations"] for launch in launches(o["items"])}
        assert hrefs, name
        assert hrefs <= course.files.keys() or "nothing_playable" in codes(course), name
        with open_archive(path, Limits()) as archive:
            for entry in course.files.values():
                assert sum(map(len, archive.stream(entry))) == archive.entries[entry].size


def test_golf_packages_are_clean(shared_packages):
    for name in listed(shared_packages, "scorm12/golf", "scorm2004/golf"):
        assert read_course(shared_packages / name, "golf.zip", Limits()).findings == [], name


def test_every_cmi5_and_xapi_package_is_read(shared_packages):
    for name in listed(shared_packages, "cmi5/", "xapi/"):
        path = shared_packages / name
        course = read_course(path, path.name, Limits())
        assert course.standard == name.partition("/")[0]
        opened = [launch["href"] for launch in launches(course.structure["organizations"][0]["items"])]
        assert opened, name
        assert all(href in course.files or "://" in href for href in opened), name


def test_a_thousand_aus_are_read(shared_packages):
    path = shared_packages / "cmi5/catapult_lts_101-one-thousand-aus.xml"
    assert len(read_course(path, path.name, Limits()).structure["organizations"][0]["items"]) >= 1000


def test_standards_that_come_later_are_refused_by_name(shared_packages):
    for name in listed(shared_packages, "aicc/"):
        assert code_of(shared_packages / name) == "aicc_not_yet"


def test_malformed_packages_are_refused_or_mended_as_their_names_say(shared_packages):
    for name in listed(shared_packages, "malformed/"):
        path = shared_packages / name
        if path.name in MENDED:
            assert MENDED[path.name] in codes(read_course(path, path.name, Limits()))
        else:
            assert code_of(path) == REFUSED[path.name]
