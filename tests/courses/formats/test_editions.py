"""The standard is told from what a manifest says and from what it is made of, also where the two disagree."""

import pytest
from tests.builders import Sco, build_package, manifest_text
from tests.courses.reading import codes, items, read

SEQUENCING = "<imsss:sequencing xmlns:imsss='http://www.imsglobal.org/xsd/imsss'><imsss:controlMode/></imsss:sequencing>"


def with_version(text: str, version: str | None) -> str:
    start, end = text.index("<schemaversion>"), text.index("</schemaversion>") + len("</schemaversion>")
    return (
        text[:start]
        + (f"<schemaversion>{version}</schemaversion>" if version is not None else "")
        + text[end:]
    )


@pytest.mark.parametrize(
    ("version", "standard", "edition"),
    [
        ("1.2", "scorm_12", None),
        ("SCORM 1.2", "scorm_12", None),
        ("CAM 1.3", "scorm_2004", "2nd"),
        ("1.3", "scorm_2004", "2nd"),
        ("2004 2nd Edition", "scorm_2004", "2nd"),
        ("2004 3rd Edition", "scorm_2004", "3rd"),
        (" 2004 4TH EDITION\n", "scorm_2004", "4th"),
    ],
)
def test_what_the_manifest_says_is_believed(tmp_path, version, standard, edition):
    text = with_version(manifest_text(standard=standard), version)
    course = read(tmp_path, build_package(manifest=text))
    assert (course.standard, course.edition, course.findings) == (standard, edition, [])


@pytest.mark.parametrize(
    ("made_as", "version", "inside", "standard", "edition", "code"),
    [
        ("scorm_12", None, "", "scorm_12", None, "schemaversion_missing"),
        ("scorm_2004", None, "", "scorm_2004", "2nd", "schemaversion_missing"),
        ("scorm_2004", None, SEQUENCING, "scorm_2004", "2nd", "schemaversion_missing"),
        (
            "scorm_2004",
            None,
            "<adlcp:data><adlcp:map targetID='x'/></adlcp:data>",
            "scorm_2004",
            "4th",
            "schemaversion_missing",
        ),
        ("scorm_2004", "1.2", "", "scorm_2004", "2nd", "schemaversion_wrong"),
        ("scorm_2004", "1.2", SEQUENCING, "scorm_2004", "2nd", "schemaversion_wrong"),
        ("scorm_12", "2004 3rd Edition", "", "scorm_12", None, "schemaversion_wrong"),
        ("scorm_12", "2004 3rd Edition", SEQUENCING, "scorm_2004", "3rd", "standards_mixed"),
        ("scorm_12", "1.0 beta", "", "scorm_12", None, "schemaversion_unknown"),
        (
            "scorm_2004",
            "2004 3rd Edition",
            "<adlcp:data><adlcp:map targetID='x'/></adlcp:data>",
            "scorm_2004",
            "3rd",
            "edition_features",
        ),
    ],
)
def test_a_missing_or_lying_version_is_judged_by_the_rest(
    tmp_path, made_as, version, inside, standard, edition, code
):
    text = with_version(manifest_text(standard=made_as, scos=[Sco(inside=inside)]), version)
    course = read(tmp_path, build_package(manifest=text))
    assert (course.standard, course.edition) == (standard, edition)
    assert codes(course) == [code]
    assert items(course)[0]["launch"]


@pytest.mark.parametrize(
    ("made_as", "version", "inside", "standard", "other"),
    [
        ("scorm_2004", "1.2", "", "scorm_2004", "scorm_12"),
        ("scorm_12", "2004 4th Edition", "", "scorm_12", "scorm_2004"),
        ("scorm_12", "2004 4th Edition", SEQUENCING, "scorm_2004", "scorm_12"),
        ("scorm_12", "1.2", "", "scorm_12", None),
        ("scorm_2004", "2004 4th Edition", "", "scorm_2004", None),
        ("scorm_2004", None, "", "scorm_2004", None),
    ],
)
def test_a_manifest_that_speaks_of_both_standards_leaves_both_known(
    tmp_path, made_as, version, inside, standard, other
):
    text = with_version(manifest_text(standard=made_as, scos=[Sco(inside=inside)]), version)
    course = read(tmp_path, build_package(manifest=text))
    assert (course.standard, course.structure["other_standard"]) == (standard, other)
    told = [finding.sentence for finding in course.findings if "either API" in finding.sentence]
    assert bool(told) == bool(other)


def test_namespaces_of_both_standards_leave_both_known(tmp_path):
    text = (
        manifest_text().replace("adlcp_rootv1p2", "adlcp_v1p3").replace("adlcp:scormtype", "adlcp:scormType")
    )
    course = read(tmp_path, build_package(manifest=text))
    assert (course.standard, course.structure["other_standard"], codes(course)) == (
        "scorm_2004",
        "scorm_12",
        ["schemaversion_wrong"],
    )
