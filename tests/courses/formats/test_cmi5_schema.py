"""A course structure is valid to the letter or refused; each rule has an example that keeps it and one that
breaks it.
"""

import pytest
from lxml import etree
from tests.builders import CMI5_NAMESPACE, Au, Block, course_structure

from heliograph.courses.findings import Report
from heliograph.courses.formats.cmi5_schema import check_structure
from heliograph.courses.limits import Refused

FIRE = "https://example.com/objectives/fire"
WHOLE = course_structure(
    nodes=[
        Au(
            objectives=[FIRE],
            mastery_score="0.8",
            launch_method="OwnWindow",
            launch_parameters="a=1",
            entitlement_key="k",
        ),
        Block(nodes=[Au("https://example.com/fire/au-2", "Second")], objectives=[FIRE]),
    ],
    objectives=[FIRE],
)
LANGSTRING = '<langstring lang="en">Lesson 1</langstring>'
TITLE = f"<title>{LANGSTRING}</title>"
DESCRIPTION = f"<description>{LANGSTRING}</description>"
DEFINITIONS = f'<objectives><objective id="{FIRE}">{TITLE}{DESCRIPTION}</objective></objectives>'
HTML = '<b xmlns="https://example.com/html">1</b>'
EXTENSION = '<x:tag xmlns:x="https://example.com/extension">anything <x:deep/></x:tag>'


def check(text: str) -> list[str]:
    """The codes of what was found in a structure that is taken."""
    report = Report()
    check_structure(etree.fromstring(text.encode()), report)
    return [finding.code for finding in report.findings]


def changed(before: str, after: str) -> str:
    """The whole structure with the first of these changed."""
    assert before in WHOLE
    return WHOLE.replace(before, after, 1)


KEPT = {
    "the whole structure": WHOLE,
    "least of all": course_structure(),
    "au and block in any order": course_structure(nodes=[Block(), Au("https://example.com/fire/last")]),
    "texts in many languages": changed(LANGSTRING, f'{LANGSTRING}<langstring lang="es-419">Uno</langstring>'),
    "a text of no language": changed(LANGSTRING, "<langstring>Lesson 1</langstring>"),
    "an empty text": changed(LANGSTRING, "<langstring/>"),
    "objective: description before title": changed(
        f'<title><langstring lang="en">{FIRE}</langstring></title>'
        f'<description><langstring lang="en">{FIRE}</langstring></description>',
        f'<description><langstring lang="en">{FIRE}</langstring></description>'
        f'<title><langstring lang="en">{FIRE}</langstring></title>',
    ),
    "moveOn NotApplicable": changed('moveOn="CompletedOrPassed"', 'moveOn="NotApplicable"'),
    "moveOn Passed": changed('moveOn="CompletedOrPassed"', 'moveOn="Passed"'),
    "moveOn Completed": changed('moveOn="CompletedOrPassed"', 'moveOn="Completed"'),
    "moveOn CompletedAndPassed": changed('moveOn="CompletedOrPassed"', 'moveOn="CompletedAndPassed"'),
    "moveOn left out": changed(' moveOn="CompletedOrPassed"', ""),
    "moveOn between blanks": changed('moveOn="CompletedOrPassed"', 'moveOn=" Passed "'),
    "launchMethod AnyWindow": changed("OwnWindow", "AnyWindow"),
    "masteryScore 0": changed('"0.8"', '"0"'),
    "masteryScore 1": changed('"0.8"', '"1.0"'),
    "masteryScore without its nought": changed('"0.8"', '".75"'),
    "activityType": changed(" moveOn=", ' activityType="https://example.com/lesson" moveOn='),
    "the authentication method of the drafts": changed(" moveOn=", ' authenticationMethod="Basic" moveOn='),
    "whatever in launchParameters": changed("a=1", '<json lang="en" xmlns="">{"a": 1}</json>'),
    "attributes of other namespaces": changed("<au ", '<au xmlns:x="https://example.com/extension" x:y="z" '),
    "a place of the schema": changed(
        "<courseStructure ",
        '<courseStructure xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" ',
    ),
}

BROKEN = {
    "another namespace": (
        WHOLE.replace(CMI5_NAMESPACE, "http://www.adlnet.gov/cmi5/CourseStructure.xsd"),
        "cmi5_namespace",
    ),
    "no namespace": (WHOLE.replace(f' xmlns="{CMI5_NAMESPACE}"', ""), "cmi5_namespace"),
    "no namespace inside": (changed(TITLE, TITLE.replace("<title", '<title xmlns=""')), "cmi5_namespace"),
    "another root": (WHOLE.replace("courseStructure", "CourseStructure"), "cmi5_element_unknown"),
    "no course": (
        WHOLE[: WHOLE.index("<course ")] + WHOLE[WHOLE.index("</course>") + 9 :],
        "cmi5_element_missing",
    ),
    "two courses": (
        changed("</course>", f'</course><course id="https://e.example">{TITLE}{DESCRIPTION}</course>'),
        "cmi5_element_repeated",
    ),
    "nothing to open": (course_structure(nodes=[]), "cmi5_element_missing"),
    "an empty block": (course_structure(nodes=[Block(nodes=[])]), "cmi5_element_missing"),
    "empty objectives": (course_structure().replace("<au ", "<objectives/><au "), "cmi5_element_missing"),
    "objectives after the aus": (course_structure(inside=DEFINITIONS), "cmi5_element_order"),
    "a course without title": (
        changed('<title><langstring lang="en">Fire safety</langstring></title>', ""),
        "cmi5_element_missing",
    ),
    "an au without title": (changed(TITLE, ""), "cmi5_element_missing"),
    "an au without description": (changed(DESCRIPTION, ""), "cmi5_element_missing"),
    "an au without url": (changed("<url>au-1.html</url>", ""), "cmi5_element_missing"),
    "an empty url": (changed("<url>au-1.html</url>", "<url> </url>"), "cmi5_value"),
    "two titles": (changed(TITLE, TITLE * 2), "cmi5_element_repeated"),
    "two urls": (changed("<url>au-1.html</url>", "<url>a</url><url>b</url>"), "cmi5_element_repeated"),
    "url before title": (
        changed(TITLE, "").replace("au-1.html</url>", f"au-1.html</url>{TITLE}", 1),
        "cmi5_element_order",
    ),
    "entitlementKey before launchParameters": (
        changed(
            "<launchParameters>a=1</launchParameters><entitlementKey>k</entitlementKey>",
            "<entitlementKey>k</entitlementKey><launchParameters>a=1</launchParameters>",
        ),
        "cmi5_element_order",
    ),
    "an unknown element": (changed("<url>", "<href/><url>"), "cmi5_element_unknown"),
    "an element in other letters": (
        WHOLE.replace("<url>", "<URL>").replace("</url>", "</URL>"),
        "cmi5_element_unknown",
    ),
    "an element in a text": (changed(LANGSTRING, LANGSTRING.replace("Lesson", HTML)), "cmi5_element_unknown"),
    "an element in a reference": (
        changed(f'<objective idref="{FIRE}"/>', f'<objective idref="{FIRE}">{TITLE}</objective>'),
        "cmi5_element_unknown",
    ),
    "a title without langstring": (changed(TITLE, "<title/>"), "cmi5_element_missing"),
    "a title as mere text": (changed(TITLE, "<title>Lesson 1</title>"), "cmi5_text"),
    "text between elements": (changed("<url>", "stray<url>"), "cmi5_text"),
    "a course without id": (
        changed('<course id="https://example.com/fire">', "<course>"),
        "cmi5_attribute_missing",
    ),
    "an au without id": (changed('<au id="https://example.com/fire/au-1"', "<au"), "cmi5_attribute_missing"),
    "a block without id": (
        changed('<block id="https://example.com/fire/block-1"', "<block"),
        "cmi5_attribute_missing",
    ),
    "an objective without id": (changed(f'<objective id="{FIRE}"', "<objective"), "cmi5_attribute_missing"),
    "an unknown attribute": (changed("<au ", '<au url="au-1.html" '), "cmi5_attribute_unknown"),
    "an attribute in the schema's namespace": (
        changed("<au ", f'<au xmlns:c="{CMI5_NAMESPACE}" c:id="a" '),
        "cmi5_attribute_unknown",
    ),
    "a moveOn of its own": (changed('moveOn="CompletedOrPassed"', 'moveOn="passed"'), "cmi5_value"),
    "a launchMethod of its own": (changed("OwnWindow", "Popup"), "cmi5_value"),
    "masteryScore above 1": (changed('"0.8"', '"80"'), "cmi5_value"),
    "masteryScore below 0": (changed('"0.8"', '"-0.1"'), "cmi5_value"),
    "masteryScore that is no decimal": (changed('"0.8"', '"8e-1"'), "cmi5_value"),
    "masteryScore with a comma": (changed('"0.8"', '"0,8"'), "cmi5_value"),
    "masteryScore that is no number": (changed('"0.8"', '"NaN"'), "cmi5_value"),
    "a language that is none": (changed('lang="en"', 'lang="en_US"'), "cmi5_value"),
    "another authentication method": (
        changed(" moveOn=", ' authenticationMethod="Digest" moveOn='),
        "cmi5_value",
    ),
}


@pytest.mark.parametrize("rule", KEPT)
def test_what_the_schema_allows_is_taken(rule):
    assert check(KEPT[rule]) == []


@pytest.mark.parametrize("rule", BROKEN)
def test_what_the_schema_forbids_is_refused_with_its_place(rule):
    text, code = BROKEN[rule]
    with pytest.raises(Refused) as caught:
        check(text)
    assert caught.value.code == code
    assert caught.value.sentence.startswith("The ")
    assert caught.value.sentence.endswith(".")


def test_the_sentence_names_the_element_its_line_and_what_to_do():
    with pytest.raises(Refused) as caught:
        check(changed("<au ", "\n\n<au ").replace('"0.8"', '"80"'))
    assert caught.value.sentence == (
        "The element “au” with the ID “https://example.com/fire/au-1” on line 4 has the masteryScore “80”; "
        "it must be a number from 0 to 1, such as 0.8."
    )


@pytest.mark.parametrize(
    "end", ["</courseStructure>", "</course>", "</block>", "</au>", "</objectives>", "</title>"]
)
def test_extensions_at_the_end_of_an_element_are_left_out_and_told(end):
    assert check(changed(end, EXTENSION + end)) == ["extension_ignored"]


def test_an_extension_before_the_end_is_told_because_other_lmss_refuse_it():
    assert check(changed("<url>", f"{EXTENSION}<url>")) == ["extension_ignored", "extension_place"]
