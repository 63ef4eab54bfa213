"""Courses like those that people reported from the field, played in a browser: names, compressed files,
films, missing pages.
"""

import gzip
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from tests.builders import SCRIPT, Sco, build_package, manifest_text, sco_page
from tests.conftest import SHARED
from tests.courses.raw_zips import Member, raw_zip
from tests.journeys.product import Heliograph, eventually

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"></svg>'
WASM = b"\0asm\1\0\0\0"


def opened(heliograph: Heliograph, page: Page, package: bytes) -> FrameLocator:
    """The course's page, in the player's frame."""
    page.goto(heliograph.launch_link(heliograph.import_package(package))[1])
    page.locator("#activity[src]:visible").wait_for()
    return page.frame_locator("#activity")


def brotli(data: bytes) -> bytes:
    """A Brotli stream of one uncompressed block (RFC 7932, section 9.2): up to 64 KiB."""
    assert 0 < len(data) <= 65_536
    return (1 << 20 | len(data) - 1 << 4).to_bytes(3, "little") + data + b"\x03"


@pytest.mark.parametrize(
    ("encoding", "folder"), [("gbk", "课程资料"), ("cp866", "Урок"), ("cp437", "Übung é")]
)
def test_a_course_named_in_its_makers_code_page_plays(
    heliograph: Heliograph, page: Page, encoding: str, folder: str
) -> None:
    package = raw_zip(
        Member("imsmanifest.xml", manifest_text(scos=[Sco(href=f"{folder}/1.html")]).encode()),
        Member(SCRIPT, b""),
        Member(
            f"{folder}/1.html".encode(encoding), b"<!doctype html><h1>ready</h1><img id=pic src='pic.svg'>"
        ),
        Member(f"{folder}/pic.svg".encode(encoding), PICTURE),
    )
    frame = opened(heliograph, page, package)
    expect(frame.get_by_role("heading", name="ready")).to_be_visible()
    expect(frame.locator("#pic")).to_have_js_property("naturalWidth", 7)


def test_a_course_of_files_that_were_compressed_before_packing_plays(
    heliograph: Heliograph, page: Page
) -> None:
    content = """<!doctype html><h1></h1><img id=pic src="pic.svgz">
    <script src="Build/web.framework.js.gz"></script>
    <script src="Build/more.js.br"></script><script>
      const told = (name) => (value) => { document.body.dataset[name] = String(value); };
      fetch("Build/web.data.gz")
        .then((answer) => answer.arrayBuffer())
        .then((data) => told("size")(data.byteLength));
      WebAssembly.instantiateStreaming(fetch("Build/web.wasm.gz"))
        .then(() => told("wasm")("runs"), told("wasm"));
    </script>"""
    files = {
        "Build/web.framework.js.gz": gzip.compress(b"document.querySelector('h1').textContent = 'loaded'"),
        "Build/more.js.br": brotli(b"document.body.dataset.more = 'unpacked'"),
        "Build/web.data.gz": gzip.compress(bytes(1234)),
        "Build/web.wasm.gz": gzip.compress(WASM),
        "pic.svgz": gzip.compress(PICTURE),
    }
    frame = opened(heliograph, page, build_package(scos=[Sco(page=content)], files=files))
    expect(frame.get_by_role("heading", name="loaded")).to_be_visible()
    expect(frame.locator("body")).to_have_attribute("data-size", "1234")
    expect(frame.locator("body")).to_have_attribute("data-wasm", "runs")
    expect(frame.locator("body")).to_have_attribute("data-more", "unpacked")
    expect(frame.locator("#pic")).to_have_js_property("naturalWidth", 7)


@pytest.mark.parametrize(
    ("declared", "version", "written_for"),
    [("scorm_2004", "1.2", "scorm_12"), ("scorm_12", "2004 4th Edition", "scorm_2004")],
)
def test_a_course_finds_the_api_it_was_written_for_and_keeps_its_result(
    heliograph: Heliograph, page: Page, declared: str, version: str, written_for: str
) -> None:
    manifest = re.sub(
        "<schemaversion>.*?</schemaversion>",
        f"<schemaversion>{version}</schemaversion>",
        manifest_text(standard=declared),
    )
    package = build_package(
        manifest=manifest, scos=[Sco(page=sco_page("Lesson 1", written_for, "sco-1.html"))]
    )
    course = heliograph.import_package(package)
    registration, link = heliograph.launch_link(course)
    page.goto(link)
    frame = page.frame_locator("#activity")
    expect(frame.locator("#found")).to_have_text("yes")
    for button in ("bookmark", "pass"):
        frame.locator(f"#{button}").click()
    eventually(
        lambda: heliograph.api("GET", f"/registrations/{registration}")["success"] == "passed",
        "the host has the result",
    )
    page.goto(heliograph.api("POST", f"/registrations/{registration}/launch", {})["url"])
    expect(frame.locator("#location")).to_have_text("page-2")


def test_what_a_course_only_notes_is_kept_where_its_manifest_speaks_of_both_standards(
    heliograph: Heliograph, page: Page
) -> None:
    manifest = re.sub("<schemaversion>.*?<", "<schemaversion>1.2<", manifest_text(standard="scorm_2004"))
    content = """<!doctype html><h1></h1><button>Note</button><script>
      const api = parent.API, heading = document.querySelector("h1");
      api.LMSInitialize("");
      heading.textContent = api.LMSGetValue("cmi.comments") || "nothing noted";
      document.querySelector("button").onclick = () => {
        heading.textContent = api.LMSSetValue("cmi.comments", "Too fast.");
      };
    </script>"""
    course = heliograph.import_package(build_package(manifest=manifest, scos=[Sco(page=content)]))
    registration, link = heliograph.launch_link(course)
    page.goto(link)
    frame = page.frame_locator("#activity")
    expect(frame.get_by_role("heading", name="nothing noted")).to_be_visible()
    with page.expect_response(
        lambda answer: answer.url.endswith("/commit") and "Too fast." in (answer.request.post_data or "")
    ) as kept:
        frame.get_by_role("button").click()
    expect(frame.get_by_role("heading", name="true")).to_be_visible()
    assert kept.value.json()["rejected"] == []
    page.goto(heliograph.api("POST", f"/registrations/{registration}/launch", {})["url"])
    expect(frame.get_by_role("heading", name="Too fast.")).to_be_visible()


@pytest.fixture
def film_host() -> Iterator[tuple[str, list[str | None]]]:
    """Somebody's host of films, and the referrers that it hears."""
    heard: list[str | None] = []

    class Films(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers.get("Referer"))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<h1>the film</h1>")

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Films)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_host_of_an_embedded_film_hears_our_origin(
    heliograph: Heliograph, page: Page, film_host: tuple[str, list[str | None]]
) -> None:
    address, heard = film_host
    content = f"<!doctype html><iframe id=film src='{address}/embed/film'></iframe>"
    frame = opened(heliograph, page, build_package(scos=[Sco(page=content)]))
    expect(frame.frame_locator("#film").get_by_role("heading", name="the film")).to_be_visible()
    assert heard[0] == f"{heliograph.content}/"


def test_the_host_of_a_lesson_that_lies_online_hears_our_origin(
    heliograph: Heliograph, page: Page, film_host: tuple[str, list[str | None]]
) -> None:
    address, heard = film_host
    text = (
        manifest_text(scos=[Sco(href="OPENED")])
        .replace('<file href="OPENED"/>', "")
        .replace("OPENED", f"{address}/embed/film")
    )
    frame = opened(heliograph, page, build_package(scos=[], manifest=text))
    expect(frame.get_by_role("heading", name="the film")).to_be_visible()
    assert heard[0] == f"{heliograph.content}/"


def test_a_page_that_the_course_lacks_says_so_to_the_learner(heliograph: Heliograph, page: Page) -> None:
    frame = opened(
        heliograph, page, build_package(scos=[Sco(page="<!doctype html><a href='gone.html'>On</a>")])
    )
    frame.get_by_role("link", name="On").click()
    expect(frame.get_by_text("File “gone.html” not found in this course. Go back")).to_be_visible()


FOUND = sorted((SHARED / "field").glob("*.zip"))


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem) for path in FOUND if path.stem != "no-org-online"]
)
def test_courses_from_the_field_open(heliograph: Heliograph, page: Page, path: Path) -> None:
    frame = opened(heliograph, page, path.read_bytes())
    expect(frame.locator("#found")).not_to_be_empty()
    broken = "images => Promise.all(images.map((image) => image.decode().then(() => '', () => image.id)))"
    assert "".join(frame.locator("img").evaluate_all(broken)) == ""
