"""A manifest becomes a course: honest ones without remark, clumsy ones with a report that says what was put
right.
"""

import json
import re

import pytest
from tests.builders import Sco, build_package, manifest_text, zip_bytes
from tests.courses.reading import codes, flat, items, launch_of, read, refusal

from heliograph.courses.formats import Limits


@pytest.mark.parametrize(
    ("standard", "edition"),
    [("scorm_12", None), ("scorm_2004", "2nd"), ("scorm_2004", "3rd"), ("scorm_2004", "4th")],
)
class TestHonestPackages:
    def test_a_single_sco_is_read_without_remark(self, tmp_path, standard, edition):
        course = read(
            tmp_path, build_package(standard=standard, edition=edition or "4th", title="Fire safety")
        )
        assert (course.standard, course.edition, course.title) == (standard, edition, "Fire safety")
        assert course.findings == []
        assert course.files == {name: name for name in ("imsmanifest.xml", "shared/sco.js", "sco-1.html")}
        assert items(course)[0]["launch"] == {
            "href": "sco-1.html",
            "query": "",
            "kind": "sco",
            "resource": "resource-sco-1",
        }

    def test_a_tree_of_scos_and_assets_keeps_its_shape(self, tmp_path, standard, edition):
        lessons = [Sco("l1", "One", "1.html"), Sco("l2", "Two", "2.html", kind="asset", visible=False)]
        course = read(
            tmp_path,
            build_package(
                standard=standard, edition=edition or "4th", scos=[Sco("m", "Module", "", items=lessons)]
            ),
        )
        module = course.structure["organizations"][0]["items"][0]
        assert (module["title"], module["launch"], [i["title"] for i in module["items"]]) == (
            "Module",
            None,
            ["One", "Two"],
        )
        assert [launch_of(i)["kind"] for i in module["items"]] == ["sco", "asset"]
        assert [i["visible"] for i in module["items"]] == [True, False]
        assert course.findings == []

    def test_the_structure_is_plain_json(self, tmp_path, standard, edition):
        structure = read(tmp_path, build_package(standard=standard, edition=edition or "4th")).structure
        assert json.loads(json.dumps(structure)) == structure


class TestWhatAnItemSays:
    def test_scorm_12_keeps_prerequisites_mastery_time_and_launch_data(self, tmp_path):
        inside = (
            '<adlcp:prerequisites type="aicc_script">a&amp;(b|c)</adlcp:prerequisites>'
            "<adlcp:masteryscore>80</adlcp:masteryscore><adlcp:maxtimeallowed>00:30:00</adlcp:maxtimeallowed>"
            "<adlcp:timelimitaction>Exit, No Message</adlcp:timelimitaction>"
            "<adlcp:datafromlms> lang=en \n</adlcp:datafromlms>"
        )
        item = items(read(tmp_path, build_package(scos=[Sco(inside=inside)])))[0]
        assert item["prerequisites"] == "a&(b|c)"
        assert item["mastery_score"] == 80.0
        assert item["max_time_allowed"] == "00:30:00"
        assert item["time_limit_action"] == "exit,no message"
        assert item["data_from_lms"] == " lang=en \n"

    def test_values_that_mean_nothing_are_left_out_with_advice(self, tmp_path):
        inside = (
            "<adlcp:masteryscore>high</adlcp:masteryscore>"
            "<adlcp:timelimitaction>explode</adlcp:timelimitaction>"
        )
        course = read(tmp_path, build_package(scos=[Sco(inside=inside)]))
        assert (items(course)[0]["mastery_score"], items(course)[0]["time_limit_action"]) == (None, None)
        assert codes(course, "advice") == ["mastery_score", "time_limit_action"]

    @pytest.mark.parametrize(
        ("xml", "threshold"),
        [
            ("<adlcp:completionThreshold/>", (False, 1.0, 1.0)),
            ('<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.75" '
             'progressWeight="0.5"/>',
             (True, 0.75, 0.5)),
            ("<adlcp:completionThreshold>0.6</adlcp:completionThreshold>", (True, 0.6, 1.0)),
            ('<adlcp:completionThreshold minProgressMeasure="7"/>', (False, 1.0, 1.0)),
        ],
    )  # fmt: skip
    def test_the_completion_threshold_is_read_in_both_forms(self, tmp_path, xml, threshold):
        sequencing_read = items(read(tmp_path, build_package(standard="scorm_2004", scos=[Sco(inside=xml)])))[
            0
        ]["completion_threshold"]
        assert sequencing_read is not None
        assert (
            sequencing_read["completed_by_measure"],
            sequencing_read["min_progress_measure"],
            sequencing_read["progress_weight"],
        ) == threshold

    def test_hidden_controls_and_shared_data_are_kept(self, tmp_path):
        inside = (
            "<adlnav:presentation><adlnav:navigationInterface><adlnav:hideLMSUI>continue</adlnav:hideLMSUI>"
            "<adlnav:hideLMSUI>EXITALL</adlnav:hideLMSUI><adlnav:hideLMSUI>everything</adlnav:hideLMSUI>"
            "</adlnav:navigationInterface></adlnav:presentation>"
            '<adlcp:data><adlcp:map targetID="notes"/>'
            '<adlcp:map targetID="x" writeSharedData="false"/></adlcp:data>'
        )
        course = read(tmp_path, build_package(standard="scorm_2004", scos=[Sco(inside=inside)]))
        assert items(course)[0]["hide_lms_ui"] == ["continue", "exitAll"]
        assert codes(course) == ["hide_lms_ui"]
        assert items(course)[0]["adl_data"] == [
            {"target_id": "notes", "read_shared_data": True, "write_shared_data": True},
            {"target_id": "x", "read_shared_data": True, "write_shared_data": False},
        ]

    @pytest.mark.parametrize(
        ("href", "parameters", "query"),
        [
            ("sco-1.html", "", ""),
            ("sco-1.html", "?a=1", "?a=1"),
            ("sco-1.html", "a=1", "?a=1"),
            ("sco-1.html", "&amp;a=1", "?a=1"),
            ("sco-1.html?b=2", "?a=1", "?b=2&a=1"),
            ("sco-1.html?b=2", "", "?b=2"),
            ("sco-1.html", "#top", "#top"),
            ("sco-1.html#own", "#top", "#own"),
            ("sco-1.html#own", "?a=1", "?a=1#own"),
            ("sco-1.html?", "a=1", "?a=1"),
            ("sco-1.html", "?name=é b", "?name=%C3%A9%20b"),
            ("sco-1.html", "?a=1%20b", "?a=1%20b"),
        ],
    )
    def test_parameters_join_the_address_by_the_rules(self, tmp_path, href, parameters, query):
        parameters = parameters.replace("&amp;", "&")
        course = read(tmp_path, build_package(scos=[Sco(href=href, parameters=parameters)]))
        launch = launch_of(items(course)[0])
        assert (launch["href"], launch["query"]) == ("sco-1.html", query)


class TestOrganizations:
    MORE = (
        '<organization identifier="two"><title>Two</title>'
        '<item identifier="x" identifierref="resource-sco-1"/></organization>'
    )

    def manifest(self, default: str) -> str:
        text = manifest_text().replace('<organizations default="organization">', f"<organizations {default}>")
        return text.replace("</organizations>", self.MORE + "</organizations>")

    @pytest.mark.parametrize(
        ("default", "chosen", "code"),
        [
            ('default="organization"', "organization", None),
            ('default="two"', "two", None),
            ("", "organization", "default_organization_missing"),
            ('default="gone"', "organization", "default_organization_dangling"),
        ],
    )
    def test_the_default_is_played_and_chosen_where_the_manifest_fails_to(
        self, tmp_path, default, chosen, code
    ):
        course = read(tmp_path, build_package(manifest=self.manifest(default)))
        assert course.structure["default_organization"] == chosen
        assert [o["identifier"] for o in course.structure["organizations"]] == ["organization", "two"]
        assert [c for c in codes(course) if c.startswith("default")] == ([code] if code else [])
        assert "several_organizations" in codes(course)

    def test_pages_of_an_organization_that_is_not_played_make_no_course_playable(self, tmp_path):
        text = manifest_text(scos=[Sco(href="gone.html"), Sco(identifier="sco-2", href="here.html")]).replace(
            'identifierref="resource-sco-2"', ""
        )
        more = self.MORE.replace("resource-sco-1", "resource-sco-2")
        text = text.replace("</organizations>", more + "</organizations>")
        course = read(tmp_path, zip_bytes({"imsmanifest.xml": text, "here.html": "", "shared/sco.js": ""}))
        (told,) = (finding for finding in course.findings if finding.code == "nothing_playable")
        assert not course.playable
        assert "None of the launch files of the organization “" in told.sentence
        played = text.replace('<organizations default="organization">', '<organizations default="two">')
        assert read(
            tmp_path, zip_bytes({"imsmanifest.xml": played, "here.html": "", "shared/sco.js": ""})
        ).playable

    def test_a_default_that_opens_nothing_gives_way(self, tmp_path):
        text = self.manifest('default="organization"').replace(' identifierref="resource-sco-1"', "", 1)
        course = read(tmp_path, build_package(manifest=text))
        assert course.structure["default_organization"] == "two"
        assert "default_organization_empty" in codes(course)

    def test_an_organization_without_identifier_takes_the_default_s(self, tmp_path):
        text = manifest_text().replace('<organization identifier="organization">', "<organization>")
        course = read(tmp_path, build_package(manifest=text))
        assert course.structure["default_organization"] == "organization"
        assert codes(course) == ["identifier_missing"]

    def test_duplicate_and_missing_identifiers_become_unique(self, tmp_path):
        scos = [
            Sco("a", href="1.html"),
            Sco("a", href="1.html"),
            Sco("organization", href="1.html"),
            Sco("", href="1.html"),
        ]
        course = read(tmp_path, build_package(scos=scos))
        identifiers = [item["identifier"] for item in items(course)]
        assert identifiers == ["a", "a-2", "organization-2", "item-1"]
        assert {"identifier_duplicate", "identifier_missing"} <= set(codes(course, "repaired"))

    def test_without_organizations_one_is_made_from_the_resources(self, tmp_path):
        text = manifest_text(scos=[Sco("a", href="a.html"), Sco("b", href="b.html", kind="asset")])
        start, end = text.index("<organizations"), text.index("<resources>")
        data = zip_bytes({"imsmanifest.xml": text[:start] + text[end:], "a.html": "a", "b.html": "b"})
        course = read(tmp_path, data, "Fire_safety.zip")
        assert course.title == "Fire safety"
        assert [launch_of(item)["href"] for item in items(course)] == ["a.html"]
        assert "organization_rebuilt" in codes(course)

    def test_a_missing_title_is_found_elsewhere(self, tmp_path):
        course = read(tmp_path, build_package(manifest=manifest_text(title="")))
        assert course.title == "Lesson 1"
        assert codes(course) == ["title_missing"]


class TestWhatIsMissing:
    def test_an_item_whose_resource_does_not_exist_stays_without_content(self, tmp_path):
        text = manifest_text(scos=[Sco("a", href="1.html"), Sco("b", href="1.html")])
        course = read(
            tmp_path,
            build_package(manifest=text.replace('ref="resource-b"', 'ref="gone"'), files={"1.html": ""}),
        )
        assert [item["launch"] is None for item in items(course)] == [False, True]
        assert codes(course) == ["item_resource_missing"]

    def test_a_reference_in_wrong_case_is_understood(self, tmp_path):
        text = manifest_text().replace('ref="resource-sco-1"', 'ref=" Resource-SCO-1 "')
        course = read(tmp_path, build_package(manifest=text))
        assert launch_of(items(course)[0])["href"] == "sco-1.html"
        assert codes(course) == ["reference_spelling"]

    def test_files_that_are_not_in_the_package_are_listed_once(self, tmp_path):
        text = manifest_text().replace(
            "</resource>", '<file href="gone.js"/><file href="gone.js"/></resource>'
        )
        course = read(tmp_path, build_package(manifest=text))
        assert codes(course) == ["file_missing"]
        assert course.findings[0].where == "gone.js"

    def test_hundreds_of_missing_files_give_a_short_report(self, tmp_path):
        missing = "".join(f'<file href="{n}.js"/>' for n in range(500))
        course = read(
            tmp_path, build_package(manifest=manifest_text().replace("</resource>", missing + "</resource>"))
        )
        assert len(course.findings) == 21
        assert "480 more" in course.findings[-1].sentence

    def test_a_page_that_is_not_in_the_package_is_told(self, tmp_path):
        course = read(tmp_path, zip_bytes({"imsmanifest.xml": manifest_text(), "shared/sco.js": ""}))
        assert codes(course, "missing") == ["launch_missing", "nothing_playable"]

    def test_a_resource_without_href_opens_its_first_page(self, tmp_path):
        text = manifest_text().replace('href="sco-1.html">', ">", 1)
        course = read(tmp_path, build_package(manifest=text))
        assert launch_of(items(course)[0])["href"] == "sco-1.html"
        assert codes(course) == ["launch_guessed"]

    @pytest.mark.parametrize(
        ("written", "opened"),
        [
            (
                'href="https://courses.example.org/lesson/index.html?id=7"',
                "https://courses.example.org/lesson/index.html?id=7&a=1",
            ),
            ('href="//courses.example.org/x"', "https://courses.example.org/x?a=1"),
            (
                'xml:base="https://courses.example.org/a/" href="b.html"',
                "https://courses.example.org/a/b.html?a=1",
            ),
        ],
    )
    @pytest.mark.parametrize("inside", ["", "<organizations/>"])
    def test_a_page_on_another_host_is_opened_there_and_the_report_says_where_that_is(
        self, tmp_path, written, opened, inside
    ):
        text = manifest_text(scos=[Sco(href="OPENED", parameters="a=1")]).replace(
            'href="OPENED">', f"{written}>"
        )
        text = text.replace('<file href="OPENED"/>', "")
        if inside:
            text = re.sub("<organizations.*</organizations>", inside, text)
            opened = opened.removesuffix("&a=1").removesuffix("?a=1")
        course = read(tmp_path, zip_bytes({"imsmanifest.xml": text, "shared/sco.js": ""}))
        assert items(course)[0]["launch"] == {
            "href": opened,
            "query": "",
            "kind": "asset",
            "resource": "resource-sco-1",
        }
        (finding,) = (candidate for candidate in course.findings if candidate.code == "launch_online")
        assert "courses.example.org" in finding.sentence
        assert "nothing_playable" not in codes(course)

    @pytest.mark.parametrize("href", ["\\\\example.org\\x", "javascript:alert(1)", "https://[x/y"])
    def test_a_page_outside_of_the_package_is_not_launched(self, tmp_path, href):
        assert (
            refusal(tmp_path, zip_bytes({"imsmanifest.xml": manifest_text(scos=[Sco(href=href)])}))
            == "nothing_to_launch"
        )

    def test_a_package_that_opens_nothing_is_refused(self, tmp_path):
        assert refusal(tmp_path, build_package(scos=[Sco(href="")])) == "nothing_to_launch"

    def test_a_dependency_on_nothing_is_advice(self, tmp_path):
        text = manifest_text().replace("</resource>", '<dependency identifierref="gone"/></resource>')
        assert codes(read(tmp_path, build_package(manifest=text))) == ["dependency_unknown"]


class TestClumsyManifests:
    @pytest.mark.parametrize(
        ("kind", "href", "expected"),
        [(None, "sco-1.html", "sco"), (None, "a.pdf", "asset"), ("SCO", "sco-1.html", "sco")],
    )
    def test_a_resource_that_is_not_marked_is_taken_for_what_it_opens(self, tmp_path, kind, href, expected):
        course = read(tmp_path, build_package(scos=[Sco(href=href, kind=kind)]))
        assert launch_of(items(course)[0])["kind"] == expected
        assert codes(course) == (["scormtype_missing"] if kind is None else [])

    def test_a_manifest_without_namespaces_is_read_by_its_names(self, tmp_path):
        text = (
            '<manifest identifier="m"><metadata><schemaversion>1.2</schemaversion></metadata>'
            '<organizations default="o"><organization identifier="o"><title>T</title>'
            '<item identifier="i" identifierref="r"><title>I</title>'
            "<masteryscore>70</masteryscore></item></organization></organizations>"
            '<resources><resource identifier="r" scormtype="sco" href="sco-1.html"/></resources></manifest>'
        )
        course = read(tmp_path, build_package(manifest=text))
        assert items(course)[0]["mastery_score"] == 70
        assert set(codes(course)) == {"namespace_missing"}

    def test_undeclared_prefixes_and_wrong_namespaces_are_forgiven(self, tmp_path):
        text = manifest_text().replace(' xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"', "")
        course = read(tmp_path, build_package(manifest=text.replace("imsproject", "example")))
        assert launch_of(items(course)[0])["kind"] == "sco"
        assert {"xml_prefix", "namespace_wrong"} <= set(codes(course, "repaired"))

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
    def test_any_encoding_of_the_manifest_is_read(self, tmp_path, encoding):
        data = manifest_text(title="Sécurité").encode(encoding)
        assert read(tmp_path, build_package(manifest=data)).title == "Sécurité"

    def test_items_of_a_sub_manifest_become_items_of_the_item(self, tmp_path):
        inner = (
            '<manifest identifier="inner" xml:base="part/">'
            '<organizations default="io"><organization identifier="io"><item identifier="ii" '
            'identifierref="ir"><title>Inner</title></item></organization></organizations>'
            '<resources><resource identifier="ir" adlcp:scormtype="sco" href="p.html"/></resources>'
            "</manifest>"
        )
        text = manifest_text(inside_manifest=inner).replace('ref="resource-sco-1"', 'ref="inner"')
        course = read(tmp_path, build_package(manifest=text, files={"part/p.html": ""}))
        outside, inside = items(course)
        assert (outside["title"], outside["launch"]) == ("Lesson 1", None)
        assert (inside["title"], launch_of(inside)["href"]) == ("Inner", "part/p.html")

    def test_a_sub_manifest_that_contains_itself_is_refused(self, tmp_path):
        inner = (
            '<manifest identifier="inner"><organizations><organization>'
            '<item identifierref="inner"/></organization></organizations></manifest>'
        )
        text = manifest_text(inside_manifest=inner).replace('ref="resource-sco-1"', 'ref="inner"')
        assert refusal(tmp_path, build_package(manifest=text)) == "manifest_circular"

    def test_sub_manifests_that_unfold_into_millions_are_refused(self, tmp_path):
        inner = "".join(
            f'<manifest identifier="m{n}"><organizations><organization>'
            + f'<item identifierref="m{n + 1}"/>' * 10
            + "</organization></organizations></manifest>"
            for n in range(8)
        )
        text = manifest_text(inside_manifest=inner).replace('ref="resource-sco-1"', 'ref="m0"')
        assert refusal(tmp_path, build_package(manifest=text)) == "manifest_too_large"


class TestMetadata:
    LOM_12 = "<lom><general><description><langstring>About fire.</langstring></description></general></lom>"
    LOM_2004 = (
        "<lom><general><description><string>About fire.</string><string/></description></general></lom>"
    )

    @pytest.mark.parametrize("lom", [LOM_12, LOM_2004])
    def test_the_description_is_taken_from_inside_the_manifest(self, tmp_path, lom):
        text = manifest_text().replace("</metadata>", lom + "</metadata>")
        assert read(tmp_path, build_package(manifest=text)).description == "About fire."

    def test_the_description_is_taken_from_an_external_file(self, tmp_path):
        text = manifest_text().replace(
            "</metadata>", "<adlcp:location>meta/lom.xml</adlcp:location></metadata>"
        )
        assert (
            read(tmp_path, build_package(manifest=text, files={"meta/lom.xml": self.LOM_12})).description
            == "About fire."
        )

    @pytest.mark.parametrize(
        ("files", "code"), [({}, "metadata_missing"), ({"meta/lom.xml": "<broken"}, "metadata_unreadable")]
    )
    def test_metadata_that_cannot_be_read_does_no_harm(self, tmp_path, files, code):
        text = manifest_text().replace(
            "</metadata>", "<adlcp:location>meta/lom.xml</adlcp:location></metadata>"
        )
        course = read(tmp_path, build_package(manifest=text, files=files))
        assert (course.description, codes(course)) == ("", [code])


class TestHostileManifests:
    def test_entities_are_refused(self, tmp_path):
        text = '<!DOCTYPE manifest [<!ENTITY x SYSTEM "file:///etc/passwd">]><manifest>&x;</manifest>'
        assert refusal(tmp_path, build_package(manifest=text)) == "xml_doctype"

    def test_a_manifest_of_100_mb_is_refused_unread(self, tmp_path):
        text = "<manifest>" + "<!-- padding, padding -->" * 4_000_000
        assert (
            refusal(tmp_path, build_package(manifest=text), limits=Limits(max_ratio=10_000))
            == "manifest_too_large"
        )

    def test_deep_nesting_is_refused(self, tmp_path):
        assert refusal(tmp_path, build_package(manifest="<manifest>" * 100_000)) == "xml_too_deep"

    @pytest.mark.parametrize("text", ["", "not xml", "<manifest>", "\0\0\0", "<html></html>", "<manifest/>"])
    def test_what_is_no_manifest_is_refused(self, tmp_path, text):
        data = zip_bytes({"imsmanifest.xml": text, "sco-1.html": ""})
        assert refusal(tmp_path, data) in ("xml_malformed", "manifest_foreign", "nothing_to_launch")

    def test_a_small_collection_used_by_very_many_items_is_refused(self, tmp_path):
        rule = "<imsss:objective objectiveID='" + "x" * 1000 + "'/>"
        collection = (
            "<imsss:sequencingCollection><imsss:sequencing ID='s'><imsss:objectives>" + rule * 500
            + "</imsss:objectives></imsss:sequencing></imsss:sequencingCollection>"
        )  # fmt: skip
        scos = [Sco(f"i{n}", href="1.html", inside="<imsss:sequencing IDRef='s'/>") for n in range(500)]
        data = build_package(standard="scorm_2004", scos=scos, inside_manifest=collection)
        assert refusal(tmp_path, data) == "manifest_too_large"


def test_a_course_with_a_thousand_lessons_is_read(tmp_path):
    scos = [Sco(f"i{n}", f"Lesson {n}", f"{n}.html", page="") for n in range(1000)]
    course = read(tmp_path, build_package(scos=scos))
    assert len(flat(course.structure["organizations"][0]["items"])) == 1000
