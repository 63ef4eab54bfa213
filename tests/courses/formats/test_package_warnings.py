"""An import tells of what will surprise the course's owner: Flash, and results that go to somebody else's
record store.
"""

import pytest
from tests.builders import Activity, Sco, build_package, tincan_course, tincan_text
from tests.courses.reading import codes, items, launch_of, read

from heliograph.courses.formats import package_warnings
from heliograph.courses.zips.archive import Archive


def told(course, code: str) -> list[str]:
    return [finding.sentence for finding in course.findings if finding.code == code]


def test_a_course_that_opens_a_flash_film_is_told_of(tmp_path):
    course = read(tmp_path, build_package(scos=[Sco(href="Intro.SWF")]))
    assert launch_of(items(course)[0])["href"] == "Intro.SWF"
    (sentence,) = told(course, "flash_launch")
    assert "“Intro.SWF”" in sentence


@pytest.mark.parametrize(
    "page",
    [
        "<object data='film.swf'></object>",
        '<embed src="Film.SWF?x=1">',
        "<object classid='clsid:D27CDB6E-AE6D-11cf-96B8-444553540000'></object>",
        "<script>swfobject.embedSWF('film.swf', 'here')</script>",
    ],
)
def test_a_page_that_shows_a_flash_film_is_told_of(tmp_path, page):
    assert codes(
        read(tmp_path, build_package(files={"film.js": "swfobject.embedSWF( 'a/film.swf', 'x')"}))
    ) == ["flash_embedded"]
    course = read(tmp_path, build_package(files={"a/film page.html": page}))
    (sentence,) = told(course, "flash_embedded")
    assert "“a/film page.html”" in sentence


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (
            "tc-config.js",
            "TinCan.configure("
            "{recordStores: [{endpoint: 'https://lrs.acme.test/xapi/', auth: 'Basic YTpi'}]})",
        ),
        ("js/app.js", 'ADL.XAPIWrapper.changeConfig({"endpoint" : "https://lrs.acme.test/xapi/"})'),
        ("js/app.js", "var xapiEndpoint = 'https://lrs.acme.test/data/';"),
        ("config.json", '{"lrs": {"endpoint": "https://lrs.acme.test/"}}'),
        ("config.json", '{"lrs": {"endpoint": "https:\\/\\/lrs.acme.test\\/xapi\\/"}}'),
        ("js/app.js", r"""xapi(JSON.parse('{\"endpoint\":\"https:\\/\\/lrs.acme.test\\/xapi\\/\"}'))"""),
        ("js/app.js", "const xapi = { endpoint: `https://lrs.acme.test/xapi/${course}/` }"),
        ("sco-1.html", "<script>tincan.endpoint='https://lrs.acme.test:8443/tc'</script>"),
    ],
)
def test_a_record_store_that_is_set_in_the_package_is_told_of(tmp_path, path, content):
    (sentence,) = told(read(tmp_path, build_package(files={path: content})), "own_record_store")
    assert "lrs.acme.test" in sentence
    assert f"“{path}”" in sentence


def test_a_record_store_in_a_launch_address_is_told_of(tmp_path):
    text = tincan_text([Activity(launch="index.html?endpoint=https%3A%2F%2Flrs.acme.test%2F&a=1")])
    (sentence,) = told(
        read(tmp_path, tincan_course(tincan=text, files={"index.html": ""})), "own_record_store"
    )
    assert "lrs.acme.test" in sentence
    course = read(tmp_path, build_package(scos=[Sco(parameters="?endpoint=https://lrs.acme.test/")]))
    assert codes(course) == ["own_record_store"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.js", "analytics({endpoint: 'https://stats.acme.test/'})"),
        ("a.js", "/* xAPI */ var endpoint = 'http://localhost:8000/xapi/'"),
        ("a.js", "xapi.endpoint = `https://${host}/xapi/`"),
        ("a.js", "xapi.endpoint = launch.get('endpoint')"),
        ("notes.txt", "xAPI endpoint: 'https://lrs.acme.test/'"),
        ("a.html", "<p>Flash floods</p>"),
        ("lib/player.js", "fallback = 'player.swf'"),
    ],
)
def test_what_is_neither_is_not_told_of(tmp_path, path, content):
    assert codes(read(tmp_path, build_package(files={path: content}))) == []


def test_no_more_is_read_than_the_limits_say(tmp_path, monkeypatch):
    monkeypatch.setattr(package_warnings, "LARGEST_TEXT", 100_000)
    monkeypatch.setattr(package_warnings, "MOST_TEXT", 200_000)
    read_paths = []
    read_whole = Archive.read

    def read_and_note(self, path, limit):
        read_paths.append(path)
        return read_whole(self, path, limit)

    monkeypatch.setattr(Archive, "read", read_and_note)
    pages = {f"{n}.html": b"x" * 90_000 for n in range(5)} | {"large.html": b"x" * 100_001}
    read(tmp_path, build_package(files=pages))
    assert len([path for path in read_paths if path in pages]) == 2
