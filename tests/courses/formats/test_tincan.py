"""xAPI (Tin Can) packages: the activities that can be launched, in their order."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import TINCAN_NAMESPACE, Activity, tincan_course, tincan_text
from tests.courses.reading import codes, items, launch_of, read, refusal

from heliograph.courses.formats import Refused

AT = "https://content.example.com/fire"


def test_a_course_is_read_whole(tmp_path):
    course = read(tmp_path, tincan_course())
    assert (course.standard, course.title, course.description) == (
        "xapi",
        "Fire safety",
        "About Fire safety.",
    )
    (item,) = items(course)
    assert (item["identifier"], item["title"]) == ("https://example.com/fire", "Fire safety")
    assert item["launch"] == {
        "href": "index.html",
        "query": "",
        "kind": "activity",
        "resource": "https://example.com/fire",
    }
    assert item["activity"] == {
        "id": "https://example.com/fire",
        "type": "http://adlnet.gov/expapi/activities/course",
        "names": {"en-US": "Fire safety"},
        "descriptions": {"en-US": "About Fire safety."},
    }
    assert course.findings == []


def test_activities_with_a_launch_address_open_and_the_others_do_not(tmp_path):
    activities = [
        Activity("urn:a", "A", ""),
        Activity("urn:b", "B", "b.html?c=d"),
        Activity("urn:e", "E", f"{AT}/e.html"),
    ]
    course = read(tmp_path, tincan_course(activities=activities))
    assert [(item["title"], launch_of(item)["href"]) for item in items(course)] == [
        ("B", "b.html"),
        ("E", f"{AT}/e.html"),
    ]
    assert launch_of(items(course)[0])["query"] == "?c=d"
    assert course.title == "B"


def test_a_course_by_itself_opens_pages_elsewhere(tmp_path):
    course = read(tmp_path, tincan_text([Activity(launch=f"{AT}/index.html")]).encode(), "tincan.xml")
    assert (course.standard, course.files, launch_of(items(course)[0])["href"]) == (
        "xapi",
        {},
        f"{AT}/index.html",
    )


def test_a_course_by_itself_cannot_open_relative_addresses(tmp_path):
    assert refusal(tmp_path, tincan_text().encode(), "tincan.xml") == "xapi_alone"


def test_the_english_page_is_launched_where_there_are_several(tmp_path):
    data = tincan_course(
        activities=[Activity(inside='<launch lang="de">de.html</launch>')], files={"de.html": ""}
    )
    assert launch_of(items(read(tmp_path, data))[0])["href"] == "index.html"


def test_texts_without_a_language_are_kept(tmp_path):
    data = tincan_course(tincan=tincan_text().replace(' lang="en-US"', ""))
    assert items(read(tmp_path, data))[0]["activity"]["names"] == {"und": "Fire safety"}


@pytest.mark.parametrize("identifier", ["", "fire", "example.com/fire", "urn:a b"])
def test_an_activity_whose_id_is_no_iri_is_refused(tmp_path, identifier):
    assert refusal(tmp_path, tincan_course(activities=[Activity(identifier)])) == "xapi_iri"


def test_a_part_whose_id_is_no_iri_is_told(tmp_path):
    assert codes(
        read(tmp_path, tincan_course(activities=[Activity(), Activity("articles", launch="")])), "advice"
    ) == ["activity_id"]


def test_an_activity_that_is_there_twice_counts_once(tmp_path):
    course = read(tmp_path, tincan_course(activities=[Activity(), Activity(title="Again")]))
    assert [item["title"] for item in items(course)] == ["Fire safety"]
    assert codes(course) == ["activity_repeated"]


def test_a_type_that_is_no_iri_is_left_out_and_told(tmp_path):
    course = read(tmp_path, tincan_course(activities=[Activity(kind="course")]))
    assert items(course)[0]["activity"]["type"] is None
    assert codes(course) == ["activity_type"]


def test_a_course_without_a_name_is_called_as_its_file(tmp_path):
    course = read(tmp_path, tincan_course(activities=[Activity(title=" ")]), "Fire_safety 2.zip")
    assert (course.title, items(course)[0]["title"]) == ("Fire safety 2", "https://example.com/fire")
    assert codes(course) == ["title_missing"]


def test_a_page_that_is_not_there_is_told(tmp_path):
    course = read(tmp_path, tincan_course(tincan=tincan_text([Activity(launch="absent.html")])))
    assert codes(course) == ["launch_missing", "nothing_playable"]


def test_slips_in_addresses_are_put_right(tmp_path):
    course = read(
        tmp_path, tincan_course(tincan=tincan_text([Activity(launch="INDEX.html")]), files={"index.html": ""})
    )
    assert (launch_of(items(course)[0])["href"], codes(course)) == ("index.html", ["path_case"])


@pytest.mark.parametrize("launch", ["", "javascript:alert(1)", "https://user:secret@example.com/"])
def test_a_course_that_opens_nothing_is_refused(tmp_path, launch):
    assert (
        refusal(tmp_path, tincan_course(tincan=tincan_text([Activity(launch=launch)]))) == "nothing_to_launch"
    )


@pytest.mark.parametrize(
    ("namespace", "code"), [("", "namespace_missing"), ("http://example.com/", "namespace_wrong")]
)
def test_a_wrong_namespace_is_put_right(tmp_path, namespace, code):
    data = tincan_course(
        tincan=tincan_text().replace(f' xmlns="{TINCAN_NAMESPACE}"', f' xmlns="{namespace}"')
    )
    assert codes(read(tmp_path, data)) == [code]


def test_another_document_in_its_place_is_refused(tmp_path):
    assert refusal(tmp_path, tincan_course(tincan="<other/>")) == "manifest_foreign"


SAMPLE = tincan_text([Activity(), Activity("urn:b", launch=f"{AT}/b.html")])


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_description_changed_anywhere_gives_a_course_or_a_refusal(tmp_path, data):
    text = SAMPLE
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 60)))
        text = (
            text[:start]
            + data.draw(
                st.sampled_from(["", "<", ">", '"', "&", "activity", "launch", "://", "\0"])
                | st.text(max_size=8)
            )
            + text[end:]
        )
    try:
        course = read(tmp_path, tincan_course(tincan=text.encode(errors="replace")))
    except Refused:
        return
    assert json.loads(json.dumps(course.structure)) == course.structure
