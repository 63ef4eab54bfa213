"""The packages that tests build do in a browser what other tests rely on them to do."""

import io
import zipfile

import pytest
from playwright.sync_api import Page, Route
from tests.builders import Activity, Au, Sco, build_package, cmi5_course, tincan_course

# A page around the SCO that offers an API in the words of either standard, and remembers every call.
HOST = """<!doctype html><script>
  const kept = { "ENTRY": "resume", "cmi.launch_data": "hello" };
  const calls = [];
  const recorded = (name) => (...values) => {
    calls.push([name, ...values].join(" ").trim());
    return "true";
  };
  window.API_NAME = {
    "PREFIXInitialize": recorded("begin"), "PREFIXEND": recorded("end"), "PREFIXCommit": recorded("commit"),
    "PREFIXGetValue": (element) => kept[element] ?? "", "PREFIXGetLastError": () => "0",
    "PREFIXSetValue": (element, value) => { kept[element] = value; return recorded("set")(element, value); },
  };
</script><iframe src="lesson/one.html"></iframe>"""
WORDS = {
    "scorm_12": {"API_NAME": "API", "PREFIX": "LMS", "END": "Finish", "ENTRY": "cmi.core.entry"},
    "scorm_2004": {"API_NAME": "API_1484_11", "PREFIX": "", "END": "Terminate", "ENTRY": "cmi.entry"},
}


@pytest.mark.parametrize(
    ("standard", "expected"),
    [
        ("scorm_12", ["set cmi.core.lesson_status passed", "set cmi.core.lesson_location page-2"]),
        ("scorm_2004", ["set cmi.success_status passed", "set cmi.location page-2"]),
    ],
)
def test_a_learner_presses_through_a_sco(page: Page, standard: str, expected: list[str]):
    package = zipfile.ZipFile(
        io.BytesIO(build_package(standard=standard, scos=[Sco(href="lesson/one.html")]))
    )
    host = HOST
    for word, meaning in WORDS[standard].items():
        host = host.replace(word, meaning)

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix("http://course.test/")
        kind = "text/javascript" if name.endswith(".js") else "text/html"
        route.fulfill(body=package.read(name) if name else host, content_type=kind)

    page.route("http://course.test/**", serve)
    page.goto("http://course.test/")
    sco = page.frame_locator("iframe")
    assert sco.locator("#found").inner_text() == "yes"
    assert sco.locator("#entry").inner_text() == "resume"
    assert sco.locator("#launch-data").inner_text() == "hello"
    sco.locator("#pass").click()
    sco.locator("#bookmark").click()
    assert sco.locator("#location").inner_text() == "page-2"
    assert sco.locator("#suspend-data").inner_text() == "seen=1,2"
    sco.locator("#finish").click()
    assert sco.locator("#ended").inner_text() == "true"
    calls = page.evaluate("calls")
    assert [calls[0], calls[-1], calls.count("end")] == ["begin", "end", 1]
    assert set(expected) <= set(calls)


@pytest.mark.parametrize(
    "package",
    [cmi5_course(nodes=[Au(url="a/page.html")]), tincan_course(activities=[Activity(launch="a/page.html")])],
)
def test_a_page_of_an_xapi_course_shows_what_it_was_launched_with(page: Page, package: bytes):
    opened = zipfile.ZipFile(io.BytesIO(package))
    page.route(
        "https://course.example/**",
        lambda route: route.fulfill(body=opened.read("a/page.html"), content_type="text/html"),
    )
    page.goto("https://course.example/a/page.html?endpoint=here&registration=1")
    assert page.locator("#launch").inner_text() == "?endpoint=here&registration=1"
