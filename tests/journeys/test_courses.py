"""Courses of many kinds in the player: several lessons, documents, sounds, new versions."""

import io
import math
import struct
from itertools import chain

import av
import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import expect
from tests.builders import Sco, build_package

LESSONS = [Sco(f"lesson-{n}", f"Lesson {n}", f"lesson-{n}.html") for n in (1, 2, 3)]


@pytest.mark.parametrize("format", ["scorm12", "scorm2004-4th"])
def test_a_learner_walks_through_several_lessons_and_completing_all_completes_the_course(
    heliograph, deliver, format
):
    flow = (
        '<imsss:sequencing><imsss:controlMode choice="true" flow="true"/></imsss:sequencing>'
        if format != "scorm12"
        else ""
    )
    seat, dispatch = deliver(format, scos=LESSONS, inside_organization=flow)
    status = "lesson_status" if format == "scorm12" else "completion_status"
    seat.open()
    contents = seat.player.get_by_role("navigation", name="Menu")
    if format == "scorm12" or contents.is_hidden():
        seat.player.get_by_role("button", name="Menu").wait_for()
    heading = seat.course.get_by_role("heading")
    expect(heading).to_have_text("Lesson 1")
    seat.ready().press("complete")
    seat.player.get_by_role("button", name="Next lesson").click()
    expect(heading).to_have_text("Lesson 2")
    seat.ready().press("incomplete")
    seat.player.get_by_role("button", name="Previous lesson").click()
    expect(heading).to_have_text("Lesson 1")
    assert seat.ready().at("status").inner_text() == "completed"
    contents.get_by_role("button", name="Lesson 3").click()
    expect(heading).to_have_text("Lesson 3")
    seat.ready().press("complete")
    seat.has(**{status: "incomplete"})
    contents.get_by_role("button", name="Lesson 2").click()
    expect(heading).to_have_text("Lesson 2")
    seat.ready().press("complete")
    seat.has(**{status: "completed"})
    assert heliograph.registration(dispatch)["completion"] == "completed"


def test_a_page_that_tracks_nothing_is_completed_by_opening_it_and_both_sides_say_so(heliograph, deliver):
    seat, dispatch = deliver(
        scos=[Sco(kind="asset", page="<!doctype html><title>Notice</title><h1>Wear a helmet</h1>")]
    )
    seat.open()
    expect(seat.course.get_by_role("heading")).to_have_text("Wear a helmet")
    seat.has(lesson_status="completed")
    assert heliograph.registration(dispatch)["completion"] == "completed"


def pdf(pages: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, 842)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_a_learner_reads_a_pdf_page_by_page_and_has_completed_it_at_its_end(heliograph, deliver):
    course = heliograph.import_package(pdf(3), "handbook.pdf")
    seat, dispatch = deliver("scorm2004-4th", course=course)
    seat.open()
    expect(seat.course.get_by_role("img", name="Page 1")).to_be_visible()
    seat.has(completion_status="incomplete")
    assert heliograph.registration(dispatch)["completion"] == "incomplete"
    for page in (2, 3):
        seat.course.get_by_role("img", name=f"Page {page}").scroll_into_view_if_needed()
        seat.course.get_by_role("img", name=f"Page {page}").evaluate(
            "(picture) => picture.scrollIntoView({ block: 'center' })"
        )
        expect(seat.course.locator("#place")).to_have_text(f"{page} of 3")
    record = seat.has(completion_status="completed", progress_measure="1")
    assert record["elements"]["cmi.location"] == "3"
    assert heliograph.registration(dispatch)["progress"] == 1


def sound(seconds: float) -> bytes:
    """An MP3 of silence: MPEG 1 layer III frames at 128 kbit/s and 44.1 kHz, with nothing in them."""
    frame = struct.pack(">I", 0xFFFB9064) + bytes(413)
    return frame * math.ceil(seconds * 44100 / 1152)


def test_a_learner_hears_a_sound_to_its_end_and_has_completed_it(heliograph, deliver):
    course = heliograph.import_package(sound(3), "welcome.mp3")
    seat, dispatch = deliver(course=course)
    seat.open()
    player = seat.course.locator("audio")
    player.wait_for()
    player.evaluate(
        """(audio) => new Promise((go) =>
          audio.readyState ? go() : audio.addEventListener('loadedmetadata', go, { once: true }))"""
    )
    seat.has(lesson_status="incomplete")
    player.evaluate("(audio) => { audio.muted = true; void audio.play(); }")
    seat.has(lesson_status="completed")
    assert heliograph.registration(dispatch)["completion"] == "completed"


@pytest.fixture(scope="session")
def film(tmp_path_factory) -> bytes:
    """An MP4 as editing programs write it: six seconds of H.264, the index at the end."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        pictures = [av.VideoFrame.from_image(Image.new("RGB", (160, 90), (0, 4 * n, 80))) for n in range(60)]
        for packet in chain.from_iterable(stream.encode(picture) for picture in [*pictures, None]):
            container.mux(packet)
    return path.read_bytes()


def test_a_learner_watches_a_film_in_two_sittings_and_has_completed_it_at_its_end(heliograph, deliver, film):
    course = heliograph.import_package(film, "ladders.mp4")
    seat, dispatch = deliver("scorm2004-4th", course=course)
    seat.open()
    player = seat.course.locator("video")
    expect(player).to_be_visible()
    player.evaluate(
        """(video) => new Promise((go) => {
          video.muted = true;
          video.ontimeupdate = () => video.currentTime > 2 && go();
          video.play();
        })"""
    )
    player.evaluate("(video) => video.pause()")
    seat.leave()
    begun = heliograph.registration(dispatch)
    assert begun["completion"] == "incomplete"
    assert 0.3 < begun["progress"] < 0.7

    seat.open()
    expect(player).to_be_visible()
    player.evaluate(
        """(video) => new Promise((go) =>
          video.readyState ? go() : video.addEventListener('loadedmetadata', go, { once: true }))"""
    )
    assert player.evaluate("(video) => video.currentTime") > 1.9
    player.evaluate("(video) => { video.muted = true; void video.play(); }")
    seat.has(completion_status="completed", progress_measure="1")
    assert heliograph.registration(dispatch)["completion"] == "completed"


def edition(number: int) -> bytes:
    return build_package(title=f"Fire safety {number}", scos=[Sco(title=f"Edition {number}")])


def test_a_new_version_reaches_a_delivered_package_and_leaves_those_in_the_middle_where_they_are(
    heliograph, deliver
):
    course = heliograph.import_package(edition(1), key="fire-safety")
    seat, _ = deliver(course=course)
    seat.open().ready()
    expect(seat.course.get_by_role("heading")).to_have_text("Edition 1")
    seat.press("bookmark")
    seat.has(lesson_location="page-2")
    seat.leave()

    heliograph.import_package(edition(2), key="fire-safety", publish=True)
    seat.learner = "boris"
    seat.open().ready()
    expect(seat.course.get_by_role("heading")).to_have_text("Edition 2")
    seat.leave()
    seat.learner = "anna"
    seat.open().ready()
    expect(seat.course.get_by_role("heading")).to_have_text("Edition 1")
    assert seat.at("location").inner_text() == "page-2"
