"""SCORM 1.1 describes a course in its own format, in an XML file of any name."""

import pytest
from tests.builders import zip_bytes
from tests.courses.reading import codes, items, launch_of, read, refusal

SCO = (
    '<sco id="S1"><identification><title>Lesson</title></identification><prerequisites>B1</prerequisites>'
    "<timeLimit><maxTimeAllowed>00:10:00</maxTimeAllowed><timeLimitAction>Exit,Message</timeLimitAction></timeLimit>"
    "<launch><location>a/index.html</location><parameterString>x=1</parameterString>"
    "<dataFromLMS>data</dataFromLMS></launch><masteryScore>75</masteryScore></sco>"
)


def csf(inside: str, doctype: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{doctype}<content><globalProperties/><block id="B0">'
        "<identification><title>Fire safety</title><description>About fire.</description></identification>"
        f"{inside}</block></content>"
    )


@pytest.mark.parametrize("doctype", ["", '<!DOCTYPE content SYSTEM "scormcsf.dtd">'])
def test_a_content_structure_is_read(tmp_path, doctype):
    course = read(
        tmp_path, zip_bytes({"any name.xml": csf(SCO, doctype), "a/index.html": "", "data.xml": "<x/>"})
    )
    assert (course.standard, course.title, course.description) == ("scorm_11", "Fire safety", "About fire.")
    item = items(course)[0]
    assert item["launch"] == {"href": "a/index.html", "query": "?x=1", "kind": "sco", "resource": "S1"}
    assert (item["title"], item["prerequisites"], item["mastery_score"]) == ("Lesson", "B1", 75.0)
    assert (item["max_time_allowed"], item["time_limit_action"]) == ("00:10:00", "exit,message")
    assert item["data_from_lms"] == "data"


def test_a_page_on_another_host_is_opened_there(tmp_path):
    online = SCO.replace("a/index.html", "https://example.org/index.html")
    course = read(tmp_path, zip_bytes({"csf.xml": csf(f'<block id="B1">{online}</block>')}))
    assert launch_of(items(course)[1])["href"] == "https://example.org/index.html?x=1"
    assert codes(course) == ["launch_online"]


def test_blocks_nest_and_aliases_repeat(tmp_path):
    inside = f'<block id="B1">{SCO}</block><sco id="S2"><scoAlias targetID="S1"/></sco>'
    course = read(tmp_path, zip_bytes({"csf.xml": csf(inside), "a/index.html": ""}))
    assert [(i["identifier"], i["title"], bool(i["launch"])) for i in items(course)] == [
        ("B1", "B1", False),
        ("S1", "Lesson", True),
        ("S2", "Lesson", True),
    ]


def test_aliases_in_a_circle_are_refused(tmp_path):
    inside = '<block id="B1"><block id="B2"><blockAlias targetID="B1"/></block></block>'
    assert refusal(tmp_path, zip_bytes({"csf.xml": csf(inside)})) == "manifest_too_deep"


def test_missing_pages_are_told_and_nothing_to_open_is_refused(tmp_path):
    assert codes(read(tmp_path, zip_bytes({"csf.xml": csf(SCO)}))) == [
        "launch_missing",
        "prerequisites_invalid",
        "nothing_playable",
    ]
    assert refusal(tmp_path, zip_bytes({"csf.xml": csf("")})) == "nothing_to_launch"


def test_a_document_type_that_declares_entities_makes_it_no_content_structure(tmp_path):
    doctype = "<!DOCTYPE content [<!ENTITY x 'y'>]>"
    assert refusal(tmp_path, zip_bytes({"csf.xml": csf(SCO, doctype)})) == "manifest_missing"
