"""What the forms of courses read and refuse."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from heliograph.core.errors import Invalid
from heliograph.courses.forms import CourseSettings, UploadPackage

SETTINGS = {"title": "Fire safety", "opens_in": "window", "description": "", "strict": "on"}


def sent(form, fields, **options):
    return form.sent(RequestFactory().post("/", fields), **options)


def test_settings_are_read_and_of_xapi_courses_what_completes_them_too():
    assert sent(CourseSettings, SETTINGS) == {**SETTINGS, "strict": True}
    read = sent(CourseSettings, SETTINGS | {"completes_by": "launched"}, of_xapi=True)
    assert read["completes_by"] == "launched"
    assert "completes_by" not in sent(CourseSettings, SETTINGS | {"completes_by": "launched"})


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"title": " "}, "title", "Enter a course title."),
        ({"title": "x" * 301}, "title", "at most 300 characters"),
        ({"opens_in": "elsewhere"}, "opens_in", "Choose one of the options."),
        ({"completes_by": "nobody"}, "completes_by", "Choose one of the options."),
    ],
)
def test_a_wrong_setting_is_refused_at_its_field(changes, field, says):
    with pytest.raises(Invalid) as refused:
        sent(CourseSettings, SETTINGS | {"completes_by": "launched"} | changes, of_xapi=True)
    assert refused.value.details["field"] == field
    assert says in refused.value.sentence


def test_an_upload_has_a_file_and_may_be_of_a_course_that_is_there():
    file = SimpleUploadedFile("course.zip", b"PK")
    read = sent(UploadPackage, {"file": file, "course": "fire", "publish": "on"})
    assert (read["file"].name, read["course"], read["publish"]) == ("course.zip", "fire", True)
    with pytest.raises(Invalid) as refused:
        sent(UploadPackage, {"course": "fire"})
    assert (refused.value.details["field"], refused.value.sentence) == ("file", "Choose a file to import.")
