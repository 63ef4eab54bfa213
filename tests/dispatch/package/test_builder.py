"""The package a customer uploads: sound by the standards' rules, the same bytes each time, and without a
secret.
"""

import io
import json
import re
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.courses.reading import launch_of, read

from heliograph.dispatch import actions
from heliograph.dispatch.errors import FormatNotOffered
from heliograph.dispatch.package import builder, embedding, manifest
from heliograph.dispatch.package.formats import FORMATS, format_called
from heliograph.dispatch.package.validator import broken_rules
from heliograph.dispatch.package.zipping import Member, archive

SCORM = [name for name, format in FORMATS.items() if format.standard != "cmi5"]


def files_of(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def config_in(page: bytes) -> Any:
    """What a page of ours was made with."""
    match = re.search(r'id="heliograph">(.*?)</script>', page.decode(), re.DOTALL)
    assert match is not None
    return json.loads(match[1])


@pytest.mark.parametrize("name", SCORM)
def test_every_format_passes_the_rules_of_its_standard(dispatch, name):
    package = builder.build(dispatch, name)
    assert broken_rules(package) == []
    assert format_called(name).schema_version.encode() in files_of(package)["imsmanifest.xml"]


def test_the_same_dispatch_gives_the_same_bytes(dispatch):
    assert builder.build(dispatch, "scorm12") == builder.build(dispatch, "scorm12")


def test_the_page_names_the_host_and_the_dispatch_and_holds_no_secret(dispatch, settings):
    page = files_of(builder.build(dispatch, "scorm12"))["index.html"]
    config = config_in(page)
    assert config["host"] == settings.HELIOGRAPH.content_url
    assert config["dispatch"] == dispatch.stub_key
    whole = b"".join(files_of(builder.build(dispatch, "scorm12")).values())
    assert settings.SECRET_KEY.encode() not in whole


def test_a_title_cannot_break_out_of_the_page_or_the_manifest(dispatch):
    dispatch.course.title = '</script><script>alert(1)</script> & "quotes" <b> \x00\x0b ]]> Zoë 李'
    package = builder.build(dispatch, "scorm2004-4th")
    assert broken_rules(package) == []
    page = files_of(package)["index.html"]
    assert b"<script>alert" not in page
    assert config_in(page)["title"] == dispatch.course.title


def test_whose_course_it_is_stands_in_the_markup_before_any_script(tenant, dispatch):
    branding = {"name": "Söhne & <b>Co</b>", "colors": {"accent": "#7c2d12", "background": "#fff7ed"}}
    actions.change_destination(tenant.manager, dispatch.destination, branding=branding)
    dispatch.course.title = "Fire & safety"
    for page in (
        files_of(builder.build(dispatch, "scorm12"))["index.html"].decode(),
        files_of(b"".join(embedding.build(dispatch)))["heliograph/course.html"].decode(),
        builder.au_page(dispatch).decode(),
    ):
        before = page[: page.index("<script")]
        assert "Söhne &amp; &lt;b&gt;Co&lt;/b&gt;" in before
        assert "Fire &amp; safety</h1>" in before
        assert "--paper:#fff7ed" in before
        assert "__" not in page.replace(dispatch.stub_key, "")


def test_a_package_is_colored_as_all_pages_are_and_waits_as_the_player_does(dispatch):
    style = files_of(builder.build(dispatch, "scorm12"))["stub.css"].decode()
    assert "--good: light-dark(" in style, "ui/tokens.css"
    assert ".splash" in style, "player/brand.css"
    assert files_of(b"".join(embedding.build(dispatch)))["heliograph/stub.css"].decode() == style


@given(st.text(max_size=100).map(lambda text: f"T{text}"))
def test_every_title_makes_a_sound_manifest(title):
    files = ["index.html"]
    for name in SCORM:
        written = manifest.write(FORMATS[name], "key", title, files)
        package = archive([Member.of("imsmanifest.xml", written), Member.of("index.html", b"")])
        assert broken_rules(package) == []


@given(st.lists(st.tuples(st.binary(max_size=2000), st.booleans()), min_size=1, max_size=5))
def test_the_zip_writer_keeps_every_byte(contents):
    members = [
        Member.of(f"ü{number}.bin", content, deflate) for number, (content, deflate) in enumerate(contents)
    ]
    assert files_of(archive(members)) == {
        f"ü{number}.bin": content for number, (content, _) in enumerate(contents)
    }


def test_a_cmi5_package_is_one_au_at_our_address(dispatch, settings, tmp_path):
    package = builder.build(dispatch, "cmi5")
    assert list(files_of(package)) == ["cmi5.xml"]
    course = read(tmp_path, package)
    # That its content is elsewhere is the point of it; and these settings have no https.
    assert {finding.code for finding in course.findings} == {"content_elsewhere", "url_http"}
    [item] = course.structure["organizations"][0]["items"]
    assert launch_of(item)["href"] == f"{settings.HELIOGRAPH.content_url}/d/{dispatch.stub_key}/cmi5/"
    assert (item["au"]["move_on"], item["au"]["launch_method"]) == ("CompletedOrPassed", "AnyWindow")
    assert item["au"]["launch_parameters"] == dispatch.stub_key
    assert (course.title, item["title"], course.description) == (
        dispatch.course.title,
        dispatch.course.title,
        dispatch.course.title,
    )
    assert builder.build(dispatch, "cmi5") == package


def test_a_cmi5_package_keeps_its_ids_when_its_dispatch_moves_or_gets_another_key(dispatch, tmp_path):
    def ids():
        return re.findall(r' id="(.*?)"', files_of(builder.build(dispatch, "cmi5"))["cmi5.xml"].decode())

    before = ids()
    dispatch.destination.host, dispatch.stub_key, dispatch.course.opens_in = (
        "https://learn.brandt.example",
        "another",
        "window",
    )
    assert ids() == before
    assert len(set(before)) == 2
    [item] = read(tmp_path, builder.build(dispatch, "cmi5")).structure["organizations"][0]["items"]
    assert launch_of(item)["href"] == "https://learn.brandt.example/d/another/cmi5/"
    assert item["au"]["launch_method"] == "OwnWindow"


@pytest.mark.parametrize("title", ['</au><au> & "quotes" ]]> Zoë 李', " \x00\x0b.", "<![CDATA["])
def test_no_title_breaks_a_cmi5_package(dispatch, tmp_path, title):
    dispatch.course.title = title
    assert read(tmp_path, builder.build(dispatch, "cmi5")).title == re.sub("[\x00\x0b]", " ", title).strip()


def test_a_package_of_cmi5_is_a_hosted_one(dispatch):
    with pytest.raises(FormatNotOffered, match="cmi5 packages are always hosted"):
        embedding.build(dispatch, "cmi5")


@pytest.mark.parametrize(("format", "mode"), [("scorm13", "hosted"), ("", "hosted"), ("scorm12", "posted")])
def test_what_is_not_offered_is_refused(dispatch, format, mode):
    with pytest.raises(FormatNotOffered):
        builder.build(dispatch, format, mode)


@pytest.mark.parametrize("edition", ["2nd", "3rd", "4th"])
def test_a_format_is_known_however_it_is_written(edition):
    for name in (f"scorm2004-{edition}", f"scorm_2004_{edition}", f"SCORM 2004 {edition} Edition"):
        assert format_called(name).name == f"scorm2004-{edition}"
    assert {format_called(name).name for name in ("scorm12", "scorm_12", "SCORM 1.2", "scorm1.2")} == {
        "scorm12"
    }
    assert format_called("scorm2004").name == "scorm2004-3rd"


BROKEN = {
    'default="course"': ('default="nowhere"', "default organization"),
    'identifierref="sco"': ('identifierref="other"', "is no resource"),
    'identifier="item"': ('identifier="course"', "used twice"),
    "<schema>ADL SCORM</schema>": ("<schema>Other</schema>", "ADL SCORM"),
    'type="webcontent"': ('type="other"', "webcontent"),
    'href="index.html"><file': ('href="start.html"><file', "does not list the file it launches"),
    '<file href="stub.js"/>': ('<file href="gone.js"/>', "not in the package"),
    'identifier="sco"': ('identifier="1 sco"', "not a valid identifier"),
}


@pytest.mark.parametrize("place", BROKEN)
def test_the_validator_sees_each_broken_rule(dispatch, place):
    files = files_of(builder.build(dispatch, "scorm12"))
    change, told = BROKEN[place]
    text = files["imsmanifest.xml"].decode()
    assert place in text
    files["imsmanifest.xml"] = text.replace(place, change, 1).encode()
    broken = broken_rules(archive([Member.of(name, content) for name, content in files.items()]))
    assert any(told in sentence for sentence in broken), broken
