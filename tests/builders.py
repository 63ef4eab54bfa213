"""Course packages of our own, made for tests: valid SCORM 1.2 and 2004, cmi5 and xAPI zips whose pages a
browser test can press.

Each SCO is a real page. It finds the API among its parents and openers, initializes, shows what the LMS told
it, and has a button for everything a learner may cause; `#element`, `#value`, `#get`, `#set` reach the rest
of the data model. The pages of cmi5 and xAPI courses show what they were launched with in `#launch`, and
speak with the record store where there is one: a button for each verb, `#last` is the answer to the last
request, and `#stored` the verb of the last statement that was stored.
"""

import io
import posixpath
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

NAMESPACES = {
    "scorm_12": (
        "http://www.imsproject.org/xsd/imscp_rootv1p1p2",
        {"adlcp": "http://www.adlnet.org/xsd/adlcp_rootv1p2"},
    ),
    "scorm_2004": (
        "http://www.imsglobal.org/xsd/imscp_v1p1",
        {
            "adlcp": "http://www.adlnet.org/xsd/adlcp_v1p3",
            "adlseq": "http://www.adlnet.org/xsd/adlseq_v1p3",
            "adlnav": "http://www.adlnet.org/xsd/adlnav_v1p3",
            "imsss": "http://www.imsglobal.org/xsd/imsss",
        },
    ),
}
CMI5_NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
TINCAN_NAMESPACE = "http://projecttincan.com/tincan.xsd"
VERSIONS = {"2nd": "CAM 1.3", "3rd": "2004 3rd Edition", "4th": "2004 4th Edition"}
SCRIPT = "shared/sco.js"


@dataclass(frozen=True)
class Sco:
    """One item and its resource; a heading over its `items` if `href` is empty.

    `inside` is XML put into the item.

    `page` replaces the page that is otherwise made; None as `kind` leaves the scorm type out.
    """

    identifier: str = "sco-1"
    title: str = "Lesson 1"
    href: str = "sco-1.html"
    kind: str | None = "sco"
    parameters: str = ""
    visible: bool = True
    inside: str = ""
    page: str | None = None
    items: Sequence["Sco"] = ()


def build_package(
    path: Path | None = None,
    *,
    standard: str = "scorm_12",
    edition: str = "4th",
    title: str = "Fire safety",
    scos: Sequence[Sco] = (Sco(),),
    files: Mapping[str, str | bytes] | None = None,
    manifest: str | bytes | None = None,
    inside_organization: str = "",
    inside_manifest: str = "",
    wrapper: str = "",
) -> bytes:
    """A whole package as bytes, and written to `path` if one is given.

    `files` are added, or replace what would be made; `manifest` replaces the manifest; `inside_organization`
    and `inside_manifest` are XML put at their ends (sequencing, a sequencing collection); `wrapper` is a
    folder around all.
    """
    members: dict[str, str | bytes] = {SCRIPT: SCO_SCRIPT}
    for sco in _flat(scos):
        if sco.href:
            name = sco.href.partition("?")[0].partition("#")[0]
            members[name] = sco.page if sco.page is not None else sco_page(sco.title, standard, name)
    text = manifest or manifest_text(standard, edition, title, scos, inside_organization, inside_manifest)
    data = zip_bytes({"imsmanifest.xml": text, **members, **(files or {})}, wrapper)
    if path is not None:
        path.write_bytes(data)
    return data


@dataclass(frozen=True)
class Au:
    """One AU of a cmi5 course. Empty attributes are left out; `inside` is XML put at its end."""

    identifier: str = "https://example.com/fire/au-1"
    title: str = "Lesson 1"
    url: str = "au-1.html"
    move_on: str = "CompletedOrPassed"
    mastery_score: str = ""
    launch_method: str = ""
    activity_type: str = ""
    launch_parameters: str = ""
    entitlement_key: str = ""
    objectives: Sequence[str] = ()
    inside: str = ""


@dataclass(frozen=True)
class Block:
    """A block of a cmi5 course and the AUs and blocks in it."""

    identifier: str = "https://example.com/fire/block-1"
    title: str = "Part 1"
    nodes: Sequence["Au | Block"] = (Au(),)
    objectives: Sequence[str] = ()


@dataclass(frozen=True)
class Activity:
    """One activity of a tincan.xml; it is launched unless `launch` is empty.

    `inside` is XML put at its end.
    """

    identifier: str = "https://example.com/fire"
    title: str = "Fire safety"
    launch: str = "index.html"
    kind: str = "http://adlnet.gov/expapi/activities/course"
    inside: str = ""


def cmi5_course(
    path: Path | None = None,
    *,
    title: str = "Fire safety",
    nodes: Sequence[Au | Block] = (Au(),),
    objectives: Sequence[str] = (),
    files: Mapping[str, str | bytes] | None = None,
    structure: str | bytes | None = None,
    wrapper: str = "",
) -> bytes:
    """A whole cmi5 package as bytes, and written to `path` if one is given; `structure` replaces the
    cmi5.xml.
    """
    pages = {
        au.url.partition("?")[0].partition("#")[0]: au_page(au.title)
        for au in _units(nodes)
        if "://" not in au.url
    }
    text = structure or course_structure(title, nodes, objectives)
    data = zip_bytes({"cmi5.xml": text, **pages, **(files or {})}, wrapper)
    if path is not None:
        path.write_bytes(data)
    return data


def course_structure(
    title: str = "Fire safety",
    nodes: Sequence[Au | Block] = (Au(),),
    objectives: Sequence[str] = (),
    inside: str = "",
    identifier: str = "https://example.com/fire",
) -> str:
    """A valid cmi5.xml for these AUs and blocks; `inside` is XML put at its end."""
    defined = "".join(
        f'<objective id="{escape(objective)}">{_titled(objective)}</objective>' for objective in objectives
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<courseStructure xmlns="{CMI5_NAMESPACE}">'
        f'<course id="{escape(identifier)}">{_titled(title)}</course>'
        f"{f'<objectives>{defined}</objectives>' if defined else ''}"
        f"{''.join(map(_node, nodes))}{inside}</courseStructure>"
    )


def tincan_course(
    path: Path | None = None,
    *,
    activities: Sequence[Activity] = (Activity(),),
    files: Mapping[str, str | bytes] | None = None,
    tincan: str | bytes | None = None,
    wrapper: str = "",
) -> bytes:
    """A whole xAPI package as bytes, and written to `path` if one is given.

    `tincan` replaces the tincan.xml.
    """
    launched = [activity for activity in activities if activity.launch and "://" not in activity.launch]
    pages = {
        activity.launch.partition("?")[0].partition("#")[0]: xapi_page(activity.title)
        for activity in launched
    }
    data = zip_bytes({"tincan.xml": tincan or tincan_text(activities), **pages, **(files or {})}, wrapper)
    if path is not None:
        path.write_bytes(data)
    return data


def tincan_text(activities: Sequence[Activity] = (Activity(),)) -> str:
    """A tincan.xml for these activities."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<tincan xmlns="{TINCAN_NAMESPACE}"><activities>'
        f"{''.join(map(_activity, activities))}</activities></tincan>"
    )


def au_page(title: str) -> str:
    """An AU: it speaks cmi5 with the record store it was launched with."""
    return _speaking_page(title, AU_SCRIPT)


def xapi_page(title: str) -> str:
    """An activity of an xAPI package: it speaks with the record store it was launched with."""
    return _speaking_page(title, ACTIVITY_SCRIPT)


def _speaking_page(title: str, script: str) -> str:
    buttons = "".join(f'<button id="{action}">{action}</button> ' for action in SAID)
    shown = "".join(f'<p>{name}: <output id="{name}"></output></p>' for name in SHOWN)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body><h1>{escape(title)}</h1>"
        f'<p>{buttons}</p>{shown}<pre id="launch"></pre>'
        f'<script type="module">{SPEAKING_SCRIPT}{script}</script></body></html>'
    )


def zip_bytes(members: Mapping[str, str | bytes], wrapper: str = "") -> bytes:
    """A zip of these members, below the folder `wrapper` if one is given (with its slash)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(wrapper + name, content)
    return buffer.getvalue()


def manifest_text(
    standard: str = "scorm_12",
    edition: str = "4th",
    title: str = "Fire safety",
    scos: Sequence[Sco] = (Sco(),),
    inside_organization: str = "",
    inside_manifest: str = "",
) -> str:
    """A valid imsmanifest.xml for these SCOs."""
    own, others = NAMESPACES[standard]
    prefixes = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in others.items())
    version = "1.2" if standard == "scorm_12" else VERSIONS[edition]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest identifier="course" version="1" xmlns="{own}"{prefixes}>'
        f"<metadata><schema>ADL SCORM</schema><schemaversion>{version}</schemaversion></metadata>"
        f'<organizations default="organization"><organization identifier="organization">'
        f"<title>{escape(title)}</title>"
        f"{''.join(map(_item, scos))}{inside_organization}</organization></organizations>"
        f"<resources>{''.join(_resource(sco, standard) for sco in _flat(scos) if sco.href)}</resources>"
        f"{inside_manifest}</manifest>"
    )


def sco_page(title: str, standard: str, href: str) -> str:
    """The page of one SCO, to lie at `href` in the package."""
    script = posixpath.relpath(SCRIPT, posixpath.dirname(href) or ".")
    buttons = "".join(f'<button id="{action}">{action}</button> ' for action in ACTIONS)
    shown = "".join(f'<p>{name}: <output id="{name}"></output></p>' for name in OUTPUTS)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f'<body data-standard="{standard}"><h1>{escape(title)}</h1><p>{buttons}</p>{shown}'
        '<p><input id="element" aria-label="element"> <input id="value" aria-label="value"> '
        '<button id="get">get</button> <button id="set">set</button> <button id="commit">commit</button> '
        '<output id="answer"></output> <output id="error"></output></p>'
        f'<script src="{script}"></script></body></html>'
    )


def _node(node: Au | Block) -> str:
    references = "".join(f'<objective idref="{escape(objective)}"/>' for objective in node.objectives)
    begun = f"{_titled(node.title)}{f'<objectives>{references}</objectives>' if references else ''}"
    if isinstance(node, Block):
        return f'<block id="{escape(node.identifier)}">{begun}{"".join(map(_node, node.nodes))}</block>'
    attributes = {
        "id": node.identifier,
        "moveOn": node.move_on,
        "masteryScore": node.mastery_score,
        "launchMethod": node.launch_method,
        "activityType": node.activity_type,
    }
    values = {"launchParameters": node.launch_parameters, "entitlementKey": node.entitlement_key}
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items() if value)
    last = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items() if value)
    return f"<au{written}>{begun}<url>{escape(node.url)}</url>{last}{node.inside}</au>"


def _titled(title: str) -> str:
    langstring = f'<langstring lang="en">{escape(title)}</langstring>'
    return f"<title>{langstring}</title><description>{langstring}</description>"


def _units(nodes: Sequence[Au | Block]) -> list[Au]:
    return [au for node in nodes for au in ([node] if isinstance(node, Au) else _units(node.nodes))]


def _activity(activity: Activity) -> str:
    launch = f'<launch lang="en-us">{escape(activity.launch)}</launch>' if activity.launch else ""
    return (
        f'<activity id="{escape(activity.identifier)}" type="{escape(activity.kind)}">'
        f'<name lang="en-US">{escape(activity.title)}</name>'
        f'<description lang="en-US">About {escape(activity.title)}.</description>'
        f"{launch}{activity.inside}</activity>"
    )


def _item(sco: Sco) -> str:
    reference = f' identifierref="{escape(_resource_id(sco))}"' if sco.href else ""
    parameters = f' parameters="{escape(sco.parameters)}"' if sco.parameters else ""
    visible = "" if sco.visible else ' isvisible="false"'
    return (
        f'<item identifier="{escape(sco.identifier)}"{reference}{parameters}{visible}>'
        f"<title>{escape(sco.title)}</title>{''.join(map(_item, sco.items))}{sco.inside}</item>"
    )


def _resource(sco: Sco, standard: str) -> str:
    attribute = "adlcp:scormtype" if standard == "scorm_12" else "adlcp:scormType"
    kind = f' {attribute}="{sco.kind}"' if sco.kind else ""
    name = sco.href.partition("?")[0].partition("#")[0]
    return (
        f'<resource identifier="{escape(_resource_id(sco))}" type="webcontent"{kind} '
        f'href="{escape(sco.href)}">'
        f'<file href="{escape(name)}"/><file href="{SCRIPT}"/></resource>'
    )


def _resource_id(sco: Sco) -> str:
    return f"resource-{sco.identifier}"


def _flat(scos: Sequence[Sco]) -> list[Sco]:
    return [each for sco in scos for each in (sco, *_flat(sco.items))]


ACTIONS = ("complete", "incomplete", "pass", "fail", "bookmark", "finish")
OUTPUTS = (
    "found",
    "learner",
    "entry",
    "location",
    "suspend-data",
    "status",
    "success",
    "launch-data",
    "ended",
)

# One page for both standards: the table says what each button writes, in the words of the page's standard.
SCO_SCRIPT = """\
"use strict";
const dialects = {
  scorm_12: {
    name: "API", begin: "LMSInitialize", end: "LMSFinish", get: "LMSGetValue", set: "LMSSetValue",
    commit: "LMSCommit", error: "LMSGetLastError",
    shown: {
      learner: "cmi.core.student_name", entry: "cmi.core.entry", location: "cmi.core.lesson_location",
      "suspend-data": "cmi.suspend_data", status: "cmi.core.lesson_status", "launch-data": "cmi.launch_data",
    },
    complete: [["cmi.core.lesson_status", "completed"]],
    incomplete: [["cmi.core.lesson_status", "incomplete"]],
    pass: [["cmi.core.score.min", "0"], ["cmi.core.score.max", "100"], ["cmi.core.score.raw", "90"],
           ["cmi.core.lesson_status", "passed"]],
    fail: [["cmi.core.score.min", "0"], ["cmi.core.score.max", "100"], ["cmi.core.score.raw", "20"],
           ["cmi.core.lesson_status", "failed"]],
    bookmark: [["cmi.core.lesson_location", "page-2"], ["cmi.suspend_data", "seen=1,2"],
               ["cmi.core.exit", "suspend"]],
    finish: [["cmi.core.session_time", "0000:00:30.00"]],
  },
  scorm_2004: {
    name: "API_1484_11", begin: "Initialize", end: "Terminate", get: "GetValue", set: "SetValue",
    commit: "Commit", error: "GetLastError",
    shown: {
      learner: "cmi.learner_name", entry: "cmi.entry", location: "cmi.location",
      "suspend-data": "cmi.suspend_data", status: "cmi.completion_status", success: "cmi.success_status",
      "launch-data": "cmi.launch_data",
    },
    complete: [["cmi.completion_status", "completed"]],
    incomplete: [["cmi.completion_status", "incomplete"]],
    pass: [["cmi.score.min", "0"], ["cmi.score.max", "100"], ["cmi.score.raw", "90"],
           ["cmi.score.scaled", "0.9"],
           ["cmi.completion_status", "completed"], ["cmi.success_status", "passed"]],
    fail: [["cmi.score.min", "0"], ["cmi.score.max", "100"], ["cmi.score.raw", "20"],
           ["cmi.score.scaled", "0.2"],
           ["cmi.completion_status", "completed"], ["cmi.success_status", "failed"]],
    bookmark: [["cmi.location", "page-2"], ["cmi.suspend_data", "seen=1,2"], ["cmi.exit", "suspend"]],
    finish: [["cmi.session_time", "PT30S"]],
  },
};
const dialect = dialects[document.body.dataset.standard];
const at = (id) => document.getElementById(id);
const say = (id, text) => { at(id).textContent = text; };

function apiAbove(start) {
  for (let place = start, steps = 0; place && steps < 50; steps += 1) {
    try {
      if (place[dialect.name]) return place[dialect.name];
    } catch { return null; }
    if (place.parent === place) return null;
    place = place.parent;
  }
  return null;
}

const api = apiAbove(window.parent) || (window.opener && apiAbove(window.opener)) || null;
const call = (what, ...values) => String(api[dialect[what]](...values));
let open = false;

function show() {
  for (const [id, element] of Object.entries(dialect.shown)) say(id, call("get", element));
}

function write(pairs) {
  for (const [element, value] of pairs) call("set", element, value);
}

function finish() {
  if (!open) return;
  write(dialect.finish);
  open = false;
  say("ended", call("end", ""));
}

say("found", api ? "yes" : "no");
if (api) {
  open = call("begin", "") === "true";
  if (open) show();
  for (const action of ["complete", "incomplete", "pass", "fail", "bookmark"]) {
    at(action).addEventListener("click", () => { write(dialect[action]); call("commit", ""); show(); });
  }
  at("finish").addEventListener("click", finish);
  at("get").addEventListener("click", () => {
    say("answer", call("get", at("element").value));
    say("error", call("error"));
  });
  at("set").addEventListener("click", () => {
    say("answer", call("set", at("element").value, at("value").value));
    say("error", call("error"));
  });
  at("commit").addEventListener("click", () => {
    say("answer", call("commit", ""));
    say("error", call("error"));
  });
  window.addEventListener("pagehide", finish);
}
"""

SAID = ("complete", "pass", "fail", "experience", "bookmark", "finish", "return")
SHOWN = ("found", "learner", "mode", "bookmarked", "last", "stored")

# What both kinds of page need: their launch, a store to speak to, buttons.
SPEAKING_SCRIPT = """
const launch = new URLSearchParams(location.search);
const at = (id) => document.getElementById(id);
const say = (id, text) => { at(id).textContent = text; };
say("launch", location.search);
const store = { authorization: "", context: {} };

async function request(method, resource, parameters, body, verb) {
  const answer = await fetch(`${launch.get("endpoint")}${resource}?${new URLSearchParams(parameters)}`, {
    method, keepalive: true, body: body === undefined ? undefined : JSON.stringify(body),
    headers: {
      "X-Experience-API-Version": "1.0.3", "Content-Type": "application/json",
      Authorization: store.authorization,
    },
  });
  const text = await answer.text();
  if (method !== "GET") say("last", `${answer.status} ${text ? JSON.parse(text).code : ""}`.trim());
  if (verb && answer.ok) say("stored", verb);
  return answer.status === 200 ? JSON.parse(text) : null;
}

const aboutState = (stateId) => ({
  stateId, agent: launch.get("actor"), registration: launch.get("registration"),
  activityId: launch.get("activityId") ?? launch.get("activity_id"),
});
const state = (method, stateId, body) => request(method, "activities/state", aboutState(stateId), body);

function statement(verb, result, changes) {
  const id = crypto.randomUUID();
  const about = launch.get("activityId") ?? launch.get("activity_id");
  const made = {
    id, timestamp: new Date().toISOString(), actor: JSON.parse(launch.get("actor")), object: { id: about },
    verb: { id: `http://adlnet.gov/expapi/verbs/${verb}` },
    context: { ...structuredClone(store.context), registration: launch.get("registration") },
    ...(result ? { result } : {}), ...changes,
  };
  return request("PUT", "statements", { statementId: id }, made, verb);
}

async function showBookmark() {
  say("bookmarked", (await state("GET", "bookmark"))?.page ?? "");
  say("learner", JSON.parse(launch.get("actor")).name ?? "");
  say("found", "yes");
}
const on = (id, act) => at(id).addEventListener("click", () => void act());
on("experience", () => statement("experienced"));
on("bookmark", () => state("PUT", "bookmark", { page: "page-2" }));
"""

AU_SCRIPT = """
const CATEGORIES = "https://w3id.org/xapi/cmi5/context/categories/";
const MASTERY_SCORE = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore";
const begun = Date.now();
let data = null;
let over = false;

function own(verb, result, marks, more = {}) {
  const context = structuredClone(store.context);
  context.registration = launch.get("registration");
  context.contextActivities.category = marks.map((mark) => ({ id: CATEGORIES + mark }));
  Object.assign(context.extensions, more);
  return statement(verb, result, { context });
}
const spent = () => `PT${((Date.now() - begun) / 1000).toFixed(2)}S`;
const judged = (verb, scaled) => own(
  verb,
  { success: verb === "passed", duration: spent(), score: { scaled, raw: scaled * 100, min: 0, max: 100 } },
  ["cmi5", "moveon"],
  data.masteryScore === undefined ? {} : { [MASTERY_SCORE]: data.masteryScore },
);

async function finish() {
  if (over || !data) return;
  over = true;
  await own("terminated", { duration: spent() }, ["cmi5"]);
}
on("complete", () => own("completed", { completion: true, duration: spent() }, ["cmi5", "moveon"]));
on("pass", () => judged("passed", 0.9));
on("fail", () => judged("failed", 0.2));
on("finish", finish);
on("return", async () => { await finish(); location.href = data.returnURL; });
window.addEventListener("pagehide", () => void finish());

if (launch.get("fetch")) {
  const token = await (await fetch(launch.get("fetch"), { method: "POST" })).json();
  store.authorization = `Basic ${token["auth-token"]}`;
  data = await state("GET", "LMS.LaunchData");
  store.context = data.contextTemplate;
  await request("GET", "agents/profile", { agent: launch.get("actor"), profileId: "cmi5LearnerPreferences" });
  say("mode", data.launchMode);
  await own("initialized", undefined, ["cmi5"]);
  await showBookmark();
}
"""

ACTIVITY_SCRIPT = """
on("complete", () => statement("completed", { completion: true, duration: "PT30S" }));
on("pass", () => statement("passed", { success: true, score: { scaled: 0.9, raw: 90, min: 0, max: 100 } }));
on("fail", () => statement("failed", { success: false, score: { scaled: 0.2, raw: 20, min: 0, max: 100 } }));
on("finish", () => statement("terminated", { duration: "PT60S" }));
if (launch.get("endpoint")) {
  store.authorization = launch.get("auth");
  await showBookmark();
}
"""
