"""A published xAPI client in a browser, on a page of somebody else's origin, speaks with the store."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.builders import Au, cmi5_course
from tests.journeys.clients import script
from tests.journeys.product import Heliograph, Product

pytestmark = pytest.mark.slow

TALK = """async ({ endpoint, key, secret, version }) => {
  const xapi = new XAPI({ endpoint, auth: XAPI.toBasicAuth(key, secret), version });
  const agent = { objectType: "Agent", mbox: "mailto:ada@example.org" };
  const verb = { id: "https://example.org/verbs/" + version, display: { en: "did" } };
  const object = { objectType: "Activity", id: "https://example.org/activities/browser" };
  const statement = { actor: agent, verb, object };
  const told = {};
  told.id = (await xapi.sendStatement({ statement })).data[0];
  told.batch = (await xapi.sendStatements({ statements: [statement, statement, statement] })).data.length;
  told.read = (await xapi.getStatement({ statementId: told.id })).data.verb.id;
  const page = (await xapi.getStatements({ verb: verb.id, limit: 3 })).data;
  told.page = page.statements.length;
  told.more = (await xapi.getMoreStatements({ more: page.more })).data.statements.length;
  const where = {
    agent, activityId: "https://example.org/activities/browser", stateId: "bookmark" + version,
  };
  await xapi.setState({ ...where, state: { page: 3 } });
  const state = await xapi.getState(where);
  told.state = state.data.page;
  told.etag = state.headers.etag;
  await xapi.createState({ ...where, state: { chapter: 1 } });
  told.merged = (await xapi.getState(where)).data;
  const profile = { agent, profileId: "settings" + version };
  await xapi.setAgentProfile({
    ...profile, profile: { color: "red" }, etag: "*", matchHeader: "If-None-Match",
  });
  told.profile = (await xapi.getAgentProfile(profile)).data.color;
  told.person = (await xapi.getAgent({ agent })).data.objectType;
  told.about = (await xapi.getAbout()).data.version.at(-1);
  await xapi.voidStatement({ actor: agent, statementId: told.id });
  const voided = await xapi.getVoidedStatement({ voidedStatementId: told.id });
  told.voided = voided.data.id === told.id;
  told.gone = await xapi.getStatement({ statementId: told.id })
    .then(() => 200, (reason) => reason.response?.status ?? reason.status);
  return told;
}"""


@pytest.fixture(scope="session")
def credential(heliograph: Heliograph, product: Product) -> dict[str, Any]:
    key = heliograph.api("GET", "/org/meta")["key"]
    return product.ask("lrs", "credential", "--organization", key)


class _Blank(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Somebody's page</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def somebodys_page() -> Iterator[str]:
    """A page of an origin that has nothing to do with the store's."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Blank) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize(("version", "newest"), [("1.0.3", "1.0.3"), ("2.0.0", "2.0.0")])
def test_a_client_for_browsers_speaks_both_versions(
    page: Page, somebodys_page: str, credential: dict[str, Any], version: str, newest: str
) -> None:
    client = script("@xapi/xapi")
    page.goto(somebodys_page)
    page.add_script_tag(content=client.read_text())
    told = page.evaluate(
        TALK,
        {
            "endpoint": credential["endpoint"],
            "key": credential["key"],
            "secret": credential["secret"],
            "version": version,
        },
    )
    assert told["read"] == f"https://example.org/verbs/{version}"
    assert (told["batch"], told["page"], told["more"]) == (3, 3, 1)
    assert (told["state"], told["merged"], told["profile"]) == (3, {"page": 3, "chapter": 1}, "red")
    assert told["etag"].startswith('"')
    assert (told["person"], told["about"]) == ("Person", newest)
    assert (told["voided"], told["gone"]) == (True, 404)


AU_OF_A_CLIENT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Lesson</title><h1>Lesson</h1>
<button id="pass" disabled>Pass</button><button id="leave">Leave</button><p id="learner"></p>
<script src="client.js"></script><script>
const cmi5 = new Cmi5();
const at = (id) => document.getElementById(id);
cmi5.initialize().then(() => {
  at("learner").textContent = cmi5.launchParameters.actor.account.name;
  at("pass").disabled = false;
});
at("pass").addEventListener("click", async () => {
  await cmi5.progress(50);
  await cmi5.interactionTrueFalse("test", "question", true, true);
  await cmi5.pass({ scaled: 0.85, raw: 85, min: 0, max: 100 });
  await cmi5.complete();
  at("learner").textContent = "done";
});
at("leave").addEventListener("click", async () => {
  await cmi5.terminate();
  location.href = cmi5.launchData.returnURL;
});
</script>"""


def test_a_course_built_with_a_published_client_is_satisfied_in_our_player(
    heliograph: Heliograph, page: Page
) -> None:
    au = Au(move_on="CompletedAndPassed", mastery_score="0.8")
    files: dict[str, str | bytes] = {
        "au-1.html": AU_OF_A_CLIENT,
        "client.js": script("@xapi/cmi5").read_bytes(),
    }
    course = heliograph.import_package(cmi5_course(nodes=[au], files=files))
    registration, link = heliograph.launch_link(course)
    page.goto(link)
    lesson = page.frame_locator("#activity")
    expect(lesson.locator("#learner")).to_have_text("anna")
    lesson.locator("#pass").click()
    expect(lesson.locator("#learner")).to_have_text("done")
    lesson.locator("#leave").click()
    expect(page.get_by_role("heading", name="Progress saved")).to_be_visible()
    said = [call["method"] for call in heliograph.calls(registration)]
    assert [said[0], *said[-3:]] == ["initialized", "passed", "completed", "terminated"]
    answer = heliograph.api("GET", f"/registrations/{registration}")
    assert (answer["completion"], answer["success"], answer["score"]["scaled"]) == (
        "completed",
        "passed",
        0.85,
    )
