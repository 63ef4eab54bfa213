"""Packages in the field: those of earlier releases keep working, learners are known as their customer wishes,
LMSs may and may not.
"""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Request, expect
from tests.builders import build_package
from tests.dispatch.package.test_builder import config_in
from tests.journeys.learner import Seat

from heliograph.dispatch.package.zipping import Member, archive

RELEASED = sorted((Path(__file__).parent / "stubs").iterdir())


def package_of_release(release: Path, heliograph, dispatch, format: str) -> bytes:
    """The package as that release of the stub built it: its own files around today's manifest and key."""
    today = zipfile.ZipFile(io.BytesIO(heliograph.package(dispatch, format)))
    config = config_in(today.read("index.html"))
    page = (
        (release / "index.html")
        .read_text()
        .replace("__TITLE__", "Field")
        .replace("__CONFIG__", json.dumps({**config, "stub": release.name}))
    )
    files = {path.name: path.read_bytes() for path in release.iterdir() if path.name != "index.html"}
    return archive(
        [
            Member.of(name, content)
            for name, content in {
                "imsmanifest.xml": today.read("imsmanifest.xml"),
                "index.html": page.encode(),
                **files,
            }.items()
        ]
    )


@pytest.mark.parametrize("release", RELEASED, ids=lambda release: f"stub {release.name}")
@pytest.mark.parametrize("format", ["scorm12", "scorm2004-4th"])
def test_a_package_of_an_earlier_release_still_brings_its_result_back(heliograph, lms, page, release, format):
    course = heliograph.import_package(
        build_package(standard="scorm_12" if format == "scorm12" else "scorm_2004")
    )
    dispatch = heliograph.dispatch(course)
    seat = Seat(page, lms, lms.upload(package_of_release(release, heliograph, dispatch, format)))
    seat.open().ready()
    seat.press("bookmark", "pass")
    seat.has(**({"lesson_status": "passed"} if format == "scorm12" else {"success_status": "passed"}))
    seat.leave()
    seat.open().ready()
    assert seat.at("location").inner_text() == "page-2"
    assert heliograph.registration(dispatch)["success"] == "passed"


def license_of(host, dispatch, **limits) -> None:
    host.api("POST", f"/dispatch/{dispatch['id']}/licenses", limits)


def suspend_all(host, dispatch) -> None:
    for deployment in host.api("GET", f"/dispatch/{dispatch['id']}/deployments"):
        host.api("PATCH", f"/deployments/{deployment['id']}", {"suspended": True})


def let_days_pass(host, dispatch) -> None:
    license_of(host, dispatch, access_days=1)
    with psycopg.connect(host.product.postgres.url) as database:
        database.execute(
            "UPDATE runtime_registration SET first_launched_at = first_launched_at - interval '3 days'"
            " WHERE dispatch_id = %s",
            [dispatch["id"]],
        )


# What refuses a learner, and how a manager brings it about after anna was here once. A dispatch
# that somebody has opened cannot be deleted.
REFUSALS = {
    "dispatch_not_found": lambda host, dispatch: host.api("DELETE", f"/dispatch/{dispatch['id']}"),
    "package_replaced": lambda host, dispatch: host.api(
        "POST", f"/dispatch/{dispatch['id']}/rekey", {"grace_days": 0}
    ),
    "dispatch_disabled": lambda host, dispatch: host.change(dispatch, enabled=False),
    "dispatch_expired": lambda host, dispatch: host.change(dispatch, expires_at="2020-01-01T00:00:00Z"),
    "licence_not_started": lambda host, dispatch: license_of(
        host, dispatch, starts_at="2099-01-01T00:00:00Z"
    ),
    "registration_limit_reached": lambda host, dispatch: host.change(dispatch, registration_limit=1),
    "new_learners_not_allowed": lambda host, dispatch: host.change(dispatch, new_learners_allowed=False),
    "learner_limit_reached": lambda host, dispatch: license_of(host, dispatch, learner_limit=1),
    "launch_limit_reached": lambda host, dispatch: license_of(host, dispatch, launch_limit=1),
    "no_seat_free": lambda host, dispatch: license_of(host, dispatch, seat_limit=1),
    "domain_not_allowed": lambda host, dispatch: host.change(dispatch, allowed_domains=["elsewhere.example"]),
    "deployment_suspended": suspend_all,
    "access_ended": let_days_pass,
}
# These need somebody who uses up what the license covers, and hit who is new.
USED_UP = ("learner_limit_reached", "launch_limit_reached", "no_seat_free")
OF_NEW_LEARNERS = ("registration_limit_reached", "new_learners_not_allowed", *USED_UP)


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASED, ids=lambda release: f"stub {release.name}")
def test_a_package_of_an_earlier_release_says_every_refusal_in_its_own_words(
    heliograph, lms, browser, release
):
    """In German where it has translations, else in the words of the host; with the code that it was built
    with.
    """
    course = heliograph.import_package(build_package())
    texts = release / "texts.js"
    german = json.loads(texts.read_text()[len("export const TEXTS = ") : -2])["de"] if texts.exists() else {}
    context = browser.new_context(locale="de-DE")
    try:
        for code, refuse in REFUSALS.items():
            dispatch = heliograph.dispatch(course)
            package = lms.upload(package_of_release(release, heliograph, dispatch, "scorm12"))
            if code != "dispatch_not_found":
                Seat(context.new_page(), lms, package).open().ready()
            refuse(heliograph, dispatch)
            if code in USED_UP:
                Seat(context.new_page(), lms, package, "clara").open().ready()
            learner = "boris" if code in OF_NEW_LEARNERS else "anna"
            note = Seat(context.new_page(), lms, package, learner).open().note()
            expect(note).to_contain_text(code)
            if german:
                sentence = german[f"{code}.text"].replace("{days}", "1")
                expect(note).to_contain_text(sentence)
            else:
                assert len(note.inner_text().split()) > 8, code
    finally:
        context.close()


def known_as(heliograph, dispatch) -> list[tuple[str, str]]:
    return [
        (registration["learner"]["id"], registration["learner"]["name"])
        for registration in heliograph.registrations(dispatch)
    ]


def identified(heliograph, dispatch, identity: str) -> None:
    heliograph.api("PATCH", f"/destinations/{dispatch['destination']}", {"identity": identity})


def test_a_hashed_learner_is_never_named_to_us_and_resumes(heliograph, lms, page):
    dispatch = heliograph.dispatch(heliograph.import_package(build_package()))
    identified(heliograph, dispatch, "hashed")
    seat = Seat(page, lms, lms.upload(heliograph.package(dispatch, "scorm12")))
    sent: list[str] = []

    def note(request: Request) -> None:
        if "/d/" in request.url:
            sent.append(request.post_data or "")

    page.on("request", note)
    for _ in range(2):
        seat.open().ready()
        seat.press("bookmark")
        seat.has(lesson_location="page-2")
        seat.leave()
    assert "Ahlberg" not in "".join(sent)
    assert '"anna"' not in "".join(sent)
    assert known_as(heliograph, dispatch) == [
        (hashlib.sha256(f"{dispatch['destination']}:anna".encode()).hexdigest(), "")
    ]
    assert heliograph.registration(dispatch)["launches"] == 2


def test_an_anonymous_learner_is_known_again_by_their_lms_alone(heliograph, lms, page):
    dispatch = heliograph.dispatch(heliograph.import_package(build_package()))
    identified(heliograph, dispatch, "anonymous")
    seat = Seat(page, lms, lms.upload(heliograph.package(dispatch, "scorm12")))
    for _ in range(2):
        seat.open().ready()
        seat.press("bookmark")
        seat.has(lesson_location="page-2")
        seat.leave()
    [(identifier, name)] = known_as(heliograph, dispatch)
    assert (identifier.startswith("anonymous-"), name) == (True, "")
    assert heliograph.registration(dispatch)["launches"] == 2


def test_an_lms_that_is_not_allowed_or_was_suspended_is_told_so_and_others_go_on(heliograph, deliver):
    seat, dispatch = deliver()
    heliograph.change(dispatch, allowed_domains=["lms.brandt.example"])
    seat.open()
    expect(seat.note()).to_contain_text("Error code: domain_not_allowed")
    heliograph.change(dispatch, allowed_domains=["localhost"])
    seat.open().ready()
    seat.leave()
    [deployment] = heliograph.api("GET", f"/dispatch/{dispatch['id']}/deployments")
    assert (deployment["domain"], deployment["launches"], deployment["state"]) == ("localhost", 1, "active")
    heliograph.api("PATCH", f"/deployments/{deployment['id']}", {"suspended": True})
    seat.open()
    expect(seat.note()).to_contain_text("Error code: deployment_suspended")
    heliograph.api("PATCH", f"/deployments/{deployment['id']}", {"suspended": False})
    seat.open().ready()


def test_a_package_follows_its_host_to_another_name(heliograph, deliver):
    seat, dispatch = deliver()
    redirect_origin = heliograph.content.replace("127.0.0.1", "moved.localhost")
    heliograph.api("PATCH", f"/destinations/{dispatch['destination']}", {"redirect_origin": redirect_origin})
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            asked.append(request.url.partition("/d/")[0])

    seat.page.on("request", note)
    seat.open().ready()
    seat.press("pass")
    seat.has(lesson_status="passed")
    assert heliograph.registration(dispatch)["success"] == "passed"
    assert [host for host in asked if host in (heliograph.content, redirect_origin)][:2] == [
        heliograph.content,
        redirect_origin,
    ]


def test_openings_are_listed_with_the_newest_first(heliograph, deliver):
    seat, dispatch = deliver()
    for _ in range(4):
        seat.open().ready()
    listed = [
        item["launched_at"] for item in heliograph.api("GET", f"/dispatch/{dispatch['id']}/sessions")["items"]
    ]
    assert len(listed) == 4
    assert listed == sorted(listed, reverse=True)


def test_a_package_asks_at_the_host_name_its_customer_owns(heliograph, lms, page):
    dispatch = heliograph.dispatch(heliograph.import_package(build_package()))
    owned = heliograph.content.replace("127.0.0.1", "learn.localhost")
    heliograph.api("PATCH", f"/destinations/{dispatch['destination']}", {"host": owned})
    seat = Seat(page, lms, lms.upload(heliograph.package(dispatch, "scorm12")))
    with page.expect_request(f"{owned}/d/*/launch"):
        seat.open().ready()


def test_a_learner_waits_for_a_seat_and_the_press_of_a_button_tries_again(heliograph, deliver):
    seat, dispatch = deliver()
    heliograph.api("POST", f"/dispatch/{dispatch['id']}/licenses", {"seat_limit": 1})
    seat.open().ready()
    other = Seat(seat.page.context.new_page(), seat.lms, seat.package, learner="boris")
    other.open()
    expect(other.note()).to_contain_text("Error code: no_seat_free")
    seat.player.get_by_role("button", name="Exit").click()
    expect(seat.note()).to_contain_text("You can close this page")
    other.note().get_by_role("button", name="Try again").click()
    other.ready()


def test_what_a_manager_completes_by_hand_reaches_the_lms_with_the_next_launch(heliograph, deliver):
    seat, dispatch = deliver()
    seat.open().ready()
    seat.press("incomplete")
    seat.has(lesson_status="incomplete")
    seat.leave()
    registration = heliograph.registration(dispatch)["id"]
    heliograph.api(
        "POST",
        f"/registrations/{registration}/completion",
        {"reason": "Seen in class", "success": "passed", "points": 80},
    )
    seat.open().ready()
    seat.has(**{"lesson_status": "passed", "score.raw": "80"})
    seat.press("incomplete")
    seat.leave()
    assert heliograph.registration(dispatch)["success"] == "passed"
    seat.has(lesson_status="passed")


def test_leaving_the_course_leads_where_the_organization_wants_it(heliograph, deliver):
    seat, dispatch = deliver(limits={"exit_to": f"{heliograph.app}/health"})
    seat.open().ready()
    seat.press("pass")
    seat.has(lesson_status="passed")
    with seat.page.expect_response(f"{heliograph.app}/health"):
        seat.player.get_by_role("button", name="Exit").click()
    heliograph.change(dispatch, exit_to="blank")
    seat.open().ready()
    seat.player.get_by_role("button", name="Exit").click()
    expect(seat.stub.locator("body")).to_be_empty()
    assert seat.record()["elements"]["cmi.core.lesson_status"] == "passed"


def test_leaving_the_course_closes_the_window_that_the_lms_opened_for_it(heliograph, deliver):
    seat, _ = deliver(limits={"exit_to": "close"})
    lms = seat.page
    lms.goto(seat.lms.url)
    with lms.expect_popup() as opening:
        lms.evaluate("window.open('about:blank', 'course', 'popup,width=1000,height=700')")
    seat.page = opening.value
    seat.open().ready()
    seat.press("pass")
    seat.has(lesson_status="passed")
    with seat.page.expect_event("close"):
        seat.player.get_by_role("button", name="Exit").click()
    assert not lms.is_closed()
    assert seat.record()["elements"]["cmi.core.lesson_status"] == "passed"


def test_a_launch_link_ends_where_the_organization_wants_it(heliograph, page):
    dispatch = heliograph.dispatch(
        heliograph.import_package(build_package()), exit_to=f"{heliograph.app}/health"
    )
    link = heliograph.api(
        "POST", f"/dispatch/{dispatch['id']}/launch", {"learner": {"id": "anna", "name": "Anna"}}
    )
    page.goto(link["url"])
    expect(page.frame_locator("iframe").locator("#found")).to_have_text("yes")
    page.get_by_role("button", name="Exit").click()
    page.wait_for_url(f"{heliograph.app}/health")


def test_whoever_leaves_before_the_course_is_there_leaves_when_it_is(heliograph, deliver):
    seat, _ = deliver(limits={"exit_to": f"{heliograph.app}/health"})
    held = []
    seat.page.route("**/play/*/open", lambda route, request: held.append(route))
    with seat.page.expect_request("**/play/*/open"):
        seat.open()
    seat.player.get_by_role("button", name="Exit").click()
    with seat.page.expect_response(f"{heliograph.app}/health"):
        held.pop().continue_()


def test_an_lms_that_restarts_attempts_begins_new_ones_only_where_that_is_wanted(heliograph, deliver):
    seat, dispatch = deliver()
    for instanced, attempt in ((False, 1), (False, 1), (True, 2)):
        heliograph.change(dispatch, instanced=instanced)
        seat.open(quirk="restart_attempts").ready()
        seat.press("bookmark")
        seat.has(lesson_location="page-2")
        seat.leave()
        registration = heliograph.registration(dispatch)
        assert registration["attempt"] == attempt
