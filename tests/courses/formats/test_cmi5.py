"""cmi5 courses: from a zip or from a structure that came by itself; ids and addresses as the standard wants
them.
"""

import json
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import Au, Block, cmi5_course, course_structure
from tests.courses.raw_zips import Member, raw_zip
from tests.courses.reading import codes, flat, items, launch_of, read, refusal

from heliograph.courses.formats import Refused

AT = "https://content.example.com/fire"
FIRE = "https://example.com/objectives/fire"
read_alone = partial(read, filename="cmi5.xml")
refusal_alone = partial(refusal, filename="cmi5.xml")


def alone(**options) -> bytes:
    return course_structure(**{"nodes": [Au(url=f"{AT}/index.html")], **options}).encode()


def test_a_course_is_read_whole(tmp_path):
    unit = Au(
        mastery_score="0.85",
        launch_method="OwnWindow",
        move_on="CompletedAndPassed",
        activity_type="http://adlnet.gov/expapi/activities/lesson",
        launch_parameters=" mode=1 ",
        entitlement_key="xyz",
        objectives=[FIRE],
    )
    course = read(tmp_path, cmi5_course(nodes=[Block(nodes=[unit], objectives=[FIRE])], objectives=[FIRE]))
    assert (course.standard, course.edition, course.title, course.description) == (
        "cmi5",
        None,
        "Fire safety",
        "Fire safety",
    )
    (organization,) = course.structure["organizations"]
    assert organization["cmi5"] == {
        "id": "https://example.com/fire",
        "titles": {"en": "Fire safety"},
        "descriptions": {"en": "Fire safety"},
        "objectives": [{"id": FIRE, "titles": {"en": FIRE}, "descriptions": {"en": FIRE}}],
    }
    block, item = items(course)
    assert (block["identifier"], block["title"], block["launch"]) == (
        "https://example.com/fire/block-1",
        "Part 1",
        None,
    )
    assert block["block"] == {
        "id": "https://example.com/fire/block-1",
        "titles": {"en": "Part 1"},
        "descriptions": {"en": "Part 1"},
        "objectives": [FIRE],
    }
    assert (item["identifier"], item["title"], item["mastery_score"]) == (
        "https://example.com/fire/au-1",
        "Lesson 1",
        0.85,
    )
    assert item["launch"] == {
        "href": "au-1.html",
        "query": "",
        "kind": "au",
        "resource": "https://example.com/fire/au-1",
    }
    assert item["au"] == {
        "id": "https://example.com/fire/au-1",
        "activity_type": "http://adlnet.gov/expapi/activities/lesson",
        "launch_method": "OwnWindow",
        "move_on": "CompletedAndPassed",
        "launch_parameters": "mode=1",
        "entitlement_key": "xyz",
        "titles": {"en": "Lesson 1"},
        "descriptions": {"en": "Lesson 1"},
        "objectives": [FIRE],
    }


def test_what_is_not_said_has_the_standards_defaults(tmp_path):
    (item,) = items(read(tmp_path, cmi5_course(nodes=[Au(move_on="")])))
    unit = item["au"]
    assert (unit["move_on"], unit["launch_method"], item["mastery_score"]) == (
        "NotApplicable",
        "AnyWindow",
        None,
    )
    assert (unit["activity_type"], unit["launch_parameters"], unit["entitlement_key"]) == (None, None, None)


def test_blocks_and_aus_nest_as_written(tmp_path):
    nodes: list[Au | Block] = [
        Au("urn:a", "A"),
        Block("urn:b", "B", [Block("urn:c", "C", [Au("urn:d", "D")]), Au("urn:e", "E")]),
        Au("urn:f", "F"),
    ]
    course = read(tmp_path, cmi5_course(nodes=nodes))
    assert [item["title"] for item in items(course)] == ["A", "B", "C", "D", "E", "F"]
    assert [len(item["items"]) for item in items(course)] == [0, 2, 1, 0, 0, 0]


def test_people_read_english_else_the_first_language(tmp_path):
    def titled(*languages: str) -> str:
        inside = "".join(
            f'<langstring lang="{language}"> In\n {language} </langstring>' for language in languages
        )
        return course_structure().replace(
            '<title><langstring lang="en">Lesson 1</langstring>', f"<title>{inside}"
        )

    for languages, shown in [
        (("de", "en-GB", "en"), "In en"),
        (("de", "en-GB"), "In en-GB"),
        (("de", "fr"), "In de"),
    ]:
        (item,) = items(read(tmp_path, cmi5_course(structure=titled(*languages))))
        assert item["title"] == shown
        assert list(item["au"]["titles"]) == list(languages)


def test_an_au_without_a_title_is_shown_by_its_id(tmp_path):
    course = read(tmp_path, cmi5_course(nodes=[Au(title=" ")]))
    assert items(course)[0]["title"] == "https://example.com/fire/au-1"
    assert codes(course) == ["title_missing"]


@pytest.mark.parametrize(
    "identifier",
    ["https://example.com/kurs/Überblick?a=1#2", "urn:uuid:f81d4fae", "tag:example.com,2026:1", " urn:a "],
)
def test_ids_are_iris(tmp_path, identifier):
    (item,) = items(read(tmp_path, cmi5_course(nodes=[Au(identifier)])))
    assert item["identifier"] == identifier.strip()


@pytest.mark.parametrize(
    "identifier",
    [
        "example.com/fire",
        "au-1",
        "1a:b",
        "urn:",
        "urn:a b",
        "http://a%2",
        "urn:<a>",
        "urn:a#b#c",
        "urn:" + "a" * 2000,
    ],
)
@pytest.mark.parametrize("kind", ["course", "block", "au", "objective"])
def test_ids_that_are_no_iris_are_refused(tmp_path, kind, identifier):
    options: dict[str, dict[str, Any]] = {
        "course": {"structure": course_structure(identifier=identifier)},
        "block": {"nodes": [Block(identifier)]},
        "au": {"nodes": [Au(identifier)]},
        "objective": {"objectives": [identifier]},
    }
    assert refusal(tmp_path, cmi5_course(**options[kind])) == "cmi5_iri"


@pytest.mark.parametrize(
    "twice",
    [
        {"nodes": [Au("urn:a"), Au("urn:a")]},
        {"nodes": [Au("urn:a"), Block("urn:b", nodes=[Au("urn:a")])]},
        {"nodes": [Block("urn:b", nodes=[Au("urn:a")]), Block("urn:b", nodes=[Au("urn:c")])]},
        {"nodes": [Block("urn:a", nodes=[Au("urn:a")])]},
        {"objectives": ["urn:o", "urn:o"]},
    ],
)
def test_ids_that_are_there_twice_are_refused(tmp_path, twice):
    assert refusal(tmp_path, cmi5_course(**twice)) == "cmi5_id_duplicate"


def test_an_au_that_shares_its_id_with_the_course_is_taken_with_advice(tmp_path):
    course = read(tmp_path, cmi5_course(nodes=[Au("https://example.com/fire")]))
    assert codes(course) == ["id_shared"]


def test_a_reference_to_an_objective_that_nobody_defined_is_left_out_and_told(tmp_path):
    course = read(tmp_path, cmi5_course(nodes=[Au(objectives=["urn:nobody", FIRE, FIRE])], objectives=[FIRE]))
    assert items(course)[0]["au"]["objectives"] == [FIRE]
    assert codes(course, "missing") == ["objective_missing"]


@pytest.mark.parametrize(
    "url", ["a/b.html", "a/b.html?x=1#y", " a/b.html\n", "./a/c/../b.html", "a/b%2Ehtml"]
)
def test_relative_addresses_open_files_of_the_zip(tmp_path, url):
    course = read(
        tmp_path, cmi5_course(structure=course_structure(nodes=[Au(url=url)]), files={"a/b.html": ""})
    )
    assert launch_of(items(course)[0])["href"] == "a/b.html"
    assert launch_of(items(course)[0])["query"] == ("?x=1#y" if "?" in url else "")
    assert course.findings == []


@pytest.mark.parametrize(
    ("url", "slip"),
    [("A/B.html", "path_case"), ("/a/b.html", "path_absolute"), ("a\\b.html", "path_backslash")],
)
def test_slips_in_relative_addresses_are_put_right(tmp_path, url, slip):
    course = read(
        tmp_path, cmi5_course(structure=course_structure(nodes=[Au(url=url)]), files={"a/b.html": ""})
    )
    assert launch_of(items(course)[0])["href"] == "a/b.html"
    assert codes(course) == [slip]


@pytest.mark.parametrize(
    "url", ["absent.html", "?page=1", "#top", "//content.example.com/a.html", "../../etc/passwd"]
)
def test_a_relative_address_of_no_file_in_the_zip_is_refused(tmp_path, url):
    expected = "cmi5_url_invalid" if url.startswith("//") else "cmi5_file_missing"
    assert refusal(tmp_path, cmi5_course(structure=course_structure(nodes=[Au(url=url)]))) == expected


@pytest.mark.parametrize("url", ["index.html", "/index.html", "a/index.html?b=c"])
def test_a_structure_by_itself_cannot_open_relative_addresses(tmp_path, url):
    assert refusal_alone(tmp_path, alone(nodes=[Au(url=url)])) == "cmi5_url_relative"


@pytest.mark.parametrize(
    ("url", "href"),
    [
        (f"{AT}/index.html?a=1#b", f"{AT}/index.html?a=1#b"),
        ("HTTPS://content.example.com:8443", "https://content.example.com:8443"),
        (f"{AT}/Überblick.html", f"{AT}/%C3%9Cberblick.html"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
    ],
)
def test_whole_addresses_open_pages_elsewhere(tmp_path, url, href):
    course = read_alone(tmp_path, alone(nodes=[Au(url=url)]))
    assert items(course)[0]["launch"] == {
        "href": href,
        "query": "",
        "kind": "au",
        "resource": "https://example.com/fire/au-1",
    }
    assert course.files == {}
    assert codes(course) == ["content_elsewhere"]


@pytest.mark.parametrize(
    "url",
    [
        "http://content.example.com index.html",
        "http:///index.html",
        "https://",
        "https://./index.html",
        "http:index.html",
        "https://content.example.com:99999/",
        "https://user:secret@content.example.com/",
        "https://content.example.com/%2",
        "https://content.example.com/<a>",
        "https://münchen.example/",
        "https://[2001:db8]/",
        "javascript:alert(1)",
        "data:text/html,hello",
        "file:///etc/passwd",
        "app://open/fire",
    ],
)
def test_addresses_that_no_browser_should_open_are_refused(tmp_path, url):
    assert refusal_alone(tmp_path, alone(nodes=[Au(url=url)])) == "cmi5_url_invalid"
    assert (
        refusal(
            tmp_path, cmi5_course(structure=course_structure(nodes=[Au(url=url)]), files={"index.html": ""})
        )
        == "cmi5_url_invalid"
    )


@pytest.mark.parametrize("name", ["endpoint", "fetch", "actor", "activityId", "registration", "end%70oint"])
@pytest.mark.parametrize("base", ["au-1.html", f"{AT}/index.html"])
def test_a_query_string_that_holds_a_launch_parameter_is_refused(tmp_path, name, base):
    for query in (f"?{name}=1", f"?a=b&{name}", f"?{name}="):
        structure = course_structure(nodes=[Au(url=base + query)])
        assert (
            refusal(tmp_path, cmi5_course(structure=structure, files={"au-1.html": ""})) == "cmi5_url_query"
        )


def test_a_query_string_of_other_names_is_kept(tmp_path):
    course = read(tmp_path, cmi5_course(nodes=[Au(url="au-1.html?Endpoint=1&fetched=2#fetch=3")]))
    assert launch_of(items(course)[0])["query"] == "?Endpoint=1&fetched=2#fetch=3"


def test_a_zip_may_mix_its_own_pages_and_pages_elsewhere(tmp_path):
    course = read(tmp_path, cmi5_course(nodes=[Au("urn:a"), Au("urn:b", url=f"{AT}/b.html")]))
    assert [launch_of(item)["href"] for item in items(course)] == ["au-1.html", f"{AT}/b.html"]


def test_zip64_is_read(tmp_path):
    data = raw_zip(Member("cmi5.xml", course_structure().encode()), Member("au-1.html"), zip64=True)
    assert read(tmp_path, data).standard == "cmi5"


def test_thousands_of_aus_are_read(tmp_path):
    nodes = [Au(f"https://example.com/fire/{number}", f"Lesson {number}") for number in range(5_000)]
    assert len(items(read(tmp_path, cmi5_course(nodes=nodes)))) == 5_000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_structure_by_itself_may_come_in_other_encodings(tmp_path, encoding):
    data = alone().decode().replace('encoding="UTF-8"', "").encode(encoding)
    assert items(read_alone(tmp_path, data))[0]["title"] == "Lesson 1"


@pytest.mark.parametrize("name", ["cmi5.xml", "Fire safety.xml", "upload"])
def test_a_structure_by_itself_is_known_by_its_content(tmp_path, name):
    assert read(tmp_path, alone(), name).standard == "cmi5"


def test_a_structure_that_calls_itself_a_zip_is_refused(tmp_path):
    assert refusal(tmp_path, alone(), "cmi5.zip") == "type_lie"


@pytest.mark.parametrize(
    ("node", "code"),
    [
        (Au(move_on="NotApplicable"), "move_on_none"),
        (Au(launch_method="OwnWindow"), "own_window"),
        (Au(activity_type="lesson"), "activity_type"),
    ],
)
def test_what_will_surprise_is_told(tmp_path, node, code):
    assert codes(read(tmp_path, cmi5_course(nodes=[node])), "advice") == [code]


def test_an_activity_type_that_is_no_iri_is_left_out(tmp_path):
    assert (
        items(read(tmp_path, cmi5_course(nodes=[Au(activity_type="lesson")])))[0]["au"]["activity_type"]
        is None
    )


def test_content_without_encryption_is_told(tmp_path):
    course = read_alone(tmp_path, alone(nodes=[Au(url="http://content.example.com/a.html")]))
    assert codes(course, "advice") == ["content_elsewhere", "url_http"]


def test_passing_without_a_mastery_score_is_nothing_to_tell(tmp_path):
    assert read(tmp_path, cmi5_course(nodes=[Au(move_on="Passed")])).findings == []


SAMPLE = course_structure(
    nodes=[Au(objectives=[FIRE], mastery_score="0.8"), Block(nodes=[Au("urn:b", url=f"{AT}/b.html")])],
    objectives=[FIRE],
)
PIECES = [
    "",
    "<",
    ">",
    '"',
    "&",
    "au",
    "block",
    "<title/>",
    "urn:b",
    "://",
    "http://[",
    "%",
    "\0",
    'xmlns=""',
    "langstring",
]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), packed=st.booleans())
def test_a_structure_changed_anywhere_gives_a_course_or_a_refusal(tmp_path, data, packed):
    text = SAMPLE
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 60)))
        text = text[:start] + data.draw(st.sampled_from(PIECES) | st.text(max_size=8)) + text[end:]
    try:
        content = text.encode(errors="replace")
        course = (
            read(tmp_path, cmi5_course(structure=content), "c.zip")
            if packed
            else read_alone(tmp_path, content)
        )
    except Refused:
        return
    assert json.loads(json.dumps(course.structure)) == course.structure


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    url=st.text(max_size=40) | st.from_regex(r"https?://[a-z.\[\]:@/?#%]{0,30}", fullmatch=True),
    identifier=st.text(max_size=40),
)
def test_any_address_and_any_id_gives_a_course_or_a_refusal(tmp_path, url, identifier):
    for node in (Au(url=url), Au(identifier)):
        try:
            course = read_alone(
                tmp_path,
                alone(nodes=[node])
                if node.url == url
                else course_structure(nodes=[node]).encode(errors="replace"),
            )
        except (Refused, UnicodeEncodeError):
            continue
        for item in flat(course.structure["organizations"][0]["items"]):
            assert launch_of(item)["href"].startswith(("http://", "https://"))
            assert launch_of(item)["href"].isascii()
